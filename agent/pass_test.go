package agent

import (
	"context"
	"fmt"
	"testing"

	"parley/agent/llm"
)

func TestAModelThatPassesIsAskedAgainWithTheNextMessage(t *testing.T) {
	asked := 0
	passing := speaker(func(_ context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		asked++
		yield(llm.Chunk{}, fmt.Errorf("not for me: %w", llm.ErrPass))
	})
	a := chainOf(t, &till{}, Named{Name: "passing", Model: passing}, Named{Name: "last", Model: saying("Here.", 0)})
	for n := 1; n <= mostFailures+2; n++ {
		if out := reply(t, a, Turn{Text: "hi"}); out.Text != "Here." || out.Trace.Model != "last" || !decided(out, "passing not for me") || asked != n {
			t.Fatalf("turn %d: %q by %s, asked %d times, %v", n, out.Text, out.Trace.Model, asked, out.Trace.Decisions)
		}
	}
	// With nobody behind it, a pass is a failure that is told.
	alone := chainOf(t, &till{}, Named{Name: "passing", Model: passing})
	for _, err := range alone.Reply(t.Context(), Turn{ID: "x", Text: "hi"}) {
		if err != nil {
			return
		}
	}
	t.Error("a pass to nobody was an answer")
}
