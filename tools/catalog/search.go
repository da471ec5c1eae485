package catalog

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strings"
)

// A Query asks for products. Fields that are set limit beside what is understood
// of the text, and win over it.
type Query struct {
	Text, Locale        string
	Category            string
	PriceMin, PriceMax  Money
	Color, Size, Gender string
	InStockOnly, OnSale bool
	Exclude             []string            // product ids
	Not                 []string            // words a product must not have
	Filters             map[string][]string // attribute, "brand", "category"... to values, any of which will do
	Sort                string              // "" or relevance, price_asc, price_desc, rating, reviews, newest, attr:NAME:asc, attr:NAME:desc
	Limit, Offset       int                 // Limit 0 means 10
	Facets              []string            // what to count: "category", "brand", "color", "price", an attribute
}

// A Hit is one product found, with the variant that has the colour and size
// asked for.
type Hit struct {
	Product *Product
	Variant *Variant
	Score   float64
	Missing []string // what of the query it does not meet: words, "price", "color", "size"...
}

// Results are what a query found: Exact hits, which meet every word and limit,
// then those of the same kind that come nearest. When nothing is exact and the
// shop has something of the kind, Nearest says so and Missing names what the
// first of them lacks. A thing the shop does not sell has no hits at all.
type Results struct {
	Hits       []Hit
	Total      int // exact ones in the shop
	Exact      int // of Hits
	Understood Understood
	Nearest    bool
	Missing    []string
	Unstated   []string // words on whom, where or what for that nothing found speaks of; they make nothing Nearest
	Sort       string   // as it was applied
	Facets     []Facet  // over the exact ones
}

// Search finds products.
func (c *Catalog) Search(ctx context.Context, q Query) (*Results, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	u := c.understand(q.Text)
	u.Category = q.Category
	if q.Color != "" {
		low := strings.ToLower(q.Color)
		u.Colors = []string{cmp.Or(c.lexicon.colors[low], low)}
		if c.colors[low] > 0 {
			u.Colors[0] = low
		}
	}
	u.Size, u.Gender = cmp.Or(strings.ToUpper(q.Size), u.Size), cmp.Or(cmpGender(c.lexicon, q.Gender), u.Gender)
	if q.PriceMin > 0 || q.PriceMax > 0 {
		u.PriceMin, u.PriceMax, u.near = cmp.Or(q.PriceMin, u.PriceMin), cmp.Or(q.PriceMax, u.PriceMax), 0
	}
	u.Not = append(u.Not, q.Not...)
	s := &searching{c: c, q: &q, u: &u}
	s.groups = c.groups(u.Terms[:u.from], &u)
	from := len(s.groups)
	s.groups = append(s.groups, c.groups(u.Terms[u.from:u.to], &u)...)
	to := len(s.groups)
	s.groups = append(s.groups, c.groups(u.Terms[u.to:], &u)...)
	s.groups = s.groups[:min(len(s.groups), 30)]
	r := &Results{Understood: u}
	if !s.head(min(from, len(s.groups)), min(to, len(s.groups))) {
		r.Missing = s.lacking
		return r, nil
	}
	s.young = u.Gender == "kids" || slices.ContainsFunc(u.Bounds, func(b Bound) bool { return b.Name == "age" && b.Low < 16 })
	s.limits()
	s.collect()
	s.waive(r)
	s.results(r)
	return r, nil
}

// searching is one search under way.
type searching struct {
	c       *Catalog
	q       *Query
	u       *Understood
	groups  []group
	thing   int // of groups: what is asked for itself; -1 when only qualities are
	checks  []check
	young   bool   // it is for children
	kids    int    // of checks: what is for children; 0 for none
	waived  uint32 // groups that nothing of the kind meets and that are background only
	exact   []candidate
	near    []candidate
	order   order
	lacking []string
}

// A candidate is a product that has the thing asked for.
type candidate struct {
	doc    int32
	got    uint32 // groups met
	score  float32
	miss   float32 // how much of the query it does not meet, 0 for all of it
	beyond float32 // how far past what was asked, of what is met
	barred bool    // it says that it has not what is asked for, or has what must not be
	at     float64 // what it is sorted by
	tier   int
}

// head finds the thing that is asked for: the last kind named before "with",
// "for" and the like. It says no when the shop sells no such thing.
func (s *searching) head(from, to int) bool {
	s.thing = -1
	unknown := ""
	if len(s.groups) == 1 && s.unsaid() && len(s.u.Bounds) == 0 {
		s.lacking = []string{s.groups[0].asked}
		return false
	}
	if len(s.groups) == 1 && s.groups[0].both && !s.groups[0].kind {
		s.lacking = []string{s.groups[0].asked} // alone, it is the thing
		return false
	}
	for i := to - 1; i >= from; i-- {
		g := &s.groups[i]
		if g.thing() {
			if unknown != "" { // tent heater
				break
			}
			s.thing = i
			break
		}
		if !g.placed() && !g.feature && unknown == "" && !s.u.aside[g.asked] {
			unknown = g.asked
		}
	}
	if unknown != "" && s.thing < 0 {
		s.lacking = []string{unknown}
		return false
	}
	if s.thing >= 0 && !s.groups[s.thing].placed() && len(s.groups[s.thing].loose) == 0 {
		s.lacking = []string{s.groups[s.thing].asked}
		return false
	}
	if s.thing < 0 && len(s.groups) > 0 && !slices.ContainsFunc(s.groups, func(g group) bool { return g.placed() }) {
		for _, g := range s.groups {
			s.lacking = append(s.lacking, g.asked)
		}
		return false
	}
	return true
}

// unsaid says that the one word asked for is known to no lexicon and stands only
// in descriptions: sandals "for the boat" make no shop of boats.
func (s *searching) unsaid() bool {
	g := &s.groups[0]
	if !g.placed() || g.feature || g.section != "" || g.kind {
		return false
	}
	return !slices.ContainsFunc(g.any, func(a alternative) bool {
		stated := false
		s.c.text.match(a.terms, func(_ int32, mask uint16, _ float32) { stated = stated || mask&places&^inBody != 0 })
		return stated
	})
}

// results sorts and pages what was collected.
func (s *searching) results(r *Results) {
	c, q := s.c, s.q
	s.order = c.order(q, s.u, s.exact)
	r.Sort, r.Understood.Sort = s.order.name, s.order.name
	limit := cmp.Or(q.Limit, 10)
	if fair := func(h candidate) bool { return !h.barred }; len(s.exact) > 0 || slices.ContainsFunc(s.near, fair) {
		s.near = slices.DeleteFunc(s.near, func(h candidate) bool { return h.barred })
	}
	tiers := c.rules.tiers(s.groups)
	for _, list := range [][]candidate{s.exact, s.near} {
		for i := range list {
			list[i].tier = tiers[list[i].doc]
			list[i].at = s.order.value(list[i].doc)
			d := &c.docs[list[i].doc]
			list[i].score = list[i].score*float32(1+d.p.Pinned) + float32(d.p.Rating)*.01
		}
	}
	r.Total = len(s.exact)
	r.Facets = c.count(q.Facets, s.exact)
	top(s.exact, q.Offset+limit, s.before)
	if len(s.exact) < q.Offset+limit {
		slices.SortFunc(s.near, s.nearer)
	}
	r.Nearest = len(s.exact) == 0 && len(s.near) > 0
	all := append(s.exact[:min(len(s.exact), q.Offset+limit)], s.near...)
	r.Exact = max(0, min(len(s.exact), q.Offset+limit)-q.Offset)
	all = all[min(q.Offset, len(all)):]
	for _, h := range all[:min(limit, len(all))] {
		d := &c.docs[h.doc]
		hit := Hit{Product: d.p, Score: float64(h.score), Variant: c.variant(d, s.u)}
		if h.miss > 0 {
			hit.Missing = s.missing(h)
		}
		r.Hits = append(r.Hits, hit)
	}
	if r.Nearest && len(r.Hits) > 0 {
		r.Missing = r.Hits[0].Missing
	}
	if len(r.Hits) == 0 {
		r.Missing = append(r.Missing, s.lacking...)
	}
}

// missing names what a product does not meet.
func (s *searching) missing(h candidate) []string {
	var out []string
	for i, g := range s.groups {
		if (h.got|s.waived)&(1<<i) == 0 && (!g.soft || len(s.groups) == 1) {
			if !slices.Contains(out, g.asked) {
				out = append(out, g.asked)
			}
		}
	}
	for _, k := range s.checks {
		if miss, _ := k.of(&s.c.docs[h.doc], h.doc); miss > 0 && !slices.Contains(out, k.name) {
			out = append(out, k.name)
		}
	}
	return out
}

// waive forgives what is only background, where nothing meets everything: uses,
// and words that the shop has not. Sunscreen "for the beach" when none names a
// beach is still what was asked for.
func (s *searching) waive(r *Results) {
	if len(s.exact) > 0 || len(s.near) == 0 {
		return
	}
	for i, g := range s.groups {
		if i != s.thing && !g.soft && (g.use || !g.placed() && !g.feature && s.u.aside[g.asked]) {
			s.waived |= 1 << i
		}
	}
	childless := s.kids > 0 && !slices.ContainsFunc(s.near, func(h candidate) bool {
		miss, _ := s.checks[s.kids].of(&s.c.docs[h.doc], h.doc)
		return miss == 0 && s.isThing(h)
	})
	if childless {
		s.checks[s.kids].of = func(*doc, int32) (float64, float64) { return 0, 0 }
	}
	if s.waived == 0 && !childless {
		return
	}
	near := s.near
	s.near = nil
	for _, h := range near {
		if h.barred {
			s.near = append(s.near, h)
			continue
		}
		h.miss -= float32(bits.OnesCount32(s.waived &^ h.got))
		if childless {
			h.miss--
		}
		if h.miss < .01 {
			s.exact = append(s.exact, h)
		} else {
			s.near = append(s.near, h)
		}
	}
	if len(s.exact) == 0 {
		return
	}
	for i, g := range s.groups {
		if s.waived&(1<<i) != 0 && !slices.ContainsFunc(s.exact, func(h candidate) bool { return h.got&(1<<i) != 0 }) {
			r.Unstated = append(r.Unstated, g.asked)
		}
	}
	if childless {
		r.Unstated = append(r.Unstated, "gender")
	}
}

// isThing says that a candidate is the thing asked for, if any is.
func (s *searching) isThing(h candidate) bool { return s.thing < 0 || h.got&(1<<s.thing) != 0 }

// variant chooses the variant that has the colour and size asked for.
func (c *Catalog) variant(d *doc, u *Understood) *Variant {
	if len(u.Colors) == 0 && u.Size == "" {
		return nil
	}
	for _, id := range u.colors {
		if slices.Contains(d.colors, id) {
			if v := d.p.VariantFor(c.columns["color"].values[id], u.Size); v != nil {
				return v
			}
		}
	}
	if u.Size != "" {
		return d.p.VariantFor("", u.Size)
	}
	return nil
}
