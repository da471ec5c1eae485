package catalog

import (
	"slices"
	"strings"
)

// A quantity is one measured fact of a product, from an attribute or a text.
type quantity struct {
	key    int32 // of Catalog.keys: what is measured; 0 when the text does not say
	dim    int8  // of measures.dims, -1 for a bare number
	closed bool  // a stated range: what is outside does not fit
	lo, hi float32
}

// keyed numbers what can be measured: roles by id, attributes by name.
type keyed struct {
	names []string
	of    map[string]int32
	aside []bool
	count []int // products that state it
	dim   []int8
}

func newKeyed() *keyed {
	return &keyed{names: []string{""}, of: map[string]int32{"": 0}, aside: []bool{false}, count: []int{0}, dim: []int8{-1}}
}

func (k *keyed) id(name string, dim int8, aside bool) int32 {
	id, ok := k.of[name]
	if !ok {
		id = int32(len(k.names))
		k.of[name] = id
		k.names, k.aside, k.count, k.dim = append(k.names, name), append(k.aside, aside), append(k.count, 0), append(k.dim, dim)
	}
	return id
}

// quantities reads every measured fact of a text. The name is the attribute's,
// or "" for running text.
func (m *measures) quantities(keys *keyed, name string, toks []token) []quantity {
	if !slices.ContainsFunc(toks, func(t token) bool { return t.kind == number || t.kind == han || numberWords[t.text] > 0 }) {
		if lifelong(name, toks) {
			return []quantity{{key: keys.id("warranty", int8(m.roles["warranty"].dim), true), dim: int8(m.roles["warranty"].dim), lo: 1e9, hi: 1e9}}
		}
		return nil
	}
	toks = m.numerals(toks, nil)
	named := scan(name)
	var out []quantity
	for i := 0; i < len(toks); i++ {
		if toks[i].kind != number {
			continue
		}
		a := m.amountAt(toks, i)
		m.age(toks, named, &a)
		q := quantity{dim: -1, lo: float32(a.lo), hi: float32(a.hi)}
		switch {
		case a.money:
			i = a.end - 1
			continue
		case a.measured:
			q.dim = int8(a.unit.dim)
			r := m.roleIn(a.unit.dim, named)
			if r == nil && name != "" && !broad[name] && len(toks) <= 8 {
				q.key = keys.id(strings.ToLower(name), q.dim, false)
			} else {
				if r == nil {
					r = m.roleNear(a.unit.dim, toks, a.start, a.end)
				}
				if r == nil {
					r = m.dims[a.unit.dim].only()
				}
				if r != nil {
					q.key = keys.id(r.ID, q.dim, r.Aside)
				} else if a.unit.long {
					continue // days of a trip, years of a company
				}
			}
		case name != "" && !broad[name] && len(toks) <= 3: // "seasons: 3"
			for d, dim := range m.dims {
				if r := m.roleIn(d, named); r != nil && dim.Base == "" {
					q.dim, q.key = int8(d), keys.id(r.ID, int8(d), r.Aside)
				}
			}
			if q.key == 0 {
				q.key = keys.id(strings.ToLower(name), -1, true)
			}
		default:
			continue
		}
		if q.dim >= 0 && m.dims[q.dim].Range {
			m.close(toks, a, keys.names[q.key], &q)
		}
		if r := m.roles["age"]; int(q.dim) == r.dim && !q.closed {
			if m.roleIn(r.dim, named) == nil { // a boy of ten in a story
				continue
			}
			q.closed, q.hi = true, 1e9
		}
		out = append(out, q)
		i = max(i, a.end-1)
	}
	return out
}

// age reads years, months and bare numbers as ages where an attribute or the word
// before says so: "age: 8+ years", "ages 8-12".
func (m *measures) age(toks, named []token, a *amount) {
	r := m.roles["age"]
	if m.roleIn(r.dim, named) == nil && (a.start == 0 || m.sayRole(r.dim, toks[a.start-1]) == nil || toks[a.start-1].kind != word) {
		return
	}
	switch year := m.units["year"]; {
	case a.money:
	case !a.measured:
		a.unit, a.measured = m.units["year old"], true
	case a.unit.dim == year.dim:
		a.lo, a.hi, a.unit = a.lo/year.per, a.hi/year.per, m.units["year old"]
	}
}

// close reads whether a number of people, years or square metres is a range:
// "2-4", "8+", 3岁以上, 20平方米以内.
func (m *measures) close(toks []token, a amount, name string, q *quantity) {
	op, _ := longestAfter(toks, a.end, m.after)
	if before, _ := longestBefore(toks, a.start, m.before); op == "" {
		op = before
	}
	switch r := m.roles[name]; {
	case a.lo != a.hi:
		q.closed = true
	case op == Least:
		q.closed, q.hi = true, 1e9
	case op == Most:
		q.closed, q.lo = true, 0
	case r != nil:
		q.closed = r.Exact
	}
}

// broad names of attributes say nothing about what a number in them measures.
var broad = map[string]bool{"tags": true, "collection": true, "features": true, "specifications": true, "details": true, "title": true}

func lifelong(name string, toks []token) bool {
	life, warranty := false, strings.Contains(strings.ToLower(name), "warranty")
	for _, t := range toks {
		life = life || t.text == "lifetime" || t.text == "lifelong"
		warranty = warranty || t.text == "warranty" || t.text == "guarantee"
	}
	return life && warranty
}

func (m *measures) roleIn(dim int, toks []token) *role {
	for i := len(toks) - 1; i >= 0; i-- {
		if r := m.sayRole(dim, toks[i]); r != nil {
			return r
		}
	}
	return nil
}

func (m *measures) sayRole(dim int, t token) *role {
	if r := m.said[dim][t.text]; r != nil {
		return r
	}
	if t.kind == han {
		for i := range m.dims[dim].Roles {
			r := &m.dims[dim].Roles[i]
			for _, w := range r.Words {
				if hasHan(w) && strings.Contains(t.text, w) {
					return r
				}
			}
		}
	}
	return nil
}

// roleNear finds the word within the clause that says what a number measures:
// the nearest before it, or else the nearest after it.
func (m *measures) roleNear(dim int, toks []token, start, end int) *role {
	stops := func(t token) bool {
		return t.kind == sign && strings.Contains(".,;:!?•()", t.text) && !t.glued || t.text == ";" || t.text == "." || t.text == ","
	}
	for i, n := start-1, 0; i >= 0 && n < 4 && !stops(toks[i]) && toks[i].kind != number; i, n = i-1, n+1 {
		if r := m.sayRole(dim, toks[i]); r != nil {
			return r
		}
	}
	for i, n := end, 0; i < len(toks) && n < 4 && !stops(toks[i]) && toks[i].kind != number; i, n = i+1, n+1 {
		if r := m.sayRole(dim, toks[i]); r != nil {
			return r
		}
	}
	return nil
}

// A Bound is a limit on a measured fact: Most and Least limit, About wants near
// it.
type Bound struct {
	Name string  `json:"name"` // what is measured: "weight", or the dimension when it was not said
	Op   string  `json:"op"`   // About, Least or Most
	Low  float64 `json:"low,omitempty"`
	High float64 `json:"high,omitempty"`
	Unit string  `json:"unit,omitempty"` // of Low and High: g, ml, mm, m2, min, °C, W ...
	Said string  `json:"said,omitempty"` // the shopper's own words

	dim     int8
	key     int32 // of Catalog.keys; 0 when it was not said, -1 when the shop states no such thing
	implied bool  // no "at least" or "under" was said: the nearest comes first
	lenient bool  // what does not state it will do
	strict  bool  // what states another range is not even near
}

// miss says how far a product is from a bound: 0 when it meets it, 1 and more
// when it does not, and by how much it exceeds what was asked (for order).
func (b *Bound) miss(list []quantity, keys *keyed) (miss, beyond float64) {
	exact, closed, said := false, false, false // said: of what
	for _, q := range list {
		exact = exact || b.key != 0 && q.key == b.key
		closed = closed || q.dim == b.dim && q.closed && !keys.aside[q.key]
		said = said || q.dim == b.dim && q.key != 0 && !keys.aside[q.key]
	}
	miss, beyond = -1, 0
	for _, q := range list {
		if q.dim != b.dim || exact && q.key != b.key || !exact && keys.aside[q.key] {
			continue
		}
		if b.key != 0 && !exact && q.key != 0 { // another thing is measured
			continue
		}
		if closed && !q.closed || said && b.key == 0 && q.key == 0 { // five minutes of rules, of a game of forty
			continue
		}
		lo, hi := float64(q.lo), float64(q.hi)
		var d, over float64
		scale := max(absolute(b.Low), absolute(b.High), 1e-9)
		switch {
		case closed && b.implied:
			d, over = b.within(lo, hi)
		case b.Op == Least:
			d, over = max(0, b.Low-hi)/scale, max(0, lo-b.Low)/scale
		case b.Op == Most:
			d, over = max(0, lo-b.High)/scale, max(0, b.High-hi)/scale
		default:
			d = max(0, b.Low-hi, lo-b.High) / scale
			mid := (b.Low + b.High) / 2
			over = absolute((lo+hi)/2-mid) / scale
		}
		if miss < 0 || d < miss || d == miss && over < beyond {
			miss, beyond = d, over
		}
	}
	switch {
	case miss < 0 && b.lenient:
		return 0, .5
	case miss < 0:
		return 3, 0 // the shop does not state it
	case miss < 1e-6:
		return 0, min(beyond, 10)
	case closed && b.implied && b.strict:
		return outside + min(miss, 1), 0
	}
	return 1 + min(miss, 1), 0
}

// outside is the least miss of a product that says that it does not fit.
const outside = 4

// within says how far what was asked is outside a stated range, 0 for inside,
// and how loosely the range holds it. Of a range that is asked for, half will do.
func (b *Bound) within(lo, hi float64) (d, over float64) {
	from, to := b.Low, b.High
	switch b.Op {
	case Least:
		to = from
	case Most:
		from = to
	}
	if from < to {
		if both := (min(to, hi) - max(from, lo)) / (to - from); both >= .5 {
			return 0, 1 - both + loose(from, lo, to, hi)
		}
	}
	scale := max(from, 1)
	if to < lo || from > hi || from < to {
		return max(.01, lo-to, from-hi) / (scale + 10), 0
	}
	return 0, loose(from, lo, to, hi)
}

// loose says how far a stated range goes past what was asked: "3+" for nine.
func loose(from, lo, to, hi float64) float64 {
	return .3*min(max(from-lo, 0)/max(from, 1), 1) + .1*min(max(hi-to, 0)/max(to, 1), 1)
}

func absolute(v float64) float64 { return max(v, -v) }
