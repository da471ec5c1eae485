package evaluate

import (
	"errors"
	"math"
	"slices"
	"time"

	"parley/recsys"
)

// measure asks every model for every customer and gives each one's metrics with
// their intervals, popularity's first as it is in models.
func (c *comparison) measure(d *recsys.Dataset, models []fitted, cases []asked, part string) ([]Result, error) {
	known, owned := taken(d)
	alike, ok := byAttributes(d, byID(c.items))
	if !ok {
		alike = byTakers(owned, len(d.Items))
	}
	at := places(d)
	had := make([][]int32, len(cases))
	for n, q := range cases {
		for _, i := range q.owned {
			had[n] = append(had[n], at[i])
		}
	}
	shown := map[string][][]int32{}
	results := make([]Result, len(models))
	var stats []statistic
	for m, f := range models {
		c.Progress(part + " " + f.name)
		start := time.Now()
		outcomes, err := c.answers(f.model, cases, at)
		if err != nil {
			return nil, err
		}
		results[m] = Result{Model: f.name, About: f.about, Fit: f.took, Ask: time.Since(start) / time.Duration(len(cases))}
		lists := make([][]int32, len(outcomes))
		for n, o := range outcomes {
			lists[n] = o.list
		}
		shown[f.name] = lists
		for _, a := range aboutHits {
			xs := make([]float64, len(outcomes))
			for n, o := range outcomes {
				xs[n] = a.of(o, c.K, len(d.Items))
			}
			stats = append(stats, ratio{num: xs})
		}
		stats = append(stats, coverage{lists, len(d.Items)},
			overLists(lists, 1, func(l []int32) float64 { return mean(l, known.surprise) }),
			overLists(lists, 2, func(l []int32) float64 { return variety(l, alike) }),
			gini{lists, len(d.Items)}, known.lift(lists, had))
	}
	c.Progress("intervals of " + part)
	c.report.shown, c.report.known = shown, known
	e := bootstrap(c.Seed, len(cases), stats)
	for m := range results {
		for n, name := range metricNames {
			x, base := e[m*len(metricNames)+n], e[n]
			results[m].Metrics = append(results[m].Metrics, metric(name, x, base, len(cases)))
		}
	}
	return results, c.ctx.Err()
}

func metric(name string, x, base estimate, n int) Metric {
	r := Metric{Name: name, Value: x.value, N: n, estimate: x}
	r.Low, r.High = x.interval()
	if !slices.Contains(unbounded, name) {
		r.Low, r.High = max(0, r.Low), min(1, r.High)
	}
	over := x.minus(base)
	r.Over = over.value
	r.OverLow, r.OverHigh = over.interval()
	return r
}

// unbounded are the metrics that are no shares.
var unbounded = []string{"novelty", "popularity_lift", "rmse", "mae"}

// metricNames are the metrics of a list, in the order of measure's statistics.
var metricNames = func() []string {
	var out []string
	for _, a := range aboutHits {
		out = append(out, a.name)
	}
	return append(out, "coverage", "novelty", "diversity", "gini", "popularity_lift")
}()

// answers asks a model for every case, side by side.
func (c *comparison) answers(m recsys.Model, cases []asked, at map[string]int32) ([]outcome, error) {
	out := make([]outcome, len(cases))
	errs := make([]error, len(cases))
	recsys.Each(len(cases), func(n int) {
		q := cases[n].Query
		q.K = c.K
		list, err := recsys.Top(c.ctx, m, q)
		if err != nil {
			errs[n] = err
			return
		}
		is := make(map[string]bool, len(cases[n].Relevant))
		for _, i := range cases[n].Relevant {
			is[i] = true
		}
		o := outcome{relevant: len(is)}
		for _, s := range list {
			o.list, o.hit = append(o.list, at[s.Item]), append(o.hit, is[s.Item])
		}
		out[n] = o
	})
	return out, errors.Join(errs...)
}

// overLists is a mean over the lists that have so many items; shorter ones have
// no such value.
func overLists(lists [][]int32, least int, of func([]int32) float64) statistic {
	r := ratio{make([]float64, len(lists)), make([]float64, len(lists))}
	recsys.Each(len(lists), func(n int) {
		if len(lists[n]) >= least {
			r.num[n], r.den[n] = of(lists[n]), 1
		}
	})
	return r
}

// taken gives how many customers took each item, and who took what.
func taken(d *recsys.Dataset) (popularity, [][]int32) {
	at := places(d)
	p := popularity{make([]float64, len(d.Items)), float64(len(d.Customers))}
	owned := make([][]int32, len(d.Customers))
	for n, u := range d.Customers {
		for _, i := range d.Owned(u) {
			owned[n] = append(owned[n], at[i])
			p.takers[at[i]]++
		}
	}
	return p, owned
}

func places(d *recsys.Dataset) map[string]int32 {
	at := make(map[string]int32, len(d.Items))
	for n, i := range d.Items {
		at[i] = int32(n)
	}
	return at
}

func byID(items []recsys.Item) map[string]*recsys.Item {
	out := make(map[string]*recsys.Item, len(items))
	for n := range items {
		out[items[n].ID] = &items[n]
	}
	return out
}

// finite says whether a number can be shown.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
