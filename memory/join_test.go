package memory

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAGuestSaidJoinsTheAccountAndTheNewestHolds(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	m, ctx := at(t, &now), t.Context()
	keep := func(who string, on int, f Fact) {
		t.Helper()
		now = time.Date(2026, 5, on, 0, 0, 0, 0, time.UTC)
		f.Quote, f.Consent = "my words", "asked"
		if _, err := m.Keep(ctx, who, f); err != nil {
			t.Fatal(err)
		}
	}
	keep("C1", 1, Fact{Kind: "size", Of: "clothes", Value: "M"})
	keep("visitor:1", 2, Fact{Kind: "size", Of: "clothes", Value: "L"})     // said later: it holds
	keep("visitor:1", 3, Fact{Kind: "size", Of: "shoes", Value: "EU 42"})   // said earlier: it does not
	keep("C1", 4, Fact{Kind: "size", Of: "shoes", Value: "EU 43"})          //
	keep("C1", 5, Fact{Kind: "allergy", Value: "wool"})                     // said by both
	keep("visitor:1", 6, Fact{Kind: "allergy", Value: "wool"})              //
	keep("visitor:1", 7, Fact{Kind: "taste", Of: "colour", Value: "green"}) // new
	keep("C2", 8, Fact{Kind: "size", Of: "clothes", Value: "S"})
	shape := func() (out []string) {
		p, err := m.Profile(ctx, "C1")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Facts {
			out = append(out, f.Of+f.Kind+" "+f.Value)
		}
		for _, f := range p.Past {
			out = append(out, "once "+f.Value+" until "+f.Until.Format(time.DateOnly))
		}
		return out
	}
	want := []string{"clothessize L", "shoessize EU 43", "allergy wool", "colourtaste green", "once M until 2026-05-02", "once EU 42 until 2026-05-04"}
	before, err := m.Profile(ctx, "visitor:1")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a crash before the guest was gone: once more
		if n, err := m.Join(ctx, "visitor:1", "C1"); err != nil || n != 4 {
			t.Fatalf("joined %d, %v", n, err)
		}
		if d := cmp.Diff(want, shape()); d != "" {
			t.Errorf("C1 has (-want +got)\n%s", d)
		}
		if p, err := m.Profile(ctx, "visitor:1"); err != nil || len(p.Facts) > 0 {
			t.Errorf("of the guest is left %+v, %v", p, err)
		}
		if err := m.change(ctx, "visitor:1", func(p *Profile) { *p = *before }); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := m.Profile(ctx, "C2"); err != nil || len(p.Facts) != 1 {
		t.Errorf("C2 has %+v, %v", p, err)
	}
	if n, err := m.Join(ctx, "visitor:none", "C2"); n != 0 || err != nil {
		t.Errorf("of nobody %d facts were joined, %v", n, err)
	}
}
