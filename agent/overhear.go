package agent

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"parley/agent/llm"
)

// How long a model may look for facts after an answer. Nobody waits for it, and
// a new message ends it.
const mostOverhearing = 20 * time.Second

// Overhear asks the model that answered a turn, once the answer is out, for what
// the customer stated of themselves that no rule reads: "I run cold, so nothing
// thin for me". It gives the question whether to keep it, as an outcome of its
// own, or nil. The model reads the customer's message of this turn and nothing
// else; its quote must stand there, which the tool checks, and what only a model
// reads is asked for whatever consent stands. Rules come first: what they read
// was heeded with the answer. Nor does it look once the customer has left such a
// question of this session without a yes: nothing more is asked then.
func (a *Agent) Overhear(ctx context.Context, t Turn, out *Outcome) *Outcome {
	i := slices.IndexFunc(a.cfg.Models, func(m Named) bool { return m.Name == out.Trace.Model })
	if !a.cfg.Overhear || i < 0 || a.cfg.Models[i].Free || t.Thrifty || t.Text == "" || t.Pending != nil || out.Pending != nil || out.HandOff != nil || out.Angry || asksBack(out.Text) || len([]rune(t.Text)) > mostOverheard {
		return nil
	}
	if w, ok := a.cfg.Models[i].Model.(llm.Wordless); ok && w.Wordless() {
		return nil // it is too small to be asked this
	}
	if slices.ContainsFunc(out.Trace.Calls, func(c CallTrace) bool { return c.Effect != llm.Read }) {
		return nil // something was done or kept already
	}
	if h := t.Customer.Heard; h != nil && slices.ContainsFunc(h.Settled, func(x llm.Settled) bool { return x.Tool == "remember" && x.How != "done" }) {
		return nil
	}
	t.Customer.Locale = out.Locale
	r := &run{Agent: a, turn: t, tools: map[string]llm.Tool{}, emit: func(Event) bool { return true }, begun: time.Now()}
	r.out.Locale = out.Locale
	for _, tool := range a.cfg.Tools(t.Customer) {
		r.tools[tool.Name] = veiled(t.Veil, tool)
	}
	tool, ok := r.tools["remember"]
	if !ok || tool.Preview == nil {
		return nil
	}
	system, err := a.cfg.Prompts.Overhear()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, mostOverhearing)
	defer cancel()
	reply, err := llm.Collect(a.cfg.Models[i].Model.Stream(ctx, &llm.Request{
		System: system, Messages: []llm.Message{llm.Text(llm.User, t.Text)}, Tools: []llm.Spec{tool.Spec},
		Situation: llm.Situation{Locale: out.Locale, Now: t.Now},
	}))
	if t.Spend != nil {
		t.Spend(reply.Usage)
	}
	if err != nil {
		return nil
	}
	for _, c := range reply.Message.Calls() {
		var in struct{ Quote string }
		if c.Name != "remember" || json.Unmarshal(c.Args, &in) != nil || strings.TrimSpace(in.Quote) == "" {
			continue
		}
		c.ID = "overheard-" + r.key(c)[:8]
		p, err := r.preview(ctx, tool, c)
		if err != nil || p.Granted {
			continue
		}
		ask := r.question(c, p)
		return &Outcome{Pending: ask, Locale: out.Locale, Messages: append(
			Close([]llm.Message{{Role: llm.Assistant, Parts: []llm.Part{{Call: c}}}}),
			llm.Text(llm.Assistant, p.Question))}
	}
	return nil
}

// The longest message that is looked through, in characters.
const mostOverheard = 600
