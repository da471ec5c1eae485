package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A standing is how a model did where the choice is made.
type standing struct {
	name     string
	ndcg     estimate
	coverage float64
}

// What differs by less than this share is taken as equal however many customers
// there are; what is further behind than the second is not as good however few.
const (
	noise  = .02
	behind = .05
)

// choose gives the model to recommend: of those that beat what is popular,
// ever or lately, beyond noise and are as good as the best in NDCG, the one that
// shows most of the catalogue. What is popular is chosen only where nothing
// beats it. The rule is ours: NDCG says what customers find, coverage what of a
// catalogue can be found, and taking the best figure alone would be choosing by
// luck between equals.
func choose(list []standing) (best standing, equals []string) {
	base := list[slices.IndexFunc(list, func(s standing) bool { return s.name == popular })]
	for _, s := range list {
		if low, _ := s.ndcg.minus(base.ndcg).interval(); s.name == popularNow && low > 0 {
			base = s
		}
	}
	better := slices.DeleteFunc(slices.Clone(list), func(s standing) bool {
		// Of many models one is ahead by luck: all together may be wrong in 5% (Bonferroni).
		low, _ := s.ndcg.minus(base.ndcg).within(.05 / float64(max(1, len(list)-1)))
		return s.name == popular || s.name == popularNow || low <= 0
	})
	if len(better) == 0 {
		return base, nil
	}
	top := slices.MaxFunc(better, func(a, b standing) int { return cmp.Compare(a.ndcg.value, b.ndcg.value) })
	good := slices.DeleteFunc(better, func(s standing) bool {
		gap := top.ndcg.value - s.ndcg.value
		low, _ := top.ndcg.minus(s.ndcg).interval()
		return gap > noise*top.ndcg.value && (low > 0 || gap > behind*top.ndcg.value)
	})
	best = slices.MaxFunc(good, func(a, b standing) int {
		return cmp.Or(cmp.Compare(a.coverage, b.coverage), cmp.Compare(a.ndcg.value, b.ndcg.value))
	})
	for _, s := range good {
		if s.name != best.name {
			equals = append(equals, s.name)
		}
	}
	return best, equals
}

// recommend chooses by results, popularity among them.
func (r *Report) recommend(results []Result) {
	var list []standing
	for _, m := range results {
		list = append(list, standing{m.Model, m.Metric("ndcg").estimate, m.Metric("coverage").Value})
	}
	best, equals := choose(list)
	r.Recommended, r.Equals = best.name, equals
}

// explain says in words that a shop's owner understands what to use and why.
func (r *Report) explain() {
	base, best := r.Result(popular), r.Result(r.Recommended)
	per100 := func(x Result) string { return fmt.Sprintf("%.0f of 100", 100*x.Metric("hit_rate").Value) }
	if r.Recommended == popular || r.Recommended == popularNow {
		what := "popular"
		if r.Recommended == popularNow {
			base, what = best, "popular lately"
		}
		r.Why = fmt.Sprintf("Show what is "+what+": %s customers then took something of its %d suggestions, and on the data that is there no other model was better beyond chance.", per100(base), r.K)
		return
	}
	m := best.Metric("ndcg")
	r.Why = fmt.Sprintf("Use %s (%s): %s customers then took something of its %d suggestions, and %s of what is popular; in all it shows %.0f%% of the catalogue, popularity %.0f%%.",
		best.Model, best.About, per100(best), r.K, per100(base), 100*best.Metric("coverage").Value, 100*base.Metric("coverage").Value)
	if len(r.Equals) > 0 {
		r.Why += fmt.Sprintf(" As good where the choice was made, but showing less of the catalogue: %s.", strings.Join(r.Equals, ", "))
	}
	if m.OverLow <= 0 {
		r.Why += " On the newest data its lead over popularity is within chance: look again when there is more."
	}
	for _, x := range r.Results {
		if x.Left != "" || x.Model == best.Model {
			continue
		}
		d := x.Metric("ndcg").estimate.minus(m.estimate)
		if low, _ := d.interval(); low > 0 && d.value > noise*m.Value {
			r.Why += fmt.Sprintf(" On the newest data %s did better still (NDCG %.3f against %.3f): look again with the next data.", x.Model, x.Metric("ndcg").Value, m.Value)
			break
		}
	}
}
