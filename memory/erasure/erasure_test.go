package erasure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

// A place keeps one sealed value for each owner, as the real ones do.
type place struct {
	store.Store
	ring *seal.Ring
	b    store.Bucket
}

func newPlace(t *testing.T, dir string) *place {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ring, err := seal.Open(t.Context(), seal.Config{Store: st, Key: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ring.Close)
	raw, err := st.Bucket(t.Context(), "things")
	if err != nil {
		t.Fatal(err)
	}
	return &place{st, ring, ring.Owned("things", raw)}
}

func (p *place) put(t *testing.T, owner, value string) {
	t.Helper()
	if _, err := p.b.Put(t.Context(), owner, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

func (p *place) eraser(t *testing.T, fault func(string) error) *Eraser {
	t.Helper()
	count := func(ctx context.Context, s Subject) (n int, err error) {
		for _, id := range s.IDs() {
			if _, _, err := p.b.Get(ctx, id); err == nil {
				n++
			} else if !errors.Is(err, store.ErrNotFound) {
				return n, err
			}
		}
		return n, nil
	}
	now := time.Unix(1e9, 0)
	e, err := New(t.Context(), Config{
		Store: p.Store, Ring: p.ring, fault: fault, Remains: []string{"orders"}, Now: func() time.Time { now = now.Add(time.Second); return now },
		Find: func(_ context.Context, c string) (Subject, error) {
			return Subject{Customer: c, Joined: []string{"guest of " + c}, Conversations: []string{"secret conversation"}}, nil
		},
		Parts: []Part{
			{Kind: "things", Count: count, Erase: func(ctx context.Context, s Subject) (n int, err error) {
				for _, id := range s.IDs() {
					err = errors.Join(err, p.b.Erase(ctx, id))
				}
				return 0, err
			}, Remains: "a copy far away"},
			{Kind: "nothing", Count: func(context.Context, Subject) (int, error) { return 0, nil }, Remains: "never said"},
			{Kind: "counted late", Erase: func(context.Context, Subject) (int, error) { return 3, nil }},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func left(r *Report) (out []string) {
	for _, f := range r.Found {
		if f.Left {
			out = append(out, f.Where+": "+f.What)
		}
	}
	return out
}

func TestAnErasureLeavesAReceiptAndNothingElse(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	p := newPlace(t, dir)
	for _, who := range []string{"C100", "guest of C100", "C1007"} {
		p.put(t, who, "words of "+who)
	}
	e := p.eraser(t, nil)
	q := Query{Customer: "C100", Dirs: []string{dir}}
	before, err := e.Verify(ctx, q)
	if err != nil || before.Gone() || !strings.Contains(strings.Join(left(before), "\n"), "there is a key") || !strings.Contains(strings.Join(left(before), "\n"), "things: 1 records") {
		t.Errorf("before: %q, %v", left(before), err)
	}
	r, err := e.Erase(ctx, "C100", "chat")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.ID, "E-") || r.Sum("things") != 2 || r.Sum("counted late") != 3 || !slices.Equal(r.Remains, []string{"a copy far away", "orders"}) || len(r.Names) != 2 {
		t.Errorf("the receipt is %+v", r)
	}
	q.Words = []string{"words of C100", "secret conversation", "guest of C100"}
	after, err := e.Verify(ctx, q)
	if err != nil || !after.Gone() || after.Receipt.ID != r.ID || after.Files == 0 || after.Records == 0 {
		t.Errorf("after: %q, %+v, %v", left(after), after, err)
	}
	if v, _, err := p.b.Get(ctx, "C1007"); err != nil || string(v) != "words of C1007" {
		t.Errorf("another customer has %q, %v", v, err)
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Customer: "C1007"}, "no receipt tells"},
		{Query{Customer: "C1007", Receipt: r.ID}, "of another customer"},
		{Query{Customer: "C100", Receipt: "E-0"}, "no receipt E-0"},
	} {
		got, err := e.Verify(ctx, c.q)
		if err != nil || got.Gone() || !strings.Contains(strings.Join(left(got), "\n"), c.want) {
			t.Errorf("%+v: %q, %v; want %s", c.q, left(got), err, c.want)
		}
	}
	// A receipt that somebody changed is told.
	b, _, err := e.receipts.Get(ctx, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.receipts.Put(ctx, r.ID, bytes.Replace(b, []byte(`"things","n":2`), []byte(`"things","n":9`), 1)); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Verify(ctx, Query{Customer: "C100"}); err != nil || !strings.Contains(strings.Join(left(got), "\n"), "changed after it was written") {
		t.Errorf("a forged receipt: %q, %v", left(got), err)
	}
	// Who comes back has another key, which is told, and does not pass for what was
	// erased.
	if _, err := e.receipts.Put(ctx, r.ID, b); err != nil {
		t.Fatal(err)
	}
	p.put(t, "C100", "back")
	got, err := e.Verify(ctx, q)
	if err != nil || !got.Gone() || !strings.Contains(fmt.Sprint(got.Found), "2 records are newer: this customer came back") {
		t.Errorf("came back: %+v, %v", got, err)
	}
	if r, err = e.Erase(ctx, "C100", "chat"); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Verify(ctx, q); err != nil || !got.Gone() || got.Receipt.ID != r.ID {
		t.Errorf("erased again: %+v, %v", got, err)
	}
}

// An erasure that is killed before any of its steps is ended by the next start,
// and what has gone by then is counted once.
func TestAnErasureThatWasCutShortIsCarriedOn(t *testing.T) {
	steps := []string{"drop the key", "things", "nothing", "counted late", "receipt", "end"}
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			dir, ctx := t.TempDir(), t.Context()
			p := newPlace(t, dir)
			for _, who := range []string{"C100", "guest of C100", "C1007"} {
				p.put(t, who, "words of "+who)
			}
			killed := errors.New("killed")
			_, err := p.eraser(t, func(step string) error {
				if step == at {
					return killed
				}
				return nil
			}).Erase(ctx, "C100", "page")
			if !errors.Is(err, killed) {
				t.Fatal(err)
			}
			e := p.eraser(t, nil)
			if r, err := e.Verify(ctx, Query{Customer: "C100"}); err != nil || r.Gone() {
				t.Errorf("half way: %+v, %v", r, err)
			}
			n, err := e.Resume(ctx)
			if err != nil || n != 1 {
				t.Fatalf("carried on %d, %v", n, err)
			}
			r, err := e.Verify(ctx, Query{Customer: "C100", Dirs: []string{dir}, Words: []string{"words of C100", "secret conversation"}})
			if err != nil || !r.Gone() {
				t.Errorf("after: %q, %v", left(r), err)
			}
			if got := fmt.Sprint(r.Receipt.Removed, r.Receipt.By); got != "[{things 2} {nothing 0} {counted late 3}]page" {
				t.Errorf("the receipt says %s", got)
			}
			if n, err := e.Resume(ctx); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
			if v, _, err := p.b.Get(ctx, "C1007"); err != nil || string(v) != "words of C1007" {
				t.Errorf("another customer has %q, %v", v, err)
			}
		})
	}
}

func TestAWordIsFoundWhole(t *testing.T) {
	for text, want := range map[string]bool{"C100": true, "is C100.": true, `"C100"`: true, "C1007": false, "xC100": false, "C1007 C100": true, "": false} {
		if contains([]byte(text), "C100") != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}
