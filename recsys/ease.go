package recsys

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// EASE is a linear model over items with a closed form: B = I - P diag(P)^-1,
// P the inverse of the item Gram matrix plus λ on its diagonal. It wants memory
// and time of the order of items² and items³: meant for up to some 5,000 items.
//
// Source: Steck 2019, "Embarrassingly shallow autoencoders for sparse data",
// equation 8.
type EASE struct {
	data *Dataset
	b    []float32 // row-major, from item to item
}

// EASEOptions tune EASE.
type EASEOptions struct {
	Lambda float64 // L2 on the weights; 0 means 300
}

// NewEASE fits a dataset.
func NewEASE(d *Dataset, opt EASEOptions) (*EASE, error) {
	n := len(d.Items)
	if n == 0 {
		return &EASE{data: d}, nil
	}
	if n > 20000 {
		return nil, fmt.Errorf("recsys: EASE over %d items would need %d GB; use ItemKNN above 20,000", n, n*n*8>>30)
	}
	lambda := cmp.Or(opt.Lambda, 300)
	g := make([]float64, n*n)
	for _, row := range d.byCustomer {
		for _, x := range row {
			at := int(x.of) * n
			for _, y := range row {
				g[at+int(y.of)]++
			}
		}
	}
	for i := range n {
		g[i*n+i] += lambda
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(n, g)) {
		return nil, fmt.Errorf("recsys: the Gram matrix of %d items is not positive definite with lambda %g; raise lambda", n, lambda)
	}
	var p mat.SymDense
	if err := chol.InverseTo(&p); err != nil {
		return nil, fmt.Errorf("recsys: invert the Gram matrix of %d items: %w", n, err)
	}
	m := &EASE{data: d, b: make([]float32, n*n)}
	for j := range n {
		pjj := p.At(j, j)
		for i := range n {
			if i != j {
				m.b[i*n+j] = float32(-p.At(i, j) / pjj)
			}
		}
	}
	return m, nil
}

// Recommend multiplies the history with the weights. The reasons are the items
// of the history that gave the most.
func (m *EASE) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, n := m.data, len(m.data.Items)
	history := d.history(q)
	scores := make([]float64, n)
	for _, h := range history {
		for j, w := range m.b[int(h)*n : int(h+1)*n] {
			scores[j] += float64(w)
		}
	}
	out := d.top(scores, q)
	for k := range out {
		j := int(d.itemAt[out[k].Item])
		for _, h := range history {
			if w := m.b[int(h)*n+j]; w > 0 {
				out[k].Reasons = append(out[k].Reasons, Reason{Kind: "bought", Item: d.Items[h], Weight: float64(w)})
			}
		}
		slices.SortStableFunc(out[k].Reasons, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	}
	return out, nil
}
