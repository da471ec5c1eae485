package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// read takes negations, superlatives, colours, sizes and people out of a query's
// words; what is left are its terms.
func (c *Catalog) read(words []token, u *Understood) {
	l := c.lexicon
	u.to = -1
	chinese := slices.ContainsFunc(words, func(t token) bool { return t.kind == han })
	for i := 0; i < len(words); {
		w := words[i].text
		if n := c.set(words[i:]); n > 0 {
			u.Terms = append(u.Terms, joined(words[i:i+n]))
			i += n
			continue
		}
		if n := c.reduced(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.negated(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.superlative(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.colourAt(words[i:], u); n > 0 {
			i += n
			continue
		}
		i++
		switch {
		case words[i-1].kind == sign:
			if w == "," && u.to < 0 && len(u.Terms) > u.from && c.thingLike(u.Terms[len(u.Terms)-1]) { // "backpack, fits a laptop"
				u.to = len(u.Terms)
			}
			continue
		case w == "的" && chinese && len(u.Terms) > 0 && c.more(words[i:]):
			u.from, u.to = len(u.Terms), -1
		case l.links[w] && len(u.Terms) > u.from && u.to < 0:
			u.to = len(u.Terms)
		}
		if g := l.genders[w]; g != "" && c.serves(g) && (u.Gender == "" || u.Gender == g) {
			u.Gender = g
			continue
		}
		if s := c.sizeOf(w, words, i-1); s != "" && u.Size == "" {
			u.Size = s
			continue
		}
		if !l.stop[w] && !l.links[w] && !l.not[w] && l.sizes[w] != "size" {
			u.Terms = append(u.Terms, w)
			if to := l.leans[w]; to != "" && len(u.leans) == 0 {
				u.leans = l.superl[to]
			}
		}
	}
	if len(u.Terms) > 1 {
		c.scraps(u)
	}
	const most = 24 // of a whole letter, the first words
	u.Terms = u.Terms[:min(len(u.Terms), most)]
	if u.to < 0 || u.to > most {
		u.to = len(u.Terms)
	}
	if u.from >= u.to {
		u.from = 0
	}
}

// reduced reads "on sale" and the like, if the shop has reduced any price.
func (c *Catalog) reduced(words []token, u *Understood) int {
	if len(c.sale) == 0 {
		return 0
	}
	for n := min(2, len(words)); n > 0; n-- {
		if c.lexicon.sale[joined(words[:n])] {
			u.OnSale = true
			return n
		}
	}
	return 0
}

// set finds a phrase of the lexicon that holds words which else say nothing:
// "carry on", "push up bar".
func (c *Catalog) set(words []token) int {
	for n := min(4, len(words)); n > 1; n-- {
		idle := false
		whole := true
		for _, t := range words[:n] {
			whole = whole && t.kind == word
			idle = idle || c.lexicon.stop[t.text] || c.lexicon.links[t.text] || c.lexicon.not[t.text]
		}
		if whole && idle && len(c.lexicon.find(joined(words[:n]))) > 0 {
			return n
		}
	}
	return 0
}

func joined(words []token) string {
	var out []string
	for _, t := range words {
		out = append(out, t.text)
	}
	return strings.Join(out, " ")
}

// serves says that some of the shop's products are for men, women or kids.
func (c *Catalog) serves(g string) bool {
	col := c.columns["gender"]
	if col == nil {
		return false
	}
	_, ok := col.ids[g]
	return ok
}

// scraps drops single characters between known Chinese words that are none: 装 of
// 装米饭的盘子.
func (c *Catalog) scraps(u *Understood) {
	var out []string
	from, to := u.from, u.to
	for i, t := range u.Terms {
		if utf8.RuneCountInString(t) == 1 && hasHan(t) && len(c.lexicon.find(t)) == 0 && !c.hanWords[t] && c.text.find(t) < 0 {
			if i < u.from {
				from--
			}
			if u.to >= 0 && i < u.to {
				to--
			}
			continue
		}
		out = append(out, t)
	}
	if len(out) > 0 {
		u.Terms, u.from, u.to = out, from, to
	}
}

// thingLike says that a term may be a kind of product.
func (c *Catalog) thingLike(term string) bool {
	return c.kinds[term] > 0 || slices.ContainsFunc(c.lexicon.find(term), func(i int) bool { return c.lexicon.lines[i].section != "" })
}

// more says that words name something.
func (c *Catalog) more(words []token) bool {
	for _, t := range words {
		if t.kind != sign && !c.lexicon.stop[t.text] && !c.lexicon.links[t.text] && c.lexicon.genders[t.text] == "" {
			return true
		}
	}
	return false
}

// negated reads "without a hood or zip", "no wool", "sugar-free", 不要羊毛 and says
// how many words that takes.
func (c *Catalog) negated(words []token, u *Understood) int {
	l := c.lexicon
	w := words[0].text
	if words[0].kind == word && len(words) > 1 && !l.stop[w] {
		k := 1
		if words[k].text == "-" {
			k++
		}
		if k < len(words) && words[k].text == "free" && c.text.find(w+"free") < 0 && w != "hands" && w != "duty" {
			u.Not = append(u.Not, w)
			return k + 1
		}
	}
	if !l.not[w] {
		return 0
	}
	n := 1
	some := false
	for n < len(words) {
		t := words[n]
		if t.kind == sign || t.kind == number {
			break
		}
		if t.text == "or" || t.text == "and" || t.text == "和" || t.text == "或" || t.text == "与" {
			// The list goes on, unless what follows begins anew: "no wool and under 50".
			if n+1 < len(words) && !l.not[words[n+1].text] && some && words[n+1].kind != sign {
				n++
				continue
			}
			break
		}
		if (t.text == "in" || t.text == "带") && !some { // "but not in red"
			n++
			continue
		}
		if l.links[t.text] || l.not[t.text] {
			break
		}
		if l.stop[t.text] {
			if some || t.text == "的" || !slices.Contains([]string{"a", "an", "the", "any", "too", "made", "there", "is", "have", "has", "having", "from", "of", "with", "有", "带", "是"}, t.text) {
				break
			}
			n++
			continue
		}
		phrase := t.text
		k := 1
		if t.kind == word && n+1 < len(words) && words[n+1].kind == word && len(l.find(t.text+" "+words[n+1].text)) > 0 {
			phrase, k = t.text+" "+words[n+1].text, 2
		} else if some && t.kind == word && n > 0 && words[n-1].text != "or" && words[n-1].text != "and" {
			break
		} else if some && t.kind == han {
			break
		}
		u.Not = append(u.Not, phrase)
		some = true
		n += k
	}
	if !some {
		return 0
	}
	return n
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
		low := " " + strings.ToLower(v) + " "
		for _, w := range words {
			if strings.Contains(low, " "+w+" ") || hasHan(w) && strings.Contains(low, w) || strings.Contains(low, "/"+w) || strings.Contains(low, w+"/") {
				out = append(out, int32(id))
				break
			}
		}
	}
	return out
}
