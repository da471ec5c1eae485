package anthropic

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/param"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// The server wants to be told how long an answer may get, thinking included
// (of a small context a quarter);
// and bytes of text a token stands for at the least: English has four, Chinese
// in UTF-8 about three.
const (
	mostTokens    = 8192
	bytesPerToken = 3
)

// request writes a request in the server's words. The server caches up to each
// mark, in the order tools, system, messages: one mark stands behind the tools,
// one behind the stable part of the prompt, both the same for every customer,
// and one at the end, for the next step of the same turn.
func (m *Model) request(r *llm.Request) (*anthropic.MessageNewParams, wire.Names, error) {
	names := wire.NamesOf(r.Tools)
	out := &anthropic.MessageNewParams{Model: m.cfg.Model, MaxTokens: int64(cmp.Or(r.MaxTokens, min(mostTokens, m.cfg.Context/4)))}
	if m.quiet.Load() {
		off := anthropic.NewThinkingConfigDisabledParam()
		out.Thinking.OfDisabled = &off
	}
	mark := anthropic.NewCacheControlEphemeralParam()
	size := len(r.System)
	for i, t := range r.Tools {
		schema, err := wire.Schema(t)
		if err != nil {
			return nil, names, err
		}
		size += len(t.Name) + len(t.Description) + len(schema)
		tool := anthropic.ToolParam{Name: names.Out(t.Name), InputSchema: param.Override[anthropic.ToolInputSchemaParam](schema)}
		if t.Description != "" {
			tool.Description = anthropic.String(t.Description)
		}
		if i == len(r.Tools)-1 {
			tool.CacheControl = mark
		}
		out.Tools = append(out.Tools, anthropic.ToolUnionParam{OfTool: &tool})
	}
	stable := r.Stable
	if stable > len(r.System) || stable < len(r.System) && !utf8.RuneStart(r.System[stable]) {
		stable = 0 // somebody changed the prompt on its way: it is sent whole, and not cached
	}
	if text := r.System[:stable]; strings.TrimSpace(text) != "" { // the server refuses a blank text
		out.System = append(out.System, anthropic.TextBlockParam{Text: text, CacheControl: mark})
	}
	if text := r.System[stable:]; strings.TrimSpace(text) != "" {
		out.System = append(out.System, anthropic.TextBlockParam{Text: text})
	}
	list := wire.Sound(llm.Fit(r.Messages, (m.cfg.Context-int(out.MaxTokens))*bytesPerToken-size))
	if len(list) == 0 {
		return nil, names, errors.New("there is no message to answer")
	}
	turns := alternating(list, names)
	if len(r.Tools) > 0 {
		last := turns[len(turns)-1]
		if c := last[len(last)-1].GetCacheControl(); c != nil {
			*c = mark
		}
	} else {
		known(out, list, names)
	}
	for i, blocks := range turns {
		if i%2 == 0 {
			out.Messages = append(out.Messages, anthropic.NewUserMessage(blocks...))
		} else {
			out.Messages = append(out.Messages, anthropic.NewAssistantMessage(blocks...))
		}
	}
	return out, names, nil
}

// alternating gives the blocks of the user's and the assistant's messages in
// turn, the user's first. The results of one message's calls begin the user's
// next message, and what the customer said then is the rest of it.
func alternating(list []llm.Message, names wire.Names) [][]anthropic.ContentBlockParamUnion {
	var out [][]anthropic.ContentBlockParamUnion
	for _, msg := range list {
		if assistant := msg.Role == llm.Assistant; assistant == (len(out)%2 == 1) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], written(msg, names)...)
	}
	return out
}

// written gives a message's blocks: text before calls. Thinking is left out,
// since the server takes it back only with its signature.
func written(msg llm.Message, names wire.Names) (blocks []anthropic.ContentBlockParamUnion) {
	for _, p := range msg.Parts {
		switch {
		case p.Text != "":
			blocks = append(blocks, anthropic.NewTextBlock(p.Text))
		case p.Image != nil:
			blocks = append(blocks, anthropic.NewImageBlockBase64(p.Image.MIME, base64.StdEncoding.EncodeToString(p.Image.Data)))
		case p.Result != nil:
			blocks = append(blocks, anthropic.NewToolResultBlock(p.Result.ID, string(p.Result.Content), p.Result.Failed || p.Result.Cancelled))
		}
	}
	for _, c := range msg.Calls() {
		blocks = append(blocks, anthropic.NewToolUseBlock(c.ID, c.Args, names.Out(c.Name)))
	}
	return blocks
}

// known names the tools of earlier calls, none of which may be used: the server
// wants tools where calls are.
func known(out *anthropic.MessageNewParams, list []llm.Message, names wire.Names) {
	seen := map[string]bool{}
	for _, msg := range list {
		for _, c := range msg.Calls() {
			if name := names.Out(c.Name); !seen[name] {
				seen[name] = true
				schema := param.Override[anthropic.ToolInputSchemaParam](json.RawMessage(`{"type":"object","properties":{}}`))
				out.Tools = append(out.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{Name: name, InputSchema: schema}})
			}
		}
	}
	if len(seen) == 0 {
		return
	}
	none := anthropic.NewToolChoiceNoneParam()
	out.ToolChoice = anthropic.ToolChoiceUnionParam{OfNone: &none}
}
