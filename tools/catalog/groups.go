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
	for i := 0; i < len(terms); {
		n, lines := 1, c.lexicon.find(terms[i])
		for k := min(4, len(terms)-i); k > 1; k-- {
			if l := c.lexicon.find(strings.Join(terms[i:i+k], " ")); len(l) > 0 {
				n, lines = k, l
				break
			}
		}
		g := c.group(strings.Join(terms[i:i+n], " "), lines, u)
		if n > 1 && g.placed() && !g.kind && g.section != "" { // nothing is called "bike light": a light for bikes, then
			for _, w := range terms[i : i+n] {
				out = append(out, c.group(w, c.lexicon.find(w), u))
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
	g.add(c.text.lookup(asked), 1)
	c.synonyms(&g, asked, lines)
	if name := c.lexicon.colors[asked]; name != "" && len(lines) == 0 { // a shop without colours says them in titles
		for _, w := range c.lexicon.colorsOf[name] {
			g.add(c.text.lookup(w), .9)
		}
		g.feature = true
	}
	if !g.placed() && len(lines) == 0 {
		c.misread(&g, u)
	}
	if !g.placed() {
		for _, near := range c.similar(asked, lines) {
			g.add(c.text.lookup(near.word), near.weight)
			g.kind = true
		}
	}
	for _, a := range g.any {
		last := a.terms[len(a.terms)-1]
		g.kind = g.kind || c.isHead(last)
		if len(a.terms) > 1 {
			g.loose = append(g.loose, alternative{a.terms[len(a.terms)-1:], a.weight})
		}
	}
	if parts := strings.Fields(asked); len(parts) > 1 {
		last := parts[len(parts)-1]
		l := group{}
		l.add(c.text.lookup(last), 1)
		c.synonyms(&l, last, c.lexicon.find(last))
		g.loose = append(g.loose, l.any...)
	}
	return g
}

// synonyms adds what the lexicon's lines hold.
func (c *Catalog) synonyms(g *group, asked string, lines []int) {
	features := 0
	for _, i := range lines {
		l := &c.lexicon.lines[i]
		for _, w := range l.names {
			if w != asked {
				g.add(c.text.lookup(w), .6)
			}
		}
		for _, w := range l.narrower {
			g.add(c.text.lookup(w), .5)
		}
		switch l.section {
		case "":
			features++
		case ownLines: // a shop's own words: kinds or qualities, who knows
		default:
			g.section = cmp.Or(g.section, l.section)
		}
	}
	if features > 0 && (features == len(lines) || !c.isKind(g)) {
		g.feature, g.section = true, ""
	}
}

func (c *Catalog) isKind(g *group) bool {
	return slices.ContainsFunc(g.any, func(a alternative) bool { return c.isHead(a.terms[len(a.terms)-1]) })
}

func (g *group) add(terms []int32, weight float32) {
	if len(terms) == 0 || slices.ContainsFunc(g.any, func(a alternative) bool { return slices.Equal(a.terms, terms) }) {
		return
	}
	g.any = append(g.any, alternative{terms, weight})
}

// isHead says that some product is called by a term.
func (c *Catalog) isHead(term int32) bool {
	return slices.ContainsFunc(c.text.postings[term], func(p posting) bool { return p.mask&(called|inBrand) != 0 })
}

// misread tries an unknown word in two words, then as a misspelling.
func (c *Catalog) misread(g *group, u *Understood) {
	w := g.asked
	if strings.Contains(w, " ") || hasHan(w) {
		return
	}
	take := func(read string) {
		if u.Corrected == nil {
			u.Corrected = map[string]string{}
		}
		u.Corrected[w] = read
		lines := c.lexicon.find(read)
		g.add(c.text.lookup(read), .9)
		c.synonyms(g, read, lines)
	}
	for k := 3; k <= len(w)-3; k++ {
		a, b := w[:k], w[k:]
		if (c.names[a] > 0 || len(c.lexicon.find(a)) > 0) && (c.names[b] > 0 || len(c.lexicon.find(b)) > 0) {
			if read := a + " " + b; c.text.lookup(read) != nil || len(c.lexicon.find(read)) > 0 {
				if take(read); g.placed() {
					return
				}
			}
		}
	}
	if read := c.spell(w); read != "" {
		take(read)
	}
}
