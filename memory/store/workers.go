package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// workers run pieces of work: one at a time for each key, keys side by side.
type workers struct {
	store *jet
	fn    func(context.Context, Work) error
	slots chan struct{}
	wait  sync.WaitGroup // what runs, and waits to
	beats sync.WaitGroup
	end   chan struct{}

	mu     sync.Mutex
	lanes  map[string]*lane  // by subject
	held   map[uint64]*piece // by sequence: all that was given to us and is not done
	closed bool
}

// A lane is the pieces of one key that wait here.
type lane struct {
	list    []*piece
	running bool // a goroutine takes from it
}

type piece struct {
	seq   uint64
	share *share
	msg   jetstream.Msg // as it came last
}

func newWorkers(s *jet, parallel int, fn func(context.Context, Work) error) *workers {
	w := &workers{store: s, fn: fn, slots: make(chan struct{}, max(1, parallel)), end: make(chan struct{}), lanes: map[string]*lane{}, held: map[uint64]*piece{}}
	w.beats.Go(w.beat)
	return w
}

// close starts nothing any more and waits for what runs.
func (w *workers) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wait.Wait()
}

// stop ends the beats, last of all.
func (w *workers) stop() {
	close(w.end)
	w.beats.Wait()
}

// beat keeps ours what is held, running or waiting. If it is lost a piece comes
// again, and is known.
func (w *workers) beat() {
	t := time.NewTicker(holdEvery)
	defer t.Stop()
	for {
		select {
		case <-w.end:
			return
		case <-t.C:
		}
		w.mu.Lock()
		list := make([]jetstream.Msg, 0, len(w.held))
		for _, p := range w.held {
			list = append(list, p.msg)
		}
		w.mu.Unlock()
		for _, m := range list {
			_ = m.InProgress()
		}
	}
}

// add queues a piece. One that comes after the end is not begun, and one that
// is held already stays where it is.
func (w *workers) add(ctx context.Context, sh *share, m jetstream.Msg) {
	var seq uint64
	if meta, err := m.Metadata(); err == nil {
		seq = meta.Sequence.Stream
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.held[seq]; p != nil {
		p.msg = m
		return
	}
	p := &piece{seq, sh, m}
	w.held[seq] = p
	l := w.lanes[m.Subject()]
	if l == nil {
		l = &lane{}
		w.lanes[m.Subject()] = l
	}
	l.list = append(l.list, p)
	if !l.running && !sh.leaving && !w.closed {
		l.running = true
		w.wait.Go(func() { w.drain(ctx, m.Subject()) })
	}
}

// drain runs the pieces of one key until none is left that may be started.
func (w *workers) drain(ctx context.Context, key string) {
	for {
		w.mu.Lock()
		l := w.lanes[key]
		if len(l.list) == 0 || ctx.Err() != nil || w.closed || l.list[0].share.leaving {
			l.running = false
			if len(l.list) == 0 {
				delete(w.lanes, key)
			}
			w.mu.Unlock()
			return
		}
		p := l.list[0]
		l.list = l.list[1:]
		p.share.running.Add(1)
		w.mu.Unlock()
		w.one(ctx, p)
		p.share.running.Done()
	}
}

// one runs a piece until it is done or ctx ends.
func (w *workers) one(ctx context.Context, p *piece) {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-ctx.Done():
		return
	}
	w.mu.Lock()
	m := p.msg
	w.mu.Unlock()
	key := decode(m.Subject()[strings.LastIndexByte(m.Subject(), '.')+1:])
	job := Work{Key: key, ID: m.Headers().Get(headerID), Data: m.Data(), Enqueued: timeIn(m.Headers(), headerQueued)}
	if meta, err := m.Metadata(); err == nil {
		job.Attempt = int(meta.NumDelivered)
	}
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		err := w.fn(ctx, job)
		if err == nil {
			w.done(ctx, p)
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

// done says that a piece is done, and waits until that is known; it is no
// longer held only then.
func (w *workers) done(ctx context.Context, p *piece) {
	err := w.store.patiently(context.WithoutCancel(ctx), func(ctx context.Context) error {
		w.mu.Lock()
		m := p.msg
		w.mu.Unlock()
		return m.DoubleAck(ctx)
	})
	w.mu.Lock()
	delete(w.held, p.seq)
	w.mu.Unlock()
	if err != nil {
		w.store.cfg.Log.Warn("store: acknowledge work; it comes again", "key", p.msg.Subject(), "error", err)
	}
}
