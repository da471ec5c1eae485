package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// A group is one thing asked for, in any of its words.
type group struct {
	asked string
	any   []alternative
	loose []alternative // the last word of a phrase: jacket of "rain jacket"

	section string // of things in the lexicon: outerwear
	feature bool   // the lexicon knows it as a quality, use or part
	soft    bool   // what does not say so is not left out
	use     bool   // whom, where or what it is for
	both    bool   // or as either: 帽子, a hat or a hood
	kind    bool   // the shop has things that are called so
}

// An alternative is a word or phrase as terms of the index.
type alternative struct {
	terms  []int32
	weight float32
}

// placed says that the shop has a word for it.
func (g *group) placed() bool { return len(g.any) > 0 }

// thing says that it is a kind of product.
func (g *group) thing() bool { return g.section != "" || g.kind && !g.feature }

// groups reads words, and phrases of the lexicon, as things asked for.
func (c *Catalog) groups(terms []string, u *Understood) []group {
	var out []group
	terms = c.corrected(terms, u)
	for i := 0; i < len(terms); {
		n, lines := 1, c.lexicon.find(terms[i])
		for k := min(4, len(terms)-i); k > 1; k-- {
			if l := c.lexicon.find(strings.Join(terms[i:i+k], " ")); len(l) > 0 {
				n, lines = k, l
				break
			}
		}
		g := c.group(strings.Join(terms[i:i+n], " "), lines, u)
		parts := terms[i : i+n]
		if k := len(out) - 1; k >= 0 && u.either[terms[i-1]+"|"+terms[i]] && out[k].thing() && g.thing() { // books or games
			out[k].asked += " / " + g.asked
			out[k].any = append(out[k].any, g.any...)
			out[k].loose = append(out[k].loose, g.loose...)
			out[k].kind = out[k].kind || g.kind
			if out[k].section != g.section {
				out[k].section = ""
			}
			i += n
			continue
		}
		if n == 1 && hasHan(g.asked) && len(lines) > 0 {
			parts = strings.Fields(c.lexicon.lines[lines[0]].names[0])
		}
		if len(parts) > 1 && g.placed() && !g.kind && g.section != "" && c.called(parts[len(parts)-1]) { // nothing is called "bike light": a light for bikes, then
			for _, w := range parts {
				part := c.group(w, c.lexicon.find(w), u)
				if n == 1 {
					part.asked = g.asked
				}
				out = append(out, part)
			}
		} else {
			out = append(out, g)
		}
		i += n
	}
	return out
}

func (c *Catalog) group(asked string, lines []int, u *Understood) group {
	g := group{asked: asked}
	c.phrase(&g, asked, 1)
	c.synonyms(&g, asked, lines)
	if name := c.lexicon.colors[asked]; name != "" && len(lines) == 0 { // a shop without colours says them in titles
		for _, w := range c.lexicon.colorsOf[name] {
			g.add(c.text.lookup(w), .9)
		}
		g.feature = true
	}
	if !g.placed() && len(lines) == 0 { // what the lexicon knows, the shop has not
		for _, near := range c.similar(asked) {
			g.add(c.text.lookup(near.word), near.weight)
			g.kind = true
		}
	}
	g.kind = g.kind || c.isKind(&g)
	c.loosen(&g, asked)
	for _, i := range lines {
		if first := c.lexicon.lines[i].names[0]; g.section != "" && first != asked {
			c.loosen(&g, first) // 登山靴: hiking boots, so boots
		}
	}
	return g
}

// loosen adds what a phrase's last word names: the jackets of "rain jacket".
func (c *Catalog) loosen(g *group, phrase string) {
	k := strings.LastIndexByte(phrase, ' ')
	if k < 0 {
		return
	}
	l := group{}
	l.add(c.text.lookup(phrase[k+1:]), 1)
	c.synonyms(&l, phrase[k+1:], c.lexicon.find(phrase[k+1:]))
	g.loose = append(g.loose, l.any...)
}

// called says that some product is called by a word or what means the same.
func (c *Catalog) called(w string) bool {
	g := group{}
	g.add(c.text.lookup(w), 1)
	c.synonyms(&g, w, c.lexicon.find(w))
	return c.isKind(&g)
}

// synonyms adds what the lexicon's lines hold.
func (c *Catalog) synonyms(g *group, asked string, lines []int) {
	features := 0
	for _, i := range lines {
		l := &c.lexicon.lines[i]
		for _, w := range l.names {
			if w != asked {
				c.phrase(g, w, .6)
			}
		}
		for _, w := range l.narrower {
			c.phrase(g, w, .5)
		}
		switch l.section {
		case "":
			features++
		case ownLines: // a shop's own words: kinds or qualities, who knows
		default:
			g.section = cmp.Or(g.section, l.section)
		}
	}
	g.soft = len(lines) > 0 && !slices.ContainsFunc(lines, func(i int) bool { return !c.lexicon.lines[i].soft })
	g.use = len(lines) > 0 && !slices.ContainsFunc(lines, func(i int) bool { return !c.lexicon.lines[i].use })
	g.both = features > 0 && g.section != ""
	if features > 0 && (features == len(lines) || !c.isKind(g)) {
		g.feature, g.section = true, ""
	}
}

// phrase adds a word or phrase, and the name that it is as a whole: a sleeping
// bag is no bag.
func (c *Catalog) phrase(g *group, w string, weight float32) {
	if id := c.text.find(whole(w)); id >= 0 && whole(w) != "" {
		g.add([]int32{id}, weight)
	}
	g.add(c.text.lookup(w), weight)
}

// whole is the term of a phrase that names something else than its last word
// does, "" for a single word.
func whole(phrase string) string {
	p := plain(phrase)
	if !strings.Contains(p, " ") {
		return ""
	}
	return strings.ReplaceAll(p, " ", "_")
}

func (c *Catalog) isKind(g *group) bool {
	return slices.ContainsFunc(g.any, func(a alternative) bool {
		some := false
		c.text.match(a.terms, func(_ int32, mask uint16, _ float32) { some = some || mask&(called|inBrand) != 0 })
		return some
	})
}

func (g *group) add(terms []int32, weight float32) {
	if len(terms) == 0 || slices.ContainsFunc(g.any, func(a alternative) bool { return slices.Equal(a.terms, terms) }) {
		return
	}
	g.any = append(g.any, alternative{terms, weight})
}

// corrected reads unknown words as two words, or as misspellings.
func (c *Catalog) corrected(terms []string, u *Understood) []string {
	var out []string
	for _, w := range terms {
		if strings.Contains(w, " ") || hasHan(w) || c.text.lookup(w) != nil || len(c.lexicon.find(w)) > 0 || c.lexicon.colors[w] != "" {
			out = append(out, w)
			continue
		}
		read := c.positive(w)
		if read == nil {
			read = c.parted(w)
		}
		if read == nil {
			if r := c.spell(w); r != "" {
				read = []string{r}
			}
		}
		if read == nil {
			out = append(out, w)
			continue
		}
		if u.Corrected == nil {
			u.Corrected = map[string]string{}
		}
		u.Corrected[w] = strings.Join(read, " ")
		out = append(out, read...)
	}
	return out
}

// positive reads darker as dark, where the shop knows only that.
func (c *Catalog) positive(w string) []string {
	for _, end := range []string{"er", "est"} {
		stem, ok := strings.CutSuffix(w, end)
		if !ok || len(stem) < 3 {
			continue
		}
		for _, s := range []string{stem, stem + "e", stem[:len(stem)-1], strings.TrimSuffix(stem, "i") + "y"} {
			if c.names[s] > 0 || len(c.lexicon.find(s)) > 0 || s == stem && c.text.find(s) >= 0 {
				return []string{s}
			}
		}
	}
	return nil
}

// parted reads a word as two that the shop names: sleepingbag.
func (c *Catalog) parted(w string) []string {
	for k := 3; k <= len(w)-3; k++ {
		a, b := w[:k], w[k:]
		known := func(s string) bool { return c.names[s] > 0 || len(c.lexicon.find(s)) > 0 && c.text.lookup(s) != nil }
		if known(a) && known(b) {
			return []string{a, b}
		}
	}
	return nil
}
