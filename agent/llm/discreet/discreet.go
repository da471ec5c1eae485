// Package discreet wraps a model that runs on somebody else's machine, so that
// what it is given holds no card number, secret, or way to reach a person. The
// numbered placeholders of a conversation stay, and the model may write them as
// arguments. It changes nothing that the model answers. Start with [New].
package discreet

import (
	"context"
	"iter"

	"parley/agent/llm"
	"parley/memory/redact"
)

type model struct {
	llm.Model
	public redact.Public
}

// New wraps a model. What is public, such as the shop's own hotline, it may read.
func New(m llm.Model, public redact.Public) llm.Model { return model{m, public} }

// Stream asks with a redacted copy of the request.
func (m model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	clean := *r
	end := min(r.Stable, len(r.System))
	stable := m.public.Text(r.System[:end]) // apart, so that its end stays known
	clean.System, clean.Stable = stable+m.public.Text(r.System[end:]), len(stable)
	clean.Messages = make([]llm.Message, len(r.Messages))
	for i, message := range r.Messages {
		clean.Messages[i] = m.message(message)
	}
	s := &clean.Situation
	s.Facts = make([]string, len(r.Situation.Facts))
	for i, f := range r.Situation.Facts {
		s.Facts[i] = m.public.Text(f)
	}
	if p := r.Situation.Page; p != nil {
		page := *p
		page.URL, page.Title = m.public.Text(p.URL), m.public.Text(p.Title)
		s.Page = &page
	}
	return m.Model.Stream(ctx, &clean)
}

func (m model) message(in llm.Message) llm.Message {
	out := llm.Message{Role: in.Role, Parts: make([]llm.Part, len(in.Parts))}
	for i, p := range in.Parts {
		p.Text, p.Reasoning = m.public.Text(p.Text), m.public.Text(p.Reasoning)
		if p.Call != nil {
			call := *p.Call
			call.Args = m.public.JSON(call.Args)
			p.Call = &call
		}
		if p.Result != nil {
			result := *p.Result
			result.Content = m.public.JSON(result.Content)
			p.Result = &result
		}
		out.Parts[i] = p
	}
	return out
}
