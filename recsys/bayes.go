package recsys

import (
	"cmp"
	"math/rand/v2"
)

// BayesianMF predicts ratings by matrix factorisation averaged over what the
// factors may be, not taken at one best fit, so that it needs next to no
// tuning. With q the items' factors and p the customers',
//
//	rating = mean + b(customer) + b(item) + p·q
//
// where p is the customer's own vector plus, for each item she rated, that
// item's share divided by the root of how many she rated (SVD++), and q in the
// same way is the item's own plus the shares of those who rated it ("flipped").
// That somebody rated something says much where ratings are few.
//
// Sources: Salakhutdinov and Mnih 2008, "Bayesian probabilistic matrix
// factorization using Markov chain Monte Carlo"; sampled one coordinate at a
// time as in Rendle 2012, "Factorization machines with libFM"; the shares on
// both sides are those of the "Bayesian timeSVD++ flipped" of Rendle, Zhang and
// Koren 2019, "On the difficulty of evaluating baselines", here without time.
type BayesianMF struct {
	ratings        *Ratings
	draws          int
	customer, item []float32 // by id, then draw, then factor, shares added in; last those of an id that is not known
}

// BayesianMFOptions tune BayesianMF.
type BayesianMFOptions struct {
	Factors int  // 0 means 16
	Chains  int  // sampled side by side; 0 means 4
	Draws   int  // kept of each chain; 0 means 25
	Burn    int  // draws of each chain thrown away before; 0 means 20, or 60 when Plain
	Plain   bool // no shares of what was rated: the model of 2008
	Seed    uint64
}

// NewBayesianMF draws samples: few from each of several chains, which predicts
// better than as many from one. Time grows with ratings × factors × draws;
// memory is 4 bytes × (customers + items) × factors × draws of all chains.
func NewBayesianMF(r *Ratings, opt BayesianMFOptions) *BayesianMF {
	m := &BayesianMF{ratings: r}
	if r.Len() == 0 {
		return m
	}
	chains, draws, burn := cmp.Or(opt.Chains, 4), cmp.Or(opt.Draws, 25), opt.Burn
	switch {
	case burn == 0 && opt.Plain:
		burn = 60
	case burn == 0:
		burn = 20
	}
	factors := cmp.Or(opt.Factors, 16)
	m.draws = chains * draws
	m.customer = make([]float32, (len(r.Customers)+1)*m.draws*(biases+factors))
	m.item = make([]float32, (len(r.Items)+1)*m.draws*(biases+factors))
	Each(chains, func(c int) {
		g := newGibbs(r, factors, opt.Plain, rand.New(rand.NewPCG(opt.Seed, uint64(c))))
		for range burn {
			g.round()
		}
		for n := range draws {
			g.round()
			g.keep(0, m.customer, c*draws+n, m.draws)
			g.keep(1, m.item, c*draws+n, m.draws)
		}
	})
	return m
}

// Predict averages over the draws.
func (m *BayesianMF) Predict(customer, item string) float64 {
	r := m.ratings
	return r.onScale(m.at(r.places(customer, item)))
}

func (m *BayesianMF) at(u, i int32) float64 {
	r := m.ratings
	if m.draws == 0 {
		return r.Mean
	}
	if u < 0 {
		u = int32(len(r.Customers))
	}
	if i < 0 {
		i = int32(len(r.Items))
	}
	n := len(m.item) / (len(r.Items) + 1)
	q := m.item[int(i)*n : int(i+1)*n]
	sum := 0.0
	for f, x := range m.customer[int(u)*n : int(u+1)*n] {
		sum += float64(x * q[f])
	}
	return r.Mean + r.spread*sum/float64(m.draws)
}
