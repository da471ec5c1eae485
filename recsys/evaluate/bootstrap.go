package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"

	"parley/recsys"
	"parley/tools/measure"
)

// resamples is how often the customers are drawn anew for an interval.
const resamples = 1000

// seed is that of every figure that is drawn, unless another is asked for.
const seed = 42

// A statistic is a number about a sample of customers.
type statistic interface {
	// at gives the number with customer n counted w[n] times, and each once
	// where w is nil. It is NaN where nothing was counted.
	at(w []float64) float64
}

// ratio is a sum over a sum: a mean where den is nil, a share or a pooled mean
// where it is not.
type ratio struct{ num, den []float64 }

func (r ratio) at(w []float64) float64 {
	var num, den float64
	switch {
	case w == nil && r.den == nil:
		for _, x := range r.num {
			num += x
		}
		den = float64(len(r.num))
	case w == nil:
		for n, x := range r.num {
			num, den = num+x, den+r.den[n]
		}
	case r.den == nil:
		for n, x := range r.num {
			num, den = num+w[n]*x, den+w[n]
		}
	default:
		for n, x := range r.num {
			num, den = num+w[n]*x, den+w[n]*r.den[n]
		}
	}
	if den == 0 {
		return math.NaN()
	}
	return num / den
}

// changed is another statistic seen through a function.
type changed struct {
	of statistic
	by func(float64) float64
}

func (c changed) at(w []float64) float64 { return c.by(c.of.at(w)) }

// An estimate is a statistic's value with what it was on each resample.
type estimate struct {
	value float64
	reps  []float64
}

// bootstrap draws n customers anew from n, with replacement, and takes every
// statistic on each draw: all on the same draws, so that differences are paired.
//
// Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
func bootstrap(seed uint64, n int, stats []statistic) []estimate {
	out := make([]estimate, len(stats))
	for s, x := range stats {
		out[s] = estimate{x.at(nil), make([]float64, resamples)}
	}
	recsys.Each(resamples, func(b int) {
		r := rand.New(rand.NewPCG(seed, uint64(b)))
		w := make([]float64, n)
		for range n {
			w[r.IntN(n)]++
		}
		for s, x := range stats {
			out[s].reps[b] = x.at(w)
		}
	})
	return out
}

// interval holds the middle 95% of the resamples, moved so that their mean is
// the value. The move matters for what a resample makes smaller by itself, as
// coverage: it holds fewer different customers. Resamples with nothing to count
// are passed over; without any, both ends are the value.
func (e estimate) interval() (low, high float64) { return e.within(.05) }

// within is the interval that all but a share of the resamples, half of it on
// either side, lie in.
func (e estimate) within(outside float64) (low, high float64) {
	var reps []float64
	sum := 0.0
	for _, x := range e.reps {
		if !math.IsNaN(x) {
			reps = append(reps, x)
			sum += x
		}
	}
	if len(reps) == 0 {
		return e.value, e.value
	}
	slices.Sort(reps)
	move := e.value - sum/float64(len(reps))
	last := float64(len(reps) - 1)
	return reps[int(math.Floor(outside/2*last))] + move, reps[int(math.Ceil((1-outside/2)*last))] + move
}

// minus is the difference of two statistics, draw by draw.
func (e estimate) minus(o estimate) estimate {
	d := estimate{e.value - o.value, make([]float64, len(e.reps))}
	for b := range d.reps {
		d.reps[b] = e.reps[b] - o.reps[b]
	}
	return d
}

// figure gives the mean of a value a customer with its 95% bootstrap interval.
func figure(name, metric string, xs []float64) measure.Figure {
	f := measure.Figure{Suite: "recsys", Case: name, Metric: metric, N: len(xs)}
	if len(xs) == 0 {
		return f
	}
	e := bootstrap(seed, len(xs), []statistic{ratio{num: xs}})[0]
	f.Value = e.value
	f.Low, f.High = e.interval()
	return f
}
