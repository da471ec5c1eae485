package store

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// A consumer that was told to stop may still hand over the message it holds.
func TestAPieceHandedOverAfterTheEndIsLeftToComeAgain(t *testing.T) {
	w := &workers{slots: make(chan struct{}, 1), keys: map[string][]jetstream.Msg{}, fn: func(context.Context, Work) error {
		t.Error("work began after the end")
		return nil
	}}
	w.close()
	w.add(t.Context(), late{})
	w.wait.Wait()
	if len(w.keys) != 0 {
		t.Errorf("kept %d pieces nobody will run", len(w.keys))
	}
}

type late struct{ jetstream.Msg }

func (late) Subject() string { return "inbox.0.a" }
