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
	"parley/recsys/evaluate"
	"parley/tools/catalog"
	"parley/tools/measure"
)

type evalCmd struct {
	Suite []string `arg:"" help:"agent, recsys, language, search or memory."`
	Data  string   `env:"PARLEY_DATA" default:"${evaldata}" help:"Folder of evaluation sets."`
	Only  []string `help:"Cases, for example p2."`
	Plots string   `placeholder:"DIR" help:"Write plots (SVG) into this folder: language draws confusion and calibration, recsys with --events what it compared."`
	Model string   `placeholder:"NAME" help:"agent: the model to score, for cases that ask one."`
	File  string   `placeholder:"FILE" help:"agent: score tool_choice on these messages instead of the project's own."`
	JSON  bool     `help:"One JSON line a figure."`
	Shop  evalShop `embed:""`
}

// evalData is where the sets lie beside a checkout.
const evalData = "../shared/data"

// AfterApply lets an empty name, as of a PARLEY_DATA that is set to nothing,
// mean the usual folder.
func (c *evalCmd) AfterApply() error {
	if c.Data == "" {
		c.Data = evalData
	}
	return nil
}

// evalSuites are what can be evaluated, each by the package it is about.
var evalSuites = map[string]func(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, []measure.Skip, error){
	"recsys": func(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, []measure.Skip, error) {
		return evaluate.Evaluate(ctx, data, c.Only, progress)
	},
	"agent":    evalAgent,
	"language": evalLanguage,
	"memory": func(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, []measure.Skip, error) {
		figures, err := memory.Evaluate(ctx, data, c.Only)
		return figures, nil, err
	},
	"search": func(ctx context.Context, data fs.FS, c *evalCmd) ([]measure.Figure, []measure.Skip, error) {
		figures, err := catalog.EvaluateSearch(data, c.Only)
		return figures, nil, err
	},
}

func progress(what string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintln(os.Stderr, what, "...")
	}
}

// Run scores the suites and prints a table, or JSON lines.
func (c *evalCmd) Run(ctx context.Context) error {
	if c.Shop.Events != "" {
		if len(c.Suite) != 1 || c.Suite[0] != "recsys" {
			return errors.New("--events is of the suite recsys alone: parley eval recsys --events FILE")
		}
		return c.Shop.run(ctx, c.Plots, c.JSON)
	}
	data := os.DirFS(c.Data)
	var all []measure.Figure
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
		figures, skipped, err := suite(ctx, data, c)
		if errors.Is(err, fs.ErrNotExist) {
			skipped, err = append(skipped, measure.Skip{Case: "all", Reason: err.Error()}), nil
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

func printFigures(all []measure.Figure, asJSON bool) error {
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
			interval = decimals(f.Low) + "-" + decimals(f.High)
		}
		key := f.Suite + " " + f.Case + " " + f.Metric
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", f.Case, f.Metric, decimals(f.Value), interval, f.N, beside[key])
	}
	return w.Flush()
}

// decimals shows shares to four places, and percent, counts and times to two.
func decimals(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}
