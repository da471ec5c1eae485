package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/ssestream"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// An answer is one stream as it is read.
type answer struct {
	*Model
	names wire.Names
	yield func(llm.Chunk, error) bool
	left  bool // nobody listens any more

	open  map[int64]*openCall // by the block's index
	calls []*openCall
	stop  anthropic.StopReason
	ended bool
	usage llm.Usage
	input counts
}

type openCall struct {
	id, name string
	args     strings.Builder
	given    string // whole, at the beginning: as some servers do
}

// counts are the three sorts of prompt tokens, each counted apart by the server.
type counts struct{ fresh, written, cached int64 }

// Bounds on one answer.
const (
	mostCalls = 64
	mostArgs  = 1 << 20
)

// read gives the stream's chunks. The terminal one comes with message_stop;
// without it the answer is no answer.
func (a *answer) read(ctx context.Context, stream *ssestream.Stream[anthropic.MessageStreamEventUnion]) error {
	a.open = map[int64]*openCall{}
	for !a.ended && stream.Next() {
		if err := a.take(stream.Current()); err != nil || a.left {
			return err
		}
	}
	if a.ended {
		return a.end()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var p *wire.Problem
	var told *anthropic.Error
	switch err := stream.Err(); {
	case err == nil:
		return a.line.Cut()
	case errors.As(err, &p):
		return p
	case errors.As(err, &told): // an error event
		code, said := wire.Reason([]byte(told.RawJSON()))
		return a.line.Told(0, code, said)
	default:
		return a.line.Network(ctx, err, a.began())
	}
}

// take reads one event; what it does not know it passes over.
func (a *answer) take(e anthropic.MessageStreamEventUnion) error {
	switch e.Type {
	case "message_start":
		u := e.Message.Usage
		a.count(u.InputTokens, u.CacheCreationInputTokens, u.CacheReadInputTokens, u.OutputTokens)
	case "content_block_start":
		switch b := e.ContentBlock; b.Type {
		case "tool_use":
			if len(a.calls) == mostCalls {
				return a.line.Refuse("it called more than %d tools at once", mostCalls)
			}
			c := &openCall{id: b.ID, name: b.Name}
			if in, err := json.Marshal(b.Input); err == nil && b.Input != nil {
				c.given = string(in)
			}
			a.open[e.Index], a.calls = c, append(a.calls, c)
		case "text":
			a.give(llm.Chunk{Text: valid(b.Text)})
		case "thinking":
			a.give(llm.Chunk{Reasoning: valid(b.Thinking)})
		}
	case "content_block_delta":
		switch d := e.Delta; d.Type {
		case "text_delta":
			a.give(llm.Chunk{Text: valid(d.Text)})
		case "thinking_delta":
			a.give(llm.Chunk{Reasoning: valid(d.Thinking)})
		case "input_json_delta":
			c := a.open[e.Index]
			if c == nil {
				return a.line.Refuse("it wrote the arguments of a call that it had not begun")
			}
			if c.args.Len() > mostArgs {
				return a.line.Refuse("it wrote more than 1 MB of arguments for %s", c.name)
			}
			c.args.WriteString(d.PartialJSON)
		}
	case "message_delta":
		if e.Delta.StopReason != "" {
			a.stop = e.Delta.StopReason
		}
		u := e.Usage
		a.count(u.InputTokens, u.CacheCreationInputTokens, u.CacheReadInputTokens, u.OutputTokens)
	case "message_stop":
		a.ended = true
	}
	return nil
}

// count keeps the newest counts: each event says the sums so far.
func (a *answer) count(fresh, written, cached, generated int64) {
	a.input.fresh = max(a.input.fresh, fresh)
	a.input.written = max(a.input.written, written)
	a.input.cached = max(a.input.cached, cached)
	a.usage = llm.Usage{
		Prompt: int(a.input.fresh + a.input.written + a.input.cached), Cached: int(a.input.cached),
		Generated: max(a.usage.Generated, int(generated)),
	}
}

func (a *answer) began() bool { return a.usage != llm.Usage{} || len(a.calls) > 0 }

func (a *answer) give(c llm.Chunk) {
	if c.Text == "" && c.Reasoning == "" && c.Call == nil && c.Stop == "" || a.left {
		return
	}
	a.left = !a.yield(c, nil)
}

// end gives the calls, and why the answer ended. The calls of an answer that
// was refused are left out, and so is one that was cut in half.
func (a *answer) end() error {
	stop := llm.StopEnd
	switch a.stop {
	case anthropic.StopReasonRefusal:
		stop = llm.StopRefused
	case anthropic.StopReasonMaxTokens, anthropic.StopReasonModelContextWindowExceeded:
		stop = llm.StopLength
	}
	cut := stop == llm.StopLength
	ids := map[string]bool{}
	for i, c := range a.calls {
		args := c.args.String()
		if args == "" && !cut {
			args = c.given
		}
		if stop == llm.StopRefused || cut && !json.Valid([]byte(args)) {
			continue
		}
		if c.name == "" {
			return a.line.Refuse("it called a tool without naming it")
		}
		if c.id == "" || ids[c.id] {
			c.id = fmt.Sprintf("call_%d", i+1)
		}
		ids[c.id] = true
		a.give(llm.Chunk{Call: &llm.Call{ID: c.id, Name: a.names.In(c.name), Args: wire.Args(args)}})
		stop = llm.StopCalls
	}
	a.give(llm.Chunk{Stop: stop, Usage: &a.usage})
	return nil
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
