package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/recsys"
	"parley/recsys/evaluate"
)

// evalShop are the flags of a comparison on a shop's own events.
type evalShop struct {
	Events    string   `placeholder:"FILE" help:"recsys: compare the models on these events (CSV, TSV or JSON lines, packed or not)."`
	Items     string   `placeholder:"FILE" help:"recsys: what is known of the items (CSV, TSV or JSON lines)."`
	Columns   []string `placeholder:"NAME,..." help:"recsys: the columns of events without a header, for example customer,item,rating,time."`
	Split     string   `placeholder:"time|last|DATE" help:"recsys: score on the newest fifth of the events, the last item of each customer, or what came from a date on."`
	K         int      `default:"10" help:"recsys: places in a list."`
	Again     bool     `help:"recsys: what a customer has already counts as well, as with groceries."`
	Customers string   `placeholder:"FILE" help:"recsys: groups of customers (a column with their ids, others with their groups)."`
	Compare   []string `placeholder:"MODEL,..." help:"recsys: only these models, beside popularity."`
	Card      string   `placeholder:"FILE" help:"recsys: write a model card (Markdown)."`
	Seed      uint64   `default:"42" help:"recsys: of everything that is drawn."`
}

// run reads the files, compares, and writes what is asked for.
func (c *evalShop) run(ctx context.Context, plots string, asJSON bool) error {
	opt := evaluate.Options{K: c.K, Again: c.Again, Models: c.Compare, Seed: c.Seed, Progress: func(what string) { progress("recsys " + what) }}
	switch c.Split {
	case "", "time", "last":
		opt.Split.By = c.Split
	default:
		from, err := time.Parse(time.DateOnly, c.Split)
		if err != nil {
			return fmt.Errorf("--split %q: give time, last, or a date as 2026-01-31", c.Split)
		}
		opt.Split = evaluate.Split{By: "time", From: from}
	}
	events, err := c.readEvents()
	if err != nil {
		return err
	}
	var items recsys.ItemList
	if c.Items != "" {
		f, err := os.Open(c.Items)
		if err != nil {
			return err
		}
		defer f.Close()
		if items, err = recsys.ReadItems(f, c.Items); err != nil {
			return err
		}
		leftOut(c.Items, items.Reading)
	}
	if len(events.Segments) > 0 {
		opt.Groups = append(opt.Groups, evaluate.Group{Name: "segment", Of: events.Segments})
	}
	if c.Customers != "" {
		f, err := os.Open(c.Customers)
		if err != nil {
			return err
		}
		defer f.Close()
		groups, err := evaluate.ReadGroups(f, c.Customers)
		if err != nil {
			return err
		}
		opt.Groups = append(opt.Groups, groups...)
	}
	r, err := evaluate.Compare(ctx, events.Interactions, items.Items, opt)
	if err != nil {
		return fmt.Errorf("compare on %s: %w", c.Events, err)
	}
	var drawn []string
	if plots != "" {
		if drawn, err = r.Plots(plots); err != nil {
			return err
		}
	}
	if c.Card != "" {
		if err := c.writeCard(r, plots, drawn); err != nil {
			return err
		}
	}
	if asJSON {
		enc := json.NewEncoder(os.Stdout)
		for _, f := range r.Figures() {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
		return nil
	}
	return r.WriteText(os.Stdout)
}

// writeCard writes the model card, with the plots shown from where it lies.
func (c *evalShop) writeCard(r *evaluate.Report, plots string, drawn []string) error {
	for n, name := range drawn {
		drawn[n] = filepath.Join(plots, name)
		if rel, err := filepath.Rel(filepath.Dir(c.Card), drawn[n]); err == nil {
			drawn[n] = filepath.ToSlash(rel)
		}
	}
	f, err := os.Create(c.Card)
	if err != nil {
		return err
	}
	if err := r.WriteCard(f, "parley "+strings.Join(os.Args[1:], " "), drawn); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// readEvents reads the events, under the columns that were named, if any.
func (c *evalShop) readEvents() (recsys.Events, error) {
	f, err := os.Open(c.Events)
	if err != nil {
		return recsys.Events{}, err
	}
	defer f.Close()
	var in io.Reader = f
	if len(c.Columns) > 0 {
		if in, err = withHeader(f, c.Columns); err != nil {
			return recsys.Events{}, fmt.Errorf("%s: %w", c.Events, err)
		}
	}
	e, err := recsys.ReadInteractions(in, c.Events)
	if err == nil {
		leftOut(c.Events, e.Reading)
	}
	return e, err
}

// withHeader puts a line of column names before a table, parted as its first
// line is.
func withHeader(in io.Reader, columns []string) (io.Reader, error) {
	b := bufio.NewReader(in)
	if magic, _ := b.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	head, _ := b.Peek(b.Size())
	first, _, _ := strings.Cut(string(head), "\n")
	comma := ","
	for _, c := range []string{"\t", ";"} {
		if strings.Contains(first, c) {
			comma = c
			break
		}
	}
	return io.MultiReader(strings.NewReader(strings.Join(columns, comma)+"\n"), b), nil
}

// leftOut says on stderr which rows were left out.
func leftOut(file string, r recsys.Reading) {
	if r.Left == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %d of %d rows were left out\n", filepath.Base(file), r.Left, r.Rows)
	for _, why := range r.Why[:min(5, len(r.Why))] {
		fmt.Fprintln(os.Stderr, " ", why)
	}
}
