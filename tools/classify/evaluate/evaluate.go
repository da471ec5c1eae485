// Package evaluate scores the classifier on the public sets of the field: each
// trains an engine by that set's own protocol and asks it about texts that it
// has not seen. It never ships what it trains, and never chooses anything by a
// named test. Start with [Language]; README.md of tools/classify has the table.
package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"parley/tools/classify"
	"parley/tools/measure"
)

// Options say what to score. The zero value scores everything.
type Options struct {
	Only     []string     // cases; none means all
	Plots    string       // folder for confusion matrices and reliability plots; "" writes none
	Progress func(string) // told what comes next; may be nil
}

// The engine's options, chosen by cross-validation in training files and on dev
// files: one for every set of intents, English and Chinese, one for every set of
// opinions, and one for what learns from the phrases of SST as well, which are
// many and short.
var (
	intents  = classify.Options{Vectors: 1, Seed: 1}
	opinions = classify.Options{Words: 3, Han: 3, Vectors: .5, Ratio: .5, Cost: .3, Seed: 1}
	phrased  = classify.Options{Words: 3, Han: 3, Vectors: .5, Ratio: 1, Cost: .03, Seed: 1}
)

// run is one case being scored.
type run struct {
	ctx     context.Context
	data    fs.FS
	name    string
	plots   string
	figures []measure.Figure
	skips   []measure.Skip
}

var cases = []struct {
	name  string
	score func(*run) error
}{
	{"curekart", hint3}, {"powerplay11", hint3}, {"sofmattress", hint3},
	{"few_shot", fewShot}, {"clinc150", clinc}, {"banking77", banking}, {"smp2017", smp},
	{"sst2", sst2}, {"airline", airline}, {"uci", uci},
	{"vader_tweets", vader}, {"vader_amazon", vader},
	{"chnsenticorp", chnsenticorp}, {"waimai", waimai}, {"shopping10", shopping10},
	{"bitext_need", bitext}, {"latency", latency},
}

// Language scores the cases on the files under data, laid out as the sets are.
// A case whose files are not there is skipped. Where only the test's file is
// absent, what training files alone tell is given under a name of its own, with
// _dev or _cv behind the metric.
func Language(ctx context.Context, data fs.FS, o Options) ([]measure.Figure, []measure.Skip, error) {
	var figures []measure.Figure
	var skips []measure.Skip
	for _, c := range cases {
		if len(o.Only) > 0 && !slices.Contains(o.Only, c.name) {
			continue
		}
		if o.Progress != nil {
			o.Progress("language " + c.name)
		}
		r := &run{ctx: ctx, data: data, name: c.name, plots: o.Plots}
		err := c.score(r)
		figures, skips = append(figures, r.figures...), append(skips, r.skips...)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			skips = append(skips, measure.Skip{Case: c.name, Reason: err.Error()})
		case err != nil:
			return figures, skips, fmt.Errorf("evaluate language %s: %w", c.name, err)
		}
	}
	return figures, skips, nil
}

// test reads the file of a test; when there is none, it notes that and gives nil.
func (r *run) test(name, label, text string) ([]classify.Example, error) {
	list, err := labelled(r.data, name, label, text)
	if errors.Is(err, fs.ErrNotExist) {
		r.skips = append(r.skips, measure.Skip{Case: r.name, Reason: err.Error()})
		return nil, nil
	}
	return list, err
}

func (r *run) add(metric string, value, low, high float64, n int) {
	r.figures = append(r.figures, measure.Figure{Suite: "language", Case: r.name, Metric: metric, Value: value, Low: low, High: high, N: n})
}

// measure adds a metric of answers in percent, with its interval.
func (r *run) measure(metric string, a []answer, of func([]answer) float64) {
	low, high := interval(a, of)
	r.add(metric, 100*of(a), 100*low, 100*high, len(a))
}

// train learns by o from examples and asks about each test.
func (r *run) train(list, test []classify.Example, o classify.Options) ([]answer, *classify.Model, error) {
	m, err := classify.Train(r.ctx, list, o)
	if err != nil {
		return nil, nil, err
	}
	return ask(m, test), m, nil
}

// folds asks about every example a model trained without its fold; how many
// folds are held out in turn may be fewer than there are.
func (r *run) folds(list []classify.Example, folds, held int, o classify.Options) ([]answer, error) {
	var all []answer
	for h := range held {
		var in, out []classify.Example
		for i, e := range deal(list, int64(folds)) {
			if e == h {
				out = append(out, list[i])
			} else {
				in = append(in, list[i])
			}
		}
		a, _, err := r.train(in, out, o)
		if err != nil {
			return nil, err
		}
		all = append(all, a...)
	}
	return all, nil
}
