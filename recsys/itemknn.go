package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
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

type link struct {
	to    int32
	sim   float32
	count int32 // customers who took both
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
	m := &ItemKNN{data: d, neighbour: make([][]link, len(d.Items)), halfLife: opt.HalfLife.Seconds()}
	each(len(d.Items), func(i int) {
		both := map[int32]float64{}
		count := map[int32]int32{}
		for _, c := range d.byItem[i] {
			for _, o := range d.byCustomer[c.of] {
				if o.of != int32(i) {
					both[o.of] += weight[c.of]
					count[o.of]++
				}
			}
		}
		links := make([]link, 0, len(both))
		for j, dot := range both {
			links = append(links, link{j, float32(dot / (norm[i]*norm[j] + shrink)), count[j]})
		}
		slices.SortFunc(links, func(a, b link) int {
			return cmp.Or(cmp.Compare(b.sim, a.sim), cmp.Compare(a.to, b.to))
		})
		m.neighbour[i] = slices.Clone(links[:min(keep, len(links))])
	})
	return m
}

// Recommend sums the similarity to each item of the customer's history and of
// the session. The reasons name the items of that history that gave the most.
func (m *ItemKNN) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d := m.data
	history := d.history(q)
	weights := m.weights(q, history)
	scores := make([]float64, len(d.Items))
	for k, h := range history {
		for _, l := range m.neighbour[h] {
			scores[l.to] += weights[k] * float64(l.sim)
		}
	}
	out := d.top(scores, q)
	for k := range out {
		to := d.itemAt[out[k].Item]
		for n, h := range history {
			for _, l := range m.neighbour[h] {
				if l.to == to {
					out[k].Reasons = append(out[k].Reasons, Reason{Kind: "bought", Item: d.Items[h], Count: int(l.count), Weight: weights[n] * float64(l.sim)})
				}
			}
		}
		slices.SortStableFunc(out[k].Reasons, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	}
	return out, nil
}

// weights lets the session count fully and the past fade.
func (m *ItemKNN) weights(q Query, history []int32) []float64 {
	w := make([]float64, len(history))
	at := map[int32]int64{}
	if u, ok := m.data.customerAt[q.Customer]; ok && m.halfLife > 0 {
		for _, c := range m.data.byCustomer[u] {
			at[c.of] = c.at
		}
	}
	for k, h := range history {
		w[k] = 1
		if t, ok := at[h]; ok && !slices.Contains(q.Recent, m.data.Items[h]) {
			w[k] = math.Exp2(-float64(m.data.newest.Unix()-t) / m.halfLife)
		}
	}
	return w
}
