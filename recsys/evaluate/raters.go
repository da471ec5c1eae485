package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"parley/recsys"
)

// A raterEntrant predicts ratings. The first of the line-up is what the others
// are compared with.
type raterEntrant struct {
	name, about string
	most        int // ratings it is fitted on; 0: any number
	fit         func(*recsys.Ratings) recsys.Rater
}

var raters = []raterEntrant{
	{"bias", "how kindly the customer rates and how well the item is rated", 0, func(r *recsys.Ratings) recsys.Rater {
		return recsys.NewBaseline(r, recsys.BaselineOptions{})
	}},
	{"item_neighbours", "how the customer rated the items that are rated alike", 2_000_000, func(r *recsys.Ratings) recsys.Rater {
		return recsys.NewItemRatingKNN(r, recsys.RatingKNNOptions{})
	}},
	{"bayes", "hidden tastes that customers and items share, averaged over what they may be", 2_000_000, func(r *recsys.Ratings) recsys.Rater {
		return recsys.NewBayesianMF(r, recsys.BayesianMFOptions{Seed: seed})
	}},
}

// rate predicts the ratings of the test part from all before it, and measures
// the errors: of all ratings pooled, with the customers drawn anew.
func (c *comparison) rate() error {
	if len(c.rated.test) == 0 {
		return nil
	}
	known := recsys.NewRatings(slices.Concat(c.rated.train, c.rated.valid))
	at := map[string]int{}
	var held []recsys.Interaction
	for _, x := range c.rated.test {
		if x.Kind != recsys.Rated {
			continue
		}
		if _, ok := at[x.Customer]; !ok {
			if len(at) == c.Most {
				continue
			}
			at[x.Customer] = len(at)
		}
		held = append(held, x)
	}
	var stats []statistic
	var fitted []int
	for _, e := range raters {
		r := Result{Model: e.name, About: e.about}
		if e.most > 0 && known.Len() > e.most {
			r.Left = fmt.Sprintf("it is for up to %d ratings; there are %d", e.most, known.Len())
			c.report.Ratings = append(c.report.Ratings, r)
			continue
		}
		c.Progress("ratings " + e.name)
		start := time.Now()
		m := e.fit(known)
		r.Fit = time.Since(start)
		errs := make([]float64, len(held))
		recsys.Each(len(held), func(n int) { errs[n] = m.Predict(held[n].Customer, held[n].Item) - held[n].Value })
		square, size, n := make([]float64, len(at)), make([]float64, len(at)), make([]float64, len(at))
		for k, e := range errs {
			u := at[held[k].Customer]
			square[u], size[u], n[u] = square[u]+e*e, size[u]+math.Abs(e), n[u]+1
		}
		stats = append(stats, changed{ratio{square, n}, math.Sqrt}, ratio{size, n})
		fitted = append(fitted, len(c.report.Ratings))
		c.report.Ratings = append(c.report.Ratings, r)
	}
	e := bootstrap(c.Seed, len(at), stats)
	for k, n := range fitted {
		c.report.Ratings[n].Metrics = []Metric{metric("rmse", e[2*k], e[0], len(held)), metric("mae", e[2*k+1], e[1], len(held))}
	}
	slices.SortStableFunc(c.report.Ratings[1:], func(a, b Result) int {
		return cmp.Compare(a.Metric("rmse").Value, b.Metric("rmse").Value)
	})
	return c.ctx.Err()
}
