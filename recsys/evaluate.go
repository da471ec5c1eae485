package recsys

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

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
	}{{"p2", evaluateP2}}
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
	held := map[[2]string]bool{}
	relevant := map[string]map[string]bool{}
	for _, x := range test {
		held[[2]string{x.Customer, x.Item}] = true
		if relevant[x.Customer] == nil {
			relevant[x.Customer] = map[string]bool{}
		}
		relevant[x.Customer][x.Item] = true
	}
	var base []Interaction
	for _, x := range all {
		if !held[[2]string{x.Customer, x.Item}] {
			x.Value = 1
			base = append(base, x)
		}
	}
	d := NewDataset(base)
	start := time.Now()
	m, err := NewEASE(d, EASEOptions{})
	if err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	recall, ndcg, err := rank(ctx, d, m, relevant, 20)
	if err != nil {
		return nil, err
	}
	figures := []measure.Figure{
		figure("p2", "recall@20", recall), figure("p2", "ndcg@20", ndcg),
		{Suite: "recsys", Case: "p2", Metric: "train_s", Value: took, N: 1},
	}
	return figures, nil
}

// rank scores the top k of a recommender for every customer with something
// relevant: recall is the share of the relevant found, NDCG is binary.
func rank(ctx context.Context, d *Dataset, m Recommender, relevant map[string]map[string]bool, k int) (recall, ndcg []float64, err error) {
	users := make([]string, 0, len(relevant))
	for _, u := range d.Customers {
		if len(relevant[u]) > 0 {
			users = append(users, u)
		}
	}
	recall, ndcg = make([]float64, len(users)), make([]float64, len(users))
	errs := make([]error, len(users))
	each(len(users), func(n int) {
		u := users[n]
		got, e := m.Recommend(ctx, Query{Customer: u, Exclude: d.Owned(u), K: k})
		if e != nil {
			errs[n] = e
			return
		}
		var hits, gain, ideal float64
		for r, s := range got {
			if relevant[u][s.Item] {
				hits++
				gain += 1 / math.Log2(float64(r)+2)
			}
		}
		for r := range min(k, len(relevant[u])) {
			ideal += 1 / math.Log2(float64(r)+2)
		}
		recall[n], ndcg[n] = hits/float64(len(relevant[u])), gain/ideal
	})
	for _, e := range errs {
		if e != nil {
			return nil, nil, e
		}
	}
	return recall, ndcg, nil
}

// figure gives the mean with its 95% interval by the normal approximation.
func figure(name, metric string, xs []float64) measure.Figure {
	n := float64(len(xs))
	var sum, sq float64
	for _, x := range xs {
		sum += x
		sq += x * x
	}
	mean := sum / n
	half := 1.96 * math.Sqrt(max(0, sq/n-mean*mean)/n)
	return measure.Figure{Suite: "recsys", Case: name, Metric: metric, Value: mean, Low: mean - half, High: mean + half, N: len(xs)}
}

// readRatings reads lines of customer, item, rating and unix time, apart by tabs.
func readRatings(data fs.FS, name string) ([]Interaction, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []Interaction
	s := bufio.NewScanner(z)
	for line := 1; s.Scan(); line++ {
		fields := strings.Split(s.Text(), "\t")
		if len(fields) < 4 {
			return nil, fmt.Errorf("%s:%d: want four fields apart by tabs", name, line)
		}
		v, err1 := strconv.ParseFloat(fields[2], 64)
		at, err2 := strconv.ParseInt(fields[3], 10, 64)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%s:%d: rating and time must be numbers", name, line)
		}
		out = append(out, Interaction{Customer: fields[0], Item: fields[1], Value: v, At: time.Unix(at, 0)})
	}
	return out, s.Err()
}
