package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Headers of a stored append: the sequence of its last item, and when.
const (
	headerLast = "Parley-Last"
	headerAt   = "Parley-At"
)

func setTime(h nats.Header, name string, t time.Time) {
	h.Set(name, t.UTC().Format(time.RFC3339Nano))
}

// timeIn is the time in a header, zero where there is none.
func timeIn(h nats.Header, name string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, h.Get(name))
	return t
}

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
	setTime(m.Header, headerAt, s.cfg.Now())
	at, again, err := s.publish(ctx, m, jetstream.WithExpectLastSequencePerSubject(h.at))
	if err != nil {
		s.forget(token)
		return 0, fmt.Errorf("append to %s: %w", log, s.told(err))
	}
	if again {
		// The leader that stored it may have gone before it told the followers.
		if err := s.conn.Publish("stored."+token, nil); err != nil {
			s.cfg.Log.Debug("store: announce an append", "error", err)
		}
	}
	s.remember(token, head{last, at})
	return last, nil
}

// remember keeps where a log ends. A head that is not true any more, because
// another process wrote or erased, is found out by the engine at the next append.
func (s *jet) remember(token string, h head) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.heads) > 50_000 {
		clear(s.heads)
	}
	s.heads[token] = h
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
	h, _, err := s.end(ctx, token)
	return h, err
}

// end asks where a log ends, and gives the items that were appended last.
func (s *jet) end(ctx context.Context, token string) (head, []Item, error) {
	m, err := s.newest(ctx, s.log, "log."+token)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return head{}, nil, nil
	}
	if err != nil {
		return head{}, nil, fmt.Errorf("find the end of a log: %w", s.told(err))
	}
	items, err := unpack(m.Header, m.Data)
	if err != nil {
		return head{}, nil, fmt.Errorf("the log message %d: %w", m.Sequence, err)
	}
	return head{items[len(items)-1].Seq, m.Sequence}, items, nil
}

// Last returns the sequence of the newest item.
func (s *jet) Last(ctx context.Context, log string) (uint64, error) {
	token, err := encode(log)
	if err != nil {
		return 0, err
	}
	h, _, err := s.end(ctx, token)
	if err != nil {
		return 0, err
	}
	s.remember(token, h) // an append is likely to come next
	return h.last, nil
}

// How many messages of a log are asked for at a time.
const mostBatch = 512

// Read returns the items after a sequence.
func (s *jet) Read(ctx context.Context, log string, after uint64, limit int) ([]Item, error) {
	token, err := encode(log)
	if err != nil {
		return nil, err
	}
	h, newest, err := s.end(ctx, token)
	if err != nil || h.last <= after {
		return nil, err
	}
	var out []Item
	keep := func(items []Item) bool {
		for _, i := range items {
			if i.Seq > after && (limit <= 0 || len(out) < limit) {
				out = append(out, i)
			}
		}
		return limit <= 0 || len(out) < limit
	}
	if newest[0].Seq <= after+1 { // all that is new was appended together
		keep(newest)
		return out, nil
	}
	err = s.batch(ctx, "log", "log."+token, 1, h.at, func(m *jetstream.RawStreamMsg) (bool, error) {
		items, err := unpack(m.Header, m.Data)
		return keep(items), err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", log, s.told(err))
	}
	return out, nil
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
	if len(raw) == 0 || uint64(len(raw)) > last {
		return nil, fmt.Errorf("the append that ends at %d is damaged: it has %d items", last, len(raw))
	}
	at := timeIn(h, headerAt)
	items := make([]Item, len(raw))
	for i, r := range raw {
		items[i] = Item{Seq: last - uint64(len(raw)-1-i), Data: r, At: at}
	}
	return items, nil
}

// Logs lists the logs that have items.
func (s *jet) Logs(ctx context.Context, fn func(string) error) error {
	info, err := s.info(ctx, s.log, jetstream.WithSubjectFilter("log.*"))
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
	err = s.patiently(ctx, func(ctx context.Context) error {
		return s.log.Purge(ctx, jetstream.WithPurgeSubject("log."+token))
	})
	if err != nil {
		return fmt.Errorf("delete the log %s: %w", log, s.told(err))
	}
	return nil
}
