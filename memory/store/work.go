package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	partitions = 16
	ackWait    = 30 * time.Second
	// waiting is how many pieces of one partition are held here at most; more
	// stay in the stream.
	waiting = 64
)

const headerID, headerQueued = "Parley-Id", "Parley-Queued"

// Enqueue stores a piece of work in the partition of its key.
func (s *jet) Enqueue(ctx context.Context, key, id string, data []byte) error {
	token, err := encode(key)
	if err != nil {
		return err
	}
	if err := s.room(); err != nil {
		return fmt.Errorf("queue work for %s: %w", key, err)
	}
	m := &nats.Msg{Subject: fmt.Sprintf("inbox.%d.%s", partition(key), token), Data: data, Header: nats.Header{}}
	m.Header.Set(headerID, id)
	m.Header.Set(headerQueued, s.cfg.Now().UTC().Format(time.RFC3339Nano))
	if _, err := s.js.PublishMsg(ctx, m, jetstream.WithMsgID(token+" "+id)); err != nil {
		return fmt.Errorf("queue work for %s: %w", key, s.told(err))
	}
	return nil
}

func partition(key string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return h.Sum32() % partitions
}

// Work gives each partition one consumer, pinned to one process, so that the
// order within a key holds on any number of processes. A piece that fails is
// tried again here, before later ones of its key.
func (s *jet) Work(ctx context.Context, parallel int, fn func(context.Context, Work) error) error {
	w := &workers{store: s, fn: fn, slots: make(chan struct{}, max(1, parallel)), keys: map[string][]jetstream.Msg{}}
	var stops []jetstream.ConsumeContext
	defer func() {
		for _, stop := range stops {
			stop.Stop() // does not wait for a message being handed over
		}
		w.close()
	}()
	failed := make(chan error, 1)
	for p := range partitions {
		c, err := s.consumer(ctx, p)
		if err != nil {
			return err
		}
		stop, err := c.Consume(func(m jetstream.Msg) { w.add(ctx, m) },
			jetstream.PullMaxMessages(waiting), jetstream.PullPriorityGroup(pinGroup),
			jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
				if errors.Is(err, jetstream.ErrConsumerDeleted) {
					select {
					case failed <- err:
					default:
					}
				}
			}))
		if err != nil {
			return fmt.Errorf("take work of partition %d: %w", p, s.told(err))
		}
		stops = append(stops, stop)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-failed:
		return fmt.Errorf("take work: %w", err)
	}
}

const pinGroup = "parley"

// consumer makes the consumer of a partition. In the embedded server it is made
// anew, so that what a killed process had taken is handed out at once and not
// only after the acknowledgement wait.
func (s *jet) consumer(ctx context.Context, p int) (jetstream.Consumer, error) {
	name := "turns-" + strconv.Itoa(p)
	if s.server != nil {
		if err := s.inbox.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("renew the consumer %s: %w", name, s.told(err))
		}
	}
	c, err := s.inbox.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: name, FilterSubject: fmt.Sprintf("inbox.%d.*", p), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxAckPending: waiting, MaxDeliver: -1,
		PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{pinGroup}, PinnedTTL: ackWait,
	})
	if err != nil {
		return nil, fmt.Errorf("make the consumer %s: %w", name, s.told(err))
	}
	return c, nil
}

// workers run pieces of work: one at a time for each key, keys side by side.
type workers struct {
	store *jet
	fn    func(context.Context, Work) error
	slots chan struct{}
	wait  sync.WaitGroup

	mu     sync.Mutex
	keys   map[string][]jetstream.Msg // waiting; a key present has a goroutine
	closed bool
}

// close takes no more and waits for what runs.
func (w *workers) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wait.Wait()
}

// add queues a piece; one that comes after the end is left to come again.
func (w *workers) add(ctx context.Context, m jetstream.Msg) {
	key := m.Subject()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	list, running := w.keys[key]
	w.keys[key] = append(list, m)
	if !running {
		w.wait.Go(func() { w.drain(ctx, key) })
	}
}

// drain runs the pieces of one key until none is left.
func (w *workers) drain(ctx context.Context, key string) {
	for {
		w.mu.Lock()
		list := w.keys[key]
		if len(list) == 0 || ctx.Err() != nil {
			delete(w.keys, key)
			w.mu.Unlock()
			return
		}
		m := list[0]
		w.keys[key] = list[1:]
		w.mu.Unlock()
		w.one(ctx, m)
	}
}

// one runs a piece until it is done or ctx ends, and keeps it ours meanwhile.
func (w *workers) one(ctx context.Context, m jetstream.Msg) {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return
	}
	beat, stop := context.WithCancel(ctx)
	defer stop()
	w.wait.Go(func() {
		t := time.NewTicker(ackWait / 3)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				_ = m.InProgress() // if it is lost the piece comes again, and is known
			case <-beat.Done():
				return
			}
		}
	})
	key := decode(m.Subject()[strings.LastIndexByte(m.Subject(), '.')+1:])
	job := Work{Key: key, ID: m.Headers().Get(headerID), Data: m.Data()}
	job.Enqueued, _ = time.Parse(time.RFC3339Nano, m.Headers().Get(headerQueued))
	if meta, err := m.Metadata(); err == nil {
		job.Attempt = int(meta.NumDelivered)
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := w.fn(ctx, job)
		if err == nil {
			if err := m.DoubleAck(context.WithoutCancel(ctx)); err != nil {
				w.store.cfg.Log.Warn("store: acknowledge work; it comes again", "key", key, "error", err)
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		w.store.cfg.Log.Error("store: work failed; trying again", "key", key, "id", job.ID, "attempt", job.Attempt, "error", err, "in", pause)
		job.Attempt++
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// Publish sends to current listeners only.
func (s *jet) Publish(subject string, data []byte) error {
	token, err := encode(subject)
	if err != nil {
		return err
	}
	return s.told(s.conn.Publish("live."+token, data))
}

// Listen hears a live subject until stop is called.
func (s *jet) Listen(subject string, fn func([]byte)) (func(), error) {
	token, err := encode(subject)
	if err != nil {
		return nil, err
	}
	sub, err := s.conn.Subscribe("live."+token, func(m *nats.Msg) { fn(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", subject, s.told(err))
	}
	return func() { _ = sub.Unsubscribe() }, nil
}
