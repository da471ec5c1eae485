package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// EASE is a linear model over items with a closed form: B = I - P diag(P)^-1,
// P the inverse of the item Gram matrix plus λ on its diagonal. It keeps 4
// bytes for each pair of items and its fit takes time of the order of items³:
// a quarter of a second for 1,700 items, meant for up to some 10,000.
//
// Source: Steck 2019, "Embarrassingly shallow autoencoders for sparse data",
// equation 8. That pairs near in time may count for more is ours.
type EASE struct {
	data *Dataset
	b    []float32 // row-major, from item to item
}

// EASEOptions tune EASE.
type EASEOptions struct {
	Lambda float64       // L2 on the weights; 0 means 300
	Near   time.Duration // time between a customer's two events after which what counts for being near falls by e; 0: all pairs count 1
	Far    float64       // what a pair counts however far apart, with Near set, 0..1; 0 means .4
}

// NewEASE fits a dataset.
func NewEASE(d *Dataset, opt EASEOptions) (*EASE, error) {
	n := len(d.Items)
	if n == 0 {
		return &EASE{data: d}, nil
	}
	if n > 20000 {
		return nil, fmt.Errorf("recsys: EASE over %d items would need %d GB; use RP3beta or ItemKNN above 20,000", n, n*n*4>>30)
	}
	lambda, far := cmp.Or(opt.Lambda, 300), cmp.Or(opt.Far, .4)
	if !(lambda > 0) || !(far >= 0 && far <= 1) || opt.Near < 0 {
		return nil, fmt.Errorf("recsys: EASE with lambda %g, far %g and near %v; lambda must be above 0, far 0 to 1, near not negative", lambda, far, opt.Near)
	}
	if opt.Near == 0 {
		far = 1
	}
	g, widest := d.gram(float32(lambda), opt.Near.Seconds(), float32(far))
	// No eigenvalue is above the widest row's sum, none below lambda. Where the
	// two are too far apart, single precision would lose the small ones.
	ok := false
	if widest/lambda < 1e4 {
		ok = inverse(g, n, dot32)
	} else {
		wide := make([]float64, len(g))
		for k, x := range g {
			wide[k] = float64(x)
		}
		ok = inverse(wide, n, dot64)
		for k, x := range wide {
			g[k] = float32(x)
		}
	}
	if !ok {
		return nil, fmt.Errorf("recsys: the Gram matrix of %d items is not positive definite with lambda %g; raise lambda", n, lambda)
	}
	scale := make([]float32, n)
	for j := range n {
		scale[j] = -1 / g[j*n+j]
	}
	Each(n, func(i int) {
		row := g[i*n : (i+1)*n]
		for j := range row {
			row[j] *= scale[j]
		}
		row[i] = 0
	})
	return &EASE{data: d, b: g}, nil
}

// gram counts the customers of each pair of items, a pair weighted by
// far + (1-far) exp(-Δt/near), into the lower triangle of a square; lambda
// comes on the diagonal. It also gives the largest sum of a row.
func (d *Dataset) gram(lambda float32, near float64, far float32) (g []float32, widest float64) {
	n := len(d.Items)
	g = make([]float32, n*n)
	place := make([][]int32, n) // of the item in the row of each of its customers, in the order of byItem
	for _, row := range d.byCustomer {
		for k, e := range row {
			place[e.Item] = append(place[e.Item], int32(k))
		}
	}
	// A row of g belongs to the earlier item of the pair.
	Each(n, func(i int) {
		to := g[i*n : (i+1)*n]
		for c, of := range d.byItem[i] {
			row := d.byCustomer[of.of][place[i][c]:]
			to[i]++
			if far == 1 {
				for _, e := range row[1:] {
					to[e.Item]++
				}
				continue
			}
			w, at := 1-far, row[0].At
			for _, e := range row[1:] {
				if e.At != at && w > 0 {
					w *= float32(math.Exp(-float64(e.At-at) / near))
					at = e.At
				}
				to[e.Item] += far + w
			}
		}
	})
	sums := make([]float64, n)
	for i := range n {
		for j := range i {
			g[i*n+j] += g[j*n+i]
			sums[i] += float64(g[i*n+j])
			sums[j] += float64(g[i*n+j])
		}
		g[i*n+i] += lambda
		sums[i] += float64(g[i*n+i])
	}
	return g, slices.Max(sums)
}

// Data returns what was fitted.
func (m *EASE) Data() *Dataset { return m.data }

// Recommend multiplies the history with the weights.
func (m *EASE) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score multiplies the history with the weights.
func (m *EASE) Score(h History, out []float64) {
	n := len(m.data.Items)
	for _, e := range h.Events {
		for j, w := range m.b[int(e.Item)*n : int(e.Item+1)*n] {
			out[j] += float64(w)
		}
	}
}

// Reasons names the items of the history that gave the most.
func (m *EASE) Reasons(h History, item int32) []Reason {
	n := len(m.data.Items)
	var out []Reason
	for _, e := range h.Events {
		if w := m.b[int(e.Item)*n+int(item)]; w > 0 {
			out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Weight: float64(w)})
		}
	}
	return strongest(out)
}
