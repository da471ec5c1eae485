package main

import (
	"context"
	"io/fs"

	"parley/tools/classify/evaluate"
	"parley/tools/sentiment"
)

// evalLanguage scores the classifier's engine, trained on each set by its own
// protocol, and the shipped model of feelings and needs, which learned from none.
func evalLanguage(ctx context.Context, data fs.FS, c *evalCmd) ([]figure, []string, error) {
	figures, skips, err := evaluate.Language(ctx, data, evaluate.Options{Only: c.Only, Plots: c.Plots, Progress: progress})
	all := convert(figures, func(f evaluate.Figure) figure { return figure(f) })
	missing := convert(skips, func(s evaluate.Skip) string { return s.Case + ": " + s.Reason })
	if err != nil {
		return all, missing, err
	}
	shipped, err := sentiment.New()
	if err != nil {
		return all, missing, err
	}
	more, left, err := shipped.Evaluate(ctx, data, c.Only, func(what string) { progress("language " + what) })
	all = append(all, convert(more, func(f sentiment.Figure) figure { return figure(f) })...)
	return all, append(missing, convert(left, func(s sentiment.Skip) string { return s.Case + ": " + s.Reason })...), err
}
