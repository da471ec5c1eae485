package recsys

import (
	"cmp"
	"math"
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
// time as in Rendle 2012, "Factorization machines with libFM", section 3.3;
// the shares on both sides are the "Bayesian SVD++ flipped" of Rendle, Zhang
// and Koren 2019, "On the difficulty of evaluating baselines".
type BayesianMF struct {
	ratings *Ratings
	draws   []draw
}

// BayesianMFOptions tune BayesianMF.
type BayesianMFOptions struct {
	Factors int  // 0 means 16
	Chains  int  // sampled side by side; 0 means 4
	Draws   int  // kept of each chain; 0 means 25
	Burn    int  // draws of each chain thrown away before; 0 means 20
	Plain   bool // no shares of what was rated: the model of 2008
	Seed    uint64
}

// draw is one sample: row-major factors of each customer and item, the shares
// added in, and last in each the vector of one that is not known.
type draw struct {
	customer, item []float32
}

// NewBayesianMF draws samples. Time grows with ratings × factors × draws;
// memory is 4 bytes × (customers + items) × factors × draws of all chains.
func NewBayesianMF(r *Ratings, opt BayesianMFOptions) *BayesianMF {
	m := &BayesianMF{ratings: r}
	if r.Len() == 0 {
		return m
	}
	chains, draws, burn := cmp.Or(opt.Chains, 4), cmp.Or(opt.Draws, 25), cmp.Or(opt.Burn, 20)
	m.draws = make([]draw, chains*draws)
	each(chains, func(c int) {
		g := newGibbs(r, cmp.Or(opt.Factors, 16), opt.Plain, rand.New(rand.NewPCG(opt.Seed, uint64(c))))
		for range burn {
			g.round()
		}
		for n := range draws {
			g.round()
			m.draws[c*draws+n] = draw{g.flat(0), g.flat(1)}
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
	if len(m.draws) == 0 {
		return r.Mean
	}
	if u < 0 {
		u = int32(len(r.Customers))
	}
	if i < 0 {
		i = int32(len(r.Items))
	}
	sum := 0.0
	for _, d := range m.draws {
		k := len(d.customer) / (len(r.Customers) + 1)
		p, q := d.customer[int(u)*k:int(u+1)*k], d.item[int(i)*k:int(i+1)*k]
		for f, x := range p {
			sum += float64(x * q[f])
		}
	}
	return r.Mean + r.spread*sum/float64(len(m.draws))
}

// gibbs is the state of one chain. Ratings are taken in standard deviations
// from their mean, so that the priors suit any scale. Of the factors, the first
// is the customer's bias, whose fellow on the item's side is the constant 1,
// and the second the item's bias, the other way round.
type gibbs struct {
	rng   *rand.Rand
	side  [2]*gibbsSide // customers, items
	rest  []float64     // by rating: what the model leaves
	noise float64       // precision of a rating
}

type gibbsSide struct {
	rows    [][]int32 // by own id: numbers of its ratings
	other   []int32   // by rating number: id on the other side
	root    []float64 // by own id: 1 / root of how many ratings it has
	shared  bool      // there are shares
	own     [][]float64
	share   [][]float64 // by factor, then id of the other side
	full    [][]float64 // by factor, then own id: own plus shares
	ofOwn   []prior     // by factor
	ofShare []prior
}

// prior is that of all coordinates of a factor: normal.
type prior struct{ mean, precision float64 }

const biases = 2

func newGibbs(r *Ratings, factors int, plain bool, rng *rand.Rand) *gibbs {
	g := &gibbs{rng: rng, rest: make([]float64, r.Len()), noise: 1}
	sizes := [2]int{len(r.Customers), len(r.Items)}
	for s := range g.side {
		g.side[s] = &gibbsSide{rows: make([][]int32, sizes[s]), other: make([]int32, r.Len()), root: make([]float64, sizes[s]), shared: !plain}
	}
	for n, c := range r.cells {
		for s, id := range [2]int32{c.customer, c.item} {
			g.side[s].rows[id] = append(g.side[s].rows[id], int32(n))
			g.side[1-s].other[n] = id
		}
	}
	for s, x := range g.side {
		for a, row := range x.rows {
			x.root[a] = 1 / math.Sqrt(max(1, float64(len(row))))
		}
		for f := range biases + factors {
			own, share, full := make([]float64, sizes[s]), make([]float64, sizes[1-s]), make([]float64, sizes[s])
			for a := range full {
				switch {
				case f >= biases:
					own[a] = rng.NormFloat64() * .1
					full[a] = own[a]
				case f != s:
					full[a] = 1
				}
			}
			x.own, x.share, x.full = append(x.own, own), append(x.share, share), append(x.full, full)
			x.ofOwn, x.ofShare = append(x.ofOwn, prior{0, 10}), append(x.ofShare, prior{0, 10})
		}
	}
	for n, c := range r.cells {
		g.rest[n] = (c.value - r.Mean) / r.spread
		for f := range biases + factors {
			g.rest[n] -= g.side[0].full[f][c.customer] * g.side[1].full[f][c.item]
		}
	}
	return g
}

// round draws everything once, each given all else.
func (g *gibbs) round() {
	sq := 0.0
	for _, e := range g.rest {
		sq += e * e
	}
	g.noise = gamma(g.rng, .5*(1+float64(len(g.rest))), .5*(1+sq))
	for s, x := range g.side {
		for f := range x.full {
			if f == 1-s {
				continue // the constant
			}
			x.ofOwn[f].draw(g.rng, x.own[f])
			if x.shared {
				x.ofShare[f].draw(g.rng, x.share[f])
			}
			g.drawFactor(s, f)
		}
	}
}

// drawFactor draws one factor of one side, own parts first, then shares, and
// brings what is left up to date.
func (g *gibbs) drawFactor(s, f int) {
	x, that := g.side[s], g.side[1-s]
	h := that.full[f]
	full := x.full[f]
	// The ratings of an id speak through two sums: of rest × h and of h².
	before := make([]float64, len(full))
	copy(before, full)
	restH, hh := make([]float64, len(full)), make([]float64, len(full))
	for a, row := range x.rows {
		for _, n := range row {
			v := h[x.other[n]]
			restH[a] += g.rest[n] * v
			hh[a] += v * v
		}
	}
	for a := range full {
		d := g.step(&x.own[f][a], restH[a], hh[a], x.ofOwn[f])
		full[a] += d
		restH[a] -= d * hh[a]
	}
	if x.shared {
		for j, row := range that.rows { // a share of j is in the vectors of all who rated it
			sum, sq := 0.0, 0.0
			for _, n := range row {
				a := that.other[n]
				sum += x.root[a] * restH[a]
				sq += x.root[a] * x.root[a] * hh[a]
			}
			d := g.step(&x.share[f][j], sum, sq, x.ofShare[f])
			for _, n := range row {
				a := that.other[n]
				full[a] += x.root[a] * d
				restH[a] -= x.root[a] * d * hh[a]
			}
		}
	}
	for a, row := range x.rows {
		d := full[a] - before[a]
		for _, n := range row {
			g.rest[n] -= d * h[x.other[n]]
		}
	}
}

// step draws one coordinate from its normal posterior and gives the change.
func (g *gibbs) step(at *float64, sum, sq float64, p prior) float64 {
	precision := g.noise*sq + p.precision
	mean := (g.noise*(sum+*at*sq) + p.precision*p.mean) / precision
	was := *at
	*at = mean + g.rng.NormFloat64()/math.Sqrt(precision)
	return *at - was
}

// draw draws a prior given what it is the prior of, with the weak hyperpriors
// of libFM: Gamma(1/2, 1/2) on the precision, N(0, 1/precision) on the mean.
func (p *prior) draw(rng *rand.Rand, xs []float64) {
	n, sum, sq := float64(len(xs)), 0.0, p.mean*p.mean
	for _, x := range xs {
		sum += x
		sq += (x - p.mean) * (x - p.mean)
	}
	p.precision = gamma(rng, .5*(2+n), .5*(1+sq))
	p.mean = sum/(n+1) + rng.NormFloat64()/math.Sqrt((n+1)*p.precision)
}

// gamma draws by the method of Marsaglia and Tsang 2000, for shapes of 1/3 and
// more.
func gamma(rng *rand.Rand, shape, rate float64) float64 {
	d := shape - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := rng.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-rng.Float64()) < .5*x*x+d-d*v+d*math.Log(v) {
			return d * v / rate
		}
	}
}

// flat copies the factors of a side, by id; last come those of an id that is
// not known, of which the priors alone speak.
func (g *gibbs) flat(s int) []float32 {
	x := g.side[s]
	k, ids := len(x.full), len(x.rows)
	out := make([]float32, (ids+1)*k)
	for f, full := range x.full {
		for a, v := range full {
			out[a*k+f] = float32(v)
		}
		out[ids*k+f] = float32(x.ofOwn[f].mean)
	}
	out[ids*k+1-s] = 1 // the constant
	return out
}
