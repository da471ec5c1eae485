package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley/tools/sentiment"
)

type sentimentCmd struct {
	File   string `arg:"" help:"Reviews as JSONL or CSV: product, text, and if known stars and author; - for stdin."`
	Locale string `default:"en" help:"Quotes in this language come first: en or zh."`
	Quotes int    `default:"2" help:"Quotes an aspect."`
	JSON   bool   `help:"One JSON document instead of text."`
}

// A reviewReport is what the command found, as --json prints it.
type reviewReport struct {
	Read     int                `json:"read"`
	Kept     int                `json:"kept"`
	Rejected []sentiment.BadRow `json:"rejected"`
	Products []productReviews   `json:"products"`
}

type productReviews struct {
	Product  string          `json:"product"`
	Count    int             `json:"count"`
	Mean     float64         `json:"mean,omitempty"` // stars
	Score    float64         `json:"score"`
	Positive int             `json:"positive"`
	Neutral  int             `json:"neutral"`
	Negative int             `json:"negative"`
	Aspects  []aspectReviews `json:"aspects"`
}

type aspectReviews struct {
	Aspect   string        `json:"aspect"`
	Positive int           `json:"positive"`
	Negative int           `json:"negative"`
	Quotes   []reviewQuote `json:"quotes"`
}

type reviewQuote struct {
	Sign   string  `json:"sign"`
	Text   string  `json:"text"`
	Author string  `json:"author,omitempty"`
	Stars  float64 `json:"stars,omitempty"`
}

// Run reads the reviews and prints what they say of each product.
func (c *sentimentCmd) Run(ctx context.Context) error {
	in, size, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
	report, err := c.read(ctx, &counted{Reader: in}, size)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = report.print(os.Stdout, c.File)
	}
	switch {
	case err != nil || report.Kept > 0:
	case len(report.Rejected) == 0:
		return fmt.Errorf("%s has a header and no review under it", c.File)
	default:
		return fmt.Errorf("%s has no sound review; the first of %d bad rows is line %d: %s", c.File, len(report.Rejected), report.Rejected[0].Line, report.Rejected[0].Reason)
	}
	return err
}

func (c *sentimentCmd) open() (io.ReadCloser, int64, error) {
	if c.File == "-" {
		return io.NopCloser(os.Stdin), 0, nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; give a file of reviews", c.File)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// A counted reader knows how far it is.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}

func (c *sentimentCmd) read(ctx context.Context, in *counted, size int64) (*reviewReport, error) {
	analyzer, err := sentiment.New()
	if err != nil {
		return nil, err
	}
	report := &reviewReport{Rejected: []sentiment.BadRow{}, Products: []productReviews{}}
	tallies := map[string]*sentiment.Tally{}
	var order []string
	show := bar("reading "+filepath.Base(c.File), true)
	err = sentiment.ReadReviews(in, func(r sentiment.Row) error {
		t := tallies[r.Product]
		if t == nil {
			t = analyzer.Tally(c.Locale)
			tallies[r.Product] = t
			order = append(order, r.Product)
		}
		t.Add(r.Review)
		report.Kept++
		if report.Kept%256 == 0 {
			show(in.n, max(size, in.n))
		}
		return ctx.Err()
	}, func(b sentiment.BadRow) { report.Rejected = append(report.Rejected, b) })
	show(in.n, max(size, in.n))
	report.Read = report.Kept + len(report.Rejected)
	for _, name := range order {
		report.Products = append(report.Products, c.product(name, tallies[name].Summary()))
	}
	slices.SortStableFunc(report.Products, func(a, b productReviews) int { return b.Count - a.Count })
	return report, err
}

func (c *sentimentCmd) product(name string, s sentiment.Summary) productReviews {
	p := productReviews{Product: name, Count: s.Count, Mean: round(s.Stars), Score: round(s.Score), Positive: s.Positive, Neutral: s.Neutral, Negative: s.Negative, Aspects: []aspectReviews{}}
	for _, a := range s.Aspects {
		if a.Positive+a.Negative == 0 {
			continue
		}
		v := aspectReviews{Aspect: a.Aspect, Positive: a.Positive, Negative: a.Negative, Quotes: []reviewQuote{}}
		for _, q := range pick(a, c.Quotes) {
			sign := "negative"
			if q.Positive {
				sign = "positive"
			}
			v.Quotes = append(v.Quotes, reviewQuote{sign, q.Text, q.Author, q.Stars})
		}
		p.Aspects = append(p.Aspects, v)
	}
	return p
}

// pick takes n quotes, one of each side first where there are both.
func pick(a sentiment.AspectSummary, n int) (out []sentiment.Quote) {
	rest := a.Quotes
	for len(out) < n && len(rest) > 0 {
		i := 0
		if len(out) == 1 {
			i = max(0, slices.IndexFunc(rest, func(q sentiment.Quote) bool { return q.Positive != out[0].Positive }))
		}
		out = append(out, rest[i])
		rest = slices.Delete(slices.Clone(rest), i, i+1)
	}
	return out
}

func round(x float64) float64 { return float64(int(x*100+sign(x)*.5)) / 100 }

func sign(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}

func (r *reviewReport) print(w io.Writer, file string) error {
	var b strings.Builder
	for _, x := range r.Rejected {
		fmt.Fprintf(&b, "%s:%d: %s\n", file, x.Line, x.Reason)
	}
	for _, p := range r.Products {
		fmt.Fprintf(&b, "\n%s: %d reviews", p.Product, p.Count)
		if p.Mean > 0 {
			fmt.Fprintf(&b, ", %.1f stars", p.Mean)
		}
		fmt.Fprintf(&b, ", %d positive, %d neutral, %d negative\n", p.Positive, p.Neutral, p.Negative)
		for _, a := range p.Aspects {
			fmt.Fprintf(&b, "  %-12s +%d -%d\n", a.Aspect, a.Positive, a.Negative)
			for _, q := range a.Quotes {
				mark := "-"
				if q.Sign == "positive" {
					mark = "+"
				}
				fmt.Fprintf(&b, "    %s “%s”", mark, q.Text)
				if q.Author != "" {
					fmt.Fprintf(&b, " (%s)", q.Author)
				}
				b.WriteByte('\n')
			}
		}
	}
	fmt.Fprintf(&b, "\n%d rows read, %d reviews of %d products kept, %d rows left out\n", r.Read, r.Kept, len(r.Products), len(r.Rejected))
	_, err := io.WriteString(w, b.String())
	return err
}
