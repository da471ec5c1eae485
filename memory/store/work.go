package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	partitions = 16
	// waiting is how many pieces of one partition are held here at most; more
	// stay in the stream.
	waiting = 64
)

// A process that dies leaves pieces that it had taken, and its pins. The pieces
// come free first, so that whoever is pinned next is given them before newer
// ones of the same keys: ackWait and askFor are together no longer than pinned.
const (
	ackWait   = 4 * time.Second
	holdEvery = time.Second // each piece that is held is said to be
	askFor    = time.Second // each time; the pin is good for pinned from then on
	pinned    = 5 * time.Second
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
	m := &nats.Msg{Subject: workSubject(key, token), Data: data, Header: nats.Header{}}
	m.Header.Set(headerID, id)
	setTime(m.Header, headerQueued, s.cfg.Now())
	m.Header.Set(jetstream.MsgIDHeader, token+" "+id)
	if _, _, err := s.publish(ctx, m); err != nil {
		return fmt.Errorf("queue work for %s: %w", key, s.told(err))
	}
	return nil
}

// workSubject is that of the work of a key, whose token is given.
func workSubject(key, token string) string { return fmt.Sprintf("inbox.%d.%s", partition(key), token) }

func partition(key string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return h.Sum32() % partitions
}

// Work gives each partition one consumer, pinned to one process, so that the
// order within a key holds on any number of processes. A piece that fails is
// tried again here, before later ones of its key. The processes that work share
// the partitions between them (see crew).
func (s *jet) Work(ctx context.Context, parallel int, fn func(context.Context, Work) error) error {
	w := newWorkers(s, parallel, fn)
	var shares [partitions]*share
	defer func() {
		var wait sync.WaitGroup
		w.close()
		for _, sh := range shares {
			if sh != nil {
				wait.Go(sh.leave)
			}
		}
		wait.Wait()
		w.stop()
	}()
	consumers, err := s.consumers(ctx)
	if err != nil {
		return err
	}
	crew, err := s.join()
	if err != nil {
		return err
	}
	defer crew.leave()
	failed := make(chan error, 1)
	left := make(chan int, partitions)
	leaving := map[int]bool{}
	for {
		mine := crew.mine()
		for p := range partitions {
			switch {
			case mine[p] && shares[p] == nil:
				shares[p] = w.take(ctx, p, consumers[p], failed)
			case !mine[p] && shares[p] != nil && !leaving[p]:
				leaving[p] = true
				sh := shares[p]
				go func() {
					sh.leave()
					left <- p
				}()
			}
		}
		select {
		case <-ctx.Done():
			for range leaving { // they end with what runs
				shares[<-left] = nil
			}
			return ctx.Err()
		case err := <-failed:
			return fmt.Errorf("take work: %w", err)
		case p := <-left:
			shares[p] = nil
			delete(leaving, p)
		case <-crew.changed:
		}
	}
}

const pinGroup = "parley"

// consumers makes the consumers of all partitions, side by side: in a cluster
// each waits until its copies have a leader.
func (s *jet) consumers(ctx context.Context) (all [partitions]jetstream.Consumer, err error) {
	var wait sync.WaitGroup
	var errs [partitions]error
	for p := range partitions {
		wait.Go(func() { all[p], errs[p] = s.consumer(ctx, p) })
	}
	wait.Wait()
	return all, errors.Join(errs[:]...)
}

// consumer makes the consumer of a partition. In the embedded server it is made
// anew, so that what a killed process had taken is handed out at once and not
// only after the acknowledgement wait.
func (s *jet) consumer(ctx context.Context, p int) (c jetstream.Consumer, err error) {
	name := "turns-" + strconv.Itoa(p)
	if s.server != nil {
		if err := s.inbox.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("renew the consumer %s: %w", name, s.told(err))
		}
	}
	cfg := jetstream.ConsumerConfig{
		Durable: name, FilterSubject: fmt.Sprintf("inbox.%d.*", p), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxAckPending: waiting, MaxDeliver: -1,
		PriorityPolicy: jetstream.PriorityPolicyPinned, PriorityGroups: []string{pinGroup}, PinnedTTL: pinned,
	}
	if s.server != nil {
		cfg.PinnedTTL = time.Hour // nobody else could be
	}
	err = s.patiently(ctx, func(ctx context.Context) (err error) {
		c, err = s.inbox.CreateOrUpdateConsumer(ctx, cfg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make the consumer %s: %w", name, s.told(err))
	}
	return c, nil
}
