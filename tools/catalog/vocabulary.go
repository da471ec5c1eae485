package catalog

import (
	"slices"
	"strings"
)

// A Term is a word of the catalogue's own vocabulary, with its names by language.
type Term struct {
	ID    string
	Names map[string][]string
}

// A Measure is something numeric that the shop states and that can be sorted by:
// Query.Sort "attr:weight:asc". The words are what a shopper says for less of it
// (lighter, lightest) and for more, English and Chinese together.
type Measure struct {
	ID         string
	Names      map[string][]string
	Unit       string
	Less, More []string
	Count      int // products that state it
}

// Sort is the [Query] sort that puts the least, or the most, first.
func (m Measure) Sort(most bool) string {
	if most {
		return "attr:" + m.ID + ":desc"
	}
	return "attr:" + m.ID + ":asc"
}

// A Vocabulary is what a catalogue calls things.
type Vocabulary struct {
	Categories, Colors, Sizes, Brands, Products, Attributes []Term
	Measures                                                []Measure // the most stated first
	Guides                                                  []Term    // what the shop's guides are about
}

// Vocabulary returns the catalogue's own words.
func (c *Catalog) Vocabulary() Vocabulary {
	var v Vocabulary
	for _, g := range c.shop.Guides {
		v.Guides = append(v.Guides, Term{g.ID, map[string][]string{language(g.Locale): append([]string{g.Title}, g.Words...)}})
	}
	cats, brands, attrs := map[string]map[string][]string{}, map[string]bool{}, map[string]bool{}
	for _, p := range c.shop.Products {
		if name := p.CategoryIn("en-x"); name != "" {
			if cats[name] == nil {
				cats[name] = map[string][]string{"en": {name}}
			}
			if zh := p.Locales["zh"].Category; zh != "" && !slices.Contains(cats[name]["zh"], zh) {
				cats[name]["zh"] = append(cats[name]["zh"], zh)
			}
		}
		if p.Brand != "" {
			brands[p.Brand] = true
		}
		for _, a := range p.Attributes {
			attrs[a.Name] = true
		}
		names := map[string][]string{"en": {p.Title}}
		if zh := p.Locales["zh"].Title; zh != "" {
			names["zh"] = []string{zh}
		}
		v.Products = append(v.Products, Term{p.ID, names})
	}
	for name, names := range cats {
		v.Categories = append(v.Categories, Term{name, names})
	}
	for name := range c.colors {
		names := map[string][]string{"en": {name}}
		for _, w := range c.lexicon.colorsOf[c.lexicon.colors[name]] {
			if hasHan(w) {
				names["zh"] = append(names["zh"], w)
			}
		}
		slices.Sort(names["zh"])
		v.Colors = append(v.Colors, Term{name, names})
	}
	plain := func(set map[string]bool) []Term {
		var out []Term
		for name := range set {
			out = append(out, Term{name, map[string][]string{"en": {name}}})
		}
		return out
	}
	v.Sizes, v.Brands, v.Attributes = plain(c.sizes), plain(brands), plain(attrs)
	for _, list := range [][]Term{v.Categories, v.Colors, v.Sizes, v.Brands, v.Attributes} {
		slices.SortFunc(list, func(a, b Term) int { return strings.Compare(a.ID, b.ID) })
	}
	v.Measures = c.measured()
	return v
}

func (c *Catalog) measured() []Measure {
	var out []Measure
	for id, n := range c.keys.count {
		if id == 0 || n == 0 {
			continue
		}
		name := c.keys.names[id]
		x := Measure{ID: name, Names: map[string][]string{"en": {name}}, Count: n}
		if d := c.keys.dim[id]; d >= 0 {
			x.Unit = c.measures.dims[d].Base
		}
		if r := c.measures.roles[name]; r != nil {
			x.Names["zh"] = []string{r.ZH}
			x.Less, x.More = append(slices.Clone(r.Less), r.Least...), append(slices.Clone(r.More), r.Most...)
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Measure) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}
