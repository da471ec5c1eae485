package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// A Place is a point in the order in which everything was stored: 0 is before
// all of it. Places of logs and of events are counted apart, and stay what they
// are through a restart, a backup and a restore.
type Place = uint64

// Ends gives the places of the newest append to any log and of the newest event.
func (s *jet) Ends(ctx context.Context) (logs, events Place, err error) {
	for _, x := range []struct {
		of jetstream.Stream
		to *Place
	}{{s.log, &logs}, {s.events, &events}} {
		info, err := s.info(ctx, x.of)
		if err != nil {
			return 0, 0, fmt.Errorf("find the end of what is stored: %w", s.told(err))
		}
		*x.to = info.State.LastSeq
	}
	return logs, events, nil
}

// Changed reads the appends after a place, in one pass.
func (s *jet) Changed(ctx context.Context, after Place, fn func(log string, at Place, items []Item) error) error {
	info, err := s.info(ctx, s.log)
	if err != nil {
		return fmt.Errorf("look what has changed: %w", s.told(err))
	}
	return s.walk(ctx, "log", after, info.State.LastSeq, func(m *jetstream.RawStreamMsg) error {
		name := decode(strings.TrimPrefix(m.Subject, "log."))
		items, err := unpack(m.Header, m.Data)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		return fn(name, m.Sequence, items)
	})
}

// walk calls fn for the messages of a stream after one place and up to another,
// in order. It needs a stream that allows direct reading.
func (s *jet) walk(ctx context.Context, stream string, after, until Place, fn func(*jetstream.RawStreamMsg) error) error {
	var stopped error
	err := s.batch(ctx, stream, ">", after+1, until, func(m *jetstream.RawStreamMsg) (bool, error) {
		stopped = fn(m)
		return stopped == nil, nil
	})
	if err != nil {
		return fmt.Errorf("read the stream %s: %w", stream, s.told(err))
	}
	return stopped
}
