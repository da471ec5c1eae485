package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
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
		info, err := x.of.Info(ctx)
		if err != nil {
			return 0, 0, fmt.Errorf("find the end of what is stored: %w", s.told(err))
		}
		*x.to = info.State.LastSeq
	}
	return logs, events, nil
}

// Changed reads the appends after a place, in one pass.
func (s *jet) Changed(ctx context.Context, after Place, fn func(log string, at Place, items []Item) error) error {
	info, err := s.log.Info(ctx)
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
	for from := after + 1; from <= until; {
		n := 0
		batch, err := jetstreamext.GetBatch(ctx, s.js, stream, mostBatch, jetstreamext.GetBatchSeq(from))
		if err != nil {
			return fmt.Errorf("read the stream %s: %w", stream, s.told(err))
		}
		for m, err := range batch {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				break
			}
			if err != nil {
				return fmt.Errorf("read the stream %s: %w", stream, s.told(err))
			}
			if m.Sequence > until {
				return nil
			}
			n++
			from = m.Sequence + 1
			if err := fn(m); err != nil {
				return err
			}
		}
		if n == 0 {
			if behind, err := s.behind(ctx, stream, from, until); err != nil || !behind {
				return err
			}
		}
	}
	return nil
}

// behind asks a stream's leader whether something is there that its replica,
// which may be behind, did not give, and waits a little if so.
func (s *jet) behind(ctx context.Context, stream string, from, until Place) (bool, error) {
	if s.server != nil {
		return false, nil // there is one copy alone
	}
	m, err := s.next(ctx, stream, from)
	if err != nil || m == nil || m.Sequence > until {
		return false, err
	}
	select {
	case <-time.After(100 * time.Millisecond):
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}
