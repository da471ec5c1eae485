package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A follower is told of appends; what it missed it reads.
type follower struct {
	mu     sync.Mutex
	queue  []Item
	missed bool // the queue overflowed, or the connection was away
	wake   chan struct{}
	seen   atomic.Uint64 // the last item that fn has
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
	for _, followers := range s.followers {
		for f := range followers {
			f.add(nil, true)
		}
	}
}

// expect notes that a log is followed, until the func it returns is called.
func (s *jet) expect(token string, f *follower) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.followers[token] == nil {
		s.followers[token] = map[*follower]bool{}
	}
	s.followers[token][f] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.followers[token], f)
		if len(s.followers[token]) == 0 {
			delete(s.followers, token)
		}
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
	f.seen.Store(after)
	defer s.expect(token, f)()
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
			f.seen.Store(after)
		}
	}
}

// A tally reads the heads of all appends behind the announcements, and wakes
// those followers that an announcement did not reach. A leader announces an
// append once, to the connections of that moment: one that dies first, or a way
// that breaks for a blink, leaves a follower waiting for something that nobody
// will say again.
type tally struct {
	s *jet

	mu      sync.Mutex
	ends    map[string]uint64 // of logs, as they came in since the last look
	seen    uint64            // of the stream
	reading jetstream.ConsumeContext
}

// read starts to read what is after a sequence of the stream.
func (t *tally) read(ctx context.Context, after uint64) error {
	t.mu.Lock()
	if t.reading != nil {
		t.reading.Stop()
	}
	t.seen = after
	t.mu.Unlock()
	var c jetstream.Consumer
	err := t.s.patiently(ctx, func(ctx context.Context) (err error) {
		c, err = t.s.log.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
			FilterSubjects: []string{"log.*"}, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1, HeadersOnly: true,
		})
		return err
	})
	var reading jetstream.ConsumeContext
	if err == nil {
		reading, err = c.Consume(t.add, jetstream.PullMaxMessages(4096))
	}
	if err != nil {
		return fmt.Errorf("read what is appended: %w", t.s.told(err))
	}
	t.mu.Lock()
	t.reading = reading
	t.mu.Unlock()
	return nil
}

func (t *tally) add(m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		return
	}
	last, err := strconv.ParseUint(m.Headers().Get(headerLast), 10, 64)
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = max(t.seen, meta.Sequence.Stream)
	t.ends[strings.TrimPrefix(m.Subject(), "log.")] = last
}

// take gives what has come in since the last call.
func (t *tally) take() (ends map[string]uint64, seen uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ends, t.ends = t.ends, map[string]uint64{}
	return ends, t.seen
}

// How often the leader of the log is asked where it ends, and how long it may
// not be reached.
const (
	lookEvery = 500 * time.Millisecond
	lookMost  = 3 * time.Second
)

// watch keeps the tally until ctx ends. A server that is cut off from the rest
// keeps its connections and is silent: it is left.
func (s *jet) watch(ctx context.Context) error {
	end, err := s.newest(ctx, s.log, ">")
	if err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("look where the log ends: %w", s.told(err))
	}
	from := uint64(0)
	if err == nil {
		from = end.Sequence
	}
	t := &tally{s: s, ends: map[string]uint64{}}
	if err := t.read(ctx, from); err != nil {
		return err
	}
	s.wait.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		heard, lag, due := time.Now(), 0, map[string]uint64{}
		for {
			select {
			case <-ctx.Done():
				return // the connection ends what is read
			case <-tick.C:
			}
			s.late(due) // these had a whole tick to be announced
			var seen uint64
			due, seen = t.take()
			once, stop := context.WithTimeout(ctx, lookEvery)
			end, err := s.ask(once, "log", getMessage{Last: ">"})
			stop()
			switch {
			case errors.Is(err, jetstream.ErrMsgNotFound):
				heard = time.Now()
			case err != nil:
				if ctx.Err() == nil && time.Since(heard) > lookMost {
					s.elsewhere()
				}
			case end.Sequence <= seen:
				heard, lag = time.Now(), 0
			default:
				heard = time.Now()
				// What is on its way comes within a look; what was sent into a way
				// that broke does not.
				if lag++; lag > 1 {
					lag = 0
					if err := t.read(ctx, seen); err != nil && ctx.Err() == nil {
						s.cfg.Log.Warn("store: followers may hear late", "error", err)
					}
				}
			}
		}
	})
	return nil
}

// late wakes the followers of logs that have not seen where these end.
func (s *jet) late(ends map[string]uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, last := range ends {
		for f := range s.followers[token] {
			if f.seen.Load() < last {
				f.add(nil, true)
			}
		}
	}
}
