package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A share is one partition while this process takes its work.
type share struct {
	w       *workers
	p       int
	enough  context.CancelFunc // no more is asked for
	asking  sync.WaitGroup
	running sync.WaitGroup
	leaving bool // nothing of it is started; guarded by w.mu
}

// take begins to ask for the work of a partition. It is given some as soon as
// nobody else is pinned.
func (w *workers) take(ctx context.Context, p int, c jetstream.Consumer, failed chan<- error) *share {
	sh := &share{w: w, p: p}
	asking, enough := context.WithCancel(ctx)
	sh.enough = enough
	sh.asking.Go(func() {
		for asking.Err() == nil {
			err := sh.ask(ctx, asking, c)
			switch {
			case err == nil || asking.Err() != nil:
			case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, nats.ErrConnectionClosed):
				select {
				case failed <- w.store.told(err):
				default:
				}
				return
			case errors.Is(err, jetstream.ErrPinIDMismatch):
				sh.giveBack() // somebody else has the partition
			default: // there is no leader just now, for example
				select {
				case <-asking.Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
		}
	})
	return sh
}

// ask asks once, and holds what comes. In a cluster it is not cut short: what
// would be sent to somebody who does not listen any more would come again only
// after ackWait, behind newer pieces of its key.
func (sh *share) ask(ctx, asking context.Context, c jetstream.Consumer) error {
	until := jetstream.FetchMaxWait(askFor)
	if sh.w.store.server != nil {
		long, stop := context.WithTimeout(asking, 30*time.Second)
		defer stop()
		until = jetstream.FetchContext(long)
	}
	batch, err := c.Fetch(waiting, until, jetstream.FetchPriorityGroup(pinGroup))
	if err != nil {
		return err
	}
	for m := range batch.Messages() {
		sh.w.add(ctx, sh, m)
	}
	if err := batch.Error(); !slow(err) {
		return err
	}
	return nil
}

// leave asks for no more, lets what runs end, gives back what waits, and lets go
// of the pin, so that the next process goes on at once. Until then nobody else
// is given work of these keys.
func (sh *share) leave() {
	w := sh.w
	sh.enough()
	sh.asking.Wait() // as before meanwhile
	w.mu.Lock()
	sh.leaving = true
	w.mu.Unlock()
	sh.running.Wait()
	if w.store.server != nil { // nobody else could be given it
		return
	}
	sh.giveBack()
	ctx, stop := context.WithTimeout(context.Background(), oneTry)
	defer stop()
	if err := w.store.inbox.UnpinConsumer(ctx, fmt.Sprint("turns-", sh.p), pinGroup); err != nil {
		w.store.cfg.Log.Debug("store: let go of a partition; it is free in a few seconds", "partition", sh.p, "error", err)
	}
}

// giveBack returns the pieces that wait, in order.
func (sh *share) giveBack() {
	w := sh.w
	w.mu.Lock()
	var back []*piece
	for key, l := range w.lanes {
		if len(l.list) > 0 && l.list[0].share == sh {
			back = append(back, l.list...)
			l.list = nil
			if !l.running {
				delete(w.lanes, key)
			}
		}
	}
	if sh.leaving { // what was cut short too
		for _, p := range w.held {
			if p.share == sh && !slices.Contains(back, p) {
				back = append(back, p)
			}
		}
	}
	for _, p := range back {
		delete(w.held, p.seq)
	}
	w.mu.Unlock()
	slices.SortFunc(back, func(a, b *piece) int { return int(int64(a.seq - b.seq)) })
	for _, p := range back {
		_ = p.msg.Nak() // lost, it comes free by itself
	}
}

// A crew is the processes that work, as far as this one hears of them. It says
// who takes which partition; that no two do is the pin's part. In the embedded
// server this process is the crew.
type crew struct {
	me      string
	conn    *nats.Conn
	changed chan struct{}
	sub     *nats.Subscription
	end     chan struct{}
	wait    sync.WaitGroup

	mu    sync.Mutex
	heard map[string]time.Time
}

// A process says every second that it is there, and is counted out after three.
const (
	crewSubject = "crew"
	hereEvery   = time.Second
	goneAfter   = 3500 * time.Millisecond
)

func (s *jet) join() (*crew, error) {
	c := &crew{me: rand.Text(), conn: s.conn, changed: make(chan struct{}, 1), end: make(chan struct{}), heard: map[string]time.Time{}}
	if s.server != nil {
		return c, nil
	}
	var err error
	if c.sub, err = s.conn.Subscribe(crewSubject, func(m *nats.Msg) { c.hear(string(m.Data)) }); err != nil {
		return nil, fmt.Errorf("join those who work: %w", s.told(err))
	}
	c.wait.Go(func() {
		t := time.NewTicker(hereEvery)
		defer t.Stop()
		for {
			_ = c.conn.Publish(crewSubject, []byte(c.me)) // the next one comes in a second
			select {
			case <-c.end:
				return
			case <-t.C:
			}
			c.miss()
		}
	})
	return c, nil
}

// hear notes who is there, or, after a "-", who is not any more.
func (c *crew) hear(id string) {
	gone, left := strings.CutPrefix(id, "-")
	if gone == c.me {
		return
	}
	c.mu.Lock()
	_, known := c.heard[gone]
	if left {
		delete(c.heard, gone)
	} else {
		c.heard[gone] = time.Now()
	}
	c.mu.Unlock()
	if known != left { // as before
		return
	}
	if !left {
		_ = c.conn.Publish(crewSubject, []byte(c.me)) // the new one need not wait to hear of us
	}
	c.tell()
}

func (c *crew) miss() {
	c.mu.Lock()
	before := len(c.heard)
	for id, at := range c.heard {
		if time.Since(at) > goneAfter {
			delete(c.heard, id)
		}
	}
	fewer := len(c.heard) < before
	c.mu.Unlock()
	if fewer {
		c.tell()
	}
}

func (c *crew) tell() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (c *crew) leave() {
	if c.sub == nil {
		return
	}
	close(c.end)
	c.wait.Wait()
	_ = c.sub.Unsubscribe()
	_ = c.conn.Publish(crewSubject, []byte("-"+c.me)) // lost, we are missed soon
}

// mine says which partitions this process is to take.
func (c *crew) mine() (mine [partitions]bool) {
	c.mu.Lock()
	all := []string{c.me}
	for id := range c.heard {
		all = append(all, id)
	}
	c.mu.Unlock()
	for p, id := range shareOut(all) {
		mine[p] = id == c.me
	}
	return mine
}

// shareOut gives each partition to the one who wants it most and may still have
// one: all reckon alike, nobody has more than one more than another, and few
// partitions move when one comes or goes.
func shareOut(all []string) (to [partitions]string) {
	least, more := partitions/len(all), partitions%len(all) // so many may have one more
	has := map[string]int{}
	for p := range partitions {
		var best string
		var most uint64
		for _, id := range all {
			if has[id] > least || has[id] == least && more == 0 {
				continue
			}
			sum := sha256.Sum256(fmt.Append(nil, p, " ", id))
			if want := binary.BigEndian.Uint64(sum[:]); best == "" || want > most {
				best, most = id, want
			}
		}
		to[p] = best
		if has[best]++; has[best] > least {
			more--
		}
	}
	return to
}
