package channels

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"testing"

	"parley/memory/store"
)

// A counted store notes what is asked of it.
type counted struct {
	store.Store
	mu    sync.Mutex
	calls map[string]int
}

func (c *counted) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[what]++
}

func (c *counted) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = map[string]int{}
	return calls
}

func (c *counted) Append(ctx context.Context, log string, after uint64, items ...json.RawMessage) (uint64, error) {
	c.note("append")
	return c.Store.Append(ctx, log, after, items...)
}

func (c *counted) Read(ctx context.Context, log string, after uint64, limit int) ([]store.Item, error) {
	c.note("read")
	return c.Store.Read(ctx, log, after, limit)
}

func (c *counted) Last(ctx context.Context, log string) (uint64, error) {
	c.note("last")
	return c.Store.Last(ctx, log)
}

func (c *counted) Enqueue(ctx context.Context, key, id string, data []byte) error {
	c.note("enqueue")
	return c.Store.Enqueue(ctx, key, id, data)
}

func (c *counted) Bucket(ctx context.Context, name string) (store.Bucket, error) {
	b, err := c.Store.Bucket(ctx, name)
	return countedBucket{b, name, c}, err
}

type countedBucket struct {
	store.Bucket
	name string
	of   *counted
}

func (b countedBucket) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	b.of.note("get " + b.name)
	return b.Bucket.Get(ctx, key)
}

func (b countedBucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	b.of.note("put " + b.name)
	return b.Bucket.Put(ctx, key, value)
}

func (b countedBucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	b.of.note("create " + b.name)
	return b.Bucket.Create(ctx, key, value)
}

func (b countedBucket) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	b.of.note("update " + b.name)
	return b.Bucket.Update(ctx, key, value, rev)
}

// What a turn asks of the store, beside the one acknowledgement of its work, is
// most of what it costs; three of it are written to disk.
func TestATurnAsksTheStoreSparingly(t *testing.T) {
	st := &counted{Store: memoryStore(t), calls: map[string]int{}}
	settled := make(chan string, 8)
	h, err := New(Config{Store: st, Agent: &echo{}, Settled: func(_, m string) { settled <- m }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	id := start(t, ctx, h)
	work(t, h)
	<-h.Swept()
	for _, m := range []string{"m1", "m2"} {
		st.take()
		if _, err := h.Post(ctx, id, Post{ID: m, Text: "hi"}); err != nil {
			t.Fatal(err)
		}
		<-settled
	}
	calls, sum := st.take(), 0
	for _, what := range slices.Sorted(maps.Keys(calls)) {
		sum += calls[what]
		t.Log(calls[what], what)
	}
	if sum > 7 {
		t.Errorf("%d requests for a turn: %v", sum, calls)
	}
}
