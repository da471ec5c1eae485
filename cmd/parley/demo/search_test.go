package demo

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"

	"parley/tools/catalog"
)

// A judged query is one of testdata/search.
type judged struct {
	Q          string
	Want, Near []string
	None       bool
}

// grades gives the judged products by id: 2 for all that is asked, 1 for the
// kind.
func (j judged) grades(s *catalog.Shop) map[string]float64 {
	out := map[string]float64{}
	for grade, list := range map[float64][]string{1: j.Near, 2: j.Want} {
		for _, n := range list {
			for _, p := range s.Products {
				whole := strings.HasSuffix(n, "xx") && len(p.ID) == len(n)+3 && strings.HasPrefix(p.ID, "FH-"+n[:len(n)-2])
				if p.ID == n || p.ID == "FH-"+n || whole {
					out[p.ID] = max(out[p.ID], grade)
				}
			}
		}
	}
	return out
}

// TestSearchFindsWhatPeopleJudged holds search to NDCG at 10 on the queries that
// have something, and to silence on the rest.
func TestSearchFindsWhatPeopleJudged(t *testing.T) {
	s, c := searched(t, false)
	score(t, s, c, "fernhill.yaml", .95, .9, func(judged) bool { return true })
	score(t, s, c, "fernhill-later.yaml", .85, .85, func(judged) bool { return true })
}

// TestChineseFindsAnEnglishCatalogue asks in Chinese of the same shop without a
// word of Chinese in it.
func TestChineseFindsAnEnglishCatalogue(t *testing.T) {
	s, c := searched(t, true)
	score(t, s, c, "fernhill.yaml", .88, .9, func(j judged) bool {
		return strings.ContainsFunc(j.Q, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	})
}

// TestSearchServesAShopNobodyHereWrote asks of a shop that no rule was made on.
func TestSearchServesAShopNobodyHereWrote(t *testing.T) {
	dir := cmp.Or(os.Getenv("PARLEY_DATA"), "../../../../shared/data") + "/catalog/dummyjson"
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is not there: set PARLEY_DATA to a folder with catalog/dummyjson in it", dir)
	}
	s, _, err := catalog.LoadDir(os.DirFS(dir), catalog.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(s, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// Of 8 things it does not sell, 2 are answered with the nearest, marked so.
	score(t, s, c, "dummyjson.yaml", .88, .75, func(judged) bool { return true })
}

func searched(t *testing.T, english bool) (*catalog.Shop, *catalog.Catalog) {
	t.Helper()
	s, _, _, err := Fernhill(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if english {
		for _, p := range s.Products {
			p.Locales = nil
		}
	}
	c, err := catalog.New(s, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func score(t *testing.T, s *catalog.Shop, c *catalog.Catalog, file string, floor, silence float64, of func(judged) bool) {
	t.Helper()
	b, err := os.ReadFile("../../../testdata/search/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var list []judged
	if err := yaml.UnmarshalWithOptions(b, &list, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	var sum, silent float64
	var some, none int
	for _, j := range list {
		if !of(j) {
			continue
		}
		r, err := c.Search(context.Background(), catalog.Query{Text: j.Q})
		if err != nil {
			t.Fatal(err)
		}
		if j.None {
			none++
			if len(r.Hits) == 0 {
				silent++
			} else {
				t.Logf("%q found %s", j.Q, r.Hits[0].Product.Title)
			}
			continue
		}
		some++
		got := ndcg(r.Hits, j.grades(s))
		sum += got
		if got < .9 {
			var out []string
			for i, h := range r.Hits {
				out = append(out, fmt.Sprintf("%s=%v%s", strings.TrimPrefix(h.Product.ID, "FH-"), j.grades(s)[h.Product.ID], map[bool]string{true: "~"}[i >= r.Exact]))
			}
			t.Logf("%.2f %q want %v got %v, missing %q, understood %+v", got, j.Q, j.Want, out, r.Missing, r.Understood)
		}
	}
	t.Logf("ndcg@10 %.4f of %d queries, nohit %.3f of %d", sum/float64(some), some, silent/float64(none), none)
	if sum/float64(some) < floor {
		t.Errorf("ndcg@10 = %.4f, want %.2f", sum/float64(some), floor)
	}
	if silent/float64(none) < silence {
		t.Errorf("nohit = %.3f, want %.2f", silent/float64(none), silence)
	}
}

func ndcg(hits []catalog.Hit, grades map[string]float64) float64 {
	var got, best float64
	for i, h := range hits {
		got += grades[h.Product.ID] / math.Log2(float64(i)+2)
	}
	var ideal []float64
	for _, g := range grades {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, g := range ideal[:min(10, len(ideal))] {
		best += g / math.Log2(float64(i)+2)
	}
	return got / best
}
