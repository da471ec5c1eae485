package evaluate

import (
	"context"
	"io/fs"
	"slices"

	"parley/recsys"
	"parley/tools/measure"
)

// evaluateP5New scores what known customers buy for the first time in November
// and December.
func evaluateP5New(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	return evaluateP5(ctx, data, "p5new", true)
}

// evaluateP5All scores everything that known customers buy in November and
// December, again or for the first time.
func evaluateP5All(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	return evaluateP5(ctx, data, "p5all", false)
}

// evaluateP5 fits on what was bought before October, chooses the weights of the
// blend on October, fits again on both, and scores what came after, once.
func evaluateP5(ctx context.Context, data fs.FS, name string, fresh bool) ([]measure.Figure, error) {
	r, err := readRetail(data)
	if err != nil {
		return nil, err
	}
	parts := p5All
	if fresh {
		parts = p5New
	}
	d := recsys.NewDataset(r.train)
	models, err := parts(d, r.train, r)
	if err != nil {
		return nil, err
	}
	tuned, err := recsys.Tune(ctx, models, r.next(d, r.valid, fresh), recsys.TuneOptions{})
	if err != nil {
		return nil, err
	}
	fit := slices.Concat(r.train, r.valid)
	d = recsys.NewDataset(fit)
	if models, err = parts(d, fit, r); err != nil {
		return nil, err
	}
	m, err := blended(models, tuned.Weights)
	if err != nil {
		return nil, err
	}
	recall, ndcg, err := rank(ctx, m, r.next(d, r.test, fresh), 20)
	if err != nil {
		return nil, err
	}
	return []measure.Figure{figure(name, "recall@20", recall), figure(name, "ndcg@20", ndcg)}, nil
}

func blended(models []recsys.Model, weights []float64) (*recsys.Hybrid, error) {
	parts := make([]recsys.Part, len(models))
	for n, m := range models {
		parts[n] = recsys.Part{Model: m, Weight: weights[n]}
	}
	return recsys.NewHybrid(recsys.ScaleQuery, parts...)
}

// p5New is what speaks for an item the customer never had. The options were
// chosen on October.
func p5New(d *recsys.Dataset, _ []recsys.Interaction, r *retail) ([]recsys.Model, error) {
	ease, err := recsys.NewEASE(d, recsys.EASEOptions{})
	if err != nil {
		return nil, err
	}
	return inSeason(recsys.SeasonOptions{},
		ease,
		recsys.NewContent(d, r.items, recsys.ContentOptions{}),
		recsys.NewItemKNN(d, recsys.ItemKNNOptions{}),
	)
}

// p5All is what speaks for any item.
func p5All(d *recsys.Dataset, in []recsys.Interaction, r *retail) ([]recsys.Model, error) {
	again, err := recsys.NewAgain(d, in, recsys.AgainOptions{Early: -1})
	if err != nil {
		return nil, err
	}
	fresh, err := p5New(d, in, r)
	return append([]recsys.Model{again}, fresh...), err
}

// inSeason wraps every model.
func inSeason(opt recsys.SeasonOptions, models ...recsys.Model) ([]recsys.Model, error) {
	out := make([]recsys.Model, len(models))
	for n, m := range models {
		s, err := recsys.NewSeason(m, opt)
		if err != nil {
			return nil, err
		}
		out[n] = s
	}
	return out, nil
}
