package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// ALS gives customers and items factors whose product is 1 where a customer
// took an item and 0 elsewhere, sure of the first the more she took it, little
// sure of the second. Only the factors of items are kept: a customer's are
// solved for at the time of the query from her history, so that one met this
// minute is served as one from the dataset is. Memory: 4 bytes a factor and
// item. A sweep takes time of the order of interactions × factors².
//
// Source: Hu, Koren, Volinsky 2008, "Collaborative filtering for implicit
// feedback datasets": the sweeps are equations 4 and 5, reasons section 6.
type ALS struct {
	data  *Dataset
	y     []float32 // of items, a row of k each
	gram  []float64 // YᵀY + λI, k by k
	k     int
	alpha float64
}

// ALSOptions tune ALS.
type ALSOptions struct {
	Factors int     // 0 means 32
	Lambda  float64 // L2 on the factors; 0 means 10
	Alpha   float64 // how much surer one event makes than its absence; 0 means 4
	Sweeps  int     // over customers and items; 0 means 8
	Steps   int     // of conjugate gradients for each row of a sweep, about as good from 3 on and sooner done; 0: solve each
	Seed    uint64
}

// NewALS fits a dataset.
func NewALS(d *Dataset, opt ALSOptions) (*ALS, error) {
	m := &ALS{data: d, k: cmp.Or(opt.Factors, 32), alpha: cmp.Or(opt.Alpha, 4)}
	lambda, sweeps := cmp.Or(opt.Lambda, 10), cmp.Or(opt.Sweeps, 8)
	if m.k < 1 || m.k > 1024 || sweeps < 1 || !(lambda > 0) || !(m.alpha > 0) || math.IsInf(lambda+m.alpha, 1) {
		return nil, fmt.Errorf("recsys: ALS with %d factors, lambda %g, alpha %g and %d sweeps; factors must be 1 to 1024, the others above 0", m.k, lambda, m.alpha, sweeps)
	}
	r := rand.New(rand.NewPCG(opt.Seed, 2008))
	m.y = make([]float32, len(d.Items)*m.k)
	for i := range m.y {
		m.y[i] = float32(r.NormFloat64() * .1)
	}
	rows, cols := m.cells()
	x := make([]float32, len(d.Customers)*m.k)
	for range sweeps {
		if opt.Steps > 0 {
			m.step(x, m.y, rows, lambda, opt.Steps)
			m.step(m.y, x, cols, lambda, opt.Steps)
			continue
		}
		m.sweep(x, m.y, rows, lambda)
		m.sweep(m.y, x, cols, lambda)
	}
	m.gram = gramOf(m.y, m.k, lambda)
	return m, nil
}

// sure is what the confidence of an event has above that of none: alpha for a
// value of 1, twice as much for 3, none for one below zero (equation 6).
func (m *ALS) sure(e Event) float64 {
	return m.alpha * math.Log2(1+max(0, float64(e.Value)))
}

// sured names the other side of an interaction and how much surer it makes.
type sured struct {
	of int32
	c  float32
}

// cells lists the interactions by customer and by item.
func (m *ALS) cells() (rows, cols [][]sured) {
	rows, cols = make([][]sured, len(m.data.Customers)), make([][]sured, len(m.data.Items))
	for u, row := range m.data.byCustomer {
		for _, e := range row {
			if c := m.sure(e); c > 0 {
				rows[u] = append(rows[u], sured{e.Item, float32(c)})
				cols[e.Item] = append(cols[e.Item], sured{int32(u), float32(c)})
			}
		}
	}
	return rows, cols
}

// sweep solves for the factors of one side, those of the other fixed.
func (m *ALS) sweep(x, y []float32, rows [][]sured, lambda float64) {
	g := gramOf(y, m.k, lambda)
	Each(len(rows), func(u int) {
		s := newSystem(g, m.k)
		for _, c := range rows[u] {
			s.add(y[int(c.of)*m.k:int(c.of+1)*m.k], float64(c.c))
		}
		s.solve()
		for f, v := range s.b {
			x[u*m.k+f] = float32(v)
		}
	})
}

// Data returns what was fitted.
func (m *ALS) Data() *Dataset { return m.data }

// Recommend ranks by the product of the factors.
func (m *ALS) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score folds the history in and multiplies it with every item.
func (m *ALS) Score(h History, out []float64) {
	s, any := m.fold(h)
	if !any {
		return
	}
	x := make([]float32, m.k)
	for f, v := range s.b {
		x[f] = float32(v)
	}
	for i := range out {
		out[i] = float64(dot32(x, m.y[i*m.k:(i+1)*m.k]))
	}
}

// fold solves for the factors of a history; s.b has them.
func (m *ALS) fold(h History) (s *system, any bool) {
	s = newSystem(m.gram, m.k)
	for _, e := range h.Events {
		if c := m.sure(e); c > 0 {
			s.add(m.y[int(e.Item)*m.k:int(e.Item+1)*m.k], c)
			any = true
		}
	}
	s.solve()
	return s, any
}

// Reasons splits the score over the history: an event's share is its
// confidence times the likeness of the two items as this customer sees them
// (equation 7). An event is named only if without it the score were lower: by
// the formula of Sherman and Morrison that holds where its share is above zero
// and the fit of its own item is below 1 + 1/c, c what it adds to confidence.
func (m *ALS) Reasons(h History, item int32) []Reason { return m.explain(h)(item) }

func (m *ALS) explain(h History) func(item int32) []Reason {
	s, any := m.fold(h)
	return func(item int32) []Reason {
		if !any {
			return nil
		}
		return m.share(s, h, item)
	}
}

// share splits the score of an item, s being the solved system of the history.
func (m *ALS) share(s *system, h History, item int32) []Reason {
	row := func(i int32) []float32 { return m.y[int(i)*m.k : int(i+1)*m.k] }
	seen := make([]float64, m.k) // the item through W of section 6
	for f, v := range row(item) {
		seen[f] = float64(v)
	}
	s.apply(seen)
	var out []Reason
	for _, e := range h.Events {
		c := m.sure(e)
		share, fit := 0.0, 0.0
		for f, v := range row(e.Item) {
			share += seen[f] * float64(v)
			fit += s.b[f] * float64(v)
		}
		if c > 0 && share > 0 && fit < 1+1/c {
			out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Weight: (1 + c) * share})
		}
	}
	return strongest(out)
}
