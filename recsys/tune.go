package recsys

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// A Case is one question with its answer, to tune or to evaluate on.
type Case struct {
	Query    Query
	Relevant []string
}

// A Tuned is a blend found on validation cases.
type Tuned struct {
	Weights []float64 // of each model, in the order given; they sum to 1
	NDCG    float64   // of the blend on the cases, at k
	Alone   []float64 // of each model by itself
}

// TuneOptions bound the search for a blend.
type TuneOptions struct {
	K      int // cut-off of NDCG; 0 means 20
	Keep   int // best items of each model that are looked at for a case; 0 means 200
	Rounds int // of coordinate ascent; 0 means 4

	Scaling Scaling // the one that the blend will be used with
}

// Tune looks for the weights of a blend by coordinate ascent on the NDCG of
// validation cases. The cases must not be those that the blend is then reported
// on.
func Tune(ctx context.Context, models []Model, cases []Case, opt TuneOptions) (Tuned, error) {
	if len(models) == 0 || len(cases) == 0 {
		return Tuned{}, fmt.Errorf("recsys: tune needs models and cases; there are %d and %d", len(models), len(cases))
	}
	k, keep, rounds := opt.K, opt.Keep, opt.Rounds
	if k == 0 {
		k = 20
	}
	if keep == 0 {
		keep = 200
	}
	if rounds == 0 {
		rounds = 4
	}
	s := &tuning{k: k, cases: make([]tuneCase, len(cases))}
	var scales []float64
	if opt.Scaling == ScaleFixed {
		scales = make([]float64, len(models))
		for n, m := range models {
			scales[n] = meanHighest(m)
		}
	}
	Each(len(cases), func(n int) { s.cases[n] = pool(models, cases[n], keep, scales) })
	best := make([]float64, len(models))
	alone := make([]float64, len(models))
	score := -1.0
	for n := range models { // begin with the best model alone
		w := make([]float64, len(models))
		w[n] = 1
		if alone[n] = s.ndcg(w); alone[n] > score {
			best, score = w, alone[n]
		}
	}
	for step := .5; rounds > 0; rounds, step = rounds-1, step/2 {
		for n := range models {
			if err := ctx.Err(); err != nil {
				return Tuned{}, err
			}
			for _, move := range []float64{-2 * step, -step, step, 2 * step} {
				w := slices.Clone(best)
				if w[n] = max(0, w[n]+move); w[n] == best[n] {
					continue
				}
				if x := s.ndcg(w); x > score+1e-9 {
					best, score = w, x
				}
			}
		}
	}
	sum := 0.0
	for _, w := range best {
		sum += w
	}
	for n := range best {
		best[n] /= sum
	}
	return Tuned{Weights: best, NDCG: score, Alone: alone}, nil
}

type tuning struct {
	k     int
	cases []tuneCase
}

// tuneCase is the pool of a case: the items that any model ranks high, with
// every model's scaled score of each, items in order of id.
type tuneCase struct {
	scores   [][]float64 // by item of the pool, then model
	relevant []bool
	n        int // relevant at all, in the pool or not
}

func pool(models []Model, c Case, keep int, scales []float64) tuneCase {
	d := models[0].Data()
	h := d.History(c.Query)
	q := c.Query
	q.K = keep
	in := map[int32]bool{}
	all := make([][]float64, len(models))
	for n, m := range models {
		out := make([]float64, len(d.Items))
		m.Score(h, out)
		for _, x := range d.top(out, q) {
			in[d.itemAt[x.Item]] = true
		}
		scale := highest(out)
		if scales != nil {
			scale = scales[n]
		}
		if scale > 0 {
			for i := range out {
				out[i] /= scale
			}
		}
		all[n] = out
	}
	items := make([]int32, 0, len(in))
	for i := range in {
		items = append(items, i)
	}
	slices.Sort(items)
	t := tuneCase{n: len(c.Relevant)}
	for _, i := range items {
		row := make([]float64, len(models))
		for n := range models {
			row[n] = all[n][i]
		}
		t.scores = append(t.scores, row)
		t.relevant = append(t.relevant, slices.Contains(c.Relevant, d.Items[i]))
	}
	return t
}

// ndcg is the mean over the cases under weights.
func (s *tuning) ndcg(w []float64) float64 {
	got := make([]float64, len(s.cases))
	Each(len(s.cases), func(n int) {
		c := &s.cases[n]
		blend := make([]float64, len(c.scores))
		order := make([]int, len(c.scores))
		for i, row := range c.scores {
			order[i] = i
			for m, x := range row {
				blend[i] += w[m] * x
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			switch {
			case blend[a] > blend[b]:
				return -1
			case blend[a] < blend[b]:
				return 1
			}
			return a - b
		})
		gain, ideal := 0.0, 0.0
		for r, i := range order[:min(s.k, len(order))] {
			if c.relevant[i] {
				gain += 1 / math.Log2(float64(r)+2)
			}
		}
		for r := range min(s.k, c.n) {
			ideal += 1 / math.Log2(float64(r)+2)
		}
		if ideal > 0 {
			got[n] = gain / ideal
		}
	})
	sum := 0.0
	for _, x := range got {
		sum += x
	}
	return sum / float64(len(got))
}
