package recsys

import (
	"math"
	"math/rand/v2"
)

// gibbs is the state of one chain of a BayesianMF. Ratings are taken in standard
// deviations from their mean, so that the priors suit any scale. Of the factors,
// the first is the customer's bias, whose fellow on the item's side is the
// constant 1, and the second the item's bias, the other way round.
type gibbs struct {
	rng   *rand.Rand
	side  [2]*gibbsSide // customers, items
	rest  []float64     // by rating: what the model leaves
	noise float64       // precision of a rating
}

type gibbsSide struct {
	rows    [][]int32 // by own id: numbers of its ratings
	others  [][]int32 // by own id: the other side's ids of the same ratings
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
		g.side[s] = &gibbsSide{rows: make([][]int32, sizes[s]), others: make([][]int32, sizes[s]), root: make([]float64, sizes[s]), shared: !plain}
	}
	for n, c := range r.cells {
		for s, ids := range [2][2]int32{{c.customer, c.item}, {c.item, c.customer}} {
			x := g.side[s]
			x.rows[ids[0]] = append(x.rows[ids[0]], int32(n))
			x.others[ids[0]] = append(x.others[ids[0]], ids[1])
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
		sum, sq := 0.0, 0.0
		for at, o := range x.others[a] {
			v := h[o]
			sum += g.rest[row[at]] * v
			sq += v * v
		}
		restH[a], hh[a] = sum, sq
	}
	for a := range full {
		d := g.step(&x.own[f][a], restH[a], hh[a], x.ofOwn[f])
		full[a] += d
		restH[a] -= d * hh[a]
	}
	if x.shared {
		for j, ids := range that.others { // a share of j is in the vectors of all who rated it
			sum, sq := 0.0, 0.0
			for _, a := range ids {
				sum += x.root[a] * restH[a]
				sq += x.root[a] * x.root[a] * hh[a]
			}
			d := g.step(&x.share[f][j], sum, sq, x.ofShare[f])
			for _, a := range ids {
				full[a] += x.root[a] * d
				restH[a] -= x.root[a] * d * hh[a]
			}
		}
	}
	for a, row := range x.rows {
		d := full[a] - before[a]
		for at, o := range x.others[a] {
			g.rest[row[at]] -= d * h[o]
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

// keep copies the factors of a side to where draw n of so many stands. Of an id
// that is not known the priors alone speak.
func (g *gibbs) keep(s int, out []float32, n, draws int) {
	x := g.side[s]
	k, ids := len(x.full), len(x.rows)
	for f, full := range x.full {
		for a, v := range full {
			out[(a*draws+n)*k+f] = float32(v)
		}
		out[(ids*draws+n)*k+f] = float32(x.ofOwn[f].mean)
	}
	out[(ids*draws+n)*k+1-s] = 1 // the constant
}
