package faults

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"parley/memory/store"
)

// Every write of a turn is told, in order, and named after where in the turn it is.
func TestEachPointIsTold(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var mu sync.Mutex
	var told []string
	ctx, stop := context.WithCancel(t.Context())
	f := Store(st, func(point string) {
		mu.Lock()
		defer mu.Unlock()
		if told = append(told, point); point == After+" turn" {
			stop()
		}
	})
	b, err := f.Bucket(ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	item := json.RawMessage(`{}`)
	if _, err := f.Append(ctx, "c", 0, item); err != nil {
		t.Fatal(err)
	}
	if err := f.Enqueue(ctx, "c", "m", nil); err != nil {
		t.Fatal(err)
	}
	_ = f.Work(ctx, 1, func(ctx context.Context, _ store.Work) error {
		if _, err := b.Create(ctx, "k", item); err != nil {
			return err
		}
		if _, err := f.Append(ctx, "c", 1, item); err != nil {
			return err
		}
		return b.Delete(ctx, "k")
	})
	want := []string{"before turn"}
	for _, write := range []string{"message", "queue", "turn: orders create", "turn: answer", "answered: orders delete"} {
		for _, phase := range Phases {
			want = append(want, phase+" "+write)
		}
	}
	want = append(want, "after turn")
	slices.Sort(want)
	mu.Lock()
	defer mu.Unlock()
	if i, j := slices.Index(told, "after turn: answer"), slices.Index(told, "before answered: orders delete"); i < 0 || j < i {
		t.Errorf("the order is %q", told)
	}
	slices.Sort(told)
	if !slices.Equal(told, want) {
		t.Errorf("told %q\nwant %q", told, want)
	}
}
