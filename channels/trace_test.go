package channels

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"sync"
	"testing"

	"parley/agent"
)

// traceIn is the record inside an entry.
func traceIn(t *testing.T, e Entry) agent.Trace {
	t.Helper()
	if e.Inside == nil || len(e.Inside.Trace) == 0 {
		t.Fatalf("entry %s (%s) has no trace", e.ID, e.Kind)
	}
	var trace agent.Trace
	if err := json.Unmarshal(e.Inside.Trace, &trace); err != nil {
		t.Fatal(err)
	}
	return trace
}

// told tells a trace with what the turn read, then goes on as an echo.
type teller struct{ echo }

func (e *teller) Reply(ctx context.Context, turn agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		defer func() { turn.Traced(agent.Trace{Model: "teller", Decisions: []string{"read " + turn.Text}}) }()
		e.echo.Reply(ctx, turn)(yield)
	}
}

func TestEveryTurnLeavesItsTrace(t *testing.T) {
	e := &teller{echo{hold: make(chan struct{}), began: make(chan struct{})}}
	var mu sync.Mutex
	seen := map[string]string{}
	h, err := New(Config{Store: memoryStore(t), Agent: e, Traced: func(c Conversation, message string, x agent.Trace) {
		mu.Lock()
		defer mu.Unlock()
		seen[message] = c.Transport + " " + x.Model + " " + x.Ended
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	c, _, err := h.Start(ctx, Visitor{Locale: "en", Transport: "web"})
	if err != nil {
		t.Fatal(err)
	}
	work(t, h)
	post := func(id, text string) {
		t.Helper()
		if _, err := h.Post(ctx, c.ID, Post{ID: id, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	post("m1", "my card is 4111111111111111")
	<-e.began
	post("m2", "a tent") // interrupts the first
	await(t, ctx, h, c.ID, func(e Entry) bool { return e.Answers == "m2" })
	e.mu.Lock()
	e.fail = true
	e.mu.Unlock()
	post("m3", "and now?")
	last := await(t, ctx, h, c.ID, func(e Entry) bool { return e.Answers == "m3" })
	if x := traceIn(t, last); x.Ended != "failed" || !strings.Contains(x.Error, "broken") || x.Model != "teller" {
		t.Errorf("the failed turn left %+v", x)
	}
	all, err := h.Entries(ctx, c.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, e := range all {
		if e.Kind != KindTrace {
			continue
		}
		found = true
		if x := traceIn(t, e); x.Ended != "interrupted" || len(x.Decisions) != 1 || x.Decisions[0] != "read my card is [card 1111]" || string(e.Body) != `{"of":"m1"}` {
			t.Errorf("the interrupted turn left %+v in %s", x, e.Body)
		}
		if _, ok := Public(e); ok {
			t.Error("a shopper would be sent a trace")
		}
	}
	if !found {
		t.Error("the interrupted turn left nothing")
	}
	// The work of the last turn may end a moment after its answer can be read.
	if err := h.Again(ctx, c.ID, "m3"); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if seen["m1"] != "web teller interrupted" && seen["m1"] != "web teller " || seen["m2"] != "web teller " {
		t.Errorf("told of %v", seen)
	}
}
