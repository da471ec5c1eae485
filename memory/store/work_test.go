package store

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// A consumer that was told to stop may still hand over the message it holds.
func TestAPieceHandedOverAfterTheEndIsNotBegun(t *testing.T) {
	w := newWorkers(nil, 1, func(context.Context, Work) error {
		t.Error("work began after the end")
		return nil
	})
	w.close()
	sh := &share{w: w}
	m := &late{}
	w.add(t.Context(), sh, m)
	sh.leaving = true
	sh.giveBack()
	w.stop()
	if !m.returned {
		t.Error("it was not given back to come again elsewhere")
	}
}

type late struct {
	jetstream.Msg
	returned bool
}

func (*late) Subject() string { return "inbox.0.a" }

func (*late) Metadata() (*jetstream.MsgMetadata, error) { return &jetstream.MsgMetadata{}, nil }

func (l *late) Nak() error { l.returned = true; return nil }

func (*late) InProgress() error { return nil }

func TestPartitionsAreSharedOutEvenlyAndMoveLittle(t *testing.T) {
	ids := []string{"a", "b", "c", "d", "e"}
	before := shareOut(ids[:1])
	for n := 2; n <= len(ids); n++ {
		now := shareOut(ids[:n])
		has, moved := map[string]int{}, 0
		for p := range partitions {
			has[now[p]]++
			if now[p] != before[p] {
				moved++
			}
		}
		for _, id := range ids[:n] {
			if has[id] < partitions/n || has[id] > (partitions+n-1)/n {
				t.Errorf("%s has %d of %d partitions with %d processes", id, has[id], partitions, n)
			}
		}
		if moved > partitions*3/4 {
			t.Errorf("%d of %d partitions moved when process %d came", moved, partitions, n)
		}
		before = now
	}
	if shareOut([]string{"a", "b"}) != shareOut([]string{"b", "a"}) {
		t.Error("who reckons in another order comes to another result")
	}
}
