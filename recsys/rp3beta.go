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
	alpha, beta, keep := cmp.Or(opt.Alpha, 1), cmp.Or(opt.Beta, .5), cmp.Or(opt.Neighbours, 200)
	if !(alpha > 0 && alpha <= 10) || !(beta <= 1) || keep < 0 {
		return nil, fmt.Errorf("recsys: RP3beta with alpha %g, beta %g and %d neighbours; alpha must be above 0, beta at most 1, neighbours not negative", alpha, beta, keep)
	}
	beta = max(beta, 0)
	leave := make([]float64, len(d.Customers)) // the chance of a step from this customer to one of her items
	for u, row := range d.byCustomer {
		leave[u] = math.Pow(float64(max(1, len(row))), -alpha)
	}
	enter, damp := make([]float64, len(d.Items)), make([]float64, len(d.Items))
	for i, col := range d.byItem {
		enter[i] = math.Pow(float64(max(1, len(col))), -alpha)
		damp[i] = math.Pow(float64(max(1, len(col))), -beta)
	}
	m := &RP3beta{data: d}
	m.next = d.pairs(keep, leave, func(i, j int32, sum float64) float64 { return enter[i] * sum * damp[j] })
	return m, nil
}

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
