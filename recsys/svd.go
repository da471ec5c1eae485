package recsys

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// incidence is who took what, as a sparse matrix of customers and items with a
// row's and a column's scale instead of values.
type incidence struct {
	items     [][]int32 // of each customer
	customers [][]int32 // of each item
	row, col  []float32 // scales
}

// incidence scales by the customers' and the items' counts to the power -damp:
// with .5 its largest singular value is 1.
func (d *Dataset) incidence(damp float64) *incidence {
	a := &incidence{
		items: make([][]int32, len(d.Customers)), customers: make([][]int32, len(d.Items)),
		row: make([]float32, len(d.Customers)), col: make([]float32, len(d.Items)),
	}
	for u, events := range d.byCustomer {
		for _, e := range events {
			a.items[u] = append(a.items[u], e.Item)
		}
		slices.Sort(a.items[u])
		a.row[u] = float32(math.Pow(float64(max(1, len(events))), -damp))
	}
	for i, cells := range d.byItem {
		for _, c := range cells {
			a.customers[i] = append(a.customers[i], c.of)
		}
		a.col[i] = float32(math.Pow(float64(max(1, len(cells))), -damp))
	}
	return a
}

// times multiplies the matrix with a vector over items, into one over customers.
func (a *incidence) times(x, out []float32) {
	gather(a.items, a.row, a.col, x, out)
}

// transposed multiplies the other way round.
func (a *incidence) transposed(x, out []float32) {
	gather(a.customers, a.col, a.row, x, out)
}

func gather(lists [][]int32, outer, inner, x, out []float32) {
	scaled := make([]float32, len(x))
	for i, v := range x {
		scaled[i] = v * inner[i]
	}
	for r, list := range lists {
		sum := float32(0)
		for _, i := range list {
			sum += scaled[i]
		}
		out[r] = sum * outer[r]
	}
}

// leading approximates the right singular vectors of the k largest singular
// values: k rows over items, fewer where the rank is lower, the largest first.
// Memory: twice 4 bytes × (k+32) × (items + customers).
//
// Source: Halko, Martinsson, Tropp 2011, "Finding structure with randomness",
// algorithm 4.4, on AᵀA.
func (a *incidence) leading(k, rounds int, seed uint64) (v [][]float32, values []float64) {
	n, l := len(a.customers), min(k+32, len(a.customers), len(a.items))
	r := rand.New(rand.NewPCG(seed, 2011))
	q := make([][]float32, l)
	for f := range q {
		q[f] = make([]float32, n)
		for i := range q[f] {
			q[f][i] = float32(r.NormFloat64())
		}
	}
	for range rounds {
		Each(len(q), func(f int) {
			z := make([]float32, len(a.items))
			a.times(q[f], z)
			a.transposed(z, q[f])
		})
		q, _ = principal(q, q, len(q), true)
	}
	z := make([][]float32, len(q))
	Each(len(q), func(f int) {
		z[f] = make([]float32, len(a.items))
		a.times(q[f], z[f])
	})
	v, values = principal(z, q, k, false)
	for f, x := range values {
		values[f] = math.Sqrt(x)
	}
	return v, values
}

// principal rotates the rows of q to the principal axes of those of z, the
// largest first, at most k of them; scaled makes each as long as it is wide.
// Axes of no width are left out.
func principal(z, q [][]float32, k int, scaled bool) ([][]float32, []float64) {
	l := len(z)
	if l == 0 {
		return nil, nil
	}
	g := mat.NewSymDense(l, nil)
	Each(l, func(f int) {
		for h := f; h < l; h++ {
			g.SetSym(f, h, float64(dot32(z[f], z[h])))
		}
	})
	var eig mat.EigenSym
	if !eig.Factorize(g, true) {
		return nil, nil
	}
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	all := eig.Values(nil) // ascending
	var axes [][]float32
	var values []float64
	for f := l - 1; f >= 0 && len(axes) < k; f-- {
		if all[f] <= 1e-6*all[l-1] {
			break
		}
		axis := make([]float32, l)
		for h := range axis {
			x := vectors.At(h, f)
			if scaled {
				x /= math.Sqrt(all[f])
			}
			axis[h] = float32(x)
		}
		axes, values = append(axes, axis), append(values, all[f])
	}
	out := make([][]float32, len(axes))
	for f := range out {
		out[f] = make([]float32, len(q[0]))
	}
	const run = 64
	Each((len(q[0])+run-1)/run, func(c int) {
		row := make([]float32, l)
		for i := c * run; i < min((c+1)*run, len(q[0])); i++ {
			for h := range row {
				row[h] = q[h][i]
			}
			for f, axis := range axes {
				out[f][i] = dot32(row, axis)
			}
		}
	})
	return out, values
}
