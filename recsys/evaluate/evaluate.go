// Package evaluate scores the recommenders of recsys on public tests, to the
// letter of their protocols. It fits and asks; it knows no shop. Start with
// [Evaluate]; each public test is a file of its own.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"parley/recsys"
	"parley/tools/measure"
)

// Evaluate scores the public tests under data (laid out as EVAL names them).
// only picks cases; empty means all there are. progress may be nil.
func Evaluate(ctx context.Context, data fs.FS, only []string, progress func(string)) ([]measure.Figure, []measure.Skip, error) {
	if progress == nil {
		progress = func(string) {}
	}
	cases := []struct {
		name string
		run  func(context.Context, fs.FS) ([]measure.Figure, error)
	}{{"p1", evaluateP1}, {"p2", evaluateP2}, {"p3", evaluateP3}, {"p4", evaluateP4}, {"p5new", evaluateP5New}, {"p5all", evaluateP5All}, {"p6", evaluateP6}}
	var figures []measure.Figure
	var skips []measure.Skip
	for _, c := range cases {
		if len(only) > 0 && !slices.Contains(only, c.name) {
			continue
		}
		progress("recsys " + c.name)
		f, err := c.run(ctx, data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			skips = append(skips, measure.Skip{Case: c.name, Reason: err.Error()})
		case err != nil:
			return figures, skips, fmt.Errorf("evaluate recsys %s: %w", c.name, err)
		}
		figures = append(figures, f...)
	}
	return figures, skips, nil
}

// rank runs a recommender over questions, side by side, and gives the recall
// and the NDCG at k of each that has something relevant.
func rank(ctx context.Context, m recsys.Recommender, cases []recsys.Case, k int) (recall, ndcg []float64, err error) {
	recall, ndcg = make([]float64, len(cases)), make([]float64, len(cases))
	errs := make([]error, len(cases))
	recsys.Each(len(cases), func(n int) {
		q := cases[n].Query
		q.K = k
		got, e := ranked(ctx, m, q)
		if e != nil {
			errs[n] = e
			return
		}
		recall[n], ndcg[n] = score(got, cases[n].Relevant, k)
	})
	return recall, ndcg, errors.Join(errs...)
}

// ranked asks without the reasons where that can be.
func ranked(ctx context.Context, m recsys.Recommender, q recsys.Query) ([]recsys.Scored, error) {
	if model, ok := m.(recsys.Model); ok {
		return recsys.Top(ctx, model, q)
	}
	return m.Recommend(ctx, q)
}

// score gives the share of the relevant found, and the binary NDCG.
func score(got []recsys.Scored, relevant []string, k int) (float64, float64) {
	o := outcome{relevant: len(relevant)}
	for _, s := range got[:min(k, len(got))] {
		o.hit = append(o.hit, slices.Contains(relevant, s.Item))
	}
	return recall(o, k, 0), ndcg(o, k, 0)
}
