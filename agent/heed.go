package agent

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"parley/agent/llm"
)

// heed looks at what the customer said beside what they asked, once that is
// answered: a fact that their consent covers is kept and told in a sentence; one
// that it does not is asked for, in one short question after the answer. An
// answer that ends in a question of its own is not given a second one, and
// somebody who is angry or waits for a person is asked nothing.
func (r *run) heed(ctx context.Context) error {
	if r.cfg.Heed == nil || r.turn.Text == "" || r.out.Pending != nil || r.out.HandOff != nil || r.out.Resolved == "declined" || r.out.Angry || ctx.Err() != nil {
		return nil
	}
	call := r.cfg.Heed(ctx, r.turn.Customer, r.echoes())
	if call == nil || slices.ContainsFunc(r.out.Trace.Calls, func(c CallTrace) bool { return c.Name == call.Name }) {
		return nil // the model has called for it itself
	}
	tool, ok := r.tools[call.Name]
	last := len(r.out.Messages) - 1
	if !ok || tool.Preview == nil || last < 0 || r.out.Messages[last].Role != llm.Assistant {
		return nil
	}
	call.ID = "heed-" + r.key(call)[:8]
	p, err := r.preview(ctx, tool, call)
	switch {
	case err != nil:
		r.decide("%s not asked for: %v", call.Name, err)
	case p.Granted:
		r.note(ctx, tool, call)
	case asksBack(r.out.Text):
		r.decide("%s not asked for now: the answer asks something itself", call.Name)
	default:
		r.out.Pending = r.question(call, p)
		parts := append(slices.Clone(r.out.Messages[last].Parts), llm.Part{Call: call})
		r.out.Messages[last] = llm.Message{Role: llm.Assistant, Parts: parts}
		r.out.Messages = append(Close(r.out.Messages), llm.Text(llm.Assistant, p.Question))
	}
	return nil
}

// note runs a call that the customer's consent covers, and says so after the
// answer.
func (r *run) note(ctx context.Context, tool llm.Tool, call *llm.Call) {
	last := len(r.out.Messages) - 1
	res := r.do(ctx, tool, call, r.key(call))
	var body struct{ Note string }
	if res.Failed || json.Unmarshal(res.Content, &body) != nil || body.Note == "" {
		return
	}
	r.decide("%s: the customer's consent covers it", call.Name)
	space := " "
	if strings.HasSuffix(r.out.Text, "。") || strings.HasSuffix(r.out.Text, "？") || strings.HasSuffix(r.out.Text, " ") {
		space = ""
	}
	r.release(space + body.Note)
	r.out.Messages = append(r.out.Messages[:last],
		llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: call}}},
		llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: res}}},
		llm.Text(llm.Assistant, r.out.Text))
}

// asksBack says that a text ends in a question.
func asksBack(text string) bool {
	end := strings.TrimRight(text, " \n\"'”」)")
	return strings.HasSuffix(end, "?") || strings.HasSuffix(end, "？")
}

// echoes are what stands in front of the customer and is not theirs of now.
func (r *run) echoes() []string {
	var out []string
	for _, x := range r.turn.Recalled {
		out = append(out, x.Text)
	}
	for _, m := range r.turn.History {
		if m.Role == llm.Assistant && m.Text() != "" {
			out = append(out, m.Text())
		}
	}
	return out
}
