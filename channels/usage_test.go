package channels

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
)

// dear uses a hundred tokens a turn, unless it is told to be thrifty.
type dear struct{ thrifty map[string]bool } // by turn

func (d *dear) Reply(_ context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		d.thrifty[t.ID] = t.Thrifty
		if !t.Thrifty {
			t.Spend(llm.Usage{Prompt: 90, Generated: 10})
		}
		yield(agent.Event{Done: &agent.Outcome{Text: "Well.", Locale: "en"}}, nil)
	}
}

func TestTheTokensOfADayAreBounded(t *testing.T) {
	now := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC)
	d := &dear{map[string]bool{}}
	settled := make(chan string, 100) // a message found unanswered at the start settles twice
	asked := 0
	h, err := New(Config{
		Store: memoryStore(t), Agent: d, Tokens: DailyTokens{Customer: 150, Shop: 250},
		Now: func() time.Time { return now }, Settled: func(_, m string) { settled <- m },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	work(t, h)
	ask := func(id string) bool {
		t.Helper()
		asked++
		message := fmt.Sprintf("m%d", asked)
		if _, err := h.Post(ctx, id, Post{ID: message, Text: "hi"}); err != nil {
			t.Fatal(err)
		}
		for <-settled != message {
		}
		return d.thrifty[id+"/"+message]
	}
	first, second := start(t, ctx, h), start(t, ctx, h)
	for i, want := range []bool{false, false, true, true} {
		if got := ask(first); got != want {
			t.Errorf("message %d of one visitor: thrifty %v", i+1, got)
		}
	}
	if ask(second) { // 200 of the shop's 250
		t.Error("another visitor was told that the day is spent")
	}
	third := start(t, ctx, h)
	if !ask(third) {
		t.Error("the shop's bound did not hold")
	}
	now = now.Add(2 * time.Hour)
	if ask(first) {
		t.Error("a new day did not begin anew")
	}
	c, err := h.Get(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.eraseCustomer(ctx, c.Customer.ID); err != nil {
		t.Fatal(err)
	}
	if keys, err := h.usage.Keys(ctx); err != nil || len(keys) != 2 {
		t.Errorf("after the erasure of one of two who used tokens: %v, %v", keys, err)
	}
}
