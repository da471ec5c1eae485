package agent

import (
	"context"
	"strings"
	"testing"

	"parley/agent/llm"
	"parley/agent/llm/scripted"
	"parley/prompts"
)

type factArgs struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Quote string `json:"quote,omitempty"`
}

// keeper offers remember, which takes only quotes that the customer's message has.
func keeper(who llm.Customer) []llm.Tool {
	t := llm.NewTool("remember", "", llm.Confirm, func(context.Context, factArgs, string) (map[string]any, error) { return nil, nil })
	return []llm.Tool{llm.WithPreview(t, func(_ context.Context, in factArgs) (*llm.Preview, error) {
		said := who.Heard.Said[len(who.Heard.Said)-1].Text
		if !strings.Contains(said, in.Quote) {
			return nil, llm.Errorf("not_said", "no")
		}
		return &llm.Preview{Question: "Shall I remember " + in.Value + "?", Granted: strings.Contains(in.Quote, "M")}, nil
	})}
}

func overhears(t *testing.T, text string, free bool, reply scripted.Step, settled ...llm.Settled) (*Outcome, *scripted.Model) {
	t.Helper()
	set, err := prompts.Load()
	if err != nil {
		t.Fatal(err)
	}
	m := scripted.New(reply)
	a, err := New(Config{Tools: keeper, Prompts: set, Shop: "Hill", Currency: "USD", Overhear: true, Models: []Named{{Name: "m", Model: m, Free: free}}})
	if err != nil {
		t.Fatal(err)
	}
	who := llm.Customer{ID: "C1", Heard: &llm.Heard{Said: []llm.Said{{Seq: 1, Text: text}}, Settled: settled}}
	return a.Overhear(t.Context(), Turn{ID: "c/1", Text: text, Customer: who, Recalled: []Recalled{{Text: "I wear size L"}}}, &Outcome{Text: "Here are four.", Locale: "en", Trace: Trace{Model: "m"}}), m
}

func TestAModelsFindIsAskedForOnlyInTheCustomersWordsOfThisTurn(t *testing.T) {
	call := func(args string) scripted.Step {
		return scripted.Step{Calls: []scripted.Call{{Name: "remember", Raw: args}}}
	}
	const said = "which socks? I run cold, so nothing thin for me"
	for _, x := range []struct {
		name  string
		reply scripted.Step
		free  bool
		asked bool
	}{
		{"its quote stands in the message", call(`{"kind":"fit","value":"runs cold","quote":"I run cold"}`), false, true},
		{"its quote was recalled", call(`{"kind":"size","value":"L","quote":"I wear size L"}`), false, false},
		{"it quotes nothing", call(`{"kind":"fit","value":"runs cold"}`), false, false},
		{"it finds nothing", scripted.Step{Text: "nothing"}, false, false},
		{"it calls something else", scripted.Step{Calls: []scripted.Call{{Name: "forget", Args: map[string]any{"what": "all"}}}}, false, false},
		{"it is the one that needs nothing", call(`{"kind":"fit","value":"runs cold","quote":"I run cold"}`), true, false},
	} {
		out, _ := overhears(t, said, x.free, x.reply)
		if (out != nil) != x.asked {
			t.Errorf("%s: asked %v, want %v", x.name, out != nil, x.asked)
			continue
		}
		if out != nil && (out.Pending.Preview.Question != "Shall I remember runs cold?" || Valid(out.Messages) != nil || len(out.Pending.Said) != 1) {
			t.Errorf("%s: %+v", x.name, out)
		}
	}
}

func TestNoModelIsAskedWhatMayNotBeAskedFor(t *testing.T) {
	const said = "which socks? I run cold, so nothing thin for me"
	call := scripted.Step{Calls: []scripted.Call{{Name: "remember", Raw: `{"kind":"fit","value":"runs cold","quote":"I run cold"}`}}}
	for how, left := range map[string]int{"declined": 1, "dropped": 1, "done": 0} {
		if _, m := overhears(t, said, false, call, llm.Settled{Tool: "remember", How: how, Seq: 1}); m.Left() != left {
			t.Errorf("after a question that was %s: %d answers of the model left, want %d", how, m.Left(), left)
		}
	}
}

func TestAModelLooksForFactsInTheMessageAlone(t *testing.T) {
	_, m := overhears(t, "I run cold", false, scripted.Step{Text: "nothing"})
	seen := m.Seen
	if len(seen) != 1 || len(seen[0].Messages) != 1 || strings.Contains(seen[0].System, "size L") || len(seen[0].Tools) != 1 {
		t.Errorf("it was given %+v", seen)
	}
}
