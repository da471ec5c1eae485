package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"parley/agent/llm"
)

// A Veil stands between tools and everything else. Models, histories and traces
// hold placeholders such as [email 1] for how to reach a person; a tool alone
// gets what they stand for, and what it answers is covered again. It is safe for
// concurrent use.
type Veil interface {
	// Reveal puts what placeholders stand for into arguments. It names those
	// that nothing is kept for.
	Reveal(ctx context.Context, args json.RawMessage) (full json.RawMessage, missing []string)
	// Conceal puts placeholders into a JSON value.
	Conceal(ctx context.Context, value json.RawMessage) json.RawMessage
}

// veiled is a tool that is called, and answers, through a veil. What it shows on
// a card stays as it is: that is for the customer's own eyes.
func veiled(v Veil, t llm.Tool) llm.Tool {
	if v == nil {
		return t
	}
	reveal := func(ctx context.Context, in *llm.Invocation) error {
		full, missing := v.Reveal(ctx, in.Args)
		if len(missing) > 0 {
			return llm.Errorf("not_kept", "what %s stood for is not kept any more: ask the customer to give it again", strings.Join(missing, " and "))
		}
		in.Args = full
		return nil
	}
	if call := t.Call; call != nil {
		t.Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
			if err := reveal(ctx, &in); err != nil {
				return nil, err
			}
			out, err := call(ctx, in)
			if err != nil || out == nil || !json.Valid(out.Content) { // what is no JSON is a failure, and told as one
				return out, cover(ctx, v, err)
			}
			covered := *out
			covered.Content = v.Conceal(ctx, out.Content)
			return &covered, nil
		}
	}
	if preview := t.Preview; preview != nil {
		t.Preview = func(ctx context.Context, in llm.Invocation) (*llm.Preview, error) {
			if err := reveal(ctx, &in); err != nil {
				return nil, err
			}
			p, err := preview(ctx, in)
			if err != nil || p == nil {
				return p, cover(ctx, v, err)
			}
			var covered llm.Preview
			if err := concealed(ctx, v, p, &covered); err != nil {
				return nil, err
			}
			return &covered, nil
		}
	}
	return t
}

// cover conceals what the error of a tool tells a model.
func cover(ctx context.Context, v Veil, err error) error {
	var te *llm.ToolError
	if !errors.As(err, &te) {
		return err
	}
	var covered llm.ToolError
	if concealed(ctx, v, te, &covered) != nil {
		return &llm.ToolError{Code: te.Code, Text: "it cannot be done"}
	}
	return &covered
}

// concealed copies a value through its JSON.
func concealed(ctx context.Context, v Veil, from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(v.Conceal(ctx, b), to)
}
