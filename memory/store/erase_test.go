package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"parley/memory/store"
	"parley/memory/store/storetest"
)

func TestWhatIsErasedIsInNoFile(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	s := open(t, dir)
	b, err := s.Bucket(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"gone", "kept"} {
		for i := range uint64(20) {
			if _, err := s.Append(ctx, who, i, json.RawMessage(fmt.Sprintf(`"said by %s"`, who))); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Put(ctx, "of "+who, []byte("value of "+who)); err != nil {
			t.Fatal(err)
		}
		if err := s.Record(ctx, who, []byte("seen "+who)); err != nil {
			t.Fatal(err)
		}
	}
	if len(storetest.FilesHolding(t, dir, "said by gone"))*len(storetest.FilesHolding(t, dir, "value of gone"))*len(storetest.FilesHolding(t, dir, "seen gone")) == 0 {
		t.Fatal("the files are not what this test takes them for")
	}
	if err := errors.Join(s.EraseLog(ctx, "gone"), b.Erase(ctx, "of gone"), s.EraseEvents(ctx, 1), s.EraseEvents(ctx, 1), b.Erase(ctx, "none")); err != nil {
		t.Fatal(err)
	}
	look := func(when string) {
		t.Helper()
		for _, text := range []string{"said by gone", "value of gone", "seen gone"} {
			if in := storetest.FilesHolding(t, dir, text); len(in) > 0 {
				t.Errorf("%s: %q is in %v", when, text, in)
			}
		}
		items, err := s.Read(ctx, "kept", 0, 0)
		v, _, got := b.Get(ctx, "of kept")
		n := 0
		events := s.Events(ctx, 0, func(i store.Item) error { n++; return nil })
		if err := errors.Join(err, got, events); err != nil || len(items) != 20 || string(v) != "value of kept" || n != 1 {
			t.Errorf("%s: %d items, %q, %d events are left: %v", when, len(items), v, n, err)
		}
		if items, err := s.Read(ctx, "gone", 0, 0); err != nil || len(items) > 0 {
			t.Errorf("%s: %d items are there again, %v", when, len(items), err)
		}
		if keys, err := b.Keys(ctx); err != nil || !slices.Equal(keys, []string{"of kept"}) {
			t.Errorf("%s: keys %q, %v", when, keys, err)
		}
	}
	look("while it runs")
	s.Close()
	if in := storetest.FilesHolding(t, dir, "gone"); len(in) > 0 {
		t.Errorf("after the end: its name is in %v", in)
	}
	s = open(t, dir)
	if b, err = s.Bucket(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	look("after a restart")
}

func BenchmarkEraseLog(b *testing.B) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	data := json.RawMessage(`"` + string(bytes.Repeat([]byte("x"), 2000)) + `"`)
	for n := range uint64(100) {
		for l := range 40 {
			if _, err := s.Append(ctx, fmt.Sprint("l", l), n, data); err != nil {
				b.Fatal(err)
			}
		}
	}
	n := 0
	for b.Loop() {
		if n < 40 {
			if err := s.EraseLog(ctx, fmt.Sprint("l", n)); err != nil {
				b.Fatal(err)
			}
		}
		n++
	}
}
