package catalog

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/tools/measure"
)

// BenchSearch measures searches with two facets and a price filter over made-up
// shops of 1,000, 10,000 and 100,000 products, one at a time, beside a plain
// look through all texts for the same words; how long the index takes to make;
// and how long a feed of 100,000 products takes to import. Only names cases: 1k,
// 10k, 100k, import.
func BenchSearch(ctx context.Context, only []string, progress func(string)) ([]measure.Figure, error) {
	var out []measure.Figure
	wanted := func(name string) bool { return len(only) == 0 || slices.Contains(only, name) }
	for _, size := range []struct {
		name string
		n    int
	}{{"1k", 1000}, {"10k", 10_000}, {"100k", 100_000}} {
		if wanted(size.name) {
			progress("search among " + size.name + " products")
			list, err := benchSize(ctx, size.name, size.n)
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	if wanted("import") {
		progress("import 100k products")
		f, err := benchImport(100_000)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func benchSize(ctx context.Context, name string, n int) ([]measure.Figure, error) {
	s, err := Synthetic(1, n)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	c, err := New(s, Options{})
	if err != nil {
		return nil, err
	}
	build := time.Since(start).Seconds()
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	g := &generator{Rand: rand.New(rand.NewPCG(2, 2)), lexicon: l}
	for _, x := range l.lines {
		if x.section == "" {
			g.features = append(g.features, x.names[0])
		} else {
			g.things = append(g.things, x)
		}
	}
	for name := range l.colorsOf {
		g.colors = append(g.colors, name)
	}
	slices.Sort(g.colors)
	var took, scans []float64
	found := 0
	const warm = 50
	for i := range 1050 {
		q := Query{Text: g.query(), PriceMax: 250_00, Facets: []string{"brand", "color"}, Limit: 12}
		start := time.Now()
		r, err := c.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		if i >= warm {
			took = append(took, float64(time.Since(start).Microseconds())/1000)
			found += min(r.Total, 1)
		}
		if i%50 == 0 {
			start := time.Now()
			lookThrough(s, q.Text)
			scans = append(scans, float64(time.Since(start).Microseconds())/1000)
		}
	}
	slices.Sort(took)
	slices.Sort(scans)
	fig := func(metric string, v float64, n int) measure.Figure {
		return measure.Figure{Suite: "search", Case: name, Metric: metric, Value: v, N: n}
	}
	return []measure.Figure{
		fig("p50_ms", took[len(took)/2], len(took)), fig("p95_ms", took[len(took)*95/100], len(took)), fig("p99_ms", took[len(took)*99/100], len(took)),
		fig("scan_p50_ms", scans[len(scans)/2], len(scans)), fig("found", float64(found)/float64(len(took)), len(took)), fig("build_s", build, 1),
	}, nil
}

// lookThrough is the bare reference: every word in every text.
func lookThrough(s *Shop, text string) (n int) {
	words := strings.Fields(strings.ToLower(text))
	for _, p := range s.Products {
		t := strings.ToLower(p.Title + " " + p.Description)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(t, w) }) {
			n++
		}
	}
	return n
}

// benchImport reads a Google feed of n products from a file and writes the shop
// folder's, as `parley import` does.
func benchImport(n int) (measure.Figure, error) {
	s, err := Synthetic(1, n)
	if err != nil {
		return measure.Figure{}, err
	}
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return measure.Figure{}, err
	}
	defer os.RemoveAll(dir)
	feed := filepath.Join(dir, "feed.tsv")
	if err := writeFeed(feed, s); err != nil {
		return measure.Figure{}, err
	}
	start := time.Now()
	read, _, err := LoadFile(feed, LoadOptions{})
	if err != nil {
		return measure.Figure{}, err
	}
	if len(read.Products) != n {
		return measure.Figure{}, fmt.Errorf("the import kept %d of %d products", len(read.Products), n)
	}
	if err := WriteFile(filepath.Join(dir, "products.jsonl"), read.Products); err != nil {
		return measure.Figure{}, err
	}
	return measure.Figure{Suite: "search", Case: "import", Metric: "import_s", Value: time.Since(start).Seconds(), N: n}, nil
}

func writeFeed(name string, s *Shop) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "id\titem_group_id\ttitle\tdescription\tprice\tbrand\tproduct_type\tcolor\tsize\tavailability\tmaterial\tlink\timage_link")
	for _, p := range s.Products {
		for _, v := range p.Variants {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s USD\t%s\t%s\t%s\t%s\tin_stock\t%s\thttps://shop.example/p/%s\thttps://shop.example/i/%s.jpg\n",
				v.SKU, p.ID, p.Title, p.Description, v.Price, p.Brand, strings.ReplaceAll(p.Categories[0], "/", " > "), v.Options["color"], v.Options["size"], p.Attributes[0].Values[0], p.ID, v.SKU)
		}
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
