package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// UserKNN recommends what the customers most like this one took. Likeness is
// the cosine of the two sets of items without the norm of the asking
// customer's own, which orders nothing; it is shrunk where few items are
// shared. It is found at the time of the query, so that one met this minute is
// served as one from the dataset is, and the dataset must be at hand. Time: of
// the order of the interactions with the items of the history.
//
// Source: Resnick et al. 1994, "GroupLens"; the exponent on likeness is Breese
// et al. 1998, section 2.2.3.
type UserKNN struct {
	data   *Dataset
	norm   []float64 // of each customer, inverted
	keep   int
	shrink float64
	power  float64
}

// UserKNNOptions tune UserKNN.
type UserKNNOptions struct {
	Neighbours int     // customers asked; 0 means 80
	Shrink     float64 // items in common at which likeness counts half; 0: none
	Power      float64 // exponent on likeness; 0 means 2
}

// NewUserKNN prepares a dataset.
func NewUserKNN(d *Dataset, opt UserKNNOptions) (*UserKNN, error) {
	m := &UserKNN{data: d, keep: cmp.Or(opt.Neighbours, 80), shrink: opt.Shrink, power: cmp.Or(opt.Power, 2)}
	if m.keep < 1 || !(m.shrink >= 0) || !(m.power > 0) || math.IsInf(m.shrink+m.power, 1) {
		return nil, fmt.Errorf("recsys: UserKNN with %d neighbours, shrink %g and power %g; neighbours and power must be above 0, shrink not negative", m.keep, m.shrink, m.power)
	}
	m.norm = make([]float64, len(d.Customers))
	for u, row := range d.byCustomer {
		m.norm[u] = 1 / math.Sqrt(float64(max(1, len(row))))
	}
	return m, nil
}

// Data returns what was prepared.
func (m *UserKNN) Data() *Dataset { return m.data }

// Recommend ranks what the likest customers took.
func (m *UserKNN) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// A neighbour is a customer like the one that asks.
type neighbour struct {
	customer int32
	both     int32 // items in common
	weight   float64
}

// neighbours gives the customers most like a history, the likest first. Those
// as like as the last are all asked: who is must not depend on their names.
func (m *UserKNN) neighbours(h History) []neighbour {
	both := make([]int32, len(m.data.Customers))
	for _, e := range h.Events {
		for _, c := range m.data.byItem[e.Item] {
			both[c.of]++
		}
	}
	var all []neighbour
	for u, n := range both {
		if n > 0 && int32(u) != h.Customer {
			n64 := float64(n)
			like := n64 * m.norm[u] * n64 / (n64 + m.shrink)
			all = append(all, neighbour{int32(u), n, math.Pow(like, m.power)})
		}
	}
	slices.SortFunc(all, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.customer, b.customer))
	})
	n := min(m.keep, len(all))
	for n > 0 && n < len(all) && all[n].weight == all[n-1].weight {
		n++
	}
	return all[:n]
}

// Score sums the neighbours who took each item, the likest counting for more.
func (m *UserKNN) Score(h History, out []float64) {
	for _, v := range m.neighbours(h) {
		for _, e := range m.data.byCustomer[v.customer] {
			out[e.Item] += v.weight
		}
	}
}

// Reasons splits the score over the items in common with those neighbours who
// took the item; the count is of those neighbours.
func (m *UserKNN) Reasons(h History, item int32) []Reason { return m.explain(h)(item) }

func (m *UserKNN) explain(h History) func(item int32) []Reason {
	asked := m.neighbours(h)
	return func(item int32) []Reason { return m.share(asked, h, item) }
}

// share splits the score that the neighbours asked gave to an item.
func (m *UserKNN) share(asked []neighbour, h History, item int32) []Reason {
	share := map[int32]*Reason{}
	for _, e := range h.Events {
		share[e.Item] = &Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item]}
	}
	for _, v := range asked {
		row := m.data.byCustomer[v.customer]
		if !slices.ContainsFunc(row, func(e Event) bool { return e.Item == item }) {
			continue
		}
		for _, e := range row {
			if r := share[e.Item]; r != nil {
				r.Weight += v.weight / float64(v.both)
				r.Count++
			}
		}
	}
	var out []Reason
	for _, e := range h.Events {
		if r := share[e.Item]; r.Count > 0 {
			out = append(out, *r)
		}
	}
	return strongest(out)
}
