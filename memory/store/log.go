package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// Headers of a stored append: the sequence of its last item, and when.
const (
	headerLast = "Parley-Last"
	headerAt   = "Parley-At"
)

// A head is where a log ends: the last item's sequence, and the stream's own
// sequence of the message that holds it.
type head struct{ last, at uint64 }

// Append stores all items in one message, so that they stand or fall together.
func (s *jet) Append(ctx context.Context, log string, after uint64, items ...json.RawMessage) (uint64, error) {
	token, err := encode(log)
	if err != nil {
		return 0, err
	}
	if len(items) == 0 {
		return after, nil
	}
	if err := s.room(); err != nil {
		return 0, fmt.Errorf("append to %s: %w", log, err)
	}
	h, err := s.head(ctx, token, after)
	if err != nil {
		return 0, err
	}
	if h.last != after {
		return 0, fmt.Errorf("append to %s after %d, which ends at %d: %w", log, after, h.last, ErrConflict)
	}
	body, err := json.Marshal(items)
	if err != nil {
		return 0, fmt.Errorf("append to %s: %w", log, err)
	}
	last := after + uint64(len(items))
	m := &nats.Msg{Subject: "log." + token, Data: body, Header: nats.Header{}}
	m.Header.Set(headerLast, strconv.FormatUint(last, 10))
	m.Header.Set(headerAt, s.cfg.Now().UTC().Format(time.RFC3339Nano))
	ack, err := s.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequencePerSubject(h.at))
	if err != nil {
		s.forget(token)
		return 0, fmt.Errorf("append to %s: %w", log, s.told(err))
	}
	s.mu.Lock()
	if len(s.heads) > 50_000 {
		clear(s.heads)
	}
	s.heads[token] = head{last, ack.Sequence}
	s.mu.Unlock()
	return last, nil
}

func (s *jet) forget(token string) {
	s.mu.Lock()
	delete(s.heads, token)
	s.mu.Unlock()
}

// head returns where a log ends, from memory if that agrees with what is expected.
func (s *jet) head(ctx context.Context, token string, expected uint64) (head, error) {
	s.mu.Lock()
	h, ok := s.heads[token]
	s.mu.Unlock()
	if ok && h.last == expected {
		return h, nil
	}
	m, err := s.log.GetLastMsgForSubject(ctx, "log."+token)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return head{}, nil
	}
	if err != nil {
		return head{}, fmt.Errorf("find the end of a log: %w", s.told(err))
	}
	last, err := strconv.ParseUint(m.Header.Get(headerLast), 10, 64)
	if err != nil {
		return head{}, fmt.Errorf("the log message %d has no sequence of ours: %w", m.Sequence, err)
	}
	return head{last, m.Sequence}, nil
}

// Last returns the sequence of the newest item.
func (s *jet) Last(ctx context.Context, log string) (uint64, error) {
	token, err := encode(log)
	if err != nil {
		return 0, err
	}
	s.forget(token)
	h, err := s.head(ctx, token, 0)
	return h.last, err
}

// How many messages of a log are asked for at a time.
const mostBatch = 512

// Read returns the items after a sequence.
func (s *jet) Read(ctx context.Context, log string, after uint64, limit int) ([]Item, error) {
	token, err := encode(log)
	if err != nil {
		return nil, err
	}
	h, err := s.head(ctx, token, ^uint64(0))
	if err != nil || h.last <= after {
		return nil, err
	}
	var out []Item
	for from := uint64(1); ; {
		n := 0
		batch, err := jetstreamext.GetBatch(ctx, s.js, "log", mostBatch, jetstreamext.GetBatchSubject("log."+token), jetstreamext.GetBatchSeq(from))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", log, s.told(err))
		}
		for m, err := range batch {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", log, s.told(err))
			}
			n++
			from = m.Sequence + 1
			items, err := unpack(m.Header, m.Data)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", log, err)
			}
			for _, i := range items {
				if i.Seq > after {
					out = append(out, i)
				}
				if limit > 0 && len(out) == limit {
					return out, nil
				}
			}
		}
		if n == 0 || len(out) > 0 && out[len(out)-1].Seq >= h.last {
			return out, nil
		}
	}
}

// unpack gives the items of one stored append.
func unpack(h nats.Header, data []byte) ([]Item, error) {
	last, err := strconv.ParseUint(h.Get(headerLast), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("an append has no sequence: %w", err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("the append that ends at %d is damaged: %w", last, err)
	}
	at, _ := time.Parse(time.RFC3339Nano, h.Get(headerAt))
	items := make([]Item, len(raw))
	for i, r := range raw {
		items[i] = Item{Seq: last - uint64(len(raw)-1-i), Data: r, At: at}
	}
	return items, nil
}

// A follower is told of appends; what it missed it reads.
type follower struct {
	mu     sync.Mutex
	queue  []Item
	missed bool // the queue overflowed, or the connection was away
	wake   chan struct{}
}

const followQueue = 256

func (f *follower) add(items []Item, missed bool) {
	f.mu.Lock()
	if len(f.queue)+len(items) > followQueue {
		f.queue, missed = nil, true
	} else {
		f.queue = append(f.queue, items...)
	}
	f.missed = f.missed || missed
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *follower) take() (items []Item, missed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	items, missed = f.queue, f.missed
	f.queue, f.missed = nil, false
	return items, missed
}

func (s *jet) pokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.pokes {
		f.add(nil, true)
	}
}

// Follow listens first and reads after, so that nothing falls between.
func (s *jet) Follow(ctx context.Context, log string, after uint64, fn func(Item) error) error {
	token, err := encode(log)
	if err != nil {
		return err
	}
	f := &follower{wake: make(chan struct{}, 1), missed: true}
	f.wake <- struct{}{}
	sub, err := s.conn.Subscribe("stored."+token, func(m *nats.Msg) {
		items, err := unpack(m.Header, m.Data)
		f.add(items, err != nil)
	})
	if err != nil {
		return fmt.Errorf("follow %s: %w", log, s.told(err))
	}
	defer sub.Unsubscribe()
	s.mu.Lock()
	s.pokes[f] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pokes, f)
		s.mu.Unlock()
	}()
	// With an outside cluster the subscription is sure only once flushed.
	if err := s.conn.FlushTimeout(5 * time.Second); err != nil && ctx.Err() == nil {
		s.cfg.Log.Debug("store: flush a subscription", "error", err)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.wake:
		}
		items, missed := f.take()
		if len(items) > 0 && items[0].Seq > after+1 {
			missed = true
		}
		if missed {
			if items, err = s.Read(ctx, log, after, 0); err != nil {
				return err
			}
		}
		for _, i := range items {
			if i.Seq <= after {
				continue
			}
			if err := fn(i); err != nil {
				return err
			}
			after = i.Seq
		}
	}
}

// Logs lists the logs that have items.
func (s *jet) Logs(ctx context.Context, fn func(string) error) error {
	info, err := s.log.Info(ctx, jetstream.WithSubjectFilter("log.*"))
	if err != nil {
		return fmt.Errorf("list the logs: %w", s.told(err))
	}
	for subject := range info.State.Subjects {
		if err := fn(decode(strings.TrimPrefix(subject, "log."))); err != nil {
			return err
		}
	}
	return nil
}

// DeleteLog purges a log's messages.
func (s *jet) DeleteLog(ctx context.Context, log string) error {
	token, err := encode(log)
	if err != nil {
		return err
	}
	s.forget(token)
	if err := s.log.Purge(ctx, jetstream.WithPurgeSubject("log."+token)); err != nil {
		return fmt.Errorf("delete the log %s: %w", log, s.told(err))
	}
	return nil
}
