// Package storetest is the suite that every store.Store must pass, in the
// manner of testing/fstest. It is for tests only. Start with [Run].
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/memory/store"
)

// Run checks a store. open gives an empty one each time.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, check := range map[string]func(*testing.T, context.Context, store.Store){
		"append is atomic and ordered": appends, "follow misses nothing": follows, "work is in order and comes again": works,
		"keys compare and set": keys, "events are kept once": events, "live reaches listeners": live, "names are free text": names,
		"what changed is told": changes, "what is erased is gone": erases,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			check(t, ctx, open(t))
		})
	}
}

func raw(n int) json.RawMessage { return json.RawMessage(fmt.Sprint(n)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func appends(t *testing.T, ctx context.Context, s store.Store) {
	last, err := s.Append(ctx, "a", 0, raw(1), raw(2), raw(3))
	must(t, err)
	if last != 3 {
		t.Errorf("last %d, want 3", last)
	}
	for _, after := range []uint64{0, 2, 4} {
		if _, err := s.Append(ctx, "a", after, raw(9)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("append after %d of 3: %v, want ErrConflict", after, err)
		}
	}
	_, err = s.Append(ctx, "a", 3, raw(4))
	must(t, err)
	items, err := s.Read(ctx, "a", 1, 2)
	must(t, err)
	if len(items) != 2 || items[0].Seq != 2 || string(items[1].Data) != "3" {
		t.Errorf("read two after 1: %+v", items)
	}
	if n, err := s.Last(ctx, "none"); n != 0 || err != nil {
		t.Errorf("an empty log ends at %d, %v", n, err)
	}
	must(t, s.DeleteLog(ctx, "a"))
	if items, err := s.Read(ctx, "a", 0, 0); len(items) != 0 || err != nil {
		t.Errorf("after deletion: %v, %v", items, err)
	}
}

func follows(t *testing.T, ctx context.Context, s store.Store) {
	const n = 300
	_, err := s.Append(ctx, "f", 0, raw(1), raw(2))
	must(t, err)
	var wg sync.WaitGroup
	done := errors.New("done")
	for range 3 {
		wg.Go(func() {
			var got []uint64
			err := s.Follow(ctx, "f", 1, func(i store.Item) error {
				got = append(got, i.Seq)
				if i.Seq == n {
					return done
				}
				return nil
			})
			if !errors.Is(err, done) || len(got) != n-1 {
				t.Errorf("followed %d of %d items: %v", len(got), n-1, err)
				return
			}
			for i, seq := range got {
				if seq != uint64(i)+2 {
					t.Errorf("item %d came as %d", i+2, seq)
					return
				}
			}
		})
	}
	for i := uint64(2); i < n; i++ {
		_, err := s.Append(ctx, "f", i, raw(int(i+1)))
		must(t, err)
	}
	wg.Wait()
}

func works(t *testing.T, ctx context.Context, s store.Store) {
	for i := range 12 {
		must(t, s.Enqueue(ctx, fmt.Sprint("key ", i%3), fmt.Sprint(i), raw(i)))
	}
	must(t, s.Enqueue(ctx, "key 0", "0", raw(0))) // the same again
	ctx, stop := context.WithCancel(ctx)
	var mu sync.Mutex
	got := map[string][]string{}
	failed, n := false, 0
	err := s.Work(ctx, 4, func(_ context.Context, w store.Work) error {
		mu.Lock()
		defer mu.Unlock()
		if w.ID == "4" && !failed {
			failed = true
			return errors.New("once")
		}
		got[w.Key] = append(got[w.Key], w.ID)
		if n++; n == 12 {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	want := map[string][]string{"key 0": {"0", "3", "6", "9"}, "key 1": {"1", "4", "7", "10"}, "key 2": {"2", "5", "8", "11"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func keys(t *testing.T, ctx context.Context, s store.Store) {
	b, err := s.Bucket(ctx, "b")
	must(t, err)
	if _, _, err := b.Get(ctx, "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing key: %v", err)
	}
	rev, err := b.Create(ctx, "k", []byte("1"))
	must(t, err)
	if _, err := b.Create(ctx, "k", []byte("2")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("created twice: %v", err)
	}
	_, err = b.Update(ctx, "k", []byte("3"), rev)
	must(t, err)
	if _, err := b.Update(ctx, "k", []byte("4"), rev); !errors.Is(err, store.ErrConflict) {
		t.Errorf("updated an old revision: %v", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := store.Update(ctx, b, "n", func(old []byte) ([]byte, error) { return append(old, 'x'), nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v, _, err := b.Get(ctx, "n"); string(v) != "xxxxxxxx" || err != nil {
		t.Errorf("eight updates at once left %q, %v", v, err)
	}
	must(t, b.Delete(ctx, "k"))
	if list, err := b.Keys(ctx); !cmp.Equal(list, []string{"n"}) || err != nil {
		t.Errorf("keys %v, %v", list, err)
	}
	if _, err := b.Create(ctx, "k", []byte("again")); err != nil {
		t.Errorf("create after delete: %v", err)
	}
}

func events(t *testing.T, ctx context.Context, s store.Store) {
	for _, id := range []string{"a", "b", "a"} {
		must(t, s.Record(ctx, id, []byte(id)))
	}
	var got string
	must(t, s.Events(ctx, 0, func(i store.Item) error { got += string(i.Data); return nil }))
	if got != "ab" {
		t.Errorf("events %q, want ab", got)
	}
}

func erases(t *testing.T, ctx context.Context, s store.Store) {
	for _, log := range []string{"gone", "kept"} {
		for i := range uint64(5) {
			_, err := s.Append(ctx, log, i, raw(int(i)))
			must(t, err)
		}
		must(t, s.Enqueue(ctx, log, "1", raw(1)))
		must(t, s.Enqueue(ctx, log, "2", raw(2)))
	}
	must(t, s.EraseLog(ctx, "gone"))
	must(t, s.EraseLog(ctx, "gone"))
	if last, err := s.Last(ctx, "gone"); last != 0 || err != nil {
		t.Errorf("an erased log ends at %d, %v", last, err)
	}
	if items, err := s.Read(ctx, "kept", 0, 0); len(items) != 5 || err != nil {
		t.Errorf("another log has %d items, %v", len(items), err)
	}
	_, err := s.Append(ctx, "gone", 0, raw(1)) // it may begin anew
	must(t, err)
	if n, err := s.EraseWork(ctx, "gone"); n != 2 || err != nil {
		t.Errorf("erased %d pieces of work, %v", n, err)
	}
	working, stop := context.WithCancel(ctx)
	var got []string
	_ = s.Work(working, 1, func(_ context.Context, w store.Work) error {
		got = append(got, w.Key+w.ID)
		if len(got) == 2 {
			stop()
		}
		return nil
	})
	if d := cmp.Diff([]string{"kept1", "kept2"}, got); d != "" {
		t.Error(d)
	}
	for _, id := range []string{"a", "b", "c"} {
		must(t, s.Record(ctx, id, []byte(id)))
	}
	must(t, s.DeleteEvents(ctx, 1, 1))
	must(t, s.EraseEvents(ctx, 2, 2))
	var left string
	must(t, s.Events(ctx, 0, func(i store.Item) error { left += string(i.Data); return nil }))
	if left != "c" {
		t.Errorf("events %q, want c", left)
	}
	b, err := s.Bucket(ctx, "erased")
	must(t, err)
	rev, err := b.Create(ctx, "k", []byte("1"))
	must(t, err)
	must(t, b.Erase(ctx, "k"))
	must(t, b.Erase(ctx, "k"))
	if _, _, err := b.Get(ctx, "k"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an erased key: %v", err)
	}
	if _, err := b.Update(ctx, "k", []byte("2"), rev); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an erased key was updated: %v", err)
	}
	_, err = b.Create(ctx, "k", []byte("3"))
	must(t, err)
	must(t, s.DeleteBucket(ctx, "erased"))
	must(t, s.DeleteBucket(ctx, "erased"))
	b, err = s.Bucket(ctx, "erased")
	must(t, err)
	if keys, err := b.Keys(ctx); len(keys) != 0 || err != nil {
		t.Errorf("a bucket that was deleted has %q, %v", keys, err)
	}
}

func changes(t *testing.T, ctx context.Context, s store.Store) {
	logs, events, err := s.Ends(ctx)
	must(t, err)
	if logs != 0 || events != 0 {
		t.Errorf("an empty store ends at %d and %d", logs, events)
	}
	_, err = s.Append(ctx, "a", 0, raw(1), raw(2))
	must(t, err)
	mark, _, err := s.Ends(ctx)
	must(t, err)
	for i := range 3 {
		_, err = s.Append(ctx, "b c", uint64(i), raw(i))
		must(t, err)
	}
	_, err = s.Append(ctx, "gone", 0, raw(1))
	must(t, err)
	must(t, s.DeleteLog(ctx, "gone"))
	must(t, s.Record(ctx, "e", []byte("e")))
	for _, c := range []struct {
		after store.Place
		want  []string
	}{{0, []string{"a 2 1", "b c 1 1", "b c 1 2", "b c 1 3"}}, {mark, []string{"b c 1 1", "b c 1 2", "b c 1 3"}}} {
		var got []string
		must(t, s.Changed(ctx, c.after, func(log string, at store.Place, items []store.Item) error {
			if at <= c.after {
				t.Errorf("place %d after %d", at, c.after)
			}
			got = append(got, fmt.Sprint(log, " ", len(items), " ", items[0].Seq))
			return nil
		}))
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("after %d: %s", c.after, d)
		}
	}
	logs, events, err = s.Ends(ctx)
	must(t, err)
	must(t, s.Changed(ctx, logs, func(log string, _ store.Place, _ []store.Item) error { t.Errorf("%s after the end", log); return nil }))
	if logs < mark+3 || events != 1 {
		t.Errorf("the ends are %d and %d", logs, events)
	}
}

func live(t *testing.T, ctx context.Context, s store.Store) {
	heard := make(chan string, 1)
	stop, err := s.Listen("x y", func(b []byte) { heard <- string(b) })
	must(t, err)
	defer stop()
	must(t, s.Publish("x y", []byte("hi")))
	select {
	case h := <-heard:
		if h != "hi" {
			t.Errorf("heard %q", h)
		}
	case <-ctx.Done():
		t.Error("heard nothing")
	}
}

func names(t *testing.T, ctx context.Context, s store.Store) {
	for _, name := range []string{"a.b", "a b", "客户", "*>", "a=b", "a/b"} {
		_, err := s.Append(ctx, name, 0, json.RawMessage(fmt.Sprintf("%q", name)))
		must(t, err)
	}
	seen := map[string]bool{}
	must(t, s.Logs(ctx, func(name string) error { seen[name] = true; return nil }))
	if len(seen) != 6 || !seen["客户"] || !seen["*>"] {
		t.Errorf("logs %v", seen)
	}
	if _, err := s.Append(ctx, "", 0, raw(1)); err == nil {
		t.Error("an empty name was taken")
	}
}
