package catalog

import (
	"slices"
	"strings"
)

// A check is one limit on products beside the words: how much a product misses
// it by, 0 for met, and how far past it a product goes, for order.
type check struct {
	name string
	hard bool               // what misses it is not even near
	bars func(i int32) bool // which of those that miss it are shown only where nothing else is; may be nil
	of   func(d *doc, i int32) (miss, beyond float64)
}

func yes(ok bool, miss float64) (float64, float64) {
	if ok {
		return 0, 0
	}
	return miss, 0
}

// limits makes the checks of a query.
func (s *searching) limits() {
	c, q, u := s.c, s.q, s.u
	add := func(name string, hard bool, of func(d *doc, i int32) (float64, float64)) {
		s.checks = append(s.checks, check{name: name, hard: hard, of: of})
	}
	if len(q.Exclude) > 0 {
		add("seen", true, func(d *doc, _ int32) (float64, float64) { return yes(!slices.Contains(q.Exclude, d.p.ID), 1) })
	}
	if u.Category != "" {
		add("category", true, func(d *doc, _ int32) (float64, float64) { return yes(d.p.In(u.Category), 4) })
	}
	if q.OnSale {
		add("sale", true, func(d *doc, _ int32) (float64, float64) { return yes(d.p.ListPrice > d.p.Price, 1) })
	} else if u.OnSale {
		add("sale", false, func(_ *doc, i int32) (float64, float64) { return yes(c.sale[i], 1) })
	}
	for name, values := range q.Filters {
		in := c.filter(name, values)
		add(name, false, func(_ *doc, i int32) (float64, float64) { return yes(in(i), 2) })
	}
	slices.SortStableFunc(s.checks, func(a, b check) int { return strings.Compare(a.name, b.name) })
	if bit := genderBits[u.Gender]; bit != 0 {
		add("gender", bit != kids, func(d *doc, _ int32) (float64, float64) {
			return yes(d.gender == 0 || d.gender&bit != 0 || bit == kids && d.young, 3)
		})
		if bit == kids { // what is for anyone is not for children, unless nothing else is
			add("gender", false, func(d *doc, _ int32) (float64, float64) {
				return yes(d.gender != 0 || d.young, 1)
			})
			s.kids = len(s.checks) - 1
		}
	}
	for _, asked := range u.Colors {
		u.colors = append(u.colors, c.colours(asked)...)
	}
	if len(u.Colors) > 0 {
		stated := map[int32]bool{} // a gold nib
		for _, asked := range u.Colors {
			for _, w := range c.lexicon.colorsOf[asked] {
				if terms := c.text.lookup(w); len(terms) > 0 {
					c.text.match(terms, func(i int32, mask uint16, _ float32) { stated[i] = stated[i] || mask&inFacts != 0 })
				}
			}
		}
		add("color", false, func(d *doc, i int32) (float64, float64) {
			return yes(slices.ContainsFunc(d.colors, func(v int32) bool { return slices.Contains(u.colors, v) }) || len(d.p.Colors()) == 0 && stated[i], 1)
		})
	}
	if u.Size != "" {
		add("size", false, func(d *doc, _ int32) (float64, float64) {
			return yes(slices.ContainsFunc(d.p.Variants, func(v Variant) bool { return strings.EqualFold(v.Options["size"], u.Size) }), 1)
		})
	}
	if u.PriceMin > 0 || u.PriceMax > 0 {
		add("price", false, s.priceMiss)
	}
	if q.InStockOnly || u.InStock {
		add("stock", false, func(d *doc, _ int32) (float64, float64) {
			if len(u.Colors) > 0 || u.Size != "" {
				v := c.variant(d, u)
				return yes(v == nil && d.stock || v != nil && v.Stock > 0, 1)
			}
			return yes(d.stock, 1)
		})
	}
	for i := range u.Bounds {
		b := &u.Bounds[i]
		add(b.Said, false, func(d *doc, _ int32) (float64, float64) {
			miss, beyond := b.miss(d.quantities, c.keys)
			if !b.implied {
				beyond = 0
			}
			return miss, beyond
		})
		s.checks[len(s.checks)-1].bars = func(i int32) bool {
			miss, _ := b.miss(c.docs[i].quantities, c.keys)
			return miss >= outside
		}
	}
	for _, n := range u.Not {
		s.not(n, add)
	}
}

// priceMiss compares the price of the variant that would be shown.
func (s *searching) priceMiss(d *doc, _ int32) (float64, float64) {
	u := s.u
	price := d.p.Price
	if v := s.c.variant(d, u); v != nil {
		price = v.Price
	}
	switch {
	case price == 0:
		return 2, 0 // the shop does not state it
	case u.PriceMax > 0 && price > u.PriceMax:
		return .5 + min(float64(price-u.PriceMax)/float64(u.PriceMax), 1), 0
	case price < u.PriceMin:
		return .5 + min(float64(u.PriceMin-price)/float64(u.PriceMin), 1), 0
	case u.near > 0:
		return 0, absolute(float64(price-u.near)) / float64(u.near)
	}
	return 0, 0
}

// not leaves out products that have something, by any of its words; those that
// say they have none come before those that say nothing of it.
func (s *searching) not(asked string, add func(string, bool, func(*doc, int32) (float64, float64))) {
	c := s.c
	if name := c.lexicon.colors[asked]; name != "" && len(c.colors) > 0 {
		ids := c.colours(name)
		add("not "+asked, false, func(d *doc, _ int32) (float64, float64) {
			other := slices.ContainsFunc(d.colors, func(v int32) bool { return !slices.Contains(ids, v) })
			return yes(len(d.colors) == 0 || other, 1.5)
		})
		return
	}
	if bit := genderBits[c.lexicon.genders[asked]]; bit != 0 && (c.serves("men") || c.serves("women") || c.serves("kids")) { // not for children
		add("not "+asked, false, func(d *doc, _ int32) (float64, float64) {
			return yes(d.gender&bit == 0 && (bit != kids || !d.childish), 1.5)
		})
		return
	}
	g := c.group(asked, c.lexicon.find(asked), &Understood{})
	if !g.placed() {
		return // nothing of the shop has it
	}
	has := map[int32]uint16{}
	for _, a := range g.any {
		if a.weight < .5 {
			continue
		}
		c.text.match(a.terms, func(d int32, mask uint16, _ float32) { has[d] |= mask })
	}
	add("not "+asked, false, func(_ *doc, i int32) (float64, float64) {
		switch mask := has[i]; {
		case claims(mask):
			return 1.5, 0
		case mask&denied != 0:
			return 0, 0
		}
		return 0, .1
	})
	s.checks[len(s.checks)-1].bars = func(i int32) bool { return has[i]&(named|inFacts) != 0 || hasHan(asked) }
}
