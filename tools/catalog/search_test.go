package catalog

import (
	"context"
	"testing"
	"time"
)

func FuzzSearch(f *testing.F) {
	c := hill(f)
	for _, s := range []string{"tents under 200", "三百块以内的四人帐篷", "2-3 person -10°C 5,000 mm", "not a jacket, without hood or", "size", "$", "between 5 and", "零下", "一百万千十", "x2x×3", "\xff\xfe 不要", "SPF 50+ 1/2 gal"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		r, err := c.Search(context.Background(), Query{Text: text, Facets: []string{"category", "color", "price"}})
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%q took %v", text, d)
		}
		if r.Exact > len(r.Hits) || r.Total < r.Exact || r.Nearest && (r.Exact > 0 || len(r.Hits) == 0) {
			t.Errorf("%q: %+v", text, r)
		}
		for i, h := range r.Hits {
			if lacks := len(h.Missing) > 0; lacks != (i >= r.Exact) {
				t.Errorf("%q: hit %d of %d exact lacks %q", text, i, r.Exact, h.Missing)
			}
		}
	})
}
