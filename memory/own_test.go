package memory

import (
	"errors"
	"testing"
	"time"
)

func TestACustomerPutsAFactRightOrDropsItAndNoOther(t *testing.T) {
	now := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	m, ctx := at(t, &now), t.Context()
	var ids []string
	for _, f := range []Fact{{Kind: "size", Of: "clothes", Value: "M"}, {Kind: "allergy", Value: "wool"}, {Kind: "size", Of: "shoes", Value: "EU 8"}} {
		f.Quote, f.Consent = "my words", "asked"
		kept, err := m.Keep(ctx, "C1", f)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, kept.ID)
	}
	for _, by := range []string{"C2", "visitor:1"} { // by its id, and of somebody else
		if found, err := m.Drop(ctx, by, ids[0]); found || err != nil {
			t.Errorf("%s dropped a fact of C1: %v", by, err)
		}
		if found, err := m.Correct(ctx, by, ids[0], "XL"); found || err != nil {
			t.Errorf("%s changed a fact of C1: %v", by, err)
		}
	}
	now = now.Add(day)
	if found, err := m.Correct(ctx, "C1", ids[0], " l "); !found || err != nil {
		t.Fatalf("not changed: %v", err)
	}
	p, err := m.Profile(ctx, "C1")
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Facts[0]; f.ID != ids[0] || f.Value != "L" || f.Replaces != "M" || f.Quote != "l" || !f.Since.Equal(now) {
		t.Errorf("changed to %+v", f)
	}
	if len(p.Past) != 1 || p.Past[0].Value != "M" || p.Past[0].Why != "corrected" {
		t.Errorf("its history is %+v", p.Past)
	}
	var refusal *Refusal
	if _, err := m.Correct(ctx, "C1", ids[1], "call me at ann@example.com"); !errors.As(err, &refusal) {
		t.Errorf("an e-mail address was kept: %v", err)
	}
	if found, err := m.Drop(ctx, "C1", ids[0]); !found || err != nil {
		t.Fatalf("not dropped: %v", err)
	}
	if p, err = m.Profile(ctx, "C1"); err != nil || len(p.Facts) != 2 || len(p.Past) != 0 || p.Facts[0].Value != "wool" {
		t.Errorf("left is %+v, %v", p, err)
	}
}
