package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// A bucket keeps keys in a JetStream key-value bucket.
type bucket struct {
	s    *jet
	name string
	kv   jetstream.KeyValue
}

// Bucket opens a bucket, making it where it is missing.
func (s *jet) Bucket(ctx context.Context, name string) (Bucket, error) {
	token, err := encode(name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.buckets[name]; ok {
		return b, nil
	}
	kv, err := s.openKeys(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", name, s.told(err))
	}
	b := &bucket{s, name, kv}
	s.buckets[name] = b
	return b, nil
}

func (b *bucket) wrap(what, key string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, jetstream.ErrKeyExists) {
		err = ErrConflict
	}
	return fmt.Errorf("%s %s/%s: %w", what, b.name, key, b.s.told(err))
}

func (b *bucket) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	token, err := encode(key)
	if err != nil {
		return nil, 0, err
	}
	e, err := b.kv.Get(ctx, token)
	if err != nil {
		return nil, 0, b.wrap("read", key, err)
	}
	return e.Value(), e.Revision(), nil
}

func (b *bucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	if err := b.s.room(); err != nil {
		return 0, b.wrap("write", key, err)
	}
	rev, err := b.kv.Put(ctx, token, value)
	return rev, b.wrap("write", key, err)
}

func (b *bucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	if err := b.s.room(); err != nil {
		return 0, b.wrap("create", key, err)
	}
	rev, err := b.kv.Create(ctx, token, value)
	return rev, b.wrap("create", key, err)
}

func (b *bucket) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	if err := b.s.room(); err != nil {
		return 0, b.wrap("update", key, err)
	}
	next, err := b.kv.Update(ctx, token, value, rev)
	return next, b.wrap("update", key, err)
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	token, err := encode(key)
	if err != nil {
		return err
	}
	if err := b.kv.Purge(ctx, token); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return b.wrap("delete", key, err)
	}
	return nil
}

func (b *bucket) Keys(ctx context.Context) ([]string, error) {
	list, err := b.kv.ListKeys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, nil
	}
	if err != nil {
		return nil, b.wrap("list", "", err)
	}
	defer list.Stop()
	var keys []string
	for k := range list.Keys() {
		keys = append(keys, decode(k))
	}
	slices.Sort(keys)
	return keys, ctx.Err()
}

func (b *bucket) Watch(ctx context.Context, fn func(key string, value []byte, rev uint64) error) error {
	w, err := b.kv.WatchAll(ctx)
	if err != nil {
		return b.wrap("watch", "", err)
	}
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-w.Updates():
			if !ok {
				return ErrClosed
			}
			if e == nil { // all that was there has come
				continue
			}
			value := e.Value()
			if e.Operation() != jetstream.KeyValuePut {
				value = nil
			}
			if err := fn(decode(e.Key()), value, e.Revision()); err != nil {
				return err
			}
		}
	}
}
