package catalog

import (
	"slices"
	"strings"
)

// title indexes a title, and the thing it names.
func (c *Catalog) title(i int, toks []token, h heading) {
	c.text.add(i, toks, inTitle)
	c.note(c.names, toks)
	c.mark(i, h, inHead)
}

// fits says that a thing's name and one part of its category may be the same:
// they share a line of the lexicon, or it does not know the name.
func (c *Catalog) fits(own string, part []token) bool {
	lines := c.lexicon.find(own)
	if len(lines) == 0 || len(part) == 0 {
		return true
	}
	w := surface(part[len(part)-1].text)
	for _, i := range append(lines, c.lexicon.find(w)...) {
		l := &c.lexicon.lines[i]
		all := append(slices.Clone(l.names), l.narrower...)
		has := func(name string) bool {
			return slices.ContainsFunc(all, func(x string) bool {
				x = plain(x)
				return x == plain(name) || strings.HasSuffix(x, " "+plain(name))
			})
		}
		if has(own) && has(w) {
			return true
		}
	}
	return false
}

// kind indexes a category path or a type: each of its parts names a thing. Of
// "Stoves & Mugs", and of categories after the first, a product is only what
// agrees with its own name.
func (c *Catalog) kind(i int, own string, toks []token, sure bool) {
	c.text.add(i, toks, inCategory)
	c.note(c.names, toks)
	level, from := 0, 0
	for k := 0; k <= len(toks); k++ {
		if k < len(toks) && toks[k].text != "/" && toks[k].text != "&" && toks[k].text != ">" && toks[k].text != "and" && toks[k].text != "," {
			continue
		}
		several := k < len(toks) && (toks[k].text == "&" || toks[k].text == "and" || toks[k].text == ",") || level > 0 || !sure
		if !several || c.fits(own, toks[from:k]) {
			c.mark(i, c.head(toks[from:k]), inKind)
		}
		if from, level = k+1, level+1; k < len(toks) && (toks[k].text == "/" || toks[k].text == ">") {
			level = 0
		}
	}
}

// head finds the thing that a title or category names: the last word before
// "with" and the like that is no colour, number, person or material.
func (c *Catalog) head(toks []token) (h heading) {
	for k, t := range toks {
		if k > 0 && (c.lexicon.links[t.text] || t.kind == sign && strings.Contains("(,:|–—", t.text) || t.text == "-" && !t.glued) {
			toks = toks[:k]
			break
		}
	}
	last, plainest := -1, -1
	for k := len(toks) - 1; k >= 0; k-- {
		w := surface(toks[k].text)
		if _, isUnit := c.measures.units[w]; toks[k].kind == number || toks[k].kind == sign || isUnit && k > 0 && toks[k-1].kind == number {
			continue
		}
		if k > 0 && toks[k-1].kind == word && c.lexicon.sectionsOf(surface(toks[k-1].text)+" "+w) != 0 { // "cook set"
			last, plainest = k, k
			break
		}
		if k > 0 && (c.lexicon.colors[w] != "" || c.lexicon.genders[w] != "" || c.lexicon.stop[w]) {
			continue
		}
		if plainest < 0 {
			plainest = k
		}
		if c.lexicon.quality(w) { // the table of "Table African Cherry"
			continue
		}
		if last < 0 {
			last = k
		}
		if last == plainest || c.lexicon.sectionsOf(w) != 0 {
			last = k
			break
		}
	}
	if last < 0 && plainest >= 0 && c.lexicon.sectionsOf(surface(toks[plainest].text)) != 0 {
		last = plainest
	}
	if last < 0 { // "Hooded" names no thing
		return h
	}
	t := toks[last]
	h.word = surface(t.text)
	h.sections = c.lexicon.sectionsOf(h.word)
	if t.kind == han {
		r := []rune(t.text)
		h.terms = []string{string(r[max(0, len(r)-2):]), string(r[len(r)-1:])}
		return h
	}
	if last > 0 && toks[last-1].kind == word {
		both := surface(toks[last-1].text) + " " + h.word
		if bits := c.lexicon.sectionsOf(both); bits != 0 && bits&h.sections == 0 {
			return heading{both, []string{whole(both)}, bits}
		}
	}
	h.terms = []string{h.word}
	if last > 1 && t.glued && toks[last-1].text == "-" { // T-shirt
		h.terms = append(h.terms, surface(toks[last-2].text)+h.word)
	}
	return h
}

// A heading is the thing that a title or category names.
type heading struct {
	word     string
	terms    []string
	sections uint64
}

// mark indexes a heading.
func (c *Catalog) mark(i int, h heading, mask uint16) {
	c.sections[i] |= h.sections
	for _, w := range h.terms {
		c.text.put(i, w, mask)
	}
	if !hasHan(h.word) && h.word != "" {
		c.kinds[h.word]++
	}
}

// typed says that an attribute's values say what a thing is: tags, a type, a
// style.
func typed(name []token) bool {
	return slices.ContainsFunc(name, func(t token) bool {
		switch t.text {
		case "tags", "tag", "type", "kind", "style", "category", "类型", "款式", "品类":
			return true
		}
		return false
	})
}
