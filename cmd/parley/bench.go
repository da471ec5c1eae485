package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	recommending "parley/recsys/evaluate"
	"parley/tools/catalog"
	"parley/tools/classify/evaluate"
	"parley/tools/measure"
)

type benchCmd struct {
	Suite []string `arg:"" help:"turn, start, search, recommend or classify."`
	Only  []string `help:"Cases, for example builtin."`
	JSON  bool     `help:"One JSON line a figure."`
	startBench
}

// benchSuites are what can be measured for speed, each by the package it is
// about; they need no data.
var benchSuites = map[string]func(ctx context.Context, only []string) ([]measure.Figure, error){
	"turn": benchTurn,
	"classify": func(ctx context.Context, only []string) ([]measure.Figure, error) {
		return evaluate.Bench(ctx, only, progress)
	},
	"recommend": func(ctx context.Context, only []string) ([]measure.Figure, error) {
		return recommending.Bench(ctx, only, progress)
	},
	"search": func(ctx context.Context, only []string) ([]measure.Figure, error) {
		return catalog.BenchSearch(ctx, only, progress)
	},
}

// Run measures the suites and prints a table, or JSON lines.
func (c *benchCmd) Run(ctx context.Context) error {
	suites := maps.Clone(benchSuites)
	suites["start"] = c.startBench.bench
	var all []measure.Figure
	for _, name := range c.Suite {
		suite, ok := suites[name]
		if !ok {
			return fmt.Errorf("no suite is called %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
		}
		figures, err := suite(ctx, c.Only)
		if err != nil {
			return err
		}
		all = append(all, figures...)
	}
	return printFigures(all, c.JSON)
}
