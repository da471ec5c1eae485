package memory

import (
	"errors"
	"testing"
	"time"

	"parley/memory/facts"
	"parley/memory/store"
)

// at opens a memory whose clock is moved by hand.
func at(t *testing.T, now *time.Time) *Memory {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	m, err := New(Config{Store: st, Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// said keeps what a sentence states.
func said(t *testing.T, m *Memory, words string) []Fact {
	t.Helper()
	var list []Fact
	for _, s := range m.facts.Read(words) {
		f := Stated(s)
		f.Consent, f.Conversation, f.Seq = "yes", "c1", 7
		list = append(list, f)
	}
	kept, err := m.KeepAll(t.Context(), "C1", list, nil)
	if err != nil || len(kept) == 0 {
		t.Fatalf("%q kept %v, %v", words, kept, err)
	}
	return kept
}

func kept(t *testing.T, m *Memory) (out []string) {
	t.Helper()
	list, err := m.Facts(t.Context(), "C1")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		out = append(out, Sentence(f, "en"))
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %q, want %q", what, got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
}

func TestAContradictionTakesTheOldFactsPlaceAndIsHistory(t *testing.T) {
	now := time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)
	m := at(t, &now)
	said(t, m, "I wear size M")
	said(t, m, "I don't like wool")
	said(t, m, "我的鞋码是42")
	now = now.AddDate(0, 1, 0)
	said(t, m, "我现在穿L了")
	said(t, m, "I like merino")
	same(t, "kept", kept(t, m), "you wear shoe size 42", "you wear size L", "you like wool")
	p, _ := m.Profile(t.Context(), "C1")
	if len(p.Past) != 2 || p.Past[0].Value != "M" || p.Past[0].Why != "replaced" || !p.Past[0].Until.Equal(now) || p.Past[0].Words != "我现在穿L了" || !p.Past[1].Against {
		t.Errorf("history %+v", p.Past)
	}
	if f := p.Facts[0]; f.Quote != "我的鞋码是42" || f.Conversation != "c1" || f.Seq != 7 {
		t.Errorf("the quote is without its place: %+v", f)
	}
}

func TestWhatSomebodyElseWearsIsNotTheCustomers(t *testing.T) {
	now := time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)
	m := at(t, &now)
	said(t, m, "I wear size M")
	said(t, m, "my daughter wears size S and my husband wears XL")
	same(t, "kept", kept(t, m), "you wear size M", "your daughter wears size S", "your husband wears size XL")
	if n, err := m.Forget(t.Context(), "C1", "my size", ""); n != 1 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	if n, err := m.Forget(t.Context(), "C1", "my husband's size", ""); n != 1 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	same(t, "kept after forgetting", kept(t, m), "your daughter wears size S")
}

func TestAnAllergyTakenBackEndsAndStaysReadable(t *testing.T) {
	now := time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)
	m := at(t, &now)
	said(t, m, "I'm allergic to wool")
	back := m.facts.Read("我对羊毛不过敏了")
	if len(back) != 1 || !back[0].Back {
		t.Fatalf("read %+v", back)
	}
	if old, found, err := m.TakeBack(t.Context(), "C1", back[0]); !found || err != nil || old.Value != "wool" {
		t.Fatalf("took back %+v %v %v", old, found, err)
	}
	p, _ := m.Profile(t.Context(), "C1")
	if len(p.Facts) != 0 || len(p.Past) != 1 || p.Past[0].Why != "taken back" {
		t.Errorf("kept %+v, history %+v", p.Facts, p.Past)
	}
}

func TestFactsFadeByTheirKind(t *testing.T) {
	now := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	m := at(t, &now)
	said(t, m, "I wear size M")
	said(t, m, "I'm allergic to down")
	said(t, m, "I love merino")
	said(t, m, "it's a gift for my dad")
	begun := now
	strengths := func() map[string]float64 {
		out := map[string]float64{}
		p, _ := m.Profile(t.Context(), "C1")
		for _, f := range p.Facts {
			out[f.Kind] = f.Strength(now)
		}
		return out
	}
	now = begun.AddDate(0, 0, 180)
	if s := strengths(); s["size"] != 1 || s["allergy"] != 1 || s["taste"] != .5 || s["gift"] != 0 {
		t.Errorf("after half a year: %v", s)
	}
	same(t, "still told", kept(t, m), "you wear size M", "you are allergic to down", "you like wool")
	said(t, m, "I love merino") // again
	if s := strengths(); s["taste"] != 1 {
		t.Errorf("stated again: %v", s)
	}
	if _, still := strengths()["gift"]; still {
		t.Error("the gift of an occasion that is over is still there after a change")
	}
}

func TestSomeThingsAreNeverKept(t *testing.T) {
	now := time.Now()
	m := at(t, &now)
	for value, why := range map[string]string{
		"I live at 12 Elm Street, Springfield": "address", "my e-mail is ana@example.com": "contact", "my card is 4111 1111 1111 1111": "secret",
		"I have diabetes": "health", "I'm a Catholic": "private",
	} {
		_, err := m.Keep(t.Context(), "C1", Fact{Kind: "other", Value: value, Quote: value, Consent: "yes"})
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Why != why {
			t.Errorf("%q: %v, want refused for %s", value, err, why)
		}
	}
	same(t, "kept", kept(t, m))
	list := m.facts.Read("I have diabetes and I wear size M")
	if len(list) != 1 || list[0].Quote != "i wear size m" && list[0].Quote != "I wear size M" {
		t.Errorf("a quote tells of health: %+v", list)
	}
}

func TestForgettingTakesTheHistoryWithIt(t *testing.T) {
	now := time.Now()
	m := at(t, &now)
	said(t, m, "I wear size M")
	said(t, m, "I wear size L")
	said(t, m, "I love green")
	for _, f := range []struct {
		what string
		n    int
	}{{"nothing of the kind", 0}, {"my size", 1}, {"last", 1}} {
		if n, err := m.Forget(t.Context(), "C1", f.what, "c1"); n != f.n || err != nil {
			t.Errorf("%q forgot %d, %v; want %d", f.what, n, err, f.n)
		}
	}
	if p, _ := m.Profile(t.Context(), "C1"); len(p.Facts) != 0 || len(p.Past) != 0 {
		t.Errorf("left %+v %+v", p.Facts, p.Past)
	}
}

func TestUseIsNotedOnceADay(t *testing.T) {
	now := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	m := at(t, &now)
	f := said(t, m, "I wear size M")[0]
	used := func() time.Time {
		p, err := m.Profile(t.Context(), "C1")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Use(t.Context(), "C1", p, []string{f.ID}); err != nil {
			t.Fatal(err)
		}
		p, _ = m.Profile(t.Context(), "C1")
		return p.Facts[0].Used
	}
	first := used()
	now = now.Add(time.Hour)
	if again := used(); !first.Equal(now.Add(-time.Hour)) || !again.Equal(first) {
		t.Errorf("used %s, then %s", first, again)
	}
	now = now.Add(30 * time.Hour)
	if later := used(); !later.Equal(now) {
		t.Errorf("a day later: %s", later)
	}
}

func TestAConsentCoversHarmlessKindsUntilItIsRevoked(t *testing.T) {
	now := time.Now()
	m := at(t, &now)
	f := Stated(facts.Statement{Kind: "size", Value: "M", Quote: "I wear M"})
	f.Consent = "yes"
	if _, err := m.KeepAll(t.Context(), "C1", []Fact{f}, &Consent{Given: now, Words: "yes", Kinds: Harmless()}); err != nil {
		t.Fatal(err)
	}
	p, _ := m.Profile(t.Context(), "C1")
	if !p.Consents("size") || !p.Consents("taste") || p.Consents("allergy") || p.Consents("household") || p.Stopped() {
		t.Errorf("consent %+v", p.Consent)
	}
	if err := m.Revoke(t.Context(), "C1", "stop remembering"); err != nil {
		t.Fatal(err)
	}
	p, _ = m.Profile(t.Context(), "C1")
	if p.Consents("size") || !p.Stopped() || len(p.Facts) != 1 || p.Consent.Words != "yes" {
		t.Errorf("after revoking: %+v", p)
	}
}
