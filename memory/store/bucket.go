package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A bucket keeps keys in a JetStream key-value bucket.
type bucket struct {
	s      *jet
	name   string
	prefix string // of a key's subject
	stream jetstream.Stream
	kv     jetstream.KeyValue
}

// Bucket opens a bucket, making it where it is missing.
func (s *jet) Bucket(ctx context.Context, name string) (Bucket, error) {
	token, err := encode(name)
	if err != nil {
		return nil, err
	}
	s.opening.Lock()
	defer s.opening.Unlock()
	if b, ok := s.buckets[name]; ok {
		return b, nil
	}
	var kv jetstream.KeyValue
	err = s.patiently(ctx, func(ctx context.Context) (err error) {
		kv, err = s.openKeys(ctx, token)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", name, s.told(err))
	}
	b, err := s.bucketOf(ctx, name, kv)
	if err == nil {
		err = b.fit(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("open the bucket %s: %w", name, s.told(err))
	}
	s.buckets[name] = b
	return b, nil
}

// bucketOf is a bucket that is there, as it is.
func (s *jet) bucketOf(ctx context.Context, name string, kv jetstream.KeyValue) (*bucket, error) {
	b := &bucket{s: s, name: name, prefix: "$KV." + kv.Bucket() + ".", kv: kv}
	err := s.patiently(ctx, func(ctx context.Context) (err error) {
		b.stream, err = s.js.Stream(ctx, "KV_"+kv.Bucket())
		return err
	})
	return b, err
}

// fit gives a bucket the copies and the bound that are wanted from now on.
func (b *bucket) fit(ctx context.Context) error {
	now := b.stream.CachedInfo().Config
	want := now
	if b.s.cfg.URL != "" && b.s.cfg.Replicas > 0 {
		want.Replicas = b.s.cfg.Replicas
	}
	want.MaxBytes = b.s.boundOf(b.name, now.MaxBytes)
	if want.Replicas == now.Replicas && want.MaxBytes == now.MaxBytes {
		return nil
	}
	return b.s.patiently(ctx, func(ctx context.Context) error {
		_, err := b.s.js.UpdateStream(ctx, want)
		return err
	})
}

func (b *bucket) wrap(what, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s/%s: %w", what, b.name, key, b.s.told(err))
}

// headerOperation marks what stands in place of a deleted value.
const headerOperation = "KV-Operation"

// now returns a key's value and revision; a revision without a value is that of
// its deletion, and none at all of a key that never was.
func (b *bucket) now(ctx context.Context, token string) (value []byte, rev uint64, there bool, err error) {
	m, err := b.s.newest(ctx, b.stream, b.prefix+token)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, err
	}
	if m.Header.Get(headerOperation) != "" || m.Header.Get(jetstream.MarkerReasonHeader) != "" {
		return nil, m.Sequence, false, nil
	}
	return m.Data, m.Sequence, true, nil
}

func (b *bucket) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	token, err := encode(key)
	if err != nil {
		return nil, 0, err
	}
	value, rev, there, err := b.now(ctx, token)
	if err == nil && !there {
		err = ErrNotFound
	}
	if err != nil {
		return nil, 0, b.wrap("read", key, err)
	}
	return value, rev, nil
}

func (b *bucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	// A first value is stored as such: see Erase.
	rev, err := b.write(ctx, "write", key, value, jetstream.WithExpectLastSequencePerSubject(0))
	if errors.Is(err, ErrConflict) {
		rev, err = b.write(ctx, "write", key, value)
	}
	return rev, err
}

func (b *bucket) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	return b.write(ctx, "update", key, value, jetstream.WithExpectLastSequencePerSubject(rev))
}

func (b *bucket) write(ctx context.Context, what, key string, value []byte, expect ...jetstream.PublishOpt) (uint64, error) {
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	if err := b.s.room(); err != nil {
		return 0, b.wrap(what, key, err)
	}
	rev, _, err := b.s.publish(ctx, &nats.Msg{Subject: b.prefix + token, Data: value}, expect...)
	if err != nil {
		return 0, b.wrap(what, key, err)
	}
	return rev, nil
}

// Create tries as if the key never was; if it turns out to be deleted, it
// follows the deletion.
func (b *bucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	const what = "create"
	rev, err := b.write(ctx, what, key, value, jetstream.WithExpectLastSequencePerSubject(0))
	if !errors.Is(err, ErrConflict) {
		return rev, err
	}
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	_, deleted, there, err := b.now(ctx, token)
	if err == nil && there {
		err = ErrConflict
	}
	if err != nil {
		return 0, b.wrap(what, key, err)
	}
	return b.write(ctx, what, key, value, jetstream.WithExpectLastSequencePerSubject(deleted))
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	token, err := encode(key)
	if err != nil {
		return err
	}
	m := nats.NewMsg(b.prefix + token)
	m.Header.Set(headerOperation, "PURGE")
	m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	_, _, err = b.s.publish(ctx, m)
	return b.wrap("delete", key, err)
}

func (b *bucket) Keys(ctx context.Context) ([]string, error) {
	var list jetstream.KeyLister
	err := b.s.patiently(ctx, func(context.Context) (err error) { // it lives as long as the ctx it is given
		list, err = b.kv.ListKeys(ctx)
		return err
	})
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
