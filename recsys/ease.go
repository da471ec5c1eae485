package recsys

import (
	"cmp"
	"context"
	"fmt"

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
			at := int(x.Item) * n
			for _, y := range row {
				g[at+int(y.Item)]++
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
