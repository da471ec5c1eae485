package seal

import (
	"context"
	"errors"
	"fmt"

	"parley/memory/store"
)

// A bucket keeps one sealed value for each owner, under the owner's name.
type bucket struct {
	ring *Ring
	in   store.Bucket
	what string
}

// Owned gives a bucket whose keys are owners: it is used with their ids, and
// what lies in the store under their names is sealed with their keys. Keys and
// Watch give names, for ids are not kept. What was erased is not found.
func (r *Ring) Owned(what string, in store.Bucket) store.Bucket {
	if r == nil {
		return in
	}
	return bucket{r, in, what}
}

func (b bucket) as(name string) string { return b.what + " " + name }

func (b bucket) Get(ctx context.Context, owner string) ([]byte, uint64, error) {
	name := b.ring.Name(owner)
	box, rev, err := b.in.Get(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	plain, err := b.ring.Open(ctx, b.as(name), box)
	if errors.Is(err, ErrDropped) {
		// Left by an erasure that was cut short: nothing that anybody can read.
		if err = b.in.Erase(ctx, name); err == nil {
			err = fmt.Errorf("%s: %w", b.what, store.ErrNotFound)
		}
	}
	return plain, rev, err
}

func (b bucket) write(ctx context.Context, owner string, value []byte, write func(name string, box []byte) (uint64, error)) (uint64, error) {
	name := b.ring.Name(owner)
	box, err := b.ring.Seal(ctx, owner, b.as(name), value)
	if err != nil {
		return 0, err
	}
	return write(name, box)
}

func (b bucket) Put(ctx context.Context, owner string, value []byte) (uint64, error) {
	return b.write(ctx, owner, value, func(name string, box []byte) (uint64, error) { return b.in.Put(ctx, name, box) })
}

func (b bucket) Create(ctx context.Context, owner string, value []byte) (uint64, error) {
	return b.write(ctx, owner, value, func(name string, box []byte) (uint64, error) { return b.in.Create(ctx, name, box) })
}

func (b bucket) Update(ctx context.Context, owner string, value []byte, rev uint64) (uint64, error) {
	return b.write(ctx, owner, value, func(name string, box []byte) (uint64, error) { return b.in.Update(ctx, name, box, rev) })
}

func (b bucket) Delete(ctx context.Context, owner string) error {
	return b.in.Delete(ctx, b.ring.Name(owner))
}

func (b bucket) Erase(ctx context.Context, owner string) error {
	return b.in.Erase(ctx, b.ring.Name(owner))
}

func (b bucket) Keys(ctx context.Context) ([]string, error) { return b.in.Keys(ctx) }

func (b bucket) Watch(ctx context.Context, fn func(name string, value []byte, rev uint64) error) error {
	return b.in.Watch(ctx, func(name string, box []byte, rev uint64) error {
		if box == nil {
			return fn(name, nil, rev)
		}
		plain, err := b.ring.Open(ctx, b.as(name), box)
		if errors.Is(err, ErrDropped) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(name, plain, rev)
	})
}
