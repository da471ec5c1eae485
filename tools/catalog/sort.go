package catalog

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// An order is how what was found is sorted: a name and a number a product, the
// lowest first.
type order struct {
	name  string
	value func(doc int32) float64
}

// order takes the query's sort, else the one the shopper's words ask for, if the
// products found state what it needs.
func (c *Catalog) order(q *Query, u *Understood, found []candidate) order {
	names := []string{q.Sort}
	if q.Sort == "relevance" {
		names = nil
	} else if q.Sort == "" {
		names = u.sorts
	}
	least := 0
	if len(names) == 0 {
		names, least = u.leans, (len(found)+1)/2
	}
	best, most := order{value: func(int32) float64 { return 0 }}, 0
	for _, name := range names {
		value := c.sorter(name)
		if value == nil {
			continue
		}
		stated := 0
		for _, h := range found {
			if !math.IsInf(value(h.doc), 1) {
				stated++
			}
		}
		if stated > most && stated >= least || best.name == "" && len(found) == 0 {
			best, most = order{name, value}, stated
		}
	}
	return best
}

// sorter gives what a sort compares, +Inf for products that do not state it; nil
// for no sort of ours.
func (c *Catalog) sorter(name string) func(int32) float64 {
	p := func(i int32) *Product { return c.docs[i].p }
	switch name {
	case "price_asc":
		return func(i int32) float64 {
			if p(i).Price == 0 {
				return math.Inf(1)
			}
			return float64(p(i).Price)
		}
	case "price_desc":
		return func(i int32) float64 { return -float64(p(i).Price) }
	case "rating":
		return func(i int32) float64 { return -p(i).Rating }
	case "reviews":
		return func(i int32) float64 { return -float64(p(i).ReviewCount) }
	case "newest":
		return func(i int32) float64 { return -float64(p(i).Added.Unix()) }
	}
	rest, ok := strings.CutPrefix(name, "attr:")
	if !ok {
		return nil
	}
	k := strings.LastIndexByte(rest, ':')
	if k < 0 {
		return nil
	}
	key, known := c.keys.of[strings.ToLower(rest[:k])]
	if !known || key == 0 {
		return nil
	}
	descending := rest[k+1:] == "desc"
	return func(i int32) float64 {
		for _, q := range c.docs[i].quantities {
			if q.key == key {
				if descending {
					return -float64(q.hi)
				}
				return float64(q.lo)
			}
		}
		return math.Inf(1)
	}
}

// Sorts says whether a sort is one of the shop's, "" and relevance among them.
func (c *Catalog) Sorts(name string) bool {
	return name == "" || name == "relevance" || c.sorter(name) != nil
}

// SortNames lists the shop's sorts, numbers that products state among them.
func (c *Catalog) SortNames() []string {
	out := []string{"relevance", "price_asc", "price_desc", "rating", "reviews", "newest"}
	measures := c.measured()
	for _, m := range measures[:min(len(measures), 12)] {
		out = append(out, m.Sort(false), m.Sort(true))
	}
	return out
}

// before orders products that meet everything: by the sort asked for, the shop's
// rules, stock, nearness to what was asked, and score.
func (s *searching) before(a, b candidate) int {
	da, db := &s.c.docs[a.doc], &s.c.docs[b.doc]
	if n := cmp.Compare(a.at, b.at); n != 0 {
		return n
	}
	if n := cmp.Compare(b.tier, a.tier); n != 0 {
		return n
	}
	if da.stock != db.stock && !s.c.rules.mixed {
		if da.stock {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(math.Round(float64(a.beyond)*20), math.Round(float64(b.beyond)*20)),
		cmp.Compare(b.score, a.score),
		strings.Compare(da.p.ID, db.p.ID),
	)
}

// nearer orders products that do not meet everything: by how much they lack.
func (s *searching) nearer(a, b candidate) int {
	return cmp.Or(cmp.Compare(math.Round(float64(a.miss)*20), math.Round(float64(b.miss)*20)), s.before(a, b))
}

// top sorts the first n of a list by a full order, and leaves the rest behind them.
func top(list []candidate, n int, before func(a, b candidate) int) {
	if len(list) <= 4*n || len(list) < 200 {
		slices.SortFunc(list, before)
		return
	}
	// A heap of the n best, the worst on top, in the first n places.
	heap := list[:n]
	down := func(i int) {
		for {
			k := 2*i + 1
			if k >= n {
				return
			}
			if k+1 < n && before(heap[k], heap[k+1]) < 0 {
				k++
			}
			if before(heap[i], heap[k]) >= 0 {
				return
			}
			heap[i], heap[k] = heap[k], heap[i]
			i = k
		}
	}
	for i := n/2 - 1; i >= 0; i-- {
		down(i)
	}
	for i := n; i < len(list); i++ {
		if before(list[i], heap[0]) < 0 {
			list[i], heap[0] = heap[0], list[i]
			down(0)
		}
	}
	slices.SortFunc(heap, before)
}
