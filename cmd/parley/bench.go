package main

import (
	"context"
	"errors"
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
	Suite []string `arg:"" help:"turn, start, recall, search, recommend, classify or crash."`
	Only  []string `help:"Cases, for example builtin."`
	JSON  bool     `help:"One JSON line a figure."`
	startBench
	crashFlags
}

// benchSuites are what can be measured for speed, each by the package it is
// about; they need no data.
var benchSuites = map[string]func(ctx context.Context, only []string) ([]measure.Figure, error){
	"turn":   benchTurn,
	"recall": benchRecall,
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

// Run measures the suites and prints a table, or JSON lines. A suite that finds
// a promise broken fails beside its figures.
func (c *benchCmd) Run(ctx context.Context) error {
	suites := maps.Clone(benchSuites)
	suites["start"] = c.startBench.bench
	suites["crash"] = c.benchCrash
	var all []measure.Figure
	var broken error
	for _, name := range c.Suite {
		suite, ok := suites[name]
		if !ok {
			return fmt.Errorf("no suite is called %q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(suites)), ", "))
		}
		figures, err := suite(ctx, c.Only)
		if err != nil && len(figures) == 0 {
			return err
		}
		broken = errors.Join(broken, err)
		all = append(all, figures...)
	}
	return errors.Join(broken, printFigures(all, c.JSON))
}
