package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/memory/store"
	"parley/memory/store/storetest"
)

func keyed(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func opened(t *testing.T, dir string) store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func ring(t *testing.T, cfg Config) *Ring {
	t.Helper()
	r, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func sealed(t *testing.T, r *Ring, owner, text string) []byte {
	t.Helper()
	box, err := r.Seal(t.Context(), owner, "a thing", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func reads(t *testing.T, r *Ring, box []byte, want string) {
	t.Helper()
	got, err := r.Open(t.Context(), "a thing", box)
	if err != nil || string(got) != want {
		t.Errorf("opened %q, %v; want %q", got, err, want)
	}
}

func TestABoxOpensOnlyAsWhatItWasSealedAs(t *testing.T) {
	r := ring(t, Config{Store: opened(t, ""), Key: keyed(1)})
	box := sealed(t, r, "C1007", "I wear M")
	if !json.Valid(box) || bytes.Contains(box, []byte("C1007")) || bytes.Contains(box, []byte("wear")) || !Sealed(box) || !Of(box, r.Name("C1007")) || Of(box, r.Name("C1008")) {
		t.Errorf("the box is %s", box)
	}
	reads(t, r, box, "I wear M")
	if _, err := r.Open(t.Context(), "another thing", box); err == nil {
		t.Error("it opened as another thing")
	}
	for i := len(boxBegin); i < len(box); i++ {
		broken := bytes.Clone(box)
		broken[i] ^= 1
		if got, err := r.Open(t.Context(), "a thing", broken); err == nil && Sealed(broken) {
			t.Errorf("with byte %d changed it opened as %q", i, got)
		}
	}
	if bytes.Equal(box, sealed(t, r, "C1007", "I wear M")) {
		t.Error("the same words gave the same box twice")
	}
	reads(t, r, []byte(`{"old":"in plain"}`), `{"old":"in plain"}`)
}

func TestANilRingSealsNothingAndReadsNothingSealed(t *testing.T) {
	box := sealed(t, ring(t, Config{Store: opened(t, ""), Key: keyed(1)}), "C1", "x")
	var none *Ring
	reads(t, none, sealed(t, none, "C1", "y"), "y")
	if _, err := none.Open(t.Context(), "a thing", box); !errors.Is(err, ErrNoRing) {
		t.Errorf("got %v", err)
	}
}

// TestADroppedKeyIsGoneEverywhere has two rings on one store, as two processes
// have, and a copy of the folder from before.
func TestADroppedKeyIsGoneEverywhere(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	st := opened(t, dir)
	now := time.Now()
	one := ring(t, Config{Store: st, Key: keyed(1)})
	other := ring(t, Config{Store: st, Key: keyed(1), Now: func() time.Time { return now }})
	heard := make(chan string, 4)
	other.OnDrop(func(name string) { heard <- name })
	gone, kept := sealed(t, one, "shopper seven", "gone"), sealed(t, one, "C2", "kept")
	reads(t, other, gone, "gone") // and holds the key from now on
	reads(t, other, kept, "kept")
	wrapped, _, err := one.keys.Get(ctx, keyOf(one.Name("shopper seven")))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(one.Drop(ctx, "shopper seven"), one.Drop(ctx, "shopper seven"), one.Drop(ctx, "nobody")); err != nil {
		t.Fatal(err)
	}
	if name := <-heard; name != one.Name("shopper seven") {
		t.Errorf("heard that %s was dropped", name)
	}
	for _, r := range []*Ring{one, other} {
		if got, err := r.Open(ctx, "a thing", gone); !errors.Is(err, ErrDropped) {
			t.Errorf("read %q, %v", got, err)
		}
		ref, _ := RefOf(gone)
		if _, err := r.SealAs(ctx, ref, "a thing", []byte("late")); !errors.Is(err, ErrDropped) {
			t.Errorf("wrote after the erasure: %v", err)
		}
		reads(t, r, kept, "kept")
	}
	if has, err := one.Has(ctx, "shopper seven"); has || err != nil {
		t.Errorf("they have a key: %v, %v", has, err)
	}
	event := sealed(t, one, "an event", "said")
	if err := one.DropUntold(ctx, "an event"); err != nil {
		t.Fatal(err)
	}
	if _, err := one.Open(ctx, "a thing", event); !errors.Is(err, ErrDropped) {
		t.Errorf("an event whose key was dropped: %v", err)
	}
	// One that did not hear of it looks again after a while.
	other.hold(held{ref: Ref{one.Name("shopper seven"), "0"}, key: keyed(9)})
	now = now.Add(2 * holdFor)
	if has, err := other.Has(ctx, "shopper seven"); has || err != nil {
		t.Errorf("after a while they have a key still: %v, %v", has, err)
	}
	// Who comes back has another key, and what was erased stays so.
	back := sealed(t, other, "shopper seven", "back")
	reads(t, one, back, "back")
	if _, err := one.Open(ctx, "a thing", gone); !errors.Is(err, ErrDropped) {
		t.Errorf("after coming back: %v", err)
	}
	var rec record
	if err := json.Unmarshal(wrapped, &rec); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(rec.Key)
	for _, text := range []string{"shopper seven", string(b)} {
		if in := storetest.FilesHolding(t, dir, text); len(in) > 0 {
			t.Errorf("%s is in %v", text, in)
		}
	}
}

func TestAWrongKeyIsRefusedAndNothingIsWritten(t *testing.T) {
	ctx, st := t.Context(), opened(t, "")
	r := ring(t, Config{Store: st, Key: keyed(1)})
	box := sealed(t, r, "C1", "x")
	_, err := Open(ctx, Config{Store: st, Key: keyed(2)})
	if !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "--key-file") || !strings.Contains(err.Error(), idOf(keyed(1))) {
		t.Errorf("got %v", err)
	}
	b, _ := st.Bucket(ctx, pointerBucket)
	if p, rev, err := readPointer(ctx, b); err != nil || p != (pointer{Master: idOf(keyed(1))}) || rev != 1 {
		t.Errorf("it wrote %+v at revision %d, %v", p, rev, err)
	}
	reads(t, ring(t, Config{Store: st, Key: keyed(1)}), box, "x")
}

func TestARotationGoesOnAndBothKeysReadMeanwhile(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	st := opened(t, dir)
	before := ring(t, Config{Store: st, Key: keyed(1)})
	boxes := map[string][]byte{}
	for i := range 20 {
		who := fmt.Sprint("C", i)
		boxes[who] = sealed(t, before, who, "words of "+who)
	}
	wrapped, _, err := before.keys.Get(ctx, keyOf(before.Name("C3")))
	if err != nil {
		t.Fatal(err)
	}
	both := Config{Store: st, Key: keyed(2), Old: keyed(1)}
	r := ring(t, both)
	for i := range 7 { // and is killed
		if err := r.move(ctx, r.Name(fmt.Sprint("C", i))); err != nil {
			t.Fatal(err)
		}
	}
	check := func(r *Ring) {
		t.Helper()
		for who, box := range boxes {
			reads(t, r, box, "words of "+who)
		}
		if r.Name("C3") != before.Name("C3") || !bytes.Equal(r.Derive("x"), before.Derive("x")) {
			t.Error("names or secrets changed")
		}
	}
	r = ring(t, both)
	check(r)
	check(before) // a process that runs on with the old key
	boxes["new"] = sealed(t, r, "new", "words of new")
	if err := r.Drop(ctx, "C5"); err != nil { // moved already
		t.Fatal(err)
	}
	if err := r.Drop(ctx, "C9"); err != nil { // not yet
		t.Fatal(err)
	}
	for who := range map[string]bool{"C5": true, "C9": true} {
		if _, err := r.Open(ctx, "a thing", boxes[who]); !errors.Is(err, ErrDropped) {
			t.Errorf("%s: %v", who, err)
		}
		delete(boxes, who)
	}
	if _, err := before.Seal(ctx, "another", "a thing", []byte("x")); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old key made a key: %v", err)
	}
	for _, one := range [][]byte{keyed(1), keyed(2)} {
		if _, err := Open(ctx, Config{Store: st, Key: one}); !errors.Is(err, ErrWrongKey) || !strings.Contains(err.Error(), "parley keys rotate") {
			t.Errorf("half way with one key: %v", err)
		}
	}
	if n, err := r.Rotate(ctx); err != nil || n != 18 {
		t.Fatalf("rotated %d, %v", n, err)
	}
	check(r) // still runs, with both
	boxes["newer"] = sealed(t, r, "newer", "words of newer")
	check(ring(t, Config{Store: st, Key: keyed(2)}))
	if _, err := Open(ctx, Config{Store: st, Key: keyed(1)}); !errors.Is(err, ErrWrongKey) {
		t.Errorf("the old key still opens: %v", err)
	}
	for _, name := range []string{"C5", "C9"} {
		if has, err := r.Has(ctx, name); has || err != nil {
			t.Errorf("%s has a key again: %v, %v", name, has, err)
		}
	}
	var rec record
	if err := json.Unmarshal(wrapped, &rec); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(rec.Key)
	if in := storetest.FilesHolding(t, dir, string(b)); len(in) > 0 {
		t.Errorf("a key wrapped by the old master is in %v", in)
	}
}

func TestManyAtOnceMakeOneKey(t *testing.T) {
	st := opened(t, "")
	var wait sync.WaitGroup
	boxes := make([][]byte, 16)
	for i := range boxes {
		wait.Go(func() {
			r, err := Open(t.Context(), Config{Store: st, Key: keyed(1)})
			if err == nil {
				boxes[i], err = r.Seal(t.Context(), "C1", "a thing", []byte("x"))
				r.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	r := ring(t, Config{Store: st, Key: keyed(1)})
	for _, b := range boxes {
		reads(t, r, b, "x")
	}
}

// A counted store counts the requests to its buckets.
type counted struct {
	store.Store
	n *int
}

func (c counted) Bucket(ctx context.Context, name string) (store.Bucket, error) {
	*c.n++
	b, err := c.Store.Bucket(ctx, name)
	return countedBucket{b, c.n}, err
}

type countedBucket struct {
	store.Bucket
	n *int
}

func (c countedBucket) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	*c.n++
	return c.Bucket.Get(ctx, key)
}

func (c countedBucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	*c.n++
	return c.Bucket.Create(ctx, key, value)
}

func TestAKeyInUseIsReadOnceAMinute(t *testing.T) {
	n, now := 0, time.Now()
	r := ring(t, Config{Store: counted{opened(t, ""), &n}, Key: keyed(1), Now: func() time.Time { return now }})
	ref, err := r.Ref(t.Context(), "C1")
	if err != nil {
		t.Fatal(err)
	}
	n = 0
	for range 100 {
		box, err := r.SealAs(t.Context(), ref, "a thing", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		reads(t, r, box, "x")
		reads(t, r, sealed(t, r, "C1", "y"), "y")
	}
	if n != 0 {
		t.Errorf("%d requests for a key that is held", n)
	}
	now = now.Add(holdFor)
	sealed(t, r, "C1", "y")
	if n != 1 {
		t.Errorf("%d requests after a minute, want 1", n)
	}
}

func BenchmarkSeal(b *testing.B) { bench(b, true) }
func BenchmarkOpen(b *testing.B) { bench(b, false) }
func bench(b *testing.B, seal bool) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	r, err := Open(ctx, Config{Store: st, Key: keyed(1)})
	if err != nil {
		b.Fatal(err)
	}
	plain := bytes.Repeat([]byte("x"), 2000)
	box, err := r.Seal(ctx, "C1", "a thing", plain)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if seal {
			_, err = r.Seal(ctx, "C1", "a thing", plain)
		} else {
			_, err = r.Open(ctx, "a thing", box)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
