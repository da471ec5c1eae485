package discreet

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/agent/llm"
	"parley/memory/redact"
)

// nosy keeps what it is asked.
type nosy struct{ asked *llm.Request }

func (n *nosy) Stream(_ context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	n.asked = r
	return func(yield func(llm.Chunk, error) bool) {
		yield(llm.Chunk{Text: "anna@example.com", Stop: llm.StopEnd}, nil)
	}
}

func request() *llm.Request {
	return &llm.Request{
		System: "You work for a shop. Write to help@fernhill.example. The customer is anna@example.com.",
		Messages: []llm.Message{
			llm.Text(llm.User, "I'm [email 1], card 4111 1111 1111 1111, order 1042"),
			{Role: llm.Assistant, Parts: []llm.Part{{Reasoning: "anna@example.com?"}, {Call: &llm.Call{ID: "c1", Name: "find", Args: json.RawMessage(`{"email":"anna@example.com"}`)}}}},
			{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "c1", Name: "find", Content: json.RawMessage(`{"to":{"street":"12 Oak Street"},"order":"1042"}`)}}}},
		},
		Situation: llm.Situation{Facts: []string{"call her on +1 415 555 0123"}, Page: &llm.Page{URL: "https://shop.example/?e=anna@example.com", Product: "P1"}},
	}
}

func TestTheStablePartEndsWhereItDid(t *testing.T) {
	n := &nosy{}
	r := &llm.Request{System: "Fraud? Write to fraud@elsewhere.example.\n\nThe customer is anna@example.com.", Stable: 40}
	if _, err := llm.Collect(New(n, redact.Public{}).Stream(context.Background(), r)); err != nil {
		t.Fatal(err)
	}
	if before, after := n.asked.System[:n.asked.Stable], n.asked.System[n.asked.Stable:]; !strings.HasSuffix(before, ".") || !strings.HasPrefix(after, "\n\nThe customer is ") || strings.Contains(before+after, "@") {
		t.Errorf("parted into %q and %q", before, after)
	}
}

func TestWhatIsTheSameInEveryTurnStaysAPartOfItsOwn(t *testing.T) {
	n := &nosy{}
	in := request()
	in.System = "Ask ops@shop.example. Customer: anna@example.com."
	in.Stable = len("Ask ops@shop.example.")
	if _, err := llm.Collect(New(n, nil).Stream(context.Background(), in)); err != nil {
		t.Fatal(err)
	}
	if got := n.asked.System[:n.asked.Stable]; got != "Ask [email]." || n.asked.System != "Ask [email]. Customer: [email]." {
		t.Errorf("%q of %q", got, n.asked.System)
	}
}

func TestAHostedModelLearnsNothingOfAPerson(t *testing.T) {
	n := &nosy{}
	in := request()
	reply, err := llm.Collect(New(n, redact.PublicIn("help@fernhill.example")).Stream(context.Background(), in))
	if err != nil || reply.Message.Text() != "anna@example.com" {
		t.Errorf("the answer was changed: %+v, %v", reply, err)
	}
	b, err := json.Marshal(n.asked)
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{"anna@", "4111", "Oak Street", "555 0123"} {
		if strings.Contains(string(b), leak) {
			t.Errorf("%q reaches the model: %s", leak, b)
		}
	}
	for _, kept := range []string{"help@fernhill.example", "[email 1], card [card 1111], order 1042", `"order":"1042"`, `"id":"c1"`, "P1"} {
		if !strings.Contains(string(b), kept) && !strings.Contains(strings.ReplaceAll(string(b), `\"`, `"`), kept) {
			t.Errorf("%q does not reach the model: %s", kept, b)
		}
	}
	if diff := cmp.Diff(request(), in); diff != "" {
		t.Errorf("the caller's request was changed:\n%s", diff)
	}
}
