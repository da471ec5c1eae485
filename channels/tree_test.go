package channels

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/agent"
	"parley/agent/llm"
)

func TestAChronicleIsReadAsATree(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.Local)
	c := &Chronicle{
		ID: "c1", Customer: llm.Customer{ID: "C7", Name: "Mia", Authenticated: true}, Transport: "web", Entries: 9, Left: 2, HandOff: Claimed,
		Steps: []Step{
			{At: at, From: From{Role: RoleShopper, Name: "Mia"}, Kind: KindText, Said: "cancel\norder \x1b[31m1042", Page: "FH-102", Answers: []string{"[open] Cancel order 1042?"}, Trace: &agent.Trace{
				Model: "ollama:q", Prompt: "0123456789", Steps: 1, Usage: llm.Usage{Prompt: 300, Generated: 20, Cached: 200}, Took: 1234 * time.Millisecond, FirstText: 900 * time.Millisecond,
				Requests: []agent.RequestTrace{
					{Model: "openai:x", At: time.Millisecond, Took: 2 * time.Millisecond, Error: "model unavailable"},
					{Model: "ollama:q", At: 5 * time.Millisecond, First: 300 * time.Millisecond, Took: 500 * time.Millisecond, Usage: llm.Usage{Prompt: 300, Generated: 20}, Stop: llm.StopCalls},
				},
				Calls: []agent.CallTrace{
					{Name: "get_order", Args: json.RawMessage(`{"order":"1042"}`), Effect: llm.Read, At: 510 * time.Millisecond, Took: time.Millisecond, Result: json.RawMessage(`"{\"id\"…"`), Size: 9000},
					{Name: "cancel_order", Args: json.RawMessage(`{"order":"1042"}`), Effect: llm.Confirm, At: 512 * time.Millisecond, Took: time.Millisecond},
				},
				Decisions: []string{"openai:x failed (model unavailable)"}, Left: agent.Left{Steps: 7, Tokens: 100, Time: 58 * time.Second}, Confidence: .9, Meaning: "cancel",
			}},
			{At: at, From: From{Role: RoleShopper}, Kind: KindAct, Said: "confirm", Why: "Ana had the conversation"},
		},
	}
	var b strings.Builder
	if err := c.Tree(&b); err != nil {
		t.Fatal(err)
	}
	want := `c1 · C7 Mia (signed in) · web · 9 entries · hand-off claimed
├─ (2 earlier steps)
├─ 2026-03-01 10:00:00 shopper Mia: cancel order  [31m1042  · on FH-102
│  ├─ took 1.23s · first words 900ms · ollama:q · prompt 01234567 · 300+20 tokens (200 cached) · 1 steps · left 7 steps, 100 tokens, 58s
│  ├─ read as cancel, sure to 0.90
│  ├─ +1ms model openai:x · 2ms · 0+0 tokens · error: model unavailable
│  ├─ +5ms model ollama:q · 500ms · first after 300ms · 300+20 tokens · calls
│  ├─ +510ms tool get_order {"order":"1042"} · read · 1ms
│  │  └─ gave 9000 bytes: "{\"id\"…"
│  ├─ +512ms tool cancel_order {"order":"1042"} · confirm · 1ms
│  │  └─ not run: the customer is asked first
│  ├─ decided
│  │  └─ openai:x failed (model unavailable)
│  └─ answered: [open] Cancel order 1042?
└─ 2026-03-01 10:00:00 shopper (act): confirm
   └─ not answered: Ana had the conversation
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAChronicleSaysWhyNobodyAnswered(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	id := start(t, ctx, h)
	post := func(message, text string) {
		t.Helper()
		if _, err := h.Post(ctx, id, Post{ID: message, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	post("m1", "one")
	post("m2", "two")
	ana := Staff{ID: "slack:U1", Name: "Ana"}
	if err := h.Claim(ctx, id, ana); err != nil {
		t.Fatal(err)
	}
	post("m3", "to a person")
	if _, err := h.Say(ctx, id, ana, "s1", "Hello."); err != nil {
		t.Fatal(err)
	}
	if err := h.Return(ctx, id, ana, ""); err != nil {
		t.Fatal(err)
	}
	post("m4", "four")
	c, err := h.Chronicle(ctx, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range c.Steps {
		got[s.Said] = s.Why
	}
	want := map[string]string{
		"one": "a newer message took its place; the answer to that one sees both", "two": "a newer message took its place; the answer to that one sees both",
		"claimed by Ana": "", "to a person": "Ana had the conversation", "Hello.": "", "returned by Ana": "", "four": "it waits for its answer, or a person took over meanwhile",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c, err = h.Chronicle(ctx, id, 2); err != nil || len(c.Steps) != 2 || c.Left != 5 {
		t.Errorf("the last two: %+v, %v", c, err)
	}
	if _, err = h.Chronicle(ctx, "none", 0); err != error(ErrNoConversation) {
		t.Errorf("of none: %v", err)
	}
}
