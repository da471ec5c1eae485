package ollama

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ollama/ollama/api"

	"parley/agent/llm"
)

// base is a request with what every request says: the server drops the oldest
// messages without a word when num_ctx is not sent or too small.
func (m *Model) base(messages []api.Message) *api.ChatRequest {
	return &api.ChatRequest{
		Model: m.cfg.Model, Messages: messages, KeepAlive: &api.Duration{Duration: 10 * time.Minute},
		Options: map[string]any{"num_ctx": m.cfg.Context, "temperature": 0},
	}
}

// Tokens left for the answer.
const forAnswer = 1024

// request writes a request in the server's words.
func (m *Model) request(r *llm.Request, tools []llm.Spec) (*api.ChatRequest, error) {
	specs, err := described(tools, nil)
	if err != nil {
		return nil, err
	}
	size := len(r.System)
	for _, s := range specs {
		b, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		size += len(b)
	}
	var list []api.Message
	if r.System != "" {
		list = append(list, api.Message{Role: "system", Content: r.System})
	}
	for _, msg := range llm.Fit(r.Messages, m.read.bytes(m.cfg.Context-forAnswer)-size) {
		a := api.Message{Role: string(msg.Role), Content: msg.Text()}
		for _, p := range msg.Parts {
			switch {
			case p.Call != nil:
				var args api.ToolCallFunctionArguments
				if err := json.Unmarshal(p.Call.Args, &args); err != nil {
					return nil, fmt.Errorf("the arguments of an earlier call: %w", err)
				}
				a.ToolCalls = append(a.ToolCalls, api.ToolCall{ID: p.Call.ID, Function: api.ToolCallFunction{Name: p.Call.Name, Arguments: args}})
			case p.Result != nil:
				list = append(list, api.Message{Role: "tool", ToolName: p.Result.Name, ToolCallID: p.Result.ID, Content: string(p.Result.Content)})
			}
		}
		if a.Content != "" || len(a.ToolCalls) > 0 {
			list = append(list, a)
		}
	}
	out := m.base(list)
	out.Tools = specs
	if r.MaxTokens > 0 {
		out.Options["num_predict"] = r.MaxTokens
	}
	return out, nil
}

// described writes tools in the server's words; parameters stand for those of
// the specs when given.
func described(tools []llm.Spec, parameters json.RawMessage) (api.Tools, error) {
	var out api.Tools
	for _, t := range tools {
		var p any = t.Parameters
		if parameters != nil {
			p = parameters
		}
		b, err := json.Marshal(map[string]any{"type": "function", "function": map[string]any{"name": t.Name, "description": t.Description, "parameters": p}})
		if err != nil {
			return nil, fmt.Errorf("describe the tool %s: %w", t.Name, err)
		}
		var tool api.Tool
		if err := json.Unmarshal(b, &tool); err != nil {
			return nil, fmt.Errorf("describe the tool %s: %w", t.Name, err)
		}
		out = append(out, tool)
	}
	return out, nil
}
