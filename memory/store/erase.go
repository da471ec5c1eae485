package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// What is purged is gone for every reader, and its bytes stay in the engine's
// files until these are compacted. What is erased is overwritten there before
// the call returns: the engine rewrites the file that holds it, of 4 MB for keys
// and up to 8 MB for logs and events, so that erasing costs some milliseconds a
// message where purging costs microseconds.

// openKeys makes the stream behind a bucket. It is as the client's own
// CreateKeyValue makes it, but for one thing: messages may be deleted, without
// which nothing can be erased. A bucket of before that stays as it is.
func (s *jet) openKeys(ctx context.Context, token string) (jetstream.KeyValue, error) {
	kv, err := s.js.KeyValue(ctx, token)
	if err == nil || !errors.Is(err, jetstream.ErrBucketNotFound) {
		return kv, err
	}
	_, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "KV_" + token, Subjects: []string{"$KV." + token + ".>"}, MaxMsgsPerSubject: 1,
		MaxBytes: -1, MaxMsgSize: -1, MaxMsgs: -1, MaxConsumers: -1, Discard: jetstream.DiscardNew,
		AllowRollup: true, AllowDirect: true, Storage: s.storage(), Replicas: s.copies,
	})
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil, err
	}
	return s.js.KeyValue(ctx, token)
}

// Erase overwrites a key's value, and leaves nothing that names it, but for a key
// that was changed since it was created: of the values before, which the engine
// dropped for the newer one, it has noted nothing that outlasts a kill, and the
// last of them would be the key's value again. There a deletion stays in place. A
// bucket that an older parley made can only be purged.
func (b *bucket) Erase(ctx context.Context, key string) error {
	token, err := encode(key)
	if err != nil {
		return err
	}
	subject := b.prefix + token
	changed := false
	for {
		m, err := b.s.newest(ctx, b.stream, subject)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			if changed {
				err = b.Delete(ctx, key)
			} else {
				err = nil
			}
			return err
		case err != nil:
			return b.wrap("erase", key, err)
		case m.Header.Get(headerOperation) != "":
			return nil // deleted, and that has to stay
		}
		if b.stream.CachedInfo().Config.DenyDelete {
			return b.wrap("erase", key, b.s.patiently(ctx, func(ctx context.Context) error {
				return b.stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
			}))
		}
		changed = changed || m.Header.Get(jetstream.ExpectedLastSubjSeqHeader) != "0"
		if err := b.s.erase(ctx, b.stream, m.Sequence); err != nil {
			return b.wrap("erase", key, err)
		}
	}
}

// DeleteBucket removes a bucket with its files.
func (s *jet) DeleteBucket(ctx context.Context, name string) error {
	token, err := encode(name)
	if err != nil {
		return err
	}
	s.opening.Lock()
	delete(s.buckets, name)
	s.opening.Unlock()
	err = s.patiently(ctx, func(ctx context.Context) error { return s.js.DeleteKeyValue(ctx, token) })
	if err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return fmt.Errorf("delete the bucket %s: %w", name, s.told(err))
	}
	return s.unlinked(ctx, "KV_"+token)
}

// unlinked waits until the files of a deleted stream are gone: the embedded
// server puts a dot before the folder's name and empties it in the background.
func (s *jet) unlinked(ctx context.Context, stream string) error {
	if s.cfg.Dir == "" || s.server == nil {
		return nil
	}
	dir := filepath.Join(streamsDir(s.cfg.Dir), "."+stream)
	for {
		if _, err := os.Stat(dir); err != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// EraseLog overwrites a log's messages, the newest first: one that is left over
// after a crash is still a log that Logs names and that can be erased.
func (s *jet) EraseLog(ctx context.Context, log string) error {
	token, err := encode(log)
	if err != nil {
		return err
	}
	s.forget(token)
	h, _, err := s.end(ctx, token)
	if err != nil {
		return err
	}
	var seqs []uint64
	err = s.batch(ctx, "log", "log."+token, 1, h.at, func(m *jetstream.RawStreamMsg) (bool, error) {
		seqs = append(seqs, m.Sequence)
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("erase the log %s: %w", log, s.told(err))
	}
	for i := range seqs {
		if err := s.erase(ctx, s.log, seqs[len(seqs)-1-i]); err != nil {
			return fmt.Errorf("erase the log %s: %w", log, err)
		}
	}
	return nil
}

// DeleteEvents removes events and leaves their bytes to the engine.
func (s *jet) DeleteEvents(ctx context.Context, seqs ...uint64) error {
	for _, seq := range seqs {
		if err := s.remove(ctx, s.events.DeleteMsg, seq); err != nil {
			return fmt.Errorf("delete the event %d: %w", seq, err)
		}
	}
	return nil
}

// EraseEvents overwrites events.
func (s *jet) EraseEvents(ctx context.Context, seqs ...uint64) error {
	for _, seq := range seqs {
		if err := s.erase(ctx, s.events, seq); err != nil {
			return fmt.Errorf("erase the event %d: %w", seq, err)
		}
	}
	return nil
}

// EraseWork overwrites pieces of work.
func (s *jet) EraseWork(ctx context.Context, key string) (n int, err error) {
	token, err := encode(key)
	if err != nil {
		return 0, err
	}
	for {
		m, err := s.newest(ctx, s.inbox, workSubject(key, token))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return n, nil
		}
		if err == nil {
			err = s.erase(ctx, s.inbox, m.Sequence)
		}
		if err != nil {
			return n, fmt.Errorf("erase the work for %s: %w", key, s.told(err))
		}
		n++
	}
}

// erase overwrites a message; one that is gone already is no error.
func (s *jet) erase(ctx context.Context, stream jetstream.Stream, seq uint64) error {
	return s.remove(ctx, stream.SecureDeleteMsg, seq)
}

func (s *jet) remove(ctx context.Context, do func(context.Context, uint64) error, seq uint64) error {
	err := s.patiently(ctx, func(ctx context.Context) error { return do(ctx, seq) })
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) { // the client passes the reason on as words alone
		for _, gone := range []string{"no message found", "deleted message", "sequence"} {
			if strings.Contains(err.Error(), gone) {
				return nil
			}
		}
	}
	return s.told(err)
}
