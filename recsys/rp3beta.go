package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// RP3beta walks three steps at random, from the customer to an item of hers, to
// a customer who took it, to an item that one took, and ranks items by the
// chance to end there, damped by how popular they are. The first step is left
// out, as it is the same for all. Memory: 12 bytes a kept neighbour.
//
// Source: Paudel, Christoffel, Newell, Bernstein 2017, "Updatable, accurate,
// diverse, and scalable recommendations for interactive applications",
// equation 4; the exponent on a step's chance is Cooper et al. 2014 (P3alpha).
type RP3beta struct {
	data *Dataset
	next [][]link // of each item, the likeliest first
}

// RP3betaOptions tune RP3beta.
type RP3betaOptions struct {
	Alpha      float64 // exponent on the chance of a step; 0 means 1
	Beta       float64 // exponent on the popularity that damps, 0 to 1; 0 means .5, < 0 none
	Neighbours int     // kept for each item; 0 means 200
}

// NewRP3beta fits a dataset.
func NewRP3beta(d *Dataset, opt RP3betaOptions) (*RP3beta, error) {
	w, err := newWalk(d, opt)
	if err != nil {
		return nil, err
	}
	return &RP3beta{data: d, next: d.pairs(w.keep, w.leave, w.chance)}, nil
}

// walk has the chances of its second and third step, and the damping.
type walk struct {
	keep  int
	enter []float64 // from an item to one of its customers
	leave []float64 // from a customer to one of her items
	damp  []float64 // of the item where it ends
}

func newWalk(d *Dataset, opt RP3betaOptions) (*walk, error) {
	alpha, beta, keep := cmp.Or(opt.Alpha, 1), cmp.Or(opt.Beta, .5), cmp.Or(opt.Neighbours, 200)
	if !(alpha > 0 && alpha <= 10) || !(beta <= 1) || keep < 0 {
		return nil, fmt.Errorf("recsys: RP3beta with alpha %g, beta %g and %d neighbours; alpha must be above 0 and at most 10, beta at most 1, neighbours not negative", alpha, beta, keep)
	}
	w := &walk{keep: keep, enter: make([]float64, len(d.Items)), leave: make([]float64, len(d.Customers)), damp: make([]float64, len(d.Items))}
	for u, row := range d.byCustomer {
		w.leave[u] = math.Pow(float64(max(1, len(row))), -alpha)
	}
	for i, col := range d.byItem {
		n := float64(max(1, len(col)))
		w.enter[i], w.damp[i] = math.Pow(n, -alpha), math.Pow(n, -max(0, beta))
	}
	return w, nil
}

// chance is that of walking from one item to another, leaving by customers
// whose chances sum to what is given.
func (w *walk) chance(from, to int32, sum float64) float64 { return w.enter[from] * sum * w.damp[to] }

// Data returns what was fitted.
func (m *RP3beta) Data() *Dataset { return m.data }

// Recommend ranks by where the walks end.
func (m *RP3beta) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score adds up the walks from each item of the history.
func (m *RP3beta) Score(h History, out []float64) { spreadInto(m, h, out) }

func (m *RP3beta) spread(h History, to func(float64, []link)) {
	for _, e := range h.Events {
		to(1, m.next[e.Item])
	}
}

// Reasons names the items of the history that the walks came from.
func (m *RP3beta) Reasons(h History, item int32) []Reason {
	return reasonsByLink(m.data, m.next, h, item)
}
