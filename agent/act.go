package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
		wrong := object(c)
		r.seen[c.Name+string(c.Args)]++
		tool, known := r.tools[c.Name]
		traces[i] = CallTrace{ID: c.ID, Name: clip(c.Name, mostTold), Args: c.Args, Effect: tool.Effect, At: time.Since(r.begun)}
		var args json.RawMessage
		problem := wrong
		switch {
		case problem != nil:
		case !known:
			problem = llm.Errorf("unknown_tool", "there is no tool %q", clip(c.Name, mostTold))
		case i >= mostCalls:
			problem = llm.Errorf("too_many", "not more than %d calls at a time", mostCalls)
		default:
			args, problem = r.ground(tool, c)
		}
		if problem != nil {
			r.bad++
			r.decide("%s not run: %s", clip(c.Name, mostTold), problem.Text)
			results[i] = failed(c, problem)
			if r.bad > 2 && !r.cfg.Without.drop("corrections") {
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
			results[i], outputs[i] = r.call(ctx, tool, c, r.key(c))
			traces[i].At, traces[i].Took = begun.Sub(r.begun), time.Since(begun)
		}
		switch tool.Effect {
		case llm.Read:
			wg.Go(run)
		case llm.Write:
			wg.Wait()
			run()
		case llm.Confirm:
			if ask != nil && !r.cfg.Without.drop("one question") {
				results[i] = failed(c, llm.Errorf("one_at_a_time", "only one act can be asked for at a time"))
				continue
			}
			p, err := r.preview(ctx, tool, c)
			traces[i].Took = time.Since(r.begun) - traces[i].At
			if err != nil {
				results[i] = r.problem(c, err)
				continue
			}
			if p.Granted {
				wg.Wait()
				run()
				continue
			}
			ask = c
			r.out.Pending = r.question(c, p)
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

// What a model may call at a time, and what it is given back, in bytes.
const (
	mostCalls  = 6
	mostResult = 256_000
)

// object makes sure that a call's arguments are a JSON object: what is kept of
// a call must be readable ever after.
func object(c *llm.Call) *llm.ToolError {
	var args map[string]json.RawMessage
	if err := json.Unmarshal(c.Args, &args); err != nil || args == nil {
		c.Args = json.RawMessage("{}")
		return llm.Errorf("bad_argument", "the arguments are no JSON object")
	}
	return nil
}

var unavailable = llm.Errorf("internal", "this is not available just now")

// guarded runs code of a tool within its time, and takes its panic for an error.
// A tool that does not stop when it is told to is left behind.
func guarded[T any](ctx context.Context, r *run, name string, code func(context.Context) (T, error)) (T, error) {
	type result struct {
		out T
		err error
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Budget.Tool)
	defer cancel()
	done := make(chan result, 1)
	go func() {
		var res result
		defer func() {
			if p := recover(); p != nil {
				res.err = fmt.Errorf("%s panicked: %v", name, p)
			}
			done <- res
		}()
		res.out, res.err = code(ctx)
	}()
	select {
	case res := <-done:
		return res.out, res.err
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("%s gave no answer within its time: %w", name, ctx.Err())
	}
}

// call runs a tool. Its panics and errors of ours become a failed result.
func (r *run) call(ctx context.Context, tool llm.Tool, c *llm.Call, key string) (*llm.Result, *llm.Output) {
	out, err := guarded(ctx, r, c.Name, func(ctx context.Context) (*llm.Output, error) {
		return tool.Call(ctx, llm.Invocation{Args: c.Args, Key: key})
	})
	switch {
	case err != nil:
		return r.problem(c, err), nil
	case out == nil || !json.Valid(out.Content):
		return r.problem(c, fmt.Errorf("%s gave no JSON", c.Name)), nil
	case len(out.Content) > mostResult:
		return r.problem(c, fmt.Errorf("%s gave %d bytes", c.Name, len(out.Content))), nil
	}
	return &llm.Result{ID: c.ID, Name: c.Name, Content: out.Content}, out
}

func (r *run) preview(ctx context.Context, tool llm.Tool, c *llm.Call) (*llm.Preview, error) {
	p, err := guarded(ctx, r, c.Name, func(ctx context.Context) (*llm.Preview, error) {
		return tool.Preview(ctx, llm.Invocation{Args: c.Args})
	})
	if err == nil && p == nil {
		err = fmt.Errorf("%s gave no question", c.Name)
	}
	return p, err
}

// question binds what is asked to the exact call.
func (r *run) question(c *llm.Call, p *llm.Preview) *Pending {
	key := r.key(c)
	q := &Pending{ID: "p" + key[:12], Call: *c, Preview: *p, Key: key, Asked: r.turn.Now, Locale: r.out.Locale}
	if h := r.turn.Customer.Heard; h != nil {
		q.Said = h.Said[max(0, len(h.Said)-mostAbout):]
	}
	return q
}

// A question is kept with this many of the messages it may be about.
const mostAbout = 4

// problem makes a ToolError a result for the model; any other error is logged
// and told as unavailable.
func (r *run) problem(c *llm.Call, err error) *llm.Result {
	var te *llm.ToolError
	if errors.As(err, &te) {
		return failed(c, te)
	}
	level := slog.LevelError
	if errors.Is(err, context.Canceled) { // a newer message came
		level = slog.LevelInfo
	}
	r.cfg.Log.Log(context.Background(), level, "agent: a tool failed", "tool", c.Name, "error", err)
	return failed(c, unavailable)
}

// do runs one tool outside the loop and keeps its trace and card.
func (r *run) do(ctx context.Context, tool llm.Tool, c *llm.Call, key string) *llm.Result {
	begun := time.Now()
	res, out := r.call(ctx, tool, c, key)
	if out != nil {
		r.show(out.Card)
	}
	trace := CallTrace{ID: c.ID, Name: c.Name, Args: c.Args, Result: res.Content, Effect: tool.Effect, At: begun.Sub(r.begun), Took: time.Since(begun)}
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
// and is served as a message of its own. An act that was begun in a turn that
// never ended is carried out first, whatever was said since. done means that
// the turn is over.
func (r *run) pending(ctx context.Context) (done bool, err error) {
	p := r.turn.Pending
	over := r.turn.Act != "" && !r.turn.Begun && (p == nil || r.turn.Of != "" && r.turn.Of != p.ID)
	switch {
	case over && r.turn.Text == "":
		r.decide("a button of a question that is over was pressed")
		if p != nil {
			r.out.Resolved = "dropped"
		}
		r.out.Messages = append(r.out.Messages, llm.Text(llm.User, r.turn.Act))
		return true, r.finish(r.phrases.say(r.out.Locale, "over"))
	case over:
		r.turn.Act = "" // the words beside it count alone
	}
	if p == nil {
		return false, nil
	}
	defer func() { r.settled(p) }()
	said := r.phrases.read(r.turn.Text)
	switch r.turn.Act {
	case "confirm":
		said = yes
	case "decline":
		said = no
	}
	call := p.Call
	call.ID = "confirmed-" + p.ID
	switch {
	case r.turn.Begun:
		r.decide("%s was begun before: carried out under the same key", call.Name)
	case said == no:
		r.out.Resolved = "declined"
		r.decide("%s declined by the customer", call.Name)
		r.out.Messages = append(r.out.Messages, llm.Text(llm.User, r.turn.Text+r.turn.Act))
		return true, r.finish(cmp.Or(p.Preview.Declined, r.phrases.say(r.out.Locale, "declined")))
	case said == neither:
		r.out.Resolved = "dropped"
		r.decide("%s dropped: the message was no plain yes", call.Name)
		return false, nil
	}
	tool, ok := r.about(p)
	if !ok {
		return false, fmt.Errorf("the confirmed tool %s does not exist any more", call.Name)
	}
	if r.turn.Text == "" {
		r.out.Locale = p.Locale
	}
	words := r.turn.Text
	if words == "" || r.turn.Begun && said != yes {
		words = p.Preview.Yes
	}
	r.out.Messages = append(r.out.Messages, llm.Text(llm.User, words))
	if !r.turn.Begun && r.changed(ctx, p) {
		return true, nil
	}
	r.out.Resolved = "done"
	r.decide("%s confirmed by the customer", call.Name)
	if !r.emit(Event{Acting: p}) {
		return true, nil // nobody took note that it begins: it does not
	}
	r.out.Messages = append(r.out.Messages, llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: &call}}})
	r.emit(Event{Status: &Status{Doing: "looking", What: call.Name}})
	res := r.do(context.WithoutCancel(ctx), tool, &call, p.Key)
	r.out.Messages = append(r.out.Messages, llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: res}}})
	r.facts.add(res.Content)
	r.facts.done = r.facts.done || !res.Failed
	if r.turn.Begun && said != yes {
		r.out.Messages = append(r.out.Messages, llm.Text(llm.User, cmp.Or(r.turn.Text, r.turn.Act)))
	}
	return false, nil
}

// settled notes for tools what became of a question in this turn, as the hub does
// of those before. What they read of the customer may be another thing now.
func (r *run) settled(p *Pending) {
	if r.turn.Customer.Heard == nil || r.out.Resolved == "" {
		return
	}
	r.turn.Customer.Heard.Known = nil
	now := *r.turn.Customer.Heard
	x := llm.Settled{Tool: p.Call.Name, How: r.out.Resolved}
	if n := len(now.Said); n > 0 {
		x.Seq = now.Said[n-1].Seq
	}
	now.Settled = append(slices.Clip(now.Settled), x)
	r.turn.Customer.Heard = &now
}

// about is the tool of a question, in the hands of the customer who had said
// what it was about.
func (r *run) about(p *Pending) (llm.Tool, bool) {
	who := r.turn.Customer
	if who.Heard != nil && len(p.Said) > 0 {
		then := *who.Heard
		then.Said = p.Said
		who.Heard = &then
	}
	for _, tool := range r.cfg.Tools(who) {
		if tool.Name == p.Call.Name {
			return veiled(r.turn.Veil, tool), true
		}
	}
	return llm.Tool{}, false
}

// changed asks once more when what the customer said yes to would not be the
// same any more: another total, another address.
func (r *run) changed(ctx context.Context, p *Pending) bool {
	then := *r
	then.turn.Customer.Locale = p.Locale
	tool, ok := then.about(p)
	if !ok || tool.Preview == nil {
		return false
	}
	now, err := r.preview(ctx, tool, &p.Call)
	if err != nil || now.Granted || now.Question == p.Preview.Question {
		return false // an act that is not possible says so itself
	}
	r.decide("%s is not what it was when the customer was asked: asked again", p.Call.Name)
	r.out.Resolved = "dropped"
	r.out.Pending = r.question(&p.Call, now)
	r.out.Pending.Said = p.Said
	r.out.Messages = append(r.out.Messages, llm.Text(llm.Assistant, now.Question))
	return true
}
