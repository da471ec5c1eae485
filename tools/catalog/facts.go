package catalog

import (
	"strings"
	"unicode/utf8"
)

// note counts the words of a text that names.
func (c *Catalog) note(in map[string]int, toks []token) {
	for _, t := range toks {
		if t.kind == word && len(t.text) > 2 {
			in[surface(t.text)]++
		}
	}
}

func (c *Catalog) variants(i int, d *doc, p *Product) {
	for _, v := range p.Variants {
		c.bySKU[strings.ToLower(v.SKU)] = p
		for name, x := range v.Options {
			switch x = strings.TrimSpace(x); {
			case x == "":
			case name == "color":
				c.colour(i, d, strings.ToLower(x))
			case name == "size":
				c.sizes[strings.ToUpper(x)] = true
				c.column("size").put(i, x)
			default:
				c.column(name).put(i, x)
				toks := scan(x)
				c.text.add(i, toks, inFacts)
				c.note(c.names, toks)
			}
		}
	}
}

func (c *Catalog) colour(i int, d *doc, name string) {
	col := c.column("color")
	if v, isNew := col.put(i, name); isNew {
		d.colors = append(d.colors, v)
		c.colors[name]++
		toks := scan(name)
		c.text.add(i, toks, inFacts)
		c.note(c.names, toks)
	}
}

var nothing = map[string]bool{"no": true, "none": true, "false": true, "without": true, "not included": true, "n/a": true, "无": true, "否": true, "没有": true}

// refused says that an attribute's value denies its name: "hood: no", 酒精: 不含,
// 防水: 不防水.
func (l *lexicon) refused(a Attribute) bool {
	if len(a.Values) != 1 {
		return false
	}
	v := fold(strings.TrimSpace(a.Values[0]))
	if nothing[v] {
		return true
	}
	first, _, _ := strings.Cut(v, " ")
	if l.denials.not[first] {
		return true
	}
	_, n := utf8.DecodeRuneInString(v)
	if longestPrefix(v, l.denials.idioms) != "" {
		return false
	}
	if longestPrefix(v, l.denials.open) != "" || longestPrefix(v, l.denials.unfit) != "" {
		return true
	}
	return l.denials.bare[v[:n]] && (longestHan(v, l.han) <= n || v != v[:n] && strings.Contains(fold(a.Name), v[n:])) // 无线 is a word
}

func (c *Catalog) attribute(i int, d *doc, own heading, a Attribute) {
	name := strings.ToLower(a.Name)
	toks := scan(a.Name)
	if c.lexicon.refused(a) {
		for _, t := range toks {
			if t.kind == han {
				pairs(t.text, func(s string) { c.text.put(i, s, denied|deniedFor) })
			} else if w := surface(t.text); w != "" {
				c.text.put(i, w, denied|deniedFor)
			}
		}
		if nothing[fold(a.Values[0])] {
			return
		}
	} else {
		c.text.add(i, toks, inFacts)
	}
	if typed(toks) {
		for _, v := range a.Values {
			bits := c.lexicon.sectionsOf(fold(v)) // a bag of the style "laptop" is no laptop
			if c.sections[i] != 0 && bits != 0 && c.sections[i]&bits == 0 || strings.EqualFold(v, d.p.Brand) {
				continue
			}
			c.kind(i, own.word, scan(v), true)
		}
	}
	for _, v := range a.Values {
		value := scan(v)
		if w := whole(strings.ToLower(v) + " weather"); name == "climate" || name == "weather" || name == "season" { // made for warm weather is not warm
			c.text.put(i, w, inFacts)
			if strings.EqualFold(v, "warm") {
				continue
			}
		}
		c.text.add(i, value, inFacts)
		c.note(c.names, value)
		d.quantities = append(d.quantities, c.measures.quantities(c.keys, name, value)...)
		if len(v) <= 60 {
			c.column(name).put(i, v)
		}
		if (name == "color" || name == "colour") && len(v) <= 30 {
			c.colour(i, d, strings.ToLower(v))
		}
	}
}

// words indexes a product's texts of another language.
func (c *Catalog) words(i int, w Words) {
	if w.Title != "" {
		c.byName[fold(w.Title)] = c.docOf(i)
		toks := scan(w.Title)
		c.title(i, toks, c.head(toks))
	}
	if w.Category != "" {
		c.kind(i, "", scan(w.Category), true)
		if hasHan(w.Category) {
			c.hanWords[fold(w.Category)] = true
		}
	}
	for _, b := range w.Bullets {
		c.text.add(i, scan(b), inBullets)
	}
	c.text.add(i, scan(w.Description), inBody)
}
