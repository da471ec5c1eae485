package main

import (
	"context"
	"io/fs"

	"parley/tools/classify/evaluate"
	"parley/tools/measure"
	"parley/tools/sentiment"
)

// evalLanguage scores the classifier's engine, trained on each set by its own
// protocol, and the shipped model of feelings and needs, which learned from none.
func evalLanguage(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, []measure.Skip, error) {
	figures, skips, err := evaluate.Language(ctx, data, evaluate.Options{Only: c.Only, Plots: c.Plots, Progress: progress})
	if err != nil {
		return figures, skips, err
	}
	shipped, err := sentiment.New()
	if err != nil {
		return figures, skips, err
	}
	more, left, err := shipped.Evaluate(ctx, data, c.Only, func(what string) { progress("language " + what) })
	return append(figures, more...), append(skips, left...), err
}
