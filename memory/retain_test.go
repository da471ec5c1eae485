package memory

import (
	"testing"
	"time"

	"parley/memory/retention"
	"parley/memory/seal"
	"parley/memory/store"
)

func TestFactsThatFadeGoWhenNobodyUsesThem(t *testing.T) {
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ring, err := seal.Open(t.Context(), seal.Config{Store: st, Key: make([]byte, 32), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(Config{Store: st, Ring: ring, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	keep := func(who string, f Fact) Fact {
		t.Helper()
		f.Quote, f.Consent = "my words", "asked"
		kept, err := m.Keep(ctx, who, f)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	keep("C1", Fact{Kind: "size", Of: "clothes", Value: "S"})
	keep("C1", Fact{Kind: "size", Of: "clothes", Value: "M"}) // S is history
	keep("C1", Fact{Kind: "allergy", Value: "wool"})
	keep("C1", Fact{Kind: "taste", Of: "diet", Value: "vegan"})
	keep("C1", Fact{Kind: "taste", Of: "colour", Value: "green"})
	used := keep("C1", Fact{Kind: "taste", Of: "material", Value: "cotton"})
	keep("C1", Fact{Kind: "gift", Value: "a mug", For: "brother"})
	keep("C2", Fact{Kind: "taste", Of: "colour", Value: "blue"})
	now = now.AddDate(1, 6, 0)
	p, err := m.Profile(ctx, "C1")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Use(ctx, "C1", p, []string{used.ID}); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 7, 0) // 25 months later
	age := retention.Age{Months: 24}
	for _, f := range p.Facts {
		fades := f.Value == "green" || f.Value == "cotton" || f.Kind == "gift"
		if end := f.Ends(age); end.IsZero() == fades {
			t.Errorf("%s %s ends %v", f.Kind, f.Value, end)
		}
	}
	rule, people, n := m.Retain(age), 0, 0
	for range 2 {
		err = rule.Old(ctx, age.Before(now), func(x retention.Thing) error {
			people, n = people+1, n+x.Count
			return rule.Remove(ctx, x)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if people != 2 || n != 4 { // green, the mug and the history of S; blue
		t.Errorf("%d facts of %d customers went", n, people)
	}
	same(t, "left", kept(t, m), "you wear size M", "you are allergic to wool", "you are vegan", "you like cotton")
}
