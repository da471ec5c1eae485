package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

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
	if err == nil && report.Kept == 0 {
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
	show := meter(size)
	err = sentiment.ReadReviews(in, func(r sentiment.Row) error {
		t := tallies[r.Product]
		if t == nil {
			t = analyzer.Tally(c.Locale)
			tallies[r.Product] = t
			order = append(order, r.Product)
		}
		t.Add(r.Review)
		report.Kept++
		show(report.Kept, in.n, false)
		return ctx.Err()
	}, func(b sentiment.BadRow) { report.Rejected = append(report.Rejected, b) })
	show(report.Kept, in.n, true)
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

// meter shows on a terminal how far the reading is, four times a second.
func meter(size int64) func(rows int, read int64, done bool) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int, int64, bool) {}
	}
	var last time.Time
	return func(rows int, read int64, done bool) {
		if done {
			fmt.Fprintf(os.Stderr, "\r%d reviews read      \n", rows)
			return
		}
		if rows%64 != 0 || time.Since(last) < 250*time.Millisecond {
			return
		}
		last = time.Now()
		if size > 0 {
			fmt.Fprintf(os.Stderr, "\r%d reviews, %d%%", rows, 100*read/size)
		} else {
			fmt.Fprintf(os.Stderr, "\r%d reviews", rows)
		}
	}
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
