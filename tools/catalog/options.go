package catalog

import (
	"slices"
	"strings"
)

// serves says that some of the shop's products are for men, women or kids.
func (c *Catalog) serves(g string) bool {
	col := c.columns["gender"]
	if col == nil {
		return false
	}
	_, ok := col.ids[g]
	return ok
}

// superlative reads "cheapest", "best rated", "lightest".
func (c *Catalog) superlative(words []token, u *Understood) int {
	text := ""
	best, by := 0, []string(nil)
	for n := 0; n < len(words) && n < 3; n++ {
		if words[n].kind == sign || words[n].kind == number {
			break
		}
		text = strings.TrimSpace(text + " " + words[n].text)
		if s := c.lexicon.sorts[text]; s != "" {
			best, by = n+1, []string{s}
		}
		if s := c.lexicon.superl[text]; len(s) > 0 {
			best, by = n+1, s
		}
	}
	if best > 0 && len(u.sorts) == 0 {
		u.sorts = by
	}
	return best
}

// colourAt reads a colour, of two words if the shop has such a one.
func (c *Catalog) colourAt(words []token, u *Understood) int {
	if len(c.colors) == 0 || words[0].kind != word && words[0].kind != han {
		return 0
	}
	if len(words) > 1 && words[1].kind == word {
		two := words[0].text + " " + words[1].text
		if c.colors[two] > 0 {
			u.Colors = append(u.Colors, two)
			return 2
		}
		if name := c.lexicon.colors[two]; name != "" {
			u.Colors = append(u.Colors, name)
			return 2
		}
	}
	w := words[0].text
	name := c.lexicon.colors[w]
	if len(words) > 1 && words[1].kind == word && len(c.lexicon.find(w+" "+words[1].text)) > 0 { // olive oil
		return 0
	}
	if name == "" && c.colors[w] > 0 && c.kinds[w] == 0 && len(c.lexicon.find(w)) == 0 {
		name = w
	}
	if name == "" || c.kinds[w] > 0 && len(words) == 1 && len(u.Terms) == 0 { // orange, the fruit
		return 0
	}
	if !slices.Contains(u.Colors, name) {
		u.Colors = append(u.Colors, name)
	}
	n := 1
	if len(words) > 1 && (words[1].text == "color" || words[1].text == "colour" || words[1].text == "colored" || words[1].text == "coloured") {
		n++
	}
	return n
}

// sizeOf reads a size that stands alone: XL anywhere, S, M and L only where a
// size is meant.
func (c *Catalog) sizeOf(w string, words []token, i int) string {
	s := c.lexicon.sizes[w]
	if s == "size" {
		return ""
	}
	up := strings.ToUpper(w)
	if len(up) == 3 && strings.HasSuffix(up, "XL") && up[0] >= '2' && up[0] <= '9' && len(c.sizes) > 0 && s == "" {
		return up
	}
	if s != "" && c.sizes[s] {
		up = s
	} else if !c.sizes[up] || words[i].kind != word {
		return ""
	}
	if len(up) > 1 && s == "" || hasHan(w) {
		return up
	}
	said := func(k int) bool {
		return k >= 0 && k < len(words) && (c.lexicon.sizes[words[k].text] == "size" || words[k].text == "in" || words[k].text == "码" || words[k].text == "号" || words[k].text == "size")
	}
	if said(i-1) || said(i-2) && (words[i-1].text == "a" || words[i-1].text == "an" || words[i-1].text == "size") || said(i+1) || i == len(words)-1 && i > 0 || i > 0 && c.lexicon.genders[words[i-1].text] != "" {
		return up
	}
	return ""
}

// colours gives the shop's colours that one asked for means: itself, those named
// with it (dark blue), and the members of its family.
func (c *Catalog) colours(asked string) []int32 {
	var out []int32
	col := c.columns["color"]
	if col == nil {
		return nil
	}
	words := append([]string{asked}, c.lexicon.colorsOf[asked]...)
	members := c.lexicon.families[asked]
	for _, m := range members {
		words = append(words, c.lexicon.colorsOf[m]...)
	}
	words = append(words, members...)
	for id, v := range col.values {
		low := " " + fold(v) + " "
		for _, w := range words {
			if strings.Contains(low, " "+w+" ") || hasHan(w) && strings.Contains(low, w) || strings.Contains(low, "/"+w) || strings.Contains(low, w+"/") {
				out = append(out, int32(id))
				break
			}
		}
	}
	return out
}
