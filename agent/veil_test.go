package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"parley/agent/llm"
)

// paint covers one e-mail address.
type paint struct{}

func (paint) Reveal(_ context.Context, args json.RawMessage) (json.RawMessage, []string) {
	if bytes.Contains(args, []byte("[email 2]")) {
		return args, []string{"[email 2]"}
	}
	return bytes.ReplaceAll(args, []byte("[email 1]"), []byte("anna@example.com")), nil
}

func (paint) Conceal(_ context.Context, v json.RawMessage) json.RawMessage {
	return bytes.ReplaceAll(v, []byte("anna@example.com"), []byte("[email 1]"))
}

func TestOnlyAToolSeesContactDetails(t *testing.T) {
	var got []string
	tool := veiled(paint{}, llm.Tool{
		Call: func(_ context.Context, in llm.Invocation) (*llm.Output, error) {
			got = append(got, string(in.Args))
			if bytes.Contains(in.Args, []byte("fail")) {
				e := llm.Errorf("not_found", "nothing of anna@example.com")
				e.Data = map[string]any{"who": "anna@example.com"}
				return nil, e
			}
			return &llm.Output{Content: in.Args, Card: &llm.Card{Kind: "order", Body: in.Args}}, nil
		},
		Preview: func(_ context.Context, in llm.Invocation) (*llm.Preview, error) {
			got = append(got, string(in.Args))
			return &llm.Preview{Question: "Write to anna@example.com?", Facts: map[string]string{"to": "anna@example.com"}}, nil
		},
	})
	ctx := context.Background()
	out, err := tool.Call(ctx, llm.Invocation{Args: json.RawMessage(`{"e":"[email 1]"}`)})
	if err != nil || string(out.Content) != `{"e":"[email 1]"}` || string(out.Card.Body) != `{"e":"anna@example.com"}` {
		t.Errorf("got %+v, %v", out, err)
	}
	p, err := tool.Preview(ctx, llm.Invocation{Args: json.RawMessage(`{"e":"[email 1]"}`)})
	if err != nil || p.Question != "Write to [email 1]?" || p.Facts.(map[string]any)["to"] != "[email 1]" {
		t.Errorf("got %+v, %v", p, err)
	}
	var te *llm.ToolError
	if _, err = tool.Call(ctx, llm.Invocation{Args: json.RawMessage(`{"fail":"[email 1]"}`)}); !errors.As(err, &te) || te.Text != "nothing of [email 1]" || te.Data["who"] != "[email 1]" {
		t.Errorf("got %v", err)
	}
	if _, err = tool.Call(ctx, llm.Invocation{Args: json.RawMessage(`{"e":"[email 2]"}`)}); !errors.As(err, &te) || te.Code != "not_kept" || !strings.Contains(te.Text, "[email 2]") {
		t.Errorf("got %v", err)
	}
	if len(got) != 3 || strings.Contains(strings.Join(got, ""), "[email") {
		t.Errorf("the tool was called with %q", got)
	}
}
