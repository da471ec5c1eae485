// Package ollama speaks to a local Ollama server by its own client library. It
// never pretends that a broken stream was a whole one: the client swallows
// several errors, and each is looked for here. Start with [New] and [Discover].
package ollama

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"parley/agent/llm"
)

// A Config names a model on a server.
type Config struct {
	Host    string // host:port or URL; empty means 127.0.0.1:11434
	Model   string
	Context int // tokens of context, always sent; 0 means 8192
}

type model struct {
	cfg    Config
	client *api.Client
}

// Host completes what $OLLAMA_HOST may hold.
func Host(host string) string { return cmp.Or(host, "127.0.0.1:11434") }

func newClient(host string) (*api.Client, error) {
	h := Host(host)
	if !strings.Contains(h, "://") {
		h = "http://" + h
	}
	u, err := url.Parse(h)
	if err != nil {
		return nil, fmt.Errorf("the Ollama address %q: %w", host, err)
	}
	return api.NewClient(u, http.DefaultClient), nil
}

// New makes a model; the server is first asked when a reply is wanted.
func New(cfg Config) (llm.Model, error) {
	if cfg.Model == "" {
		return nil, errors.New("name a model: ollama:qwen3:4b")
	}
	cfg.Context = cmp.Or(cfg.Context, 8192)
	c, err := newClient(cfg.Host)
	return &model{cfg, c}, err
}

// Info is what a server has.
type Info struct {
	Models []string
	Best   string // the one to use when none is named, "" for none usable
}

// Discover asks a server for its models.
func Discover(ctx context.Context, host string) (Info, error) {
	c, err := newClient(host)
	if err != nil {
		return Info{}, err
	}
	list, err := c.List(ctx)
	if err != nil {
		return Info{}, fmt.Errorf("ask Ollama at %s for its models: %w", Host(host), err)
	}
	var i Info
	for _, m := range list.Models {
		i.Models = append(i.Models, m.Name)
		if strings.Contains(m.Name, "embed") || strings.Contains(m.Name, "bge") || strings.Contains(m.Name, "minilm") {
			continue
		}
		if i.Best == "" || strings.HasPrefix(m.Name, "qwen3") && !strings.HasPrefix(i.Best, "qwen3") {
			i.Best = m.Name
		}
	}
	return i, nil
}

// Stream asks for one answer.
func (m *model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		ctx, cancel := context.WithCancel(ctx) // leaving the range stops the server's work
		defer cancel()
		request, err := m.request(r)
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		done, left, calls := false, false, 0
		err = m.client.Chat(ctx, request, func(a api.ChatResponse) error {
			send := func(c llm.Chunk) bool {
				left = left || !yield(c, nil)
				return !left
			}
			if a.Message.Thinking != "" && !send(llm.Chunk{Reasoning: a.Message.Thinking}) || a.Message.Content != "" && !send(llm.Chunk{Text: a.Message.Content}) {
				return context.Canceled
			}
			for _, c := range a.Message.ToolCalls {
				args, err := json.Marshal(c.Function.Arguments)
				if err != nil {
					return fmt.Errorf("the arguments of %s: %w", c.Function.Name, err)
				}
				calls++
				if !send(llm.Chunk{Call: &llm.Call{ID: fmt.Sprintf("o%d", calls), Name: c.Function.Name, Args: args}}) {
					return context.Canceled
				}
			}
			if a.Done {
				done = true
				stop := llm.StopEnd
				if calls > 0 {
					stop = llm.StopCalls
				} else if a.DoneReason == "length" {
					stop = llm.StopLength
				}
				if !send(llm.Chunk{Stop: stop, Usage: &llm.Usage{Prompt: a.PromptEvalCount, Generated: a.EvalCount}}) {
					return context.Canceled
				}
			}
			return nil
		})
		var status api.StatusError
		switch {
		case left:
		case ctx.Err() != nil:
			yield(llm.Chunk{}, ctx.Err())
		case errors.As(err, &status) && status.StatusCode == http.StatusNotFound:
			yield(llm.Chunk{}, fmt.Errorf("the server has no model %s; `ollama pull %s` gets it: %w", m.cfg.Model, m.cfg.Model, err))
		case err != nil:
			yield(llm.Chunk{}, fmt.Errorf("talk to Ollama at %s: %w (%w)", Host(m.cfg.Host), err, llm.ErrUnavailable))
		case !done: // the client returns nil for a stream that was cut
			yield(llm.Chunk{}, fmt.Errorf("the stream of Ollama at %s ended in the middle: %w (%w)", Host(m.cfg.Host), io.ErrUnexpectedEOF, llm.ErrUnavailable))
		}
	}
}

func (m *model) request(r *llm.Request) (*api.ChatRequest, error) {
	out := &api.ChatRequest{Model: m.cfg.Model, KeepAlive: &api.Duration{Duration: 10 * time.Minute}, Options: map[string]any{"num_ctx": m.cfg.Context, "temperature": 0}}
	if r.MaxTokens > 0 {
		out.Options["num_predict"] = r.MaxTokens
	}
	if r.System != "" {
		out.Messages = append(out.Messages, api.Message{Role: "system", Content: r.System})
	}
	for _, msg := range r.Messages {
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
				out.Messages = append(out.Messages, api.Message{Role: "tool", ToolName: p.Result.Name, ToolCallID: p.Result.ID, Content: string(p.Result.Content)})
			}
		}
		if a.Content != "" || len(a.ToolCalls) > 0 {
			out.Messages = append(out.Messages, a)
		}
	}
	for _, t := range r.Tools {
		b, err := json.Marshal(map[string]any{"type": "function", "function": map[string]any{"name": t.Name, "description": t.Description, "parameters": t.Parameters}})
		if err != nil {
			return nil, fmt.Errorf("describe the tool %s: %w", t.Name, err)
		}
		var tool api.Tool
		if err := json.Unmarshal(b, &tool); err != nil {
			return nil, fmt.Errorf("describe the tool %s: %w", t.Name, err)
		}
		out.Tools = append(out.Tools, tool)
	}
	return out, nil
}
