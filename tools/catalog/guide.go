package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// A Guide is an article that helps to choose or to use things: a second kind of
// item beside products. A guide in several languages is several with one id.
type Guide struct {
	ID     string      `json:"id"`
	Locale string      `json:"locale"`
	Title  string      `json:"title"`
	Lead   string      `json:"lead"` // the answer in a breath
	Parts  []GuidePart `json:"parts,omitempty"`
	Picks  []Pick      `json:"picks,omitempty"`
	Words  []string    `json:"words"` // what it is about, as people ask for it
	URL    string      `json:"url,omitempty"`
}

// A GuidePart is a passage under a heading.
type GuidePart struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// A Pick is a product that a guide names, and what for: "nights above 10 °C".
type Pick struct {
	Product string `json:"product"`
	For     string `json:"for"`
}

// readGuides reads guides.yaml of a shop folder, if there is one.
func readGuides(fsys fs.FS) (list []Guide, err error) {
	b, err := fs.ReadFile(fsys, "guides.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := yaml.UnmarshalWithOptions(b, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("guides.yaml: %w", err)
	}
	for i, g := range list {
		if g.ID == "" || g.Title == "" || g.Lead == "" {
			return nil, fmt.Errorf("guides.yaml: guide %d wants an id, a title and a lead", i+1)
		}
	}
	return list, nil
}

// Guides returns the shop's guides in a language, those that it lacks there in
// English.
func (c *Catalog) Guides(locale string) []Guide {
	at := map[string]int{}
	var out []Guide
	for _, g := range c.shop.Guides {
		switch i, seen := at[g.ID]; {
		case g.Locale == language(locale) && seen:
			out[i] = g
		case g.Locale == language(locale) || (g.Locale == "en" || g.Locale == "") && !seen:
			at[g.ID] = len(out)
			out = append(out, g)
		}
	}
	return out
}

// GuideFor returns the guide that the words of a text ask for, nil for none:
// the one whose words cover most of it, the first among equals.
func (c *Catalog) GuideFor(locale, text string) *Guide {
	text = strings.ToLower(text)
	var best *Guide
	most := 0
	for _, g := range c.Guides(locale) {
		n := 0
		for _, w := range append([]string{g.Title}, g.Words...) {
			if says(text, strings.ToLower(w)) {
				n += utf8.RuneCountInString(w)
			}
		}
		if n > most {
			most, best = n, &g
		}
	}
	return best
}

// says finds whole words, in the plural too; Chinese has no spaces between them.
func says(text, word string) bool {
	if word == "" || !strings.Contains(text, word) {
		return false
	}
	if hasHan(word) {
		return true
	}
	for rest := text; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		tail := strings.TrimPrefix(strings.TrimPrefix(rest[i+len(word):], "es"), "s")
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(tail)
		if !letter(before) && !letter(after) {
			return true
		}
		rest = rest[i+len(word):]
	}
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
