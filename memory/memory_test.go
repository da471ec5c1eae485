package memory

import (
	"context"
	"testing"

	"parley/memory/store"
)

func open(t *testing.T, turns ...Turn) *Memory {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	m, err := New(Config{Store: st, Turns: history(turns...).talks})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestANewSizeTakesTheOldOnesPlace(t *testing.T) {
	ctx, m := context.Background(), open(t)
	for _, v := range []string{"M", "L"} {
		if _, err := m.Keep(ctx, "C1", Fact{Kind: "size", Value: v, Quote: "I wear " + v, Consent: "yes"}); err != nil {
			t.Fatal(err)
		}
	}
	facts, err := m.Facts(ctx, "C1")
	if err != nil || len(facts) != 1 || facts[0].Value != "L" || facts[0].Replaces != "M" {
		t.Fatalf("kept %+v, %v; want L, which replaced M", facts, err)
	}
}

func TestAFactNeedsTheCustomersWordsAndConsent(t *testing.T) {
	m := open(t)
	for _, f := range []Fact{{Kind: "size", Value: "M", Consent: "yes"}, {Kind: "size", Value: "M", Quote: "I wear M"}} {
		if _, err := m.Keep(context.Background(), "C1", f); err == nil {
			t.Errorf("kept %+v", f)
		}
	}
}

func TestErasureLeavesNothingOfACustomerAndNothingElseIsTouched(t *testing.T) {
	ctx, m := context.Background(), open(t)
	for _, c := range []string{"C1", "C2"} {
		if _, err := m.Keep(ctx, c, Fact{Kind: "allergy", Value: "down", Quote: "I'm allergic to down", Consent: "yes"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Erase(ctx, "C1"); err != nil {
		t.Fatal(err)
	}
	one, _ := m.Facts(ctx, "C1")
	two, _ := m.Facts(ctx, "C2")
	if len(one) != 0 || len(two) != 1 {
		t.Errorf("after erasing C1: %d facts of C1, %d of C2", len(one), len(two))
	}
}
