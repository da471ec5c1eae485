package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/respjson"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// An answer is one stream as it is read.
type answer struct {
	*Model
	names wire.Names
	yield func(llm.Chunk, error) bool
	left  bool // nobody listens any more

	text    whole
	think   think
	calls   calls
	refused bool // in words of its own
	finish  string
	usage   *llm.Usage
}

// read gives the stream's chunks. The terminal one comes when the server has
// said why it stopped; without that word the answer is no answer.
func (a *answer) read(ctx context.Context, res *http.Response) error {
	events := ssestream.NewDecoder(res)
	for events.Next() {
		data := events.Event().Data
		if bytes.HasPrefix(data, []byte("[DONE]")) {
			break
		}
		var c openai.ChatCompletionChunk
		if !json.Valid(data) || json.Unmarshal(data, &c) != nil {
			return a.line.Refuse("a piece of its answer is no JSON")
		}
		if word := c.JSON.ExtraFields["error"].Raw(); word != "" && word != "null" || string(c.Object) == "error" {
			code, said := wire.Reason(data)
			if p := a.line.Told(0, code, said); !p.Filtered {
				return p
			}
			a.finish = "content_filter"
			break
		}
		if err := a.take(&c); err != nil || a.left {
			return err
		}
		if a.finish != "" && a.usage != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.finish == "" {
		if err := events.Err(); err != nil {
			return a.line.Network(ctx, err, true)
		}
		return a.line.Cut()
	}
	return a.end()
}

// take reads one chunk.
func (a *answer) take(c *openai.ChatCompletionChunk) error {
	if c.JSON.Usage.Valid() {
		a.usage = used(c.Usage)
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		d := choice.Delta
		for _, field := range []string{"reasoning_content", "reasoning"} {
			if s := text(d.JSON.ExtraFields[field]); s != "" {
				a.think.opened = false // the server parts it by itself
				a.returned.CompareAndSwap(false, field == "reasoning_content")
				a.give(llm.Chunk{Reasoning: s})
				break
			}
		}
		a.say(d.Content)
		if d.Refusal != "" {
			a.refused = true
			a.say(d.Refusal)
		}
		for _, t := range d.ToolCalls {
			if err := a.calls.add(t); err != nil {
				return a.line.Refuse("%v", err)
			}
		}
		if choice.FinishReason != "" {
			a.finish = choice.FinishReason
		}
	}
	return nil
}

// say gives text, with the reasoning in it taken out.
func (a *answer) say(s string) {
	if s == "" {
		return
	}
	reasoning, said := a.think.add(a.text.add(s))
	a.give(llm.Chunk{Reasoning: reasoning})
	a.give(llm.Chunk{Text: said})
}

func (a *answer) give(c llm.Chunk) {
	if c.Text == "" && c.Reasoning == "" && c.Call == nil && c.Stop == "" || a.left {
		return
	}
	a.left = !a.yield(c, nil)
}

// end gives what is still held, the calls, and why it ended.
func (a *answer) end() error {
	reasoning, said := a.think.add(a.text.rest())
	late, more := a.think.rest(a.finish == "length")
	a.give(llm.Chunk{Reasoning: reasoning + late})
	a.give(llm.Chunk{Text: said + more})
	if a.think.unopened || a.think.guess {
		a.unopened.Store(a.think.unopened) // unlearned when nothing was parted
	}
	var stop llm.Stop
	switch a.finish {
	case "content_filter":
		stop = llm.StopRefused
	case "length":
		stop = llm.StopLength
	case "insufficient_system_resource", "error", "abort": // DeepSeek, OpenRouter, vLLM
		return a.line.Refuse("it gave up in the middle (%s)", a.finish)
	default:
		stop = llm.StopEnd
	}
	if a.refused {
		stop = llm.StopRefused
	}
	if stop != llm.StopRefused {
		list, err := a.calls.whole(stop == llm.StopLength)
		if err != nil {
			return a.line.Refuse("%v", err)
		}
		for _, c := range list {
			c.Name = a.names.In(c.Name)
			a.give(llm.Chunk{Call: c})
			stop = llm.StopCalls
		}
	}
	a.give(llm.Chunk{Stop: stop, Usage: a.usage})
	return nil
}

// used counts tokens. What comes from the cache is in the prompt's count;
// DeepSeek has a word of its own for it.
func used(u openai.CompletionUsage) *llm.Usage {
	out := &llm.Usage{Prompt: int(u.PromptTokens), Cached: int(u.PromptTokensDetails.CachedTokens), Generated: int(u.CompletionTokens)}
	var hit int
	if f := u.JSON.ExtraFields["prompt_cache_hit_tokens"]; out.Cached == 0 && json.Unmarshal([]byte(f.Raw()), &hit) == nil {
		out.Cached = hit
	}
	return out
}

// text is a field's string, "" for anything else.
func text(f respjson.Field) string {
	var s string
	if f.Raw() == "" || json.Unmarshal([]byte(f.Raw()), &s) != nil {
		return ""
	}
	return s
}

// Calls of one answer, at the most.
const mostCalls = 64

// calls puts calls together from their pieces.
type calls struct {
	list []*openCall
	at   map[int64]*openCall // by the server's index: the newest of that index
	last *openCall
}

type openCall struct {
	id, name string
	args     []byte
}

// add takes a piece. It belongs to the call of its index. Servers are at odds
// about what begins a call: some give every call the index 0 and some none, so
// that another id, or a name after whole arguments, begins one too.
func (cs *calls) add(t openai.ChatCompletionChunkChoiceDeltaToolCall) error {
	if cs.at == nil {
		cs.at = map[int64]*openCall{}
	}
	c := cs.at[t.Index]
	if !t.JSON.Index.Valid() && t.ID == "" && t.Function.Name == "" {
		c = cs.last
	}
	if c != nil && (t.ID != "" && c.id != "" && t.ID != c.id || t.ID == "" && t.Function.Name != "" && json.Valid(c.args)) {
		c = nil
	}
	if c == nil {
		if len(cs.list) == mostCalls {
			return fmt.Errorf("it called more than %d tools at once", mostCalls)
		}
		c = &openCall{}
		cs.list = append(cs.list, c)
		cs.at[t.Index] = c
	}
	cs.last = c
	if c.id == "" {
		c.id = t.ID
	}
	if c.name == "" {
		c.name = t.Function.Name
	}
	if len(c.args) > 1<<20 {
		return fmt.Errorf("it wrote more than 1 MB of arguments for %s", c.name)
	}
	c.args = append(c.args, t.Function.Arguments...)
	return nil
}

// whole gives the calls. Of an answer that was cut short, those that were not
// finished are left out: nobody knows what they would have been.
func (cs *calls) whole(cut bool) ([]*llm.Call, error) {
	var out []*llm.Call
	ids := map[string]bool{}
	for i, c := range cs.list {
		if cut && (c.name == "" || !json.Valid(c.args)) {
			continue
		}
		if c.name == "" {
			return nil, errors.New("it called a tool without naming it")
		}
		if c.id == "" || ids[c.id] {
			c.id = fmt.Sprintf("call_%d", i+1)
		}
		ids[c.id] = true
		out = append(out, &llm.Call{ID: c.id, Name: c.name, Args: wire.Args(string(c.args))})
	}
	return out, nil
}
