package channels

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"parley/memory/store"
)

// A watched store notes which appends were looked at and for whom work was queued.
type watched struct {
	store.Store
	mu     sync.Mutex
	looked []string
	queued []string
	fail   error // of queueing
}

func (w *watched) Changed(ctx context.Context, after store.Place, fn func(string, store.Place, []store.Item) error) error {
	return w.Store.Changed(ctx, after, func(log string, at store.Place, items []store.Item) error {
		w.looked = append(w.looked, log)
		return fn(log, at, items)
	})
}

func (w *watched) Enqueue(ctx context.Context, key, id string, data []byte) error {
	if w.fail != nil {
		return w.fail
	}
	w.mu.Lock()
	w.queued = append(w.queued, key+" "+id)
	w.mu.Unlock()
	return w.Store.Enqueue(ctx, key, id, data)
}

func (w *watched) reset() { w.looked, w.queued = nil, nil }

func end(t *testing.T, st store.Store) store.Place {
	t.Helper()
	at, _, err := st.Ends(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestASweepLooksOnlyAtWhatWasWrittenSinceTheLast(t *testing.T) {
	st := &watched{Store: memoryStore(t)}
	h, ctx := newHub(t, st, &echo{})
	say := func(id, message string, from Role, answers string) {
		t.Helper()
		e := Entry{ID: message, From: From{Role: from}, Kind: KindText, Answers: answers, Body: json.RawMessage(`{"text":"x"}`)}
		if err := h.Record(ctx, id, e); err != nil {
			t.Fatal(err)
		}
	}
	a, b, c := start(t, ctx, h), start(t, ctx, h), start(t, ctx, h)
	say(a, "m1", RoleShopper, "")
	say(a, "m1/1", RoleAssistant, "m1")
	say(b, "m2", RoleShopper, "")
	st.reset()
	if err := h.sweep(ctx, end(t, st)); err != nil {
		t.Fatal(err)
	}
	if want := []string{b + " again:m2"}; !slices.Equal(st.queued, want) {
		t.Errorf("queued %v, want %v", st.queued, want)
	}
	st.reset()
	if err := h.sweep(ctx, end(t, st)); err != nil || len(st.looked) > 0 {
		t.Errorf("with nothing new it looked at %v, %v", st.looked, err)
	}
	say(c, "m3", RoleShopper, "")
	st.reset()
	if err := h.sweep(ctx, end(t, st)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(st.looked, []string{c}) || !slices.Equal(st.queued, []string{c + " again:m3"}) {
		t.Errorf("looked at %v and queued %v; want only %s", st.looked, st.queued, c)
	}
}

func TestASweepLeavesWhatWasAnsweredOrReplacedSince(t *testing.T) {
	st := &watched{Store: memoryStore(t)}
	h, ctx := newHub(t, st, &echo{})
	body := json.RawMessage(`{"text":"x"}`)
	ids := map[string]string{}
	for _, name := range []string{"answered", "replaced", "a person wrote", "waits"} {
		ids[name] = start(t, ctx, h)
		if err := h.Record(ctx, ids[name], Entry{ID: "m " + name, From: From{Role: RoleShopper}, Kind: KindText, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	until := end(t, st)
	for name, e := range map[string]Entry{
		"answered":       {ID: "a", From: From{Role: RoleAssistant}, Answers: "m answered"},
		"replaced":       {ID: "b", From: From{Role: RoleShopper}},
		"a person wrote": {ID: "c", From: From{Role: RoleStaff}},
		"waits":          {ID: "d", From: From{Role: RoleSystem}},
	} {
		e.Kind, e.Body = KindText, body
		if err := h.Record(ctx, ids[name], e); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.sweep(ctx, until); err != nil || !slices.Equal(st.queued, []string{ids["waits"] + " again:m waits"}) {
		t.Errorf("queued %v, %v; want the one that waits", st.queued, err)
	}
	st.reset()
	if err := h.sweep(ctx, end(t, st)); err != nil || !slices.Equal(st.queued, []string{ids["replaced"] + " again:b"}) {
		t.Errorf("then queued %v, %v; want the newer message", st.queued, err)
	}
}

func TestASweepThatCannotQueueLooksAgain(t *testing.T) {
	st := &watched{Store: memoryStore(t)}
	h, ctx := newHub(t, st, &echo{})
	id := start(t, ctx, h)
	st.fail = errors.New("full")
	if _, err := h.Post(ctx, id, Post{ID: "m1", Text: "hi"}); !errors.Is(err, st.fail) {
		t.Fatalf("posted with %v", err)
	}
	if err := h.sweep(ctx, end(t, st)); !errors.Is(err, st.fail) {
		t.Fatalf("swept with %v", err)
	}
	st.fail = nil
	if err := h.sweep(ctx, end(t, st)); err != nil || !slices.Equal(st.queued, []string{id + " again:m1"}) {
		t.Errorf("queued %v, %v", st.queued, err)
	}
}

func TestAMarkBeyondTheEndIsOfAnotherStore(t *testing.T) {
	st := &watched{Store: memoryStore(t)}
	h, ctx := newHub(t, st, &echo{})
	here, err := st.Bucket(ctx, store.Here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.Put(ctx, sweptKey, []byte("1000")); err != nil {
		t.Fatal(err)
	}
	id := start(t, ctx, h)
	st.fail = errors.New("crash")
	_, _ = h.Post(ctx, id, Post{ID: "m1", Text: "hi"})
	st.fail = nil
	if err := h.sweep(ctx, end(t, st)); err != nil || len(st.queued) != 1 {
		t.Errorf("queued %v, %v", st.queued, err)
	}
}
