package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"parley/tools/catalog"
)

type importCmd struct {
	Feed string `arg:"" type:"path" help:"Google Merchant feed (XML or TSV), Shopify CSV, our JSONL, or a shop's folder."`
	Out  string `default:"shop" placeholder:"DIR" help:"Shop folder to write products.jsonl to; serve it with --shop DIR."`
	Dry  bool   `help:"Only report, write nothing."`
	// A feed that was cut off on its way looks like one that sells less.
	Force bool `help:"Write it although the file breaks off, or more than half of the products would go."`
	JSON  bool `help:"The report as JSON."`
}

// Run reads a feed, writes what is sound to a shop folder, and reports every
// row it had to leave out. The same file twice changes nothing.
func (c *importCmd) Run(ctx context.Context) error {
	s, report, err := catalog.LoadFile(c.Feed, catalog.LoadOptions{Progress: bar("reading "+filepath.Base(c.Feed), true)})
	if err != nil {
		return err
	}
	file := filepath.Join(c.Out, "products.jsonl")
	var before []*catalog.Product
	if old, _, err := catalog.LoadFile(file, catalog.LoadOptions{}); err == nil {
		before = old.Products
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what is there already: %w", err)
	}
	diff := catalog.Compare(before, s.Products)
	if c.JSON {
		b, err := json.MarshalIndent(struct {
			*catalog.Report
			Added, Changed, Removed, Same int
		}{report, diff.Added, diff.Changed, diff.Removed, diff.Same}, "", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	} else {
		for _, r := range report.Rejected {
			fmt.Printf("%s:%d:%d: %s: %s\n", c.Feed, r.Line, r.Column, r.ID, r.Reason)
		}
		fmt.Printf("%d rows read, %d products kept, %d rows left out · %d added, %d changed, %d removed, %d the same\n",
			report.Read, report.Kept, len(report.Rejected), diff.Added, diff.Changed, diff.Removed, diff.Same)
	}
	broken := slices.ContainsFunc(report.Rejected, func(r catalog.Rejection) bool { return strings.Contains(r.Reason, "breaks off") })
	if gone := diff.Removed; !c.Dry && !c.Force && gone > 0 && (broken || gone > len(before)/2) {
		why := "that is more than half"
		if broken {
			why = c.Feed + " breaks off"
		}
		return fmt.Errorf("%d of the %d products in %s would go, and %s: it is left as it was; fetch the feed again, or write it all the same with --force", gone, len(before), file, why)
	}
	if c.Dry || diff.Added+diff.Changed+diff.Removed == 0 {
		return nil
	}
	if len(s.Products) == 0 {
		return fmt.Errorf("%s has no sound product; %s is left as it was", c.Feed, file)
	}
	return catalog.WriteFile(file, s.Products)
}
