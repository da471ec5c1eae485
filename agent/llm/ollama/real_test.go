package ollama

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
	"parley/agent/llm/ollama/ollamatest"
)

// These run against the server that .ci/ollama builds, with a model whose every
// word stands here.
const (
	hello  = "Hello! How can I help you today? Größe 42 – ✓ 你好。"
	calls  = "<tool_call>\n{\"name\": \"get_order\", \"arguments\": {\"order\": \"5531\"}}\n</tool_call>"
	onIts  = "Order 5531 left yesterday."
	longer = "Let me think about that one for a good while, "
)

// atOnce is a text and a whole call of many tokens, each but the last ending
// within a character, so that the server gets them in one piece.
var atOnce = func() []string {
	const order = "éöüäàèùâêîôûáíóúñç"
	text := "One moment. " + strings.Replace(calls, "5531", order, 1)
	at := strings.Index(text, order) + 1
	pieces := []string{text[:at]}
	for ; at < strings.Index(text, order)+len(order)-1; at += 2 {
		pieces = append(pieces, text[at:at+2])
	}
	return append(pieces, text[at:])
}()

func real(t *testing.T) (*ollamatest.Server, *Model) {
	t.Helper()
	s := ollamatest.Start(t)
	s.Create("tiny",
		ollamatest.Line{Result: true, Say: onIts},
		ollamatest.Line{To: "Where is my order 5531?", Say: calls},
		ollamatest.Line{To: "all at once", Pieces: atOnce},
		ollamatest.Line{To: "go on", Say: longer, Endless: true},
		ollamatest.Line{Say: hello},
	)
	m, err := New(Config{Host: s.URL, Model: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	return s, m
}

func TestRealServer(t *testing.T) {
	s, m := real(t)
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()

	t.Run("streams, after the probe has found native calls", func(t *testing.T) {
		pieces, text := 0, ""
		for c, err := range m.Stream(ctx, request("hi")) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Text != "" {
				pieces++
				text += c.Text
			}
		}
		if text != hello || pieces < 5 {
			t.Errorf("got %q in %d pieces", text, pieces)
		}
		if mode, err := m.Probe(ctx); mode != Native || err != nil {
			t.Errorf("mode %q, %v", mode, err)
		}
	})

	t.Run("keeps the contract", func(t *testing.T) {
		ask := func(text string) func(*testing.T) llmtest.Case {
			return func(*testing.T) llmtest.Case { return llmtest.Case{Model: m, Request: request(text)} }
		}
		llmtest.Run(t, llmtest.Models{Text: ask("hi"), Call: ask("Where is my order 5531?"), Endless: ask("go on")})
	})

	t.Run("calls a tool and words its result", func(t *testing.T) {
		r := request("Where is my order 5531?")
		reply, err := llm.Collect(m.Stream(ctx, r))
		if err != nil {
			t.Fatal(err)
		}
		list := reply.Message.Calls()
		if len(list) != 1 || list[0].Name != "get_order" || string(list[0].Args) != `{"order":"5531"}` || reply.Stop != llm.StopCalls {
			t.Fatalf("got %+v", reply)
		}
		r.Messages = append(r.Messages, reply.Message, llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: list[0].ID, Name: "get_order", Content: []byte(`{"status":"shipped"}`)}}}})
		if reply, err = llm.Collect(m.Stream(ctx, r)); err != nil || reply.Message.Text() != onIts {
			t.Errorf("got %+v, %v", reply, err)
		}
		if reply.Usage.Prompt == 0 || reply.Usage.Generated == 0 {
			t.Errorf("usage %+v", reply.Usage)
		}
	})

	t.Run("a call that the server drops is not lost", func(t *testing.T) {
		reply, err := llm.Collect(m.Stream(ctx, request("all at once")))
		// The tiny model cannot fill in the form that the call is asked for by.
		if err == nil && len(reply.Message.Calls()) == 0 || reply.Message.Text() != "One moment. " {
			t.Errorf("it went unnoticed: %+v, %v", reply, err)
		}
	})

	t.Run("leaving stops the server's work", func(t *testing.T) {
		for c, err := range m.Stream(ctx, request("go on")) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Text != "" {
				break
			}
		}
		if !s.Idle() {
			t.Error("the server's work goes on")
		}
	})

	t.Run("cancelling stops the server's work", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var last error
		for c, err := range m.Stream(ctx, request("go on")) {
			if last = err; c.Text != "" {
				cancel()
			}
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("ended with %v", last)
		}
		if !s.Idle() {
			t.Error("the server's work goes on")
		}
	})

	t.Run("killed in the middle is told, and it works again after a restart", func(t *testing.T) {
		text, killed := "", false
		var last error
		for c, err := range m.Stream(ctx, request("go on")) {
			last = err
			if text += c.Text; strings.Contains(text, longer) && !killed {
				killed = true
				s.Kill()
			}
		}
		if !errors.Is(last, llm.ErrUnavailable) {
			t.Fatalf("after %q it ended with %v", text, last)
		}
		if _, err := llm.Collect(m.Stream(ctx, request("hi"))); !errors.Is(err, llm.ErrUnavailable) {
			t.Errorf("with nobody there: %v", err)
		}
		s.Run()
		if reply, err := llm.Collect(m.Stream(ctx, request("hi"))); err != nil || reply.Message.Text() != hello {
			t.Errorf("after the restart: %+v, %v", reply, err)
		}
	})

	t.Run("a runner that dies is told, and the server starts another", func(t *testing.T) {
		text, killed := "", false
		var last error
		for c, err := range m.Stream(ctx, request("go on")) {
			last = err
			if text += c.Text; strings.Contains(text, longer) && !killed {
				killed = true
				s.KillRunner()
			}
		}
		if !errors.Is(last, llm.ErrUnavailable) {
			t.Fatalf("it ended with %v", last)
		}
		if reply, err := llm.Collect(m.Stream(ctx, request("hi"))); err != nil || reply.Message.Text() != hello {
			t.Errorf("afterwards: %+v, %v", reply, err)
		}
	})
}
