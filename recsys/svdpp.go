package recsys

import (
	"cmp"
	"math"
	"math/rand/v2"
)

// SVDpp predicts the mean plus both biases plus q·(p + Σ y / √n): to a
// customer's tastes p come, for each of the n items she rated, that item's y,
// since what she chose to rate tells of her tastes too. It is fitted by
// stochastic gradient descent, customer by customer.
//
// Source: Koren 2008, "Factorization meets the neighborhood", section 4.
type SVDpp struct {
	ratings        *Ratings
	customer, item []float64   // biases
	p, q           [][]float64 // by id; the shares are added into p
}

// SVDppOptions tune SVDpp.
type SVDppOptions struct {
	Factors int     // 0 means 20
	Rounds  int     // 0 means 40
	Rate    float64 // of learning, at first; 0 means .015
	Decay   float64 // of the rate each round; 0 means .95
	Bias    float64 // regularises biases; 0 means .05
	Factor  float64 // regularises factors; 0 means .14
	Seed    uint64
}

// NewSVDpp fits ratings. Time grows with ratings × factors × rounds.
func NewSVDpp(r *Ratings, opt SVDppOptions) *SVDpp {
	k := cmp.Or(opt.Factors, 20)
	rng := rand.New(rand.NewPCG(opt.Seed, 0))
	vectors := func(n int, size float64) [][]float64 {
		out := make([][]float64, n)
		for a := range out {
			out[a] = make([]float64, k)
			for f := range out[a] {
				out[a][f] = size * rng.NormFloat64()
			}
		}
		return out
	}
	m := &SVDpp{ratings: r, customer: make([]float64, len(r.Customers)), item: make([]float64, len(r.Items))}
	m.p, m.q = vectors(len(r.Customers), .1), vectors(len(r.Items), .1)
	y := vectors(len(r.Items), 0)
	rate, decay := cmp.Or(opt.Rate, .015), cmp.Or(opt.Decay, .95)
	bias, factor := cmp.Or(opt.Bias, .05), cmp.Or(opt.Factor, .14)
	whole, gradient := make([]float64, k), make([]float64, k)
	share := func(u int) float64 { // fills whole with the customer's p and shares
		row := r.of(int32(u))
		root := 1 / math.Sqrt(max(1, float64(len(row))))
		copy(whole, m.p[u])
		for _, c := range row {
			for f, x := range y[c.item] {
				whole[f] += root * x
			}
		}
		return root
	}
	for range cmp.Or(opt.Rounds, 40) {
		for _, u := range rng.Perm(len(r.Customers)) {
			row := r.of(int32(u))
			root := share(u)
			clear(gradient)
			p := m.p[u]
			for _, at := range rng.Perm(len(row)) {
				i, q := row[at].item, m.q[row[at].item]
				x := m.customer[u] + m.item[i]
				for f := range q {
					x += whole[f] * q[f]
				}
				// A rating far off counts as one less far, or a single one could
				// make the steps run away.
				e := min(far, max(-far, (row[at].value-r.Mean)/r.spread-x))
				m.customer[u] += rate * (e - bias*m.customer[u])
				m.item[i] += rate * (e - bias*m.item[i])
				for f := range q {
					gradient[f] += e * q[f]
					step := rate * (e*q[f] - factor*p[f])
					q[f] += rate * (e*whole[f] - factor*q[f])
					p[f] += step
					whole[f] += step
				}
			}
			for _, c := range row {
				for f := range gradient {
					y[c.item][f] += rate * (root*gradient[f] - factor*y[c.item][f])
				}
			}
		}
		rate *= decay
	}
	for u := range m.p {
		share(u)
		copy(m.p[u], whole)
	}
	return m
}

// far is how many standard deviations off a rating may pull.
const far = 4

// Predict adds what is known.
func (m *SVDpp) Predict(customer, item string) float64 {
	return m.ratings.onScale(m.at(m.ratings.places(customer, item)))
}

func (m *SVDpp) at(u, i int32) float64 {
	x := 0.0
	if u >= 0 {
		x += m.customer[u]
	}
	if i >= 0 {
		x += m.item[i]
	}
	if u >= 0 && i >= 0 {
		for f, p := range m.p[u] {
			x += p * m.q[i][f]
		}
	}
	return m.ratings.Mean + m.ratings.spread*x
}
