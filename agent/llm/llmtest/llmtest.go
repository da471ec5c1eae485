// Package llmtest holds every [llm.Model] to the contract that stands on the
// interface. An adapter's test hands it models that answer in known ways, most
// of them in front of a server of the test's own. Start with [Run].
package llmtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"parley/agent/llm"
)

// A Case is a model and what it is to be asked.
type Case struct {
	Model   llm.Model
	Request *llm.Request
	// Stopped is closed when the work behind the stream has ended. Only Endless
	// needs it; nil when there is no work behind the model.
	Stopped <-chan struct{}
}

// Models makes a fresh case for each way of answering. Nil: the model cannot.
type Models struct {
	Text    func(t *testing.T) Case // some text
	Call    func(t *testing.T) Case // at least one call
	Cut     func(t *testing.T) Case // a stream that breaks after some text, with no terminal chunk
	Down    func(t *testing.T) Case // nobody answers at all
	Endless func(t *testing.T) Case // text that goes on until somebody stops it
}

// Run checks the contract.
func Run(t *testing.T, m Models) {
	sub := func(name string, make func(*testing.T) Case, check func(*testing.T, Case)) {
		t.Run(name, func(t *testing.T) {
			if make == nil {
				t.Skip("this model cannot answer in this way")
			}
			check(t, make(t))
		})
	}
	sub("text ends with one terminal chunk", m.Text, func(t *testing.T, c Case) {
		reply := whole(t, c)
		if reply.Message.Text() == "" || reply.Stop != llm.StopEnd {
			t.Errorf("got %+v", reply)
		}
	})
	sub("a call arrives whole", m.Call, func(t *testing.T, c Case) {
		reply := whole(t, c)
		calls := reply.Message.Calls()
		if len(calls) == 0 || reply.Stop != llm.StopCalls {
			t.Fatalf("got %+v", reply)
		}
		ids := map[string]bool{}
		for _, call := range calls {
			var args map[string]any
			if call.ID == "" || ids[call.ID] || call.Name == "" || json.Unmarshal(call.Args, &args) != nil || args == nil {
				t.Errorf("no sound call: %+v %s", call, call.Args)
			}
			ids[call.ID] = true
		}
	})
	sub("a cut stream is never a short success", m.Cut, func(t *testing.T, c Case) {
		_, err := llm.Collect(c.Model.Stream(t.Context(), c.Request))
		if err == nil {
			t.Error("the break was not told")
		}
	})
	sub("nobody there is told as unavailable", m.Down, func(t *testing.T, c Case) {
		_, err := llm.Collect(c.Model.Stream(t.Context(), c.Request))
		if !errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("got %v, which does not say that another try may succeed", err)
		}
	})
	sub("leaving the range stops the work", m.Endless, func(t *testing.T, c Case) {
		for _, err := range c.Model.Stream(t.Context(), c.Request) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		stopped(t, c)
	})
	sub("cancelling stops the work and is told", m.Endless, func(t *testing.T, c Case) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		for _, err := range c.Model.Stream(ctx, c.Request) {
			last = err
			cancel()
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("ended with %v", last)
		}
		stopped(t, c)
	})
	sub("a context that has ended starts nothing", m.Text, func(t *testing.T, c Case) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := llm.Collect(c.Model.Stream(ctx, c.Request)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	sub("the request is not changed, and many may ask at once", m.Text, func(t *testing.T, c Case) {
		before, err := json.Marshal(c.Request)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := llm.Collect(c.Model.Stream(t.Context(), c.Request))
				if errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("one of several at once was cut: %v", err)
				}
			})
		}
		wg.Wait()
		if after, err := json.Marshal(c.Request); err != nil || string(after) != string(before) {
			t.Errorf("the request changed: %v\n%s\n%s", err, before, after)
		}
	})
}

// whole ranges over a stream and checks its order.
func whole(t *testing.T, c Case) llm.Reply {
	t.Helper()
	var r llm.Reply
	ended := false
	for chunk, err := range c.Model.Stream(t.Context(), c.Request) {
		if err != nil {
			t.Fatalf("stream: %v", err)
		}
		if ended {
			t.Errorf("%+v came after the terminal chunk", chunk)
		}
		ended = ended || chunk.Stop != ""
		r.Add(chunk)
	}
	if !ended {
		t.Error("there was no terminal chunk")
	}
	return r
}

func stopped(t *testing.T, c Case) {
	t.Helper()
	if c.Stopped == nil {
		return
	}
	select {
	case <-c.Stopped:
	case <-time.After(10 * time.Second):
		t.Error("the work behind the stream goes on")
	}
}
