package tools

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/agent/llm"
	"parley/tools/catalog"
)

// TestSearchSaysWhatItRead holds what a model learns from a search: what was
// understood, what came near and why, and which arguments are none.
func TestSearchSaysWhatItRead(t *testing.T) {
	variant := func(id, color string, price catalog.Money) []catalog.Variant {
		return []catalog.Variant{{SKU: id, Price: price, Stock: 3, Options: map[string]string{"color": color}}}
	}
	shop := &catalog.Shop{Name: "S", Currency: "USD", Products: []*catalog.Product{
		{ID: "A", Title: "Wool Dress", Price: 30_00, Currency: "USD", Variants: variant("A", "red", 30_00)},
		{ID: "B", Title: "Cotton Dress", Price: 18_00, Currency: "USD", Variants: variant("B", "blue", 18_00)},
		{ID: "C", Title: "Silk Dress", Price: 900_00, Currency: "USD", Variants: variant("C", "red", 900_00)},
	}}
	c, err := catalog.New(shop, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := New(Config{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	var search llm.Tool
	for _, tool := range set.For(llm.Customer{ID: "c1", Locale: "en"}) {
		if tool.Name == "search_products" {
			search = tool
		}
	}
	call := func(arguments string) (f struct {
		Products []struct{ ID string }
		Total    int
		Nearest  bool
		Missing  []string
		Sort     string
		Facets   []struct {
			Name   string
			Values []struct {
				Value string
				Count int
			}
		}
		Understood struct {
			Colors   []string
			PriceMax float64 `json:"price_max"`
			Not      []string
			Terms    []string
		}
	}) {
		t.Helper()
		out, err := search.Call(context.Background(), llm.Invocation{Args: json.RawMessage(arguments)})
		if err == nil {
			err = json.Unmarshal(out.Content, &f)
		}
		if err != nil {
			t.Fatalf("%s: %v", arguments, err)
		}
		return f
	}
	f := call(`{"query":"red dress under 20, no wool"}`)
	if len(f.Products) != 1 || f.Products[0].ID != "B" || !f.Nearest || f.Total != 0 {
		t.Errorf("nearest: %+v", f) // C is red, and far past the price
	}
	if !cmp.Equal(f.Missing, []string{"color"}) || !cmp.Equal(f.Understood.Colors, []string{"red"}) || f.Understood.PriceMax != 20 || !cmp.Equal(f.Understood.Not, []string{"wool"}) || !cmp.Equal(f.Understood.Terms, []string{"dress"}) {
		t.Errorf("read: %+v", f)
	}
	f = call(`{"query":"dress","sort":"price_desc","filters":["color=red"],"facets":["color"]}`)
	if f.Total != 2 || f.Products[0].ID != "C" || f.Sort != "price_desc" || len(f.Facets) != 1 || f.Facets[0].Values[0].Count != 2 {
		t.Errorf("sorted: %+v", f)
	}
	for _, bad := range []string{`{"query":"dress","sort":"charm"}`, `{"query":"dress","filters":["red"]}`} {
		var refused *llm.ToolError
		if _, err := search.Call(context.Background(), llm.Invocation{Args: json.RawMessage(bad)}); !errors.As(err, &refused) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
