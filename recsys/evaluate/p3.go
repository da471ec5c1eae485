package evaluate

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// evaluateP3 scores amazon-beauty "strict": what a customer reviews next. The
// models learn from all but the last two items of each customer, their blend is
// tuned on the last but one, which then is only folded in. Their options were
// chosen one step earlier: fitted on all but three, asked for the last but one.
func evaluateP3(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	rows, err := readRows(data, "recsys/amazon-beauty/Beauty.txt.gz", 1)
	if err != nil {
		return nil, err
	}
	items, err := readAttributes(data, "recsys/amazon-beauty/Beauty_item2attributes.json.gz")
	if err != nil {
		return nil, err
	}
	m, err := p3Fit(ctx, rows, items)
	if err != nil {
		return nil, err
	}
	recall, ndcg, err := rank(ctx, topOf{m}, nextCases(rows, 2, 1), 10)
	if err != nil {
		return nil, err
	}
	return []measure.Figure{figure("p3", "recall@10", recall), figure("p3", "ndcg@10", ndcg)}, nil
}

// p3Fit fits on all but the last two items of each row and blends on the last
// but one.
func p3Fit(ctx context.Context, rows []row, items []recsys.Item) (recsys.Model, error) {
	var in []recsys.Interaction
	for _, r := range rows {
		in = append(in, past(r.customer, r.items[:max(0, len(r.items)-2)], 0)...)
	}
	ids := make([]string, len(items))
	for n, it := range items {
		ids[n] = it.ID
	}
	d := recsys.NewDataset(in, ids...)
	content := recsys.NewContent(d, items, recsys.ContentOptions{Words: -1, Grams: -1, Text: -1, Neighbours: -1})
	next, err := recsys.NewTransitions(d, recsys.TransitionsOptions{Content: content})
	if err != nil {
		return nil, err
	}
	sequence, err := recsys.NewSequence(ctx, d, recsys.SequenceOptions{Content: content, Seed: 42})
	if err != nil {
		return nil, err
	}
	models := []recsys.Model{next, sequence}
	tuned, err := recsys.Tune(ctx, models, nextCases(rows, 2, 2), recsys.TuneOptions{K: 10, Keep: 50})
	if err != nil {
		return nil, err
	}
	var parts []recsys.Part
	for n, m := range models {
		parts = append(parts, recsys.Part{Model: m, Weight: tuned.Weights[n]})
	}
	return recsys.NewHybrid(recsys.ScaleQuery, parts...)
}

// topOf ranks without looking for reasons.
type topOf struct{ recsys.Model }

func (m topOf) Recommend(ctx context.Context, q recsys.Query) ([]recsys.Scored, error) {
	return recsys.Top(ctx, m.Model, q)
}

// row is what a customer took, oldest first, each item once.
type row struct {
	customer string
	items    []string
}

// nextCases asks for the item after all but the last skip of each row. What
// comes after the first of them that were learned from, all but held, is
// folded in; all that was taken is excluded.
func nextCases(rows []row, held, skip int) []recsys.Case {
	var out []recsys.Case
	for _, r := range rows {
		learned, asked := max(0, len(r.items)-held), len(r.items)-skip
		if asked < 1 {
			continue
		}
		out = append(out, recsys.Case{
			Query:    recsys.Query{Customer: r.customer, Past: past(r.customer, r.items[min(learned, asked):asked], learned), Exclude: r.items[:asked]},
			Relevant: r.items[asked : asked+1],
		})
	}
	return out
}

// past gives interactions at the places of a row, from a place on, for times.
func past(customer string, items []string, from int) []recsys.Interaction {
	out := make([]recsys.Interaction, len(items))
	for k, item := range items {
		out[k] = recsys.Interaction{Customer: customer, Item: item, At: time.Unix(int64(from+k+1), 0)}
	}
	return out
}

// readRows reads lines of a customer and her items, least of them or more, apart
// by spaces.
func readRows(data fs.FS, name string, least int) ([]row, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []row
	s := bufio.NewScanner(z)
	s.Buffer(nil, 1<<22)
	for line := 1; s.Scan(); line++ {
		fields := strings.Fields(s.Text())
		if len(fields) < 1+least {
			return nil, fmt.Errorf("%s:%d: want a customer and items apart by spaces", name, line)
		}
		out = append(out, row{fields[0], fields[1:]})
	}
	return out, s.Err()
}

// readAttributes reads a JSON object from item to numbers of attributes.
func readAttributes(data fs.FS, name string) ([]recsys.Item, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var of map[string][]int
	if err := json.NewDecoder(z).Decode(&of); err != nil {
		return nil, fmt.Errorf("%s: want an object of lists of numbers: %w", name, err)
	}
	var out []recsys.Item
	for id, list := range of {
		it := recsys.Item{ID: id, Attributes: map[string][]string{}}
		for _, a := range list {
			it.Attributes["attribute"] = append(it.Attributes["attribute"], strconv.Itoa(a))
		}
		out = append(out, it)
	}
	return out, nil
}
