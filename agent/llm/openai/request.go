package openai

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// Tokens left for the answer, and bytes of text a token stands for at the
// least: English has four, Chinese in UTF-8 about three.
const (
	forAnswer     = 1024
	bytesPerToken = 3
)

// request writes a request in the server's words. What is the same from turn to
// turn comes first, byte for byte, since servers cache by prefix: the tools and
// the system prompt, then the history.
func (m *Model) request(r *llm.Request) (*openai.ChatCompletionNewParams, wire.Names, error) {
	names := wire.NamesOf(r.Tools)
	out := &openai.ChatCompletionNewParams{Model: m.cfg.Model}
	if !m.noUsage.Load() {
		out.StreamOptions.IncludeUsage = openai.Bool(true)
	}
	if r.MaxTokens > 0 {
		if m.ours && !m.oldWord.Load() || m.newWord.Load() {
			out.MaxCompletionTokens = openai.Int(int64(r.MaxTokens))
		} else {
			out.MaxTokens = openai.Int(int64(r.MaxTokens)) // the word that all the others know
		}
	}
	size := len(r.System)
	for _, t := range r.Tools {
		schema, err := wire.Schema(t)
		if err != nil {
			return nil, names, err
		}
		b, err := json.Marshal(struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		}{names.Out(t.Name), t.Description, schema})
		if err != nil {
			return nil, names, fmt.Errorf("describe the tool %s: %w", t.Name, err)
		}
		size += len(b)
		out.Tools = append(out.Tools, openai.ChatCompletionFunctionTool(param.Override[shared.FunctionDefinitionParam](json.RawMessage(b))))
	}
	if r.System != "" {
		out.Messages = append(out.Messages, openai.SystemMessage(r.System))
	}
	room := (m.cfg.Context-cmp.Or(r.MaxTokens, forAnswer))*bytesPerToken - size
	list := wire.Sound(llm.Fit(r.Messages, room))
	if len(list) == 0 {
		return nil, names, errors.New("there is no message to answer")
	}
	for _, msg := range list {
		out.Messages = append(out.Messages, m.message(msg, names)...)
	}
	return out, names, nil
}

func (m *Model) message(msg llm.Message, names wire.Names) []openai.ChatCompletionMessageParamUnion {
	switch msg.Role {
	case llm.User:
		return []openai.ChatCompletionMessageParamUnion{user(msg)}
	case llm.ToolRole:
		var out []openai.ChatCompletionMessageParamUnion
		for _, p := range msg.Parts {
			out = append(out, openai.ToolMessage(string(p.Result.Content), p.Result.ID))
		}
		return out
	}
	a := openai.ChatCompletionAssistantMessageParam{}
	reasoning := ""
	for _, p := range msg.Parts {
		reasoning += p.Reasoning
		if c := p.Call; c != nil {
			a.ToolCalls = append(a.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
				ID: c.ID, Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: names.Out(c.Name), Arguments: string(c.Args)},
			}})
		}
	}
	if text := msg.Text(); text != "" {
		a.Content.OfString = openai.String(text)
	}
	if len(a.ToolCalls) > 0 && m.returned.Load() {
		a.SetExtraFields(map[string]any{"reasoning_content": reasoning})
	}
	return []openai.ChatCompletionMessageParamUnion{{OfAssistant: &a}}
}

func user(msg llm.Message) openai.ChatCompletionMessageParamUnion {
	var parts []openai.ChatCompletionContentPartUnionParam
	images := false
	for _, p := range msg.Parts {
		switch {
		case p.Image != nil:
			images = true
			data := "data:" + p.Image.MIME + ";base64," + base64.StdEncoding.EncodeToString(p.Image.Data)
			parts = append(parts, openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: data}))
		case p.Text != "":
			parts = append(parts, openai.TextContentPart(p.Text))
		}
	}
	if !images { // text alone is taken by more servers than parts are
		return openai.UserMessage(msg.Text())
	}
	return openai.UserMessage(parts)
}
