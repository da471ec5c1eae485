package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Record stores an event under a subject of its own id, first come only, so
// that a repeat is known for as long as the event is kept.
func (s *jet) Record(ctx context.Context, id string, data []byte) error {
	token, err := encode(id)
	if err != nil {
		return err
	}
	if err := s.room(); err != nil {
		return fmt.Errorf("record an event: %w", err)
	}
	m := &nats.Msg{Subject: "events." + token, Data: data, Header: nats.Header{}}
	setTime(m.Header, headerAt, s.cfg.Now())
	_, _, err = s.publish(ctx, m, jetstream.WithExpectLastSequencePerSubject(0))
	if err = s.told(err); err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("record the event %s: %w", id, err)
	}
	return nil
}

// Events reads the event stream up to its newest event.
func (s *jet) Events(ctx context.Context, after uint64, fn func(Item) error) error {
	info, err := s.info(ctx, s.events)
	if err != nil {
		return fmt.Errorf("read the events: %w", s.told(err))
	}
	return s.walk(ctx, "events", after, info.State.LastSeq, func(m *jetstream.RawStreamMsg) error {
		return fn(Item{Seq: m.Sequence, Data: m.Data, At: timeIn(m.Header, headerAt)})
	})
}
