package catalog

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// store loads a small shop folder with some rules of its own.
func store(t *testing.T, merchandising string) (*Catalog, error) {
	t.Helper()
	shop, _, err := LoadDir(fstest.MapFS{
		"products.jsonl": {Data: []byte(`{"id":"A","title":"Alder Tent","categories":["Tents"],"price":100,"brand":"Fir","rating":4.5,"attributes":[{"name":"material","values":["nylon"]},{"name":"weight","values":["2 kg"]}],"variants":[{"sku":"A","price":100,"stock":0}]}
{"id":"B","title":"Birch Tent","categories":["Tents"],"price":80,"brand":"Fir","rating":3.5,"attributes":[{"name":"material","values":["cotton"]},{"name":"weight","values":["900 g"]}],"variants":[{"sku":"B","price":80,"stock":4}]}
{"id":"C","title":"Cedar Tent","categories":["Tents"],"price":120,"brand":"Yew","rating":4.0,"attributes":[{"name":"material","values":["nylon"]},{"name":"weight","values":["3.5 kg"]}],"variants":[{"sku":"C","price":120,"stock":4}]}
{"id":"D","title":"Dune Lamp","categories":["Lamps"],"price":20,"brand":"Yew","variants":[{"sku":"D","price":20,"stock":4}]}
`)},
		"merchandising.yaml": {Data: []byte(merchandising)},
	}, LoadOptions{})
	if err != nil {
		return nil, err
	}
	return New(shop, Options{})
}

func found(t *testing.T, c *Catalog, q Query) string {
	t.Helper()
	r, err := c.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range r.Hits[:r.Exact] {
		out = append(out, h.Product.ID)
	}
	return strings.Join(out, "")
}

func TestAShopsRulesOrderWhatMatches(t *testing.T) {
	for _, x := range []struct{ name, rules, query, want string }{
		{"what is out of stock comes last", "", "tent", "CBA"},
		{"unless the shop mixes it in", "out_of_stock_mixed: true", "tent", "ACB"},
		{"pinned first, buried last", "pin: [B]\nbury: [C]", "tent", "BAC"},
		{"a rule holds for its query", "rules: [{query: tent, pin: [B]}]", "tents", "BCA"},
		{"and for no other", "rules: [{query: lamp, pin: [B]}]", "tent", "CBA"},
		{"nothing is pinned into what it is not", "pin: [D]", "tent", "CBA"},
		{"the shop's own words", "synonyms: ['wigwam, tent']", "wigwam", "CBA"},
	} {
		c, err := store(t, x.rules)
		if err != nil {
			t.Fatal(err)
		}
		if got := found(t, c, Query{Text: x.query}); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
	}
	for _, bad := range []string{"pin: [Z]", "synonyms: [alone]", "pinned: [A]"} {
		if _, err := store(t, bad); err == nil || !strings.Contains(err.Error(), "merchandising.yaml") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSortsFiltersAndFacets(t *testing.T) {
	c, err := store(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		q    Query
		want string
	}{
		{Query{Text: "tent", Sort: "price_asc"}, "BAC"},
		{Query{Text: "tent", Sort: "price_desc"}, "CAB"},
		{Query{Text: "tent", Sort: "rating"}, "ACB"},
		{Query{Text: "tent", Sort: "attr:weight:asc"}, "BAC"},
		{Query{Text: "lightest tent"}, "BAC"},
		{Query{Text: "最重的帐篷"}, "CAB"},
		{Query{Text: "tent", Filters: map[string][]string{"material": {"Nylon"}}}, "CA"},
		{Query{Text: "tent", Filters: map[string][]string{"material": {"nylon"}, "brand": {"yew"}}}, "C"},
		{Query{Text: "tent", Filters: map[string][]string{"colour": {"red"}}}, ""},
		{Query{Text: "tent", InStockOnly: true}, "CB"},
		{Query{Text: "tent", Exclude: []string{"C"}}, "BA"},
		{Query{Text: "tent", Not: []string{"cotton"}}, "CA"},
		{Query{Text: "tent", Offset: 1, Limit: 1}, "B"},
	} {
		if got := found(t, c, x.q); got != x.want {
			t.Errorf("%+v: %s, want %s", x.q, got, x.want)
		}
	}
	r, err := c.Search(context.Background(), Query{Text: "tent", Limit: 1, Facets: []string{"brand", "material", "price", "nothing"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Facet{
		{"brand", []FacetValue{{"Fir", 2}, {"Yew", 1}}}, {"material", []FacetValue{{"nylon", 2}, {"cotton", 1}}},
		{"price", []FacetValue{{"0-100", 1}, {"100-120", 1}, {"120-", 1}}}, {Name: "nothing"},
	}
	if d := cmp.Diff(want, r.Facets); d != "" {
		t.Error(d)
	}
	i := slices.IndexFunc(c.Vocabulary().Measures, func(m Measure) bool { return m.ID == "weight" })
	if i < 0 {
		t.Fatal("the vocabulary has no weight")
	}
	if m := c.Vocabulary().Measures[i]; m.Count != 3 || m.Unit != "g" || !slices.Contains(m.Less, "lighter") || m.Sort(false) != "attr:weight:asc" || !c.Sorts(m.Sort(true)) {
		t.Errorf("%+v", m)
	}
	if c.Sorts("attr:charm:asc") || c.Sorts("cheapest first") {
		t.Error("a sort that is none is taken")
	}
}

func TestOddShopsAreSearched(t *testing.T) {
	one := func(p ...*Product) *Catalog {
		for _, x := range p {
			x.complete("USD")
		}
		c, err := New(&Shop{Currency: "USD", Products: p}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain := one(&Product{ID: "1", Title: "Red kettle"}, &Product{ID: "2", Title: "Blue kettle", Description: "Holds 2 litres."})
	for query, want := range map[string]string{
		"kettle": "12", "kettle under 50": "", "blue kettle": "2", "kettle at least 1.5 l": "2", "水壶": "12", "cheapest kettle": "12", "toaster": "", "": "12",
	} {
		if got := found(t, plain, Query{Text: query}); got != want {
			t.Errorf("no prices, no categories: %q found %q, want %q", query, got, want)
		}
	}
	r, err := plain.Search(context.Background(), Query{Text: "kettle under 50"})
	if err != nil || !r.Nearest || !slices.Contains(r.Missing, "price") {
		t.Errorf("no prices: %+v, %v", r, err)
	}
	alone := one(&Product{ID: "1", Title: "Oak chair", Price: 30_00, Categories: []string{"Chairs"}})
	for query, want := range map[string]string{"chair": "1", "oak chair under 50": "1", "椅子": "1", "sofa": "", "chair under 20": ""} {
		if got := found(t, alone, Query{Text: query}); got != want {
			t.Errorf("one product: %q found %q, want %q", query, got, want)
		}
	}
	if got := found(t, one(), Query{Text: "chair"}); got != "" {
		t.Errorf("an empty shop found %q", got)
	}
}
