package channels

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"parley/memory/store"
)

// A crash between an answer and the record beside it loses nothing: the message
// comes again, and the person who was promised in the log is asked for.
func TestAPersonWhoWasPromisedIsAskedForAfterACrash(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	asks := Entry{ID: "m1", From: From{Role: RoleShopper}, Kind: KindText, Body: json.RawMessage(`{"text":"a person please"}`)}
	answer := []Entry{
		{ID: "m1/1", From: From{Role: RoleAssistant}, Kind: KindText, Answers: "m1", Body: json.RawMessage(`{"text":"Somebody comes."}`), Inside: &Inside{Locale: "zh"}},
		{ID: "m1/2", From: From{Role: RoleAssistant}, Kind: KindHandOff, Answers: "m1", Body: json.RawMessage(`{"state":"requested","reason":"asked"}`)},
	}
	if err := h.Record(ctx, id, asks); err != nil {
		t.Fatal(err)
	}
	if err := h.Record(ctx, id, answer...); err != nil {
		t.Fatal(err)
	}
	state := func() HandOffState {
		t.Helper()
		if err := h.work(ctx, store.Work{Key: id, Data: []byte("m1")}); err != nil {
			t.Fatal(err)
		}
		c, err := h.Get(ctx, id)
		if err != nil || c.Locale != "zh" {
			t.Errorf("the locale is %q, %v", c.Locale, err)
		}
		return c.HandOff
	}
	if got := state(); got.State != Requested || got.Reason != "asked" {
		t.Errorf("the hand-off is %+v", got)
	}
	ana := Staff{ID: "test:ana", Name: "Ana"}
	if err := h.Claim(ctx, id, ana); err != nil {
		t.Fatal(err)
	}
	if err := h.Return(ctx, id, ana, ""); err != nil {
		t.Fatal(err)
	}
	if got := state(); got.State != Returned {
		t.Errorf("a message that comes again makes an old promise new: %+v", got)
	}
}

// A hasty store's sender leaves as soon as something is stored.
type hasty struct {
	store.Store
	leave func()
}

func (h *hasty) Append(ctx context.Context, log string, after uint64, items ...json.RawMessage) (uint64, error) {
	last, err := h.Store.Append(ctx, log, after, items...)
	h.leave()
	return last, err
}

func TestWhatIsStoredIsAnsweredAlsoWhenItsSenderLeaves(t *testing.T) {
	st := &hasty{memoryStore(t), func() {}}
	h, ctx := newHub(t, st, &echo{})
	id := start(t, ctx, h)
	sender, leave := context.WithCancel(ctx)
	st.leave = leave
	if _, err := h.Post(sender, id, Post{ID: "m1", Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	work(t, h)
	await(t, ctx, h, id, func(e Entry) bool { return e.Answers == "m1" })
}

// The answer to an earlier message may be stored while a newer one is on its
// way to the queue: that one still waits.
func TestASweepFindsAMessageBehindWhichAnEarlierOneIsAnswered(t *testing.T) {
	st := &watched{Store: memoryStore(t)}
	h, ctx := newHub(t, st, &echo{})
	id := start(t, ctx, h)
	body := json.RawMessage(`{"text":"x"}`)
	for _, e := range []Entry{
		{ID: "m1", From: From{Role: RoleShopper}},
		{ID: "m2", From: From{Role: RoleShopper}},
		{ID: "m1/1", From: From{Role: RoleAssistant}, Answers: "m1"},
	} {
		e.Kind, e.Body = KindText, body
		if err := h.Record(ctx, id, e); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.sweep(ctx, end(t, st)); err != nil || !slices.Equal(st.queued, []string{id + " again:m2"}) {
		t.Errorf("queued %v, %v; want the newer message", st.queued, err)
	}
}
