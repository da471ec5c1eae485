package recsys

import (
	"cmp"
	"context"
	"math"
	"time"
)

// ItemKNN recommends the neighbours of what a customer took: items that the
// same customers took, by shrunk cosine over customers weighted by how rare
// their attention is (inverse customer frequency).
//
// Source: Sarwar et al. 2001, "Item-based collaborative filtering"; the
// inverse frequency is Breese et al. 1998, section 2.2.2.
type ItemKNN struct {
	data      *Dataset
	neighbour [][]link // of each item, most similar first
	halfLife  float64  // in seconds; 0: none
}

// ItemKNNOptions tune ItemKNN.
type ItemKNNOptions struct {
	Neighbours int           // kept for each item; 0 means 100
	Shrink     float64       // added to the norm, against chance pairs; 0 means 10, < 0 none
	HalfLife   time.Duration // of a customer's own past when scoring; 0: no decay
}

// NewItemKNN fits neighbours. Memory: about 12 bytes a kept neighbour.
func NewItemKNN(d *Dataset, opt ItemKNNOptions) *ItemKNN {
	keep := cmp.Or(opt.Neighbours, 100)
	shrink := cmp.Or(opt.Shrink, 10)
	shrink = max(shrink, 0)
	weight := make([]float64, len(d.Customers))
	for u, row := range d.byCustomer {
		w := math.Log1p(float64(len(d.Items)) / float64(1+len(row)))
		weight[u] = w * w
	}
	norm := make([]float64, len(d.Items))
	for i, col := range d.byItem {
		for _, c := range col {
			norm[i] += weight[c.of]
		}
		norm[i] = math.Sqrt(norm[i])
	}
	m := &ItemKNN{data: d, halfLife: opt.HalfLife.Seconds()}
	m.neighbour = d.pairs(keep, weight, func(i, j int32, dot float64) float64 { return dot / (norm[i]*norm[j] + shrink) })
	return m
}

// Data returns what was fitted.
func (m *ItemKNN) Data() *Dataset { return m.data }

// Recommend sums the similarity to each item of the customer's history and of
// the session.
func (m *ItemKNN) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score sums similarities; the session counts fully, the past fades.
func (m *ItemKNN) Score(h History, out []float64) { spreadInto(m, h, out) }

func (m *ItemKNN) spread(h History, to func(float64, []link)) {
	for _, e := range h.Events {
		to(h.aged(e, m.halfLife), m.neighbour[e.Item])
	}
}

// Reasons names the items of the history that gave the most.
func (m *ItemKNN) Reasons(h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		for _, l := range m.neighbour[e.Item] {
			if l.to == item {
				out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Count: int(l.count), Weight: h.aged(e, m.halfLife) * float64(l.sim)})
			}
		}
	}
	return strongest(out)
}
