package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// An importer publishes ahead of the acknowledgements, which is some ten times
// as fast as one after another, and reports the first that failed.
type importer struct {
	s    *jet
	js   jetstream.JetStream
	at   map[string]Place // of the last message, by stream
	gaps map[string]int

	mu     sync.Mutex
	failed error
}

const (
	importAhead = 4096
	// gapSubject is of messages that only take up a place, and are deleted.
	gapSubject = "=gap"
)

func newImporter(s *jet) (*importer, error) {
	i := &importer{s: s, at: map[string]Place{}, gaps: map[string]int{}}
	var err error
	i.js, err = jetstream.New(s.conn, jetstream.WithPublishAsyncMaxPending(importAhead),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) {
			i.mu.Lock()
			defer i.mu.Unlock()
			if i.failed == nil {
				i.failed = fmt.Errorf("keep %s: %w", m.Subject, s.told(err))
			}
		}))
	return i, err
}

func (i *importer) err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failed
}

func (i *importer) publish(m *nats.Msg) error {
	if err := i.err(); err != nil {
		return err
	}
	_, err := i.js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute))
	return err
}

func (i *importer) keep(ctx context.Context, r Record) error {
	if r.Kind == KindObject {
		return i.s.PutObject(ctx, r.Name, r.Data)
	}
	token, err := encode(r.Name)
	if err != nil {
		return err
	}
	m := &nats.Msg{Data: r.Data, Header: nats.Header{}}
	switch r.Kind {
	case KindAppend:
		m.Subject = "log." + token
		m.Header.Set(headerLast, strconv.FormatUint(r.Last, 10))
		setTime(m.Header, headerAt, r.At)
		err = i.to(ctx, "log", r.Place)
	case KindEvent:
		m.Subject = "events." + token
		setTime(m.Header, headerAt, r.At)
		err = i.to(ctx, "events", r.Place)
	case KindKey:
		var key string
		if key, err = encode(r.Key); err == nil {
			m.Subject = "$KV." + token + "." + key
			_, err = i.s.Bucket(ctx, r.Name)
		}
	case KindWork:
		m.Subject = workSubject(r.Name, token)
		m.Header.Set(headerID, r.Key)
		setTime(m.Header, headerQueued, r.At)
	default:
		err = errors.New("this parley knows no such kind")
	}
	if err != nil {
		return err
	}
	return i.publish(m)
}

// to makes a place the next one of a stream. What lies before the first is
// skipped at once; each one missing in between is taken up and deleted later.
func (i *importer) to(ctx context.Context, stream string, place Place) error {
	last := i.at[stream]
	if place == 0 { // of no matter
		place = last + 1
	}
	if place <= last {
		return fmt.Errorf("its place %d is not after %d", place, last)
	}
	i.at[stream] = place
	if last == 0 && place > 1 {
		return i.stream(stream).Purge(ctx, jetstream.WithPurgeSequence(place))
	}
	for ; last+1 < place; last++ {
		i.gaps[stream]++
		if err := i.publish(&nats.Msg{Subject: stream + "." + gapSubject}); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) stream(name string) jetstream.Stream {
	if name == "events" {
		return i.s.events
	}
	return i.s.log
}

// finish waits until all is kept, and checks that all is where it belongs.
func (i *importer) finish(ctx context.Context) error {
	select {
	case <-i.js.PublishAsyncComplete():
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := i.err(); err != nil {
		return err
	}
	for stream := range i.gaps {
		if err := i.stream(stream).Purge(ctx, jetstream.WithPurgeSubject(stream+"."+gapSubject)); err != nil {
			return fmt.Errorf("free places of the stream %s: %w", stream, i.s.told(err))
		}
	}
	logs, events, err := i.s.Ends(ctx)
	if err != nil {
		return err
	}
	if logs != i.at["log"] || events != i.at["events"] {
		return fmt.Errorf("the places are not what they were: %d and %d instead of %d and %d; is the store empty?", logs, events, i.at["log"], i.at["events"])
	}
	return nil
}
