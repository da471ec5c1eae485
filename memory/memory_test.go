package memory

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/memory/store"
)

func open(t *testing.T, turns ...Turn) *Memory {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	m, err := New(Config{Store: st, Turns: func(context.Context, string) ([]Turn, error) { return turns, nil }})
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
	r, err := m.Erase(ctx, "C1")
	if err != nil || r.ID == "" {
		t.Fatal(r, err)
	}
	one, _ := m.Facts(ctx, "C1")
	two, _ := m.Facts(ctx, "C2")
	if len(one) != 0 || len(two) != 1 {
		t.Errorf("after erasing C1: %d facts of C1, %d of C2", len(one), len(two))
	}
}

func TestRecallFindsWhatWasSaidInEitherLanguage(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := open(t,
		Turn{"old", 1, "shopper", "I need a tent for the Alps with my daughter", at},
		Turn{"old", 2, "assistant", "Two fit.", at},
		Turn{"old", 3, "shopper", "我对羽绒过敏", at},
		Turn{"now", 1, "shopper", "tent tent tent", at},
	)
	for ask, want := range map[string]uint64{"which tent did I want for the alps?": 1, "我之前说过对什么过敏": 3} {
		hits, err := m.Recall(context.Background(), "C1", ask, RecallOptions{K: 1, Skip: "now"})
		if err != nil || len(hits) != 1 || hits[0].Turn.Seq != want || hits[0].Turn.Conversation != "old" {
			t.Errorf("%q recalled %+v, %v; want turn %d", ask, hits, err, want)
		}
	}
}

func TestRecallFindsMeaningWithoutACommonWord(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := open(t,
		Turn{"old", 1, "shopper", "the parcel has not arrived", at},
		Turn{"old", 2, "shopper", "blue socks please", at},
		Turn{"old", 3, "shopper", "😀", at}, // has no vector
	)
	hits, err := m.Recall(t.Context(), "C1", "我的快递还没到", RecallOptions{})
	if err != nil || len(hits) == 0 || hits[0].Turn.Seq != 1 {
		t.Errorf("recalled %+v, %v", hits, err)
	}
	if hits, err := m.Recall(t.Context(), "C1", "😀😀 !!", RecallOptions{}); err != nil || len(hits) != 0 {
		t.Errorf("a text without words recalled %+v, %v", hits, err)
	}
}

func TestErasureDropsTheIndexAndTheOldestGoesFirst(t *testing.T) {
	m := open(t, Turn{"old", 1, "shopper", "a tent", time.Time{}})
	for i := range mostIndexes + 1 {
		if _, err := m.Recall(t.Context(), fmt.Sprint("C", i), "tent", RecallOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.indexes.byID); n != mostIndexes || m.indexes.byID["C0\x00"] != nil || m.indexes.byID["C1\x00"] == nil {
		t.Errorf("%d indexes are held", n)
	}
	if _, err := m.Erase(t.Context(), "C1"); err != nil {
		t.Fatal(err)
	}
	if m.indexes.byID["C1\x00"] != nil || m.indexes.byID["C10\x00"] == nil {
		t.Error("erasing C1 left its index, or took that of C10")
	}
}
