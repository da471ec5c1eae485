package evaluate

import (
	"context"
	"io/fs"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// evaluateP2 scores ml-100k ua: every rating is a positive, base items are
// excluded, every item met in base is a candidate.
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
	for n := range base {
		base[n].Value = 1
	}
	d := recsys.NewDataset(base)
	start := time.Now()
	m, err := recsys.NewEASE(d, recsys.EASEOptions{})
	if err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	recall, ndcg, err := rank(ctx, m, unseen(d, test), 20)
	if err != nil {
		return nil, err
	}
	figures := []measure.Figure{
		figure("p2", "recall@20", recall), figure("p2", "ndcg@20", ndcg),
		{Suite: "recsys", Case: "p2", Metric: "train_s", Value: took, N: 1},
	}
	return figures, nil
}
