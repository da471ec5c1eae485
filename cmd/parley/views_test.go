package main

import (
	"slices"
	"testing"

	"parley/cmd/parley/demo"
	"parley/memory/store"
)

func TestTheChatKnowsWhatItsVisitorLookedAt(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	v := newViews(st, nil)
	for _, e := range []demo.Event{
		{Name: "Product Viewed", MessageID: "1", AnonymousID: "abc", Properties: map[string]any{"product_id": "P1"}},
		{Name: "Product Viewed", MessageID: "2", AnonymousID: "other", Properties: map[string]any{"product_id": "P9"}},
		{Name: "Product Added", MessageID: "3", UserID: "C1", Properties: map[string]any{"product_id": "P2"}},
		{Name: "Products Searched", MessageID: "4", AnonymousID: "abc", Properties: map[string]any{"query": "tents"}},
	} {
		if err := v.On(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	v.Link("visitor:chat7", "abc")
	v.Link("C1", "abc")
	again := newViews(st, nil) // after a restart the events are read, the page links again
	if err := again.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	again.Link("C1", "abc")
	for _, c := range []struct {
		v    *views
		who  string
		want []string
	}{{v, "visitor:chat7", []string{"P1"}}, {v, "C1", []string{"P1", "P2"}}, {v, "visitor:chat8", nil}, {again, "C1", []string{"P1", "P2"}}} {
		if got := c.v.Recent(c.who); !slices.Equal(got, c.want) {
			t.Errorf("%s looked at %v, want %v", c.who, got, c.want)
		}
	}
}

func TestWhatIsLookedAtWhileTheOldIsReadStaysTheNewest(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	before := newViews(st, nil)
	for _, product := range []string{"P1", "P2", "P3"} {
		if err := before.On(t.Context(), demo.Event{Name: "Product Viewed", MessageID: product, UserID: "C1", Properties: map[string]any{"product_id": product}}); err != nil {
			t.Fatal(err)
		}
	}
	v := newViews(st, nil)
	v.note(demo.Event{Name: "Product Viewed", UserID: "C1", Properties: map[string]any{"product_id": "P2"}})
	if err := v.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := v.Recent("C1"), []string{"P1", "P3", "P2"}; !slices.Equal(got, want) {
		t.Errorf("looked at %v, want %v", got, want)
	}
}
