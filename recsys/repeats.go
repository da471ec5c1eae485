package recsys

import (
	"cmp"
	"math"
	"time"
)

// repeats is what a dataset tells of each item about being taken again.
type repeats struct {
	rate   []float64 // log of the share of earlier takers who took it again within the window
	lift   []float64 // log, see lifts
	common []float64 // log of 1 + its takers
	days   []float64 // usual time between two purchases of one customer
}

// Shrinkage, in units of evidence: takers for a rate, gaps for an interval.
const (
	rateShrink  = 10
	gapShrink   = 5
	ownShrink   = 2
	defaultDays = 30 // where nobody took anything twice
)

// newRepeats counts. An item's rate is shrunk to that of all items; its interval
// to that of its category, where it has one, and the category's to that of all.
// Intervals are means of logarithms: near the median, and one customer who came
// back after a year does not pull them up.
func newRepeats(d *Dataset, window time.Duration, category []string) *repeats {
	n := len(d.Items)
	r := &repeats{rate: make([]float64, n), lift: lifts(d, 7*24*time.Hour, 5), common: make([]float64, n), days: make([]float64, n)}
	since := d.newest - int64(window.Seconds())
	had, came := make([]float64, n), make([]float64, n)
	own := make([]average, n)
	inCategory, all := map[string]average{}, average{}
	for _, row := range d.byCustomer {
		for _, e := range row {
			if e.First < since {
				had[e.Item]++
				if e.At >= since {
					came[e.Item]++
				}
			}
			if gap := e.gap(); gap > 0 {
				t := average{math.Log(gap) * float64(e.Times-1), float64(e.Times - 1)}
				own[e.Item] = own[e.Item].plus(t)
				all = all.plus(t)
				if category[e.Item] != "" {
					inCategory[category[e.Item]] = inCategory[category[e.Item]].plus(t)
				}
			}
		}
	}
	sumHad, sumCame := 0.0, 0.0
	for i := range n {
		sumHad, sumCame = sumHad+had[i], sumCame+came[i]
	}
	usual := (sumCame + .1) / (sumHad + 1)
	typical := all.shrunk(gapShrink, math.Log(defaultDays))
	for i := range n {
		r.rate[i] = math.Log((came[i] + rateShrink*usual) / (had[i] + rateShrink))
		r.lift[i] = math.Log(r.lift[i])
		r.common[i] = math.Log1p(float64(len(d.byItem[i])))
		near := typical
		if category[i] != "" {
			near = inCategory[category[i]].shrunk(gapShrink, typical)
		}
		r.days[i] = math.Exp(own[i].shrunk(gapShrink, near))
	}
	return r
}

// average is a sum and how much it is of.
type average struct{ sum, n float64 }

func (t average) plus(x average) average { return average{t.sum + x.sum, t.n + x.n} }

// shrunk is the mean with weight observations of prior beside.
func (t average) shrunk(weight, prior float64) float64 {
	return (t.sum + weight*prior) / (t.n + weight)
}

// gap is the mean time in days between a customer's purchases of an item, 0
// where there is none, one day at least: two orders of one day are one need.
func (e Event) gap() float64 {
	if e.Times < 2 || e.At <= e.First {
		return 0
	}
	return max(1, float64(e.At-e.First)/86400/float64(e.Times-1))
}

// interval is the usual time in days between this customer's purchases of an
// item: their own, shrunk to the item's.
func (r *repeats) interval(e Event) float64 {
	t := average{}
	if gap := e.gap(); gap > 0 {
		t = average{math.Log(gap) * float64(e.Times-1), float64(e.Times - 1)}
	}
	return cmp.Or(math.Exp(t.shrunk(ownShrink, math.Log(r.days[e.Item]))), defaultDays)
}
