package recsys

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// BiasedMF predicts the mean plus both biases plus p·q, the customer's tastes
// times the item's traits, fitted by alternating ridge regressions: each
// customer's bias and tastes are solved for with all items held still, then the
// other way round.
//
// Source: Koren, Bell and Volinsky 2009, "Matrix factorization techniques for
// recommender systems", equation 4; the ridge grows with the ratings of each
// customer and item as in Zhou et al. 2008, "Large-scale parallel collaborative
// filtering for the Netflix prize".
type BiasedMF struct {
	ratings        *Ratings
	customer, item [][]float64 // by id: the bias, then the factors
}

// BiasedMFOptions tune BiasedMF.
type BiasedMFOptions struct {
	Factors int     // 0 means 10
	Lambda  float64 // ridge for each rating; 0 means .05
	Fixed   float64 // ridge besides, however many ratings; 0 means 6
	Rounds  int     // 0 means 15
	Seed    uint64
}

// NewBiasedMF fits ratings. Time grows with ratings × factors² × rounds.
func NewBiasedMF(r *Ratings, opt BiasedMFOptions) (*BiasedMF, error) {
	k := 1 + cmp.Or(opt.Factors, 10)
	lambda, fixed := cmp.Or(opt.Lambda, .05), cmp.Or(opt.Fixed, 6)
	rng := rand.New(rand.NewPCG(opt.Seed, 0))
	m := &BiasedMF{ratings: r, customer: make([][]float64, len(r.Customers)), item: make([][]float64, len(r.Items))}
	for _, rows := range [][][]float64{m.customer, m.item} {
		for a := range rows {
			rows[a] = make([]float64, k)
			for f := 1; f < k; f++ {
				rows[a][f] = .1 * rng.NormFloat64()
			}
		}
	}
	byCustomer, byItem := make([][]entry, len(r.Customers)), make([][]entry, len(r.Items))
	for _, c := range r.cells {
		v := (c.value - r.Mean) / r.spread
		byCustomer[c.customer] = append(byCustomer[c.customer], entry{c.item, v})
		byItem[c.item] = append(byItem[c.item], entry{c.customer, v})
	}
	for range cmp.Or(opt.Rounds, 15) {
		if err := alternate(m.customer, m.item, byCustomer, lambda, fixed); err != nil {
			return nil, err
		}
		if err := alternate(m.item, m.customer, byItem, lambda, fixed); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// alternate solves for each row of these with those held still.
func alternate(these, those [][]float64, ratings [][]entry, lambda, fixed float64) error {
	failed := make([]bool, len(these))
	Each(len(these), func(a int) {
		row := these[a]
		k := len(row)
		gram, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
		g, b := gram.RawSymmetric().Data, right.RawVector().Data
		x := make([]float64, k)
		for _, e := range ratings[a] {
			that := those[e.at]
			copy(x, that)
			x[0] = 1 // this side's bias
			rest := e.value - that[0]
			for f := range k {
				b[f] += x[f] * rest
				for h := f; h < k; h++ {
					g[f*k+h] += x[f] * x[h]
				}
			}
		}
		for f := range k {
			g[f*k+f] += fixed + lambda*float64(len(ratings[a]))
		}
		var chol mat.Cholesky
		if !chol.Factorize(gram) || chol.SolveVecTo(mat.NewVecDense(k, row), right) != nil {
			failed[a] = true
		}
	})
	for a := range failed {
		if failed[a] {
			return fmt.Errorf("recsys: the factors have no solution with a ridge of %g + %g a rating; raise both above 0", fixed, lambda)
		}
	}
	return nil
}

// Predict adds what is known.
func (m *BiasedMF) Predict(customer, item string) float64 {
	r := m.ratings
	u, i := r.places(customer, item)
	x := 0.0
	if u >= 0 {
		x += m.customer[u][0]
	}
	if i >= 0 {
		x += m.item[i][0]
	}
	if u >= 0 && i >= 0 {
		q := m.item[i][1:]
		for f, p := range m.customer[u][1:] {
			x += p * q[f]
		}
	}
	return r.onScale(r.Mean + r.spread*x)
}
