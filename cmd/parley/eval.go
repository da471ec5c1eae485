package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"parley/memory"
	"parley/recsys"
	"parley/tools/catalog"
)

type evalCmd struct {
	Suite []string `arg:"" help:"recsys, search or memory."`
	Data  string   `env:"PARLEY_DATA" default:"../shared/data" help:"Folder of evaluation sets."`
	Only  []string `help:"Cases, for example p2."`
	JSON  bool     `help:"One JSON line a figure."`
}

// A figure is one measured number, as all suites print it.
type figure struct {
	Suite  string  `json:"suite"`
	Case   string  `json:"case"`
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	N      int     `json:"n"`
}

// suites are what can be evaluated, each by the package it is about.
var evalSuites = map[string]func(ctx context.Context, data fs.FS, only []string) ([]figure, []string, error){
	"recsys": func(ctx context.Context, data fs.FS, only []string) ([]figure, []string, error) {
		fs, skips, err := recsys.Evaluate(ctx, data, only, progress)
		var missing []string
		for _, s := range skips {
			missing = append(missing, s.Case+": "+s.Reason)
		}
		return convert(fs, func(f recsys.Figure) figure { return figure(f) }), missing, err
	},
	"memory": func(ctx context.Context, data fs.FS, only []string) ([]figure, []string, error) {
		fs, err := memory.Evaluate(ctx, data, only)
		return convert(fs, func(f memory.Figure) figure { return figure(f) }), nil, err
	},
	"search": func(ctx context.Context, data fs.FS, only []string) ([]figure, []string, error) {
		fs, err := catalog.EvaluateSearch(data, only)
		return convert(fs, func(f catalog.Figure) figure { return figure(f) }), nil, err
	},
}

func convert[F, T any](list []F, to func(F) T) []T {
	out := make([]T, len(list))
	for i, f := range list {
		out[i] = to(f)
	}
	return out
}

func progress(what string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintln(os.Stderr, what, "...")
	}
}

// beside are public figures and goals, printed next to ours.
var beside = map[string]string{
	"recsys p2 recall@20":     "gorse best of 15 .383 · goal .405",
	"recsys p2 ndcg@20":       "gorse best of 15 .372 · goal .395",
	"recsys p2 train_s":       "gorse 3.8 · goal < 1",
	"memory locomo recall@10": "BM25 .630, bge-m3 .668 · goal .80",
	"memory locomo mrr":       "BM25 .478 · goal .58",
	"memory locomo p50_ms":    "goal < 2",
	"search luma ndcg@10":     "BM25 .51 · goal .95",
	"search 10k p95_ms":       "goal < 10",
	"search 100k p95_ms":      "goal < 60",
	"search import import_s":  "goal < 60",
	"search luma nohit":       "goal .9",
}

// Run scores the suites and prints a table, or JSON lines.
func (c *evalCmd) Run(ctx context.Context) error {
	data := os.DirFS(c.Data)
	var all []figure
	failed := false
	for _, name := range c.Suite {
		suite, ok := evalSuites[name]
		if !ok {
			var known []string
			for k := range evalSuites {
				known = append(known, k)
			}
			slices.Sort(known)
			return fmt.Errorf("no suite is called %q; there are: %s", name, strings.Join(known, ", "))
		}
		figures, skipped, err := suite(ctx, data, c.Only)
		if errors.Is(err, fs.ErrNotExist) {
			skipped, err = append(skipped, err.Error()), nil
		}
		for _, s := range skipped {
			fmt.Fprintf(os.Stderr, "skipped: %s %s (put the set into %s, or name its folder with --data)\n", name, s, c.Data)
			failed = true
		}
		if err != nil {
			return err
		}
		all = append(all, figures...)
	}
	if err := printFigures(all, c.JSON); err != nil {
		return err
	}
	if failed {
		return errQuiet(1)
	}
	return nil
}

func printFigures(all []figure, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		for _, f := range all {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "case\tmetric\tvalue\t95%\tn\tbeside")
	for _, f := range all {
		interval := ""
		if f.Low != 0 || f.High != 0 {
			interval = fmt.Sprintf("%.4f-%.4f", f.Low, f.High)
		}
		key := f.Suite + " " + f.Case + " " + f.Metric
		fmt.Fprintf(w, "%s\t%s\t%.4f\t%s\t%d\t%s\n", f.Case, f.Metric, f.Value, interval, f.N, beside[key])
	}
	return w.Flush()
}
