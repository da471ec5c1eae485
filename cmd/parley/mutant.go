package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"sync"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/channels/script"
)

// A mutant is the app with one rule of safety or behaviour dropped. If no script
// fails on it, no script guards that rule. Wherever it can, it puts something
// between the layers; inside agent and channels it names the rule to drop. All
// methods take nil for an app in which every rule holds.
type mutant struct {
	name   string   // what is dropped, in words
	likely []string // scripts that should notice, by file: they are played first

	without agent.Rules
	hub     channels.Rules
	turn    func(*agent.Turn)                         // what a turn is told
	replies func(channels.Replier) channels.Replier   // or the whole of it
	tool    func(t llm.Tool, c llm.Customer) llm.Tool // one tool, beneath the faults of a script
	around  func(t llm.Tool, c llm.Customer) llm.Tool // or above them
	whole   func(inner llm.Toolset, sh *stocked, s *script.Script) llm.Toolset
	request func(r *llm.Request, s *script.Script) // what a model is asked
	chain   func([]agent.Named) []agent.Named
	limits  func(*agent.Budget)
	wiring  func(*app)
}

func (m *mutant) rules() agent.Rules {
	if m == nil {
		return nil
	}
	return m.without
}

func (m *mutant) hubRules() channels.Rules {
	if m == nil {
		return nil
	}
	return m.hub
}

func (m *mutant) replier(a *app) channels.Replier {
	var r channels.Replier = a.Agent
	if m == nil {
		return r
	}
	if m.replies != nil {
		r = m.replies(r)
	}
	if m.turn != nil {
		r = told{r, m.turn}
	}
	return r
}

// told is a replier whose turns are told something else.
type told struct {
	channels.Replier
	change func(*agent.Turn)
}

func (t told) Reply(ctx context.Context, turn agent.Turn) iter.Seq2[agent.Event, error] {
	t.change(&turn)
	return t.Replier.Reply(ctx, turn)
}

func (m *mutant) tools(inner llm.Toolset, sh *stocked, s *script.Script) llm.Toolset {
	switch {
	case m == nil:
		return inner
	case m.whole != nil:
		return m.whole(inner, sh, s)
	}
	return each(inner, m.tool)
}

func (m *mutant) outer(tools llm.Toolset) llm.Toolset {
	if m == nil {
		return tools
	}
	return each(tools, m.around)
}

func each(inner llm.Toolset, change func(llm.Tool, llm.Customer) llm.Tool) llm.Toolset {
	if change == nil {
		return inner
	}
	return func(c llm.Customer) []llm.Tool {
		list := inner(c)
		for i := range list {
			list[i] = change(list[i], c)
		}
		return list
	}
}

func (m *mutant) models(list []agent.Named, s *script.Script) []agent.Named {
	if m == nil {
		return list
	}
	if m.chain != nil {
		list = m.chain(list)
	}
	if m.request != nil {
		for i := range list {
			list[i].Model = reworded{list[i].Model, func(r *llm.Request) { m.request(r, s) }}
		}
	}
	return list
}

// reworded is a model that is asked something else.
type reworded struct {
	llm.Model
	change func(*llm.Request)
}

func (a reworded) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	other := *r
	a.change(&other)
	return a.Model.Stream(ctx, &other)
}

func (m *mutant) budget(b agent.Budget) agent.Budget {
	if m != nil && m.limits != nil {
		m.limits(&b)
	}
	return b
}

func (m *mutant) app(a *app) {
	if m != nil && m.wiring != nil {
		m.wiring(a)
	}
}

// named makes a change to the tools of these names only; none: to all.
func named(change func(t llm.Tool, c llm.Customer) llm.Tool, names ...string) func(llm.Tool, llm.Customer) llm.Tool {
	return func(t llm.Tool, c llm.Customer) llm.Tool {
		if len(names) > 0 && !strings.Contains(" "+strings.Join(names, " ")+" ", " "+t.Name+" ") {
			return t
		}
		return change(t, c)
	}
}

// unasked makes a tool run at once, whether or not the customer said yes.
func unasked(t llm.Tool, _ llm.Customer) llm.Tool {
	if t.Effect == llm.Confirm {
		t.Effect = llm.Write
	}
	return t
}

// given changes the arguments that a tool gets.
func given(change func(args map[string]any)) func(llm.Tool, llm.Customer) llm.Tool {
	return func(t llm.Tool, _ llm.Customer) llm.Tool {
		call := t.Call
		t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
			var args map[string]any
			if json.Unmarshal(in.Args, &args) == nil {
				change(args)
				if b, err := json.Marshal(args); err == nil {
					in.Args = b
				}
			}
			return call(ctx, in)
		}
		return t
	}
}

// found changes what a tool gives back, for the model and on the card.
func found(change func(result map[string]any)) func(llm.Tool, llm.Customer) llm.Tool {
	alter := func(raw json.RawMessage) json.RawMessage {
		var body map[string]any
		if json.Unmarshal(raw, &body) != nil {
			return raw
		}
		change(body)
		b, err := json.Marshal(body)
		if err != nil {
			return raw
		}
		return b
	}
	return func(t llm.Tool, _ llm.Customer) llm.Tool {
		call := t.Call
		t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
			out, err := call(ctx, in)
			if err == nil {
				o := *out
				o.Content = alter(o.Content)
				if o.Card != nil {
					o.Card = &llm.Card{Kind: o.Card.Kind, Body: alter(o.Card.Body)}
				}
				out = &o
			}
			return out, err
		}
		return t
	}
}

// without drops arguments, and the words and numbers that say the same in the query.
func without(names ...string) func(llm.Tool, llm.Customer) llm.Tool {
	return given(func(args map[string]any) {
		q, ok := args["query"].(string)
		for _, n := range names {
			if word, said := args[n].(string); said {
				q = strings.ReplaceAll(strings.ToLower(q), strings.ToLower(word), "")
			}
			delete(args, n)
		}
		if ok {
			args["query"] = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return -1
				}
				return r
			}, q)
		}
	})
}

// asOwner runs the tools named in the hands of whoever owns the order that is
// asked for: the check that it is the customer's own is gone.
func asOwner(names ...string) func(llm.Toolset, *stocked, *script.Script) llm.Toolset {
	return func(inner llm.Toolset, sh *stocked, _ *script.Script) llm.Toolset {
		return func(c llm.Customer) []llm.Tool {
			list := inner(c)
			for i := range list {
				list[i] = named(func(t llm.Tool, _ llm.Customer) llm.Tool { return owned(t, c, inner, sh) }, names...)(list[i], c)
			}
			return list
		}
	}
}

func owned(t llm.Tool, c llm.Customer, inner llm.Toolset, sh *stocked) llm.Tool {
	was := t
	theirs := func(in llm.Invocation) llm.Tool {
		var args struct{ Order string }
		_ = json.Unmarshal(in.Args, &args) // no order: nobody else's
		who := c
		for _, o := range sh.Orders {
			if o.ID == strings.Trim(args.Order, "# ") {
				who.ID, who.Authenticated = o.Customer, true
			}
		}
		for _, x := range inner(who) {
			if x.Name == t.Name {
				return x
			}
		}
		return was
	}
	t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) { return theirs(in).Call(ctx, in) }
	if was.Preview != nil {
		t.Preview = func(ctx context.Context, in llm.Invocation) (*llm.Preview, error) { return theirs(in).Preview(ctx, in) }
	}
	return t
}

// proveAnything lets a guest have any order whose number they know.
func proveAnything(inner llm.Toolset, sh *stocked, _ *script.Script) llm.Toolset {
	return each(inner, named(given(func(args map[string]any) {
		for _, o := range sh.Orders {
			for _, p := range sh.People {
				if o.ID == strings.Trim(fmt.Sprint(args["order"]), "# ") && p.ID == o.Customer {
					args["email_or_postcode"] = p.Email
				}
			}
		}
	}), "verify_order"))
}

// keeping is a replier that forgets no question: another message leaves it open.
type keeping struct {
	channels.Replier
	mu   sync.Mutex
	open map[string]*agent.Pending
}

func (k *keeping) Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	k.mu.Lock()
	if t.Pending == nil {
		t.Pending = k.open[t.Customer.Conversation]
	}
	k.mu.Unlock()
	return func(yield func(agent.Event, error) bool) {
		for e, err := range k.Replier.Reply(ctx, t) {
			if e.Done != nil {
				k.mu.Lock()
				switch {
				case e.Done.Pending != nil:
					k.open[t.Customer.Conversation] = e.Done.Pending
				case e.Done.Resolved == "dropped":
					k.open[t.Customer.Conversation] = t.Pending
				case e.Done.Resolved != "":
					delete(k.open, t.Customer.Conversation)
				}
				k.mu.Unlock()
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// answered changes what a turn ended with.
func answered(change func(t agent.Turn, o *agent.Outcome)) func(channels.Replier) channels.Replier {
	return func(r channels.Replier) channels.Replier { return outcomes{r, change} }
}

type outcomes struct {
	channels.Replier
	change func(agent.Turn, *agent.Outcome)
}

func (x outcomes) Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		for e, err := range x.Replier.Reply(ctx, t) {
			if e.Done != nil {
				x.change(t, e.Done)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
