package terminal

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/memory/store"
)

// shop answers with a card.
type shop struct{}

func (shop) Reply(_ context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		out := &agent.Outcome{Text: "You said " + t.Text, Messages: []llm.Message{llm.Text(llm.User, t.Text)}, Cards: []llm.Card{{
			Kind: "products", Body: json.RawMessage(`{"products":[{"id":"1","title":"Tent","price":49.5,"list_price":60,"currency":"USD","rating":4.25,"in_stock":false}]}`),
		}}}
		yield(agent.Event{Done: out}, nil)
	}
}

func TestEachLineIsAnsweredBeforeTheNextIsRead(t *testing.T) {
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	hub, err := channels.New(channels.Config{Store: st, Agent: shop{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = hub.Run(ctx); close(done) }()
	defer func() { cancel(); <-done }()
	var out bytes.Buffer
	in := "one\n" + strings.Repeat("x", 9000) + "\n🏕\n\nnever read\n"
	if err := Run(ctx, Config{Hub: hub, In: strings.NewReader(in), Out: &out, Locale: "en"}); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	at := 0
	for _, want := range []string{"You said one", "1. Tent  $49.50 ($60)  ★ 4.2  (out of stock)", "too long", "You said 🏕"} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %d in:\n%s", want, at, got)
		}
		at += i
	}
	if strings.Contains(got, "never read") {
		t.Error("it read on after the empty line")
	}
}
