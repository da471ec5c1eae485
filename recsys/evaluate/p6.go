package evaluate

import (
	"context"
	"io/fs"
	"slices"

	"parley/recsys"
	"parley/tools/measure"
)

// evaluateP6 scores what else is in the baskets of November and December, by one
// item of each. The blend is chosen on the baskets of October with what was
// bought before; then it is fitted on both and scored once.
func evaluateP6(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	r, err := readRetail(data)
	if err != nil {
		return nil, err
	}
	d := recsys.NewDataset(r.train)
	cases, err := r.beside(d, r.valid)
	if err != nil {
		return nil, err
	}
	models, err := p6Parts(d, r)
	if err != nil {
		return nil, err
	}
	tuned, err := recsys.Tune(ctx, models, cases, recsys.TuneOptions{K: 10})
	if err != nil {
		return nil, err
	}
	d = recsys.NewDataset(slices.Concat(r.train, r.valid))
	if models, err = p6Parts(d, r); err != nil {
		return nil, err
	}
	m, err := blended(models, tuned.Weights)
	if err != nil {
		return nil, err
	}
	if cases, err = r.beside(d, r.test); err != nil {
		return nil, err
	}
	recall, ndcg, err := rank(ctx, m, cases, 10)
	if err != nil {
		return nil, err
	}
	covered, err := covers(ctx, m, cases, len(d.Items))
	if err != nil {
		return nil, err
	}
	return []measure.Figure{
		figure("p6", "recall@10", recall), figure("p6", "ndcg@10", ndcg),
		{Suite: "recsys", Case: "p6", Metric: "coverage", Value: covered, N: len(cases)},
	}, nil
}

// p6Parts is what speaks for an item beside another: shared baskets, damped and
// not, and shared customers, what is written, and what sells now, all of it more
// in season. The options were chosen on October.
func p6Parts(d *recsys.Dataset, r *retail) ([]recsys.Model, error) {
	return inSeason(recsys.SeasonOptions{Power: .5, Shrink: 15},
		recsys.NewBasket(d, recsys.BasketOptions{Damp: .15, Min: 1}),
		recsys.NewBasket(d, recsys.BasketOptions{Damp: -1, Min: 1}),
		recsys.NewItemKNN(d, recsys.ItemKNNOptions{Neighbours: 300, Shrink: 50}),
		recsys.NewContent(d, r.items, recsys.ContentOptions{}),
		recsys.NewPopular(d, recsys.PopularOptions{HalfLife: 14 * day}),
	)
}

// covers gives the share of items that are in any top 20.
func covers(ctx context.Context, m recsys.Recommender, cases []recsys.Case, items int) (float64, error) {
	seen := map[string]bool{}
	for _, c := range cases {
		c.Query.K = 20
		list, err := ranked(ctx, m, c.Query)
		if err != nil {
			return 0, err
		}
		for _, s := range list {
			seen[s.Item] = true
		}
	}
	return float64(len(seen)) / float64(items), nil
}
