package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/memory/retention"
	"parley/memory/seal"
	"parley/memory/store"
)

// An attic is a sealed hub whose clock is moved by hand.
type attic struct {
	*Hub
	t    *testing.T
	at   time.Time
	ring *seal.Ring
	st   store.Store
}

func newAttic(t *testing.T) *attic {
	t.Helper()
	a := &attic{t: t, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return a.at }
	var err error
	if a.st, err = store.Open(t.Context(), store.Config{Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.st.Close() })
	if a.ring, err = seal.Open(t.Context(), seal.Config{Store: a.st, Key: make([]byte, 32), Now: now}); err != nil {
		t.Fatal(err)
	}
	if a.Hub, err = New(Config{Store: a.st, Agent: &echo{}, Ring: a.ring, Now: now}); err != nil {
		t.Fatal(err)
	}
	return a
}

// talk is a conversation with a question and its answer, days ago.
func (a *attic) talk(who string, daysAgo int, more ...Entry) string {
	a.t.Helper()
	now := a.at
	defer func() { a.at = now }()
	a.at = now.AddDate(0, 0, -daysAgo)
	c, _, err := a.Start(a.t.Context(), Visitor{Customer: llm.Customer{ID: who, Authenticated: !IsGuest(who)}})
	if err != nil {
		a.t.Fatal(err)
	}
	entries := append([]Entry{
		{ID: "m1", From: From{Role: RoleShopper}, Kind: KindText, Body: []byte(`{"text":"hello"}`)},
		{ID: "m1/1", From: From{Role: RoleAssistant}, Kind: KindText, Body: []byte(`{"text":"hi"}`), Answers: "m1", Inside: &Inside{}},
	}, more...)
	if err := a.Record(a.t.Context(), c.ID, entries...); err != nil {
		a.t.Fatal(err)
	}
	return c.ID
}

func forgetNothing(context.Context, string) error { return nil }

// goes runs the rules and tells which conversations went, and what was held.
func (a *attic) goes() (held []string) {
	a.t.Helper()
	for _, rule := range a.Retain(retention.Age{Months: 24}, retention.Age{Days: 30}, forgetNothing) {
		err := rule.Old(a.t.Context(), rule.Keep.Before(a.at), func(t retention.Thing) error {
			if t.Held != "" {
				held = append(held, t.Held)
				return nil
			}
			return rule.Remove(a.t.Context(), t)
		})
		if err != nil {
			a.t.Fatal(err)
		}
	}
	return held
}

func (a *attic) there(id string) bool {
	a.t.Helper()
	_, err := a.Get(a.t.Context(), id)
	n, failed := a.st.Last(a.t.Context(), id)
	if failed != nil || err != nil && !errors.Is(err, error(ErrNoConversation)) {
		a.t.Fatal(err, failed)
	}
	if err != nil && n > 0 {
		a.t.Errorf("%s has no record and %d entries", id, n)
	}
	return err == nil
}

func TestConversationsGoWholeWhenTheyAreOldAndOver(t *testing.T) {
	a := newAttic(t)
	question := func(id string) Entry {
		p, err := json.Marshal(agent.Pending{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		return Entry{ID: "m1/2", From: From{Role: RoleAssistant}, Kind: KindConfirm, Body: []byte(`{"id":"p1","state":"open"}`), Answers: "m1", Inside: &Inside{Pending: p}}
	}
	waiting := Entry{ID: "m2", From: From{Role: RoleShopper}, Kind: KindText, Body: []byte(`{"text":"are you there?"}`)}
	guest := NewGuest()
	ids := map[string]string{
		"of last year":         a.talk("C1", 500),
		"of three years ago":   a.talk("C1", 1100),
		"that waits":           a.talk("C1", 1100, waiting),
		"with a begun act":     a.talk("C1", 1100, question("p1")),
		"with an old question": a.talk("C1", 1100, question("p2")),
		"a person has":         a.talk("C1", 1100),
		"that wants a person":  a.talk("C1", 1100),
		"of a guest":           a.talk(guest, 31),
		"of a new guest":       a.talk(NewGuest(), 29),
		"of a guest, held":     a.talk(NewGuest(), 400, waiting),
	}
	for what, fn := range map[string]func(*Conversation) error{
		"with a begun act":    func(c *Conversation) error { c.Acting = "p1"; return nil },
		"a person has":        func(c *Conversation) error { c.HandOff.State = Claimed; return nil },
		"that wants a person": func(c *Conversation) error { c.HandOff.State = Requested; return nil },
	} {
		if err := a.change(t.Context(), ids[what], fn); err != nil {
			t.Fatal(err)
		}
	}
	held := a.goes()
	slices.Sort(held)
	want := []string{"a message waits for its answer", "a message waits for its answer", "a person has it", "a person was asked for, and nobody has come", "an act was begun and not finished"}
	if !slices.Equal(held, want) {
		t.Errorf("held %q, want %q", held, want)
	}
	for what, id := range ids {
		goes := what == "of three years ago" || what == "with an old question" || what == "of a guest"
		if a.there(id) == goes {
			t.Errorf("the conversation %s is there: %v", what, !goes)
		}
	}
	if ids, _, err := a.Owned(t.Context(), "C1"); err != nil || len(ids) != 5 {
		t.Errorf("C1 owns %v, %v", ids, err)
	}
	if has, err := a.ring.Has(t.Context(), "C1"); err != nil || !has {
		t.Errorf("the customer's key went: %v", err)
	}
	if ids, _, err := a.Owned(t.Context(), guest); err != nil || len(ids) != 0 {
		t.Errorf("the guest owns %v, %v", ids, err)
	}
}

// What a run decided on and what was said meanwhile.
func TestAConversationThatLivesAgainStays(t *testing.T) {
	a := newAttic(t)
	id := a.talk("C1", 1100)
	rule := a.Retain(retention.Age{Months: 24}, retention.Age{}, forgetNothing)[0]
	err := rule.Old(t.Context(), rule.Keep.Before(a.at), func(x retention.Thing) error {
		if _, err := a.Post(t.Context(), id, Post{ID: "m9", Text: "back again"}); err != nil {
			return err
		}
		return rule.Remove(t.Context(), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := a.Entries(t.Context(), id, 0); err != nil || len(all) != 3 || !a.there(id) {
		t.Errorf("left are %d entries, %v", len(all), err)
	}
	// A crash between the log and the record: the next run finds the rest.
	old := a.talk("C1", 1100)
	if err := a.st.EraseLog(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	if a.goes(); a.there(old) {
		t.Error("what a crash left is still there")
	}
}

func TestAGuestsKeyStaysWithWhoSignedIn(t *testing.T) {
	a := newAttic(t)
	for _, signs := range []bool{false, true} {
		guest := NewGuest()
		if _, err := a.GiveToken(t.Context(), guest); err != nil {
			t.Fatal(err)
		}
		claimed, left := a.talk(guest, 0), a.talk(guest, 0)
		who := fmt.Sprint("C", signs)
		if signs {
			if err := a.Identify(t.Context(), claimed, llm.Customer{ID: who, Authenticated: true}); err != nil {
				t.Fatal(err)
			}
		}
		a.at = a.at.AddDate(0, 0, 31)
		a.goes()
		if a.there(left) || a.there(claimed) != signs {
			t.Errorf("signed in %v: what was left is there %v, what was claimed %v", signs, a.there(left), a.there(claimed))
		}
		if has, err := a.ring.Has(t.Context(), guest); err != nil || has != signs {
			t.Errorf("signed in %v: the guest's key is there: %v, %v", signs, has, err)
		}
		if signs {
			if turns, err := a.Visits(t.Context(), who, "", true); err != nil || len(turns) != 1 || string(turns[0].Entries[0].Body) != `{"text":"hello"}` {
				t.Errorf("the account reads %+v, %v", turns, err)
			}
		}
	}
}
