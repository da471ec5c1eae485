package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/agent/llm"
)

// calls runs the calls of one step: reads side by side, writes one at a time,
// and a confirm tool not at all: the turn then ends with its question.
func (r *run) calls(ctx context.Context, calls []*llm.Call) (asked bool, err error) {
	results := make([]*llm.Result, len(calls))
	outputs := make([]*llm.Output, len(calls))
	traces := make([]CallTrace, len(calls))
	var wg sync.WaitGroup
	var ask *llm.Call
	for i, c := range calls {
		r.seen[c.Name+string(c.Args)]++
		tool, known := r.tools[c.Name]
		traces[i] = CallTrace{Name: c.Name, Args: c.Args, Effect: tool.Effect}
		if !known {
			results[i] = failed(c, llm.Errorf("unknown_tool", "there is no tool %q", c.Name))
			continue
		}
		args, problem := r.ground(tool, c)
		if problem != nil {
			r.bad++
			r.decide("%s not run: %s", c.Name, problem.Text)
			results[i] = failed(c, problem)
			if r.bad > 2 {
				wg.Wait()
				r.out.Trace.Calls = append(r.out.Trace.Calls, traces[:i+1]...)
				if r.moveOn() {
					return false, nil
				}
				return true, r.handOff(ctx, "stuck")
			}
			continue
		}
		c.Args, traces[i].Args = args, args
		r.emit(Event{Status: &Status{Doing: "looking", What: c.Name}})
		run := func() {
			begun := time.Now()
			results[i], outputs[i] = r.call(ctx, tool, c)
			traces[i].Took = time.Since(begun)
		}
		switch tool.Effect {
		case llm.Read:
			wg.Go(run)
		case llm.Write:
			wg.Wait()
			run()
		case llm.Confirm:
			if ask != nil {
				results[i] = failed(c, llm.Errorf("one_at_a_time", "only one act can be asked for at a time"))
				continue
			}
			p, err := tool.Preview(ctx, llm.Invocation{Args: c.Args})
			if err != nil {
				results[i], err = r.problem(c, err)
				if err != nil {
					return false, err
				}
				continue
			}
			ask = c
			id := "p" + r.key(c)[:12]
			r.out.Pending = &Pending{ID: id, Call: *c, Preview: *p, Key: r.key(c), Asked: r.turn.Now, Locale: r.out.Locale}
		}
	}
	wg.Wait()
	m := llm.Message{Role: llm.ToolRole}
	for i, res := range results {
		if res == nil {
			continue
		}
		m.Parts = append(m.Parts, llm.Part{Result: res})
		traces[i].Result = res.Content
		if res.Failed {
			traces[i].Error = string(res.Content)
		}
		r.facts.add(res.Content)
		r.facts.done = r.facts.done || traces[i].Effect != llm.Read && !res.Failed
		if o := outputs[i]; o != nil {
			r.show(o.Card)
			if o.HandOff != "" {
				r.out.HandOff = &HandOff{Reason: o.HandOff}
			}
		}
	}
	r.out.Trace.Calls = append(r.out.Trace.Calls, traces...)
	if len(m.Parts) > 0 {
		r.out.Messages = append(r.out.Messages, m)
	}
	if ask == nil {
		return false, nil
	}
	// The call stays open in the history until the customer answers; what a
	// model reads meanwhile is the question.
	r.out.Messages = append(Close(r.out.Messages), llm.Text(llm.Assistant, r.out.Pending.Preview.Question))
	return true, nil
}

// show keeps a card unless the same one is there, or one that has its products or orders.
func (r *run) show(c *llm.Card) {
	if c == nil {
		return
	}
	for _, old := range r.out.Cards {
		if old.Kind == c.Kind && (bytes.Equal(old.Body, c.Body) || within(shownOn(c), shownOn(&old))) {
			return
		}
	}
	r.out.Cards = append(r.out.Cards, *c)
}

func within(some, all []string) bool {
	return len(some) > 0 && !slices.ContainsFunc(some, func(id string) bool { return !slices.Contains(all, id) })
}

// shownOn are the ids on a card of products or orders, none for other cards.
func shownOn(c *llm.Card) (ids []string) {
	var body struct{ Products, Orders []struct{ ID string } }
	if c.Kind != "products" && c.Kind != "order" || json.Unmarshal(c.Body, &body) != nil {
		return nil
	}
	for _, p := range append(body.Products, body.Orders...) {
		ids = append(ids, p.ID)
	}
	return ids
}

// call runs a tool. Its panics and errors of ours become a failed result.
func (r *run) call(ctx context.Context, tool llm.Tool, c *llm.Call) (res *llm.Result, out *llm.Output) {
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Log.Error("agent: a tool panicked", "tool", c.Name, "panic", p)
			res, out = failed(c, llm.Errorf("internal", "this is not available just now")), nil
		}
	}()
	out, err := tool.Call(ctx, llm.Invocation{Args: c.Args, Key: r.key(c)})
	if err != nil {
		res, err = r.problem(c, err)
		if err != nil {
			res = failed(c, llm.Errorf("internal", "this is not available just now"))
		}
		return res, nil
	}
	return &llm.Result{ID: c.ID, Name: c.Name, Content: out.Content}, out
}

// problem makes a ToolError a result for the model; any other error is logged
// and told as unavailable.
func (r *run) problem(c *llm.Call, err error) (*llm.Result, error) {
	var te *llm.ToolError
	if errors.As(err, &te) {
		return failed(c, te), nil
	}
	r.cfg.Log.Error("agent: a tool failed", "tool", c.Name, "error", err)
	return failed(c, llm.Errorf("internal", "this is not available just now")), nil
}

// do runs one tool outside the loop and keeps its trace and card.
func (r *run) do(ctx context.Context, tool llm.Tool, c *llm.Call, key string) *llm.Result {
	begun := time.Now()
	out, err := tool.Call(ctx, llm.Invocation{Args: c.Args, Key: key})
	var res *llm.Result
	if err != nil {
		res, _ = r.problem(c, err)
	} else {
		res = &llm.Result{ID: c.ID, Name: c.Name, Content: out.Content}
		r.show(out.Card)
	}
	trace := CallTrace{Name: c.Name, Args: c.Args, Result: res.Content, Effect: tool.Effect, Took: time.Since(begun)}
	if res.Failed {
		trace.Error = string(res.Content)
	}
	r.out.Trace.Calls = append(r.out.Trace.Calls, trace)
	return res
}

func failed(c *llm.Call, e *llm.ToolError) *llm.Result {
	body := map[string]any{"error": e.Code, "text": e.Text}
	for k, v := range e.Data {
		body[k] = v
	}
	b, err := json.Marshal(body)
	if err != nil {
		b = fmt.Appendf(nil, `{"error":%q}`, e.Code)
	}
	return &llm.Result{ID: c.ID, Name: c.Name, Content: b, Failed: true}
}

// pending settles the question that the last turn ended with: the customer's
// own yes runs exactly what was asked, a no drops it, anything else drops it
// and is served as a message of its own. done means that the turn is over.
func (r *run) pending(ctx context.Context) (done bool, err error) {
	p := r.turn.Pending
	if p == nil {
		return false, nil
	}
	said := r.phrases.read(r.turn.Text)
	switch r.turn.Act {
	case "confirm":
		said = yes
	case "decline":
		said = no
	}
	call := p.Call
	call.ID = "confirmed-" + p.ID
	switch said {
	case no:
		r.out.Resolved = "declined"
		r.decide("%s declined by the customer", call.Name)
		r.out.Messages = append(r.out.Messages, llm.Text(llm.User, r.turn.Text+r.turn.Act))
		return true, r.finish(r.phrases.say(r.out.Locale, "declined"))
	case neither:
		r.out.Resolved = "dropped"
		r.decide("%s dropped: the message was no plain yes", call.Name)
		return false, nil
	}
	tool, ok := r.tools[call.Name]
	if !ok {
		return false, fmt.Errorf("the confirmed tool %s does not exist any more", call.Name)
	}
	if r.turn.Text == "" {
		r.out.Locale = p.Locale
	}
	r.out.Resolved = "done"
	r.decide("%s confirmed by the customer", call.Name)
	words := r.turn.Text
	if words == "" {
		words = p.Preview.Yes
	}
	r.out.Messages = append(r.out.Messages, llm.Text(llm.User, words), llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: &call}}})
	r.emit(Event{Status: &Status{Doing: "looking", What: call.Name}})
	res := r.do(ctx, tool, &call, p.Key)
	r.out.Messages = append(r.out.Messages, llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: res}}})
	r.facts.add(res.Content)
	r.facts.done = r.facts.done || !res.Failed
	return false, nil
}
