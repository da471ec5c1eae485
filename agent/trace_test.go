package agent

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"parley/agent/llm"
)

// traceOf runs a turn that may have no outcome, and gives its trace.
func traceOf(t *testing.T, ctx context.Context, a *Agent, turn Turn) (trace Trace, err error) {
	t.Helper()
	told := 0
	turn.ID, turn.Traced = "c/m1", func(x Trace) { trace = x; told++ }
	for _, err = range a.Reply(ctx, turn) {
	}
	if told != 1 {
		t.Errorf("the trace was told %d times", told)
	}
	return trace, err
}

func TestATraceHoldsEveryRequestAndCall(t *testing.T) {
	n := 0
	busy := speaker(func(_ context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		yield(llm.Chunk{}, llm.ErrUnavailable)
	})
	able := speaker(func(_ context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		if n++; n > 1 {
			if yield(llm.Chunk{Text: "The Ridge 4 Tent is $249."}, nil) {
				yield(llm.Chunk{Stop: llm.StopEnd, Usage: &llm.Usage{Prompt: 200, Generated: 10}}, nil)
			}
			return
		}
		if yield(llm.Chunk{Call: &llm.Call{ID: "x", Name: "search_products", Args: json.RawMessage(`{"query":"` + strings.Repeat("tent ", 5) + `"}`)}}, nil) {
			yield(llm.Chunk{Stop: llm.StopCalls, Usage: &llm.Usage{Prompt: 100, Generated: 20}}, nil)
		}
	})
	a := chainOf(t, &till{}, Named{Name: "busy", Model: busy}, Named{Name: "able", Model: able})
	trace, err := traceOf(t, context.Background(), a, Turn{Text: "a tent"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range trace.Requests {
		names = append(names, r.Model)
		if r.Took < r.First || r.At < 0 || r.Step == 0 {
			t.Errorf("times of %+v", r)
		}
		if (r.Model == "busy") != (r.Error != "") || (r.Model == "able") != (r.Stop != "") {
			t.Errorf("ends of %+v", r)
		}
	}
	if got := strings.Join(names, " "); got != "busy busy able busy able" && got != "busy busy able able" && got != "busy busy able busy busy able" {
		t.Errorf("asked %s", got)
	}
	last := trace.Requests[len(trace.Requests)-1]
	if last.Usage.Prompt != 200 || trace.Left.Tokens != a.cfg.Budget.Tokens-trace.Usage.Prompt-trace.Usage.Generated || trace.Left.Steps != 6 || trace.Left.Time <= 0 {
		t.Errorf("tokens of %+v, left %+v", last, trace.Left)
	}
	if len(trace.Calls) != 1 || trace.Calls[0].ID == "" || trace.Calls[0].At < trace.Requests[0].At || trace.Calls[0].At+trace.Calls[0].Took > last.At {
		t.Errorf("calls %+v", trace.Calls)
	}
	if trace.At.IsZero() || trace.FirstText < last.At || trace.Ended != "" || trace.Prompt == "" || trace.Model != "able" {
		t.Errorf("%+v", trace)
	}
}

func TestATurnWithoutAnOutcomeLeavesATraceToo(t *testing.T) {
	down := speaker(func(_ context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		yield(llm.Chunk{}, llm.ErrUnavailable)
	})
	trace, err := traceOf(t, context.Background(), chainOf(t, &till{}, Named{Name: "down", Model: down}), Turn{Text: "hi"})
	if err == nil || trace.Ended != "failed" || !strings.Contains(trace.Error, "no model answered") || len(trace.Requests) == 0 {
		t.Errorf("%+v, %v", trace, err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	slow := speaker(func(ctx context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		cancel()
		<-ctx.Done()
		yield(llm.Chunk{}, ctx.Err())
	})
	trace, err = traceOf(t, ctx, chainOf(t, &till{}, Named{Name: "slow", Model: slow}), Turn{Text: "hi"})
	if err == nil || trace.Ended != "interrupted" || len(trace.Requests) != 1 || trace.Requests[0].Error == "" {
		t.Errorf("%+v, %v", trace, err)
	}

	a := chainOf(t, &till{}, Named{Name: "last", Model: saying("Hello.", 0)})
	a.cfg.Mood = func(string, string) (float64, bool) { panic("no mood") }
	var told Trace
	func() {
		defer func() { _ = recover() }()
		for range a.Reply(context.Background(), Turn{ID: "c/m", Text: "hi", Traced: func(x Trace) { told = x }}) {
		}
	}()
	if told.Ended != "failed" || told.Error != "it panicked" {
		t.Errorf("%+v", told)
	}
}

func TestALongResultIsClippedWithItsSize(t *testing.T) {
	long := llm.NewTool("read", "", llm.Read, func(context.Context, struct{}, string) (map[string]any, error) {
		return map[string]any{"text": strings.Repeat("帐篷", 2000)}, nil
	})
	n := 0
	calls := speaker(func(_ context.Context, _ *llm.Request, yield func(llm.Chunk, error) bool) {
		if n++; n > 1 {
			yield(llm.Chunk{Text: "Done.", Stop: llm.StopEnd}, nil)
			return
		}
		yield(llm.Chunk{Call: &llm.Call{ID: "x", Name: "read", Args: json.RawMessage(`{}`)}, Stop: llm.StopCalls}, nil)
	})
	a := chainOf(t, &till{}, Named{Name: "m", Model: calls})
	a.cfg.Tools = func(llm.Customer) []llm.Tool { return []llm.Tool{long} }
	trace, err := traceOf(t, context.Background(), a, Turn{Text: "read"})
	if err != nil || len(trace.Calls) != 1 {
		t.Fatal(trace, err)
	}
	c := trace.Calls[0]
	var text string
	if err := json.Unmarshal(c.Result, &text); err != nil || c.Size != 12011 || len(text) > mostTraced+3 || !strings.HasSuffix(text, "篷…") && !strings.HasSuffix(text, "帐…") {
		t.Errorf("%d bytes clipped to %d: %v", c.Size, len(text), err)
	}
}
