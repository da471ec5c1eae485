package evaluate

import (
	"context"
	"fmt"
	"io/fs"
	"math"

	"parley/recsys"
	"parley/tools/measure"
)

// p1Raters names those of the blend that p1 scores, in their order; each gets a
// figure of its own.
var p1Raters = [...]string{"baseline", "userknn", "itemknn", "mf", "svdpp", "bayesianmf", "itemknn_on_bayesianmf"}

// fitP1 fits them. Their options were chosen on 15% of the base of u1 and of u4
// held out, and so was the blend; none looks at times.
func fitP1(ctx context.Context, r *recsys.Ratings) ([]recsys.Rater, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	mf, err := recsys.NewBiasedMF(r, recsys.BiasedMFOptions{})
	if err != nil {
		return nil, err
	}
	bayes := recsys.NewBayesianMF(r, recsys.BayesianMFOptions{})
	return []recsys.Rater{
		recsys.NewBaseline(r, recsys.BaselineOptions{}),
		recsys.NewUserRatingKNN(r, recsys.RatingKNNOptions{}),
		recsys.NewItemRatingKNN(r, recsys.RatingKNNOptions{}),
		mf,
		recsys.NewSVDpp(r, recsys.SVDppOptions{}),
		bayes,
		recsys.NewItemRatingKNN(r, recsys.RatingKNNOptions{Expect: bayes, Damping: 3}),
	}, nil
}

// evaluateP1 scores ml-100k u1 to u5: the mean over the five of the root mean
// squared error, and of the mean absolute error, of predictions kept to 1..5.
func evaluateP1(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	all, err := readRatings(data, "recsys/ml-100k/u.data.gz")
	if err != nil {
		return nil, err
	}
	var blend []fold
	alone := make([][]fold, len(p1Raters))
	for k := range 5 {
		base, test, err := p1Fold(data, all, k+1)
		if err != nil {
			return nil, err
		}
		m, err := recsys.NewRaterStack(base, func(r *recsys.Ratings) ([]recsys.Rater, error) { return fitP1(ctx, r) }, recsys.RaterStackOptions{Parts: 3})
		if err != nil {
			return nil, err
		}
		blend = append(blend, predict(m, test))
		for n, x := range m.Raters() {
			alone[n] = append(alone[n], predict(x, test))
		}
	}
	figures := []measure.Figure{rmse("p1", blend), mae("p1", blend)}
	for n, name := range p1Raters {
		for _, f := range []measure.Figure{rmse("p1", alone[n]), mae("p1", alone[n])} {
			f.Metric += "_" + name
			figures = append(figures, f)
		}
	}
	return figures, nil
}

// p1Fold gives the ratings to learn from and those to predict.
func p1Fold(data fs.FS, all []recsys.Interaction, k int) (*recsys.Ratings, []recsys.Interaction, error) {
	test, err := readRatings(data, fmt.Sprintf("recsys/ml-100k/u%d.test.gz", k))
	if err != nil {
		return nil, nil, err
	}
	return recsys.NewRatings(without(all, test)), test, nil
}

// fold is what was predicted on one split: a customer and an error each.
type fold struct {
	customers []string
	errors    []float64
}

func predict(m recsys.Rater, test []recsys.Interaction) fold {
	f := fold{make([]string, len(test)), make([]float64, len(test))}
	recsys.Each(len(test), func(n int) {
		f.customers[n] = test[n].Customer
		f.errors[n] = m.Predict(test[n].Customer, test[n].Item) - test[n].Value
	})
	return f
}

// rmse is the mean of the folds' root mean squared errors.
func rmse(name string, folds []fold) measure.Figure {
	return overFolds(name, "rmse", folds, func(e float64) float64 { return e * e }, math.Sqrt)
}

// mae is the mean of the folds' mean absolute errors.
func mae(name string, folds []fold) measure.Figure {
	return overFolds(name, "mae", folds, math.Abs, func(x float64) float64 { return x })
}

// overFolds gives the mean over folds of a loss, with its interval over
// customers, who are drawn alike in all folds.
func overFolds(name, metric string, folds []fold, loss, by func(float64) float64) measure.Figure {
	out := measure.Figure{Suite: "recsys", Case: name, Metric: metric}
	at := map[string]int{}
	for _, f := range folds {
		for _, c := range f.customers {
			if _, ok := at[c]; !ok {
				at[c] = len(at)
			}
		}
		out.N += len(f.errors)
	}
	stats := make([]statistic, len(folds))
	for k, f := range folds {
		sums := ratio{make([]float64, len(at)), make([]float64, len(at))}
		for n, e := range f.errors {
			u := at[f.customers[n]]
			sums.num[u] += loss(e)
			sums.den[u]++
		}
		stats[k] = changed{sums, by}
	}
	mean := estimate{reps: make([]float64, resamples)}
	for _, e := range bootstrap(seed, len(at), stats) {
		mean.value += e.value / float64(len(folds))
		for b, x := range e.reps {
			mean.reps[b] += x / float64(len(folds))
		}
	}
	out.Value = mean.value
	out.Low, out.High = mean.interval()
	return out
}
