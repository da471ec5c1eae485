package tools

import (
	"slices"
	"strings"
	"unicode"

	"parley/recsys"
	"parley/tools/catalog"
)

// A guideView is a guide as models and the widget see it.
type guideView struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"text"` // what answers the question
	URL   string `json:"url,omitempty"`
}

// guided answers how to choose with the shop's guide, and with the products
// that the guide names and that can be had.
func (s session) guided(in recommendIn, p *catalog.Product, q recsys.Query) recommendOut {
	out := recommendOut{Products: []ProductCard{}, Basis: "guide"}
	asked := strings.Join([]string{in.For, in.Category}, " ")
	g := s.Catalog.GuideFor(s.locale(), asked)
	if g == nil && p != nil {
		g = s.Catalog.GuideFor(s.locale(), p.TitleIn(s.locale())+" "+p.CategoryIn(s.locale()))
	}
	if g == nil {
		return out
	}
	out.Guides = []guideView{{g.ID, g.Title, passage(g, asked), g.URL}}
	for _, x := range g.Picks {
		if pick := s.Catalog.Product(x.Product); pick != nil && len(out.Products) < q.K && q.Filter(pick.ID) {
			c := s.card(pick, nil)
			c.Reason = s.say("why.guide", "for", x.For)
			out.Products = append(out.Products, c)
		}
	}
	return out
}

// passage is the part of a guide whose heading the question names, else its
// lead. What the whole guide is about names no part of it.
func passage(g *catalog.Guide, asked string) string {
	asked = strings.ToLower(asked)
	text, most := g.Lead, 0
	for _, part := range g.Parts {
		n := 0
		for _, w := range headingWords(part.Title) {
			if worded(asked, w) && !slices.ContainsFunc(g.Words, func(x string) bool { return strings.EqualFold(x, w) }) {
				n++
			}
		}
		if n > most {
			text, most = part.Text, n
		}
	}
	return text
}

// worded finds a whole word; Chinese has no spaces between them.
func worded(text, word string) bool {
	i := strings.Index(text, word)
	if i < 0 || !unicode.IsLower([]rune(word)[0]) {
		return i >= 0
	}
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }), word)
}

// headingWords are the words of a heading that say what it is about; of Chinese,
// its pairs of characters.
func headingWords(title string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
		runes := []rune(w)
		if unicode.Is(unicode.Han, runes[0]) {
			for i := range len(runes) - 1 {
				out = append(out, string(runes[i:i+2]))
			}
		} else if len(runes) > 3 && !slices.Contains([]string{"which", "what", "says", "first", "them", "keeping"}, w) {
			out = append(out, w)
		}
	}
	return out
}
