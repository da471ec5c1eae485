package evaluate

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// evaluateP2 scores ml-100k ua: every rating is a positive, base items are
// excluded, every item met in base is a candidate. The model is a blend of EASE
// and ALS: its weights are chosen on ten ratings of each customer held out of
// base, then both are fitted on all of base. The time counts the fits, not the
// choice.
func evaluateP2(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	test, err := readRatings(data, "recsys/ml-100k/ua.test.gz")
	if err != nil {
		return nil, err
	}
	all, err := readRatings(data, "recsys/ml-100k/u.data.gz")
	if err != nil {
		return nil, err
	}
	base := without(all, test)
	rest, held := holdOut(base, 10)
	d := recsys.NewDataset(rest)
	models, err := fitP2(d)
	if err != nil {
		return nil, err
	}
	tuned, err := recsys.Tune(ctx, models, unseen(d, held), recsys.TuneOptions{})
	if err != nil {
		return nil, err
	}
	d = recsys.NewDataset(base)
	start := time.Now()
	if models, err = fitP2(d); err != nil {
		return nil, err
	}
	parts := make([]recsys.Part, len(models))
	for n := range parts {
		parts[n] = recsys.Part{Model: models[n], Weight: tuned.Weights[n]}
	}
	blend, err := recsys.NewHybrid(recsys.ScaleQuery, parts...)
	if err != nil {
		return nil, err
	}
	m, err := recsys.NewReleased(blend, recsys.ReleasedOptions{})
	if err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	recall, ndcg, err := rank(ctx, m, askedAtNewest(base, unseen(d, test)), 20)
	if err != nil {
		return nil, err
	}
	figures := []measure.Figure{
		figure("p2", "recall@20", recall), figure("p2", "ndcg@20", ndcg),
		{Suite: "recsys", Case: "p2", Metric: "train_s", Value: took, N: 1},
	}
	return figures, nil
}

// fitP2 fits the parts of the blend. Their settings are the best of a grid on
// three draws of ratings held out of base.
func fitP2(d *recsys.Dataset) ([]recsys.Model, error) {
	ease, err := recsys.NewEASE(d, recsys.EASEOptions{Lambda: 400, Near: 10 * time.Minute, Far: .4})
	if err != nil {
		return nil, err
	}
	als, err := recsys.NewALS(d, recsys.ALSOptions{Factors: 24, Lambda: 25, Alpha: 2, Sweeps: 6})
	if err != nil {
		return nil, err
	}
	return []recsys.Model{ease, als}, nil
}

// askedAtNewest asks every customer at the time of her newest interaction.
func askedAtNewest(in []recsys.Interaction, cases []recsys.Case) []recsys.Case {
	newest := map[string]time.Time{}
	for _, x := range in {
		if x.At.After(newest[x.Customer]) {
			newest[x.Customer] = x.At
		}
	}
	for n := range cases {
		cases[n].Query.Now = newest[cases[n].Query.Customer]
	}
	return cases
}

// holdOut takes n ratings of every customer away, at most half of hers.
func holdOut(in []recsys.Interaction, n int) (rest, held []recsys.Interaction) {
	r := rand.New(rand.NewPCG(42, 0))
	count, taken := map[string]int{}, map[string]int{}
	for _, x := range in {
		count[x.Customer]++
	}
	for _, k := range r.Perm(len(in)) {
		x := in[k]
		if taken[x.Customer] < min(n, count[x.Customer]/2) {
			taken[x.Customer]++
			held = append(held, x)
		} else {
			rest = append(rest, x)
		}
	}
	return rest, held
}
