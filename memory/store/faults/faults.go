// Package faults tells a hook of every write that a store is asked for: before
// it, while it is under way, and after it. Between two writes nothing that lasts
// can happen, so that a process which may die at any of these points may die
// anywhere. It changes nothing that is written. Start with [Store].
package faults

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	"parley/memory/store"
)

// Phases of a write. A point is a phase and a write: "after queue".
const (
	Before = "before"
	In     = "in"
	After  = "after"
)

// Phases are all of them, in order.
var Phases = []string{Before, In, After}

// Store gives st with hook told of each point that is passed. In is told side
// by side with the write; a write waits for the hook.
//
// The writes are: "message" and "queue", "turn" (a piece of work, up to its
// acknowledgement), "event", "object", "erase log", "delete events" and so on,
// and for a bucket "records create", "records update" and so on. Within a turn
// they begin with "turn: ", and with "answered: " once the answer is stored,
// which itself is "turn: answer".
func Store(st store.Store, hook func(point string)) store.Store { return faulty{st, hook} }

type faulty struct {
	store.Store
	hook func(point string)
}

// whereIs says, in the context of a turn, how far it is.
type whereIs struct{}

type turn struct{ answered atomic.Bool }

// during runs a write and tells the hook of its points.
func (f faulty) during(ctx context.Context, write string, do func() error) error {
	if t, ok := ctx.Value(whereIs{}).(*turn); ok {
		if t.answered.Load() {
			write = "answered: " + write
		} else {
			write = "turn: " + write
		}
	}
	f.hook(Before + " " + write)
	var side sync.WaitGroup
	side.Go(func() { f.hook(In + " " + write) })
	err := do()
	side.Wait()
	if err == nil {
		f.hook(After + " " + write)
	}
	return err
}

func (f faulty) Append(ctx context.Context, log string, after uint64, items ...json.RawMessage) (last uint64, err error) {
	write := "message"
	t, inTurn := ctx.Value(whereIs{}).(*turn)
	if inTurn {
		write = "answer"
	}
	err = f.during(ctx, write, func() error {
		last, err = f.Store.Append(ctx, log, after, items...)
		return err
	})
	if inTurn && err == nil {
		t.answered.Store(true)
	}
	return last, err
}

func (f faulty) DeleteLog(ctx context.Context, log string) error {
	return f.during(ctx, "delete log", func() error { return f.Store.DeleteLog(ctx, log) })
}

func (f faulty) EraseLog(ctx context.Context, log string) error {
	return f.during(ctx, "erase log", func() error { return f.Store.EraseLog(ctx, log) })
}

func (f faulty) EraseEvents(ctx context.Context, seqs ...uint64) error {
	return f.during(ctx, "erase events", func() error { return f.Store.EraseEvents(ctx, seqs...) })
}

func (f faulty) DeleteEvents(ctx context.Context, seqs ...uint64) error {
	return f.during(ctx, "delete events", func() error { return f.Store.DeleteEvents(ctx, seqs...) })
}

func (f faulty) EraseWork(ctx context.Context, key string) (n int, err error) {
	err = f.during(ctx, "erase work", func() error { n, err = f.Store.EraseWork(ctx, key); return err })
	return n, err
}

func (f faulty) DeleteBucket(ctx context.Context, name string) error {
	return f.during(ctx, "delete bucket", func() error { return f.Store.DeleteBucket(ctx, name) })
}

func (f faulty) Enqueue(ctx context.Context, key, id string, data []byte) error {
	return f.during(ctx, "queue", func() error { return f.Store.Enqueue(ctx, key, id, data) })
}

func (f faulty) Work(ctx context.Context, parallel int, fn func(context.Context, store.Work) error) error {
	return f.Store.Work(ctx, parallel, func(ctx context.Context, w store.Work) error {
		f.hook(Before + " turn")
		err := fn(context.WithValue(ctx, whereIs{}, &turn{}), w)
		if err == nil {
			f.hook(After + " turn")
		}
		return err
	})
}

func (f faulty) Record(ctx context.Context, id string, data []byte) error {
	return f.during(ctx, "event", func() error { return f.Store.Record(ctx, id, data) })
}

func (f faulty) PutObject(ctx context.Context, name string, data []byte) error {
	return f.during(ctx, "object", func() error { return f.Store.PutObject(ctx, name, data) })
}

func (f faulty) Bucket(ctx context.Context, name string) (store.Bucket, error) {
	b, err := f.Store.Bucket(ctx, name)
	kind, _, _ := strings.Cut(name, "-") // the keyring of one master key is a keyring
	return faultyBucket{b, f, kind}, err
}

type faultyBucket struct {
	store.Bucket
	of   faulty
	name string
}

func (b faultyBucket) Put(ctx context.Context, key string, value []byte) (rev uint64, err error) {
	err = b.of.during(ctx, b.name+" put", func() error { rev, err = b.Bucket.Put(ctx, key, value); return err })
	return rev, err
}

func (b faultyBucket) Create(ctx context.Context, key string, value []byte) (rev uint64, err error) {
	err = b.of.during(ctx, b.name+" create", func() error { rev, err = b.Bucket.Create(ctx, key, value); return err })
	return rev, err
}

func (b faultyBucket) Update(ctx context.Context, key string, value []byte, rev uint64) (next uint64, err error) {
	err = b.of.during(ctx, b.name+" update", func() error { next, err = b.Bucket.Update(ctx, key, value, rev); return err })
	return next, err
}

func (b faultyBucket) Delete(ctx context.Context, key string) error {
	return b.of.during(ctx, b.name+" delete", func() error { return b.Bucket.Delete(ctx, key) })
}

func (b faultyBucket) Erase(ctx context.Context, key string) error {
	return b.of.during(ctx, b.name+" erase", func() error { return b.Bucket.Erase(ctx, key) })
}
