package catalog

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"parley/tools/measure"
)

// EvaluateSearch scores the graded queries of catalog/luma: ndcg@10 with linear
// gain over the queries that have something relevant, and nohit, the share of
// the others that are answered with nothing.
func EvaluateSearch(data fs.FS, only []string) ([]measure.Figure, error) {
	if len(only) > 0 && !slices.Contains(only, "luma") {
		return nil, nil
	}
	dir, err := fs.Sub(data, "catalog/luma")
	if err != nil {
		return nil, err
	}
	f, err := dir.Open("queries.jsonl")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	shop, _, err := LoadDir(dir, LoadOptions{Name: "Luma"})
	if err != nil {
		return nil, err
	}
	c, err := New(shop, Options{})
	if err != nil {
		return nil, err
	}
	var ndcg, nohit []float64
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var q struct {
			Query    string
			Relevant map[string]float64
		}
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			return nil, fmt.Errorf("catalog/luma/queries.jsonl:%d: %w", n, err)
		}
		r, err := c.Search(context.Background(), Query{Text: q.Query, Limit: 10})
		if err != nil {
			return nil, err
		}
		if len(q.Relevant) == 0 {
			v := 0.0
			if len(r.Hits) == 0 {
				v = 1
			}
			nohit = append(nohit, v)
			continue
		}
		ndcg = append(ndcg, gain(r.Hits, q.Relevant))
	}
	return []measure.Figure{mean("ndcg@10", ndcg), mean("nohit", nohit)}, in.Err()
}

func gain(hits []Hit, relevant map[string]float64) float64 {
	var got, best float64
	for i, h := range hits {
		got += relevant[h.Product.ID] / math.Log2(float64(i)+2)
	}
	var ideal []float64
	for _, g := range relevant {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return int(b - a) })
	for i, g := range ideal[:min(10, len(ideal))] {
		best += g / math.Log2(float64(i)+2)
	}
	return got / best
}

func mean(metric string, xs []float64) measure.Figure {
	n := float64(len(xs))
	var sum, sq float64
	for _, x := range xs {
		sum, sq = sum+x, sq+x*x
	}
	m := sum / n
	half := 1.96 * math.Sqrt(max(0, sq/n-m*m)/n)
	return measure.Figure{Suite: "search", Case: "luma", Metric: metric, Value: m, Low: m - half, High: min(1, m+half), N: len(xs)}
}
