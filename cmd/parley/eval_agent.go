package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"parley/channels/script"
	"parley/tools/measure"
)

// An agentCase scores one thing that the agent must be trusted with.
type agentCase struct {
	name  string
	score func(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, error)
}

// agentCases stand in the order they are scored in; each has a file of its own
// or the package it is about.
var agentCases = []agentCase{
	{"attacks", evalAttacks},
	{"retail_replay", evalReplay},
	{"retail_contract", evalContract},
	{"bfcl_schemas", evalSchemas},
	{"redaction", evalRedaction},
	{"cascade", evalCascade},
	{"scripts", evalScripts},
	{"tool_choice", evalToolChoice},
}

// evalAgent scores the cases asked for, all by default. A set that is not there
// is skipped with its name.
func evalAgent(ctx context.Context, data fs.FS, c *evalCmd) (all []measure.Figure, skips []measure.Skip, err error) {
	for _, a := range agentCases {
		if len(c.Only) > 0 && !slices.Contains(c.Only, a.name) {
			continue
		}
		progress(a.name)
		figures, err := a.score(ctx, data, c)
		if errors.Is(err, fs.ErrNotExist) {
			skips = append(skips, measure.Skip{Case: a.name, Reason: err.Error()})
			continue
		}
		if err != nil {
			return all, skips, fmt.Errorf("%s: %w", a.name, err)
		}
		for _, f := range figures {
			f.Suite, f.Case = "agent", a.name
			all = append(all, f)
		}
	}
	return all, skips, nil
}

// scriptFolders are where the project's own scripts lie, from its root.
var scriptFolders = []string{"testdata/scripts", "testdata/corner"}

// evalScripts plays the project's scripts with the models they name.
func evalScripts(ctx context.Context, _ fs.FS, _ *evalCmd) ([]measure.Figure, error) {
	var played, passed int
	for _, dir := range scriptFolders {
		list, base, err := loadScripts(dir)
		if err != nil {
			return nil, err
		}
		w := &worlds{base: base, log: slog.New(slog.DiscardHandler)}
		r, err := script.PlayAll(ctx, list, script.Config{Open: w.open}, func(*script.Result) {})
		if err != nil {
			return nil, err
		}
		played, passed = played+len(r.Results), passed+r.Passed()
	}
	return []measure.Figure{{Metric: "passed", Value: float64(passed) / float64(played), N: played}}, nil
}
