// Package openai speaks to OpenAI, and to every server that takes the same chat
// completions: vLLM, llama.cpp, LM Studio, DeepSeek, Qwen and others. It never
// sends who the customer is, and never shows a model's reasoning as its answer.
// Start with [New]; README.md lists servers and what to set for each.
package openai

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// DefaultURL is OpenAI's own address.
const DefaultURL = "https://api.openai.com/v1"

// A Config names a model on a server.
type Config struct {
	Model   string
	URL     string        // base URL; empty means [DefaultURL]
	Key     string        // needed unless the server is on this machine
	KeyEnv  string        // where the key comes from, for messages; empty means OPENAI_API_KEY
	Context int           // tokens of context that the history is cut to; 0 means 128,000
	Wait    time.Duration // the longest an answer's beginning is waited for; 0 means 5 s
}

// A Model is one model of a server. It is safe for concurrent use.
type Model struct {
	cfg  Config
	line *wire.Line
	chat openai.ChatCompletionService
	ours bool // OpenAI's own server, or Azure's

	hosted bool

	// What the server was found to want.
	returned atomic.Bool // reasoning back with the calls it led to
	noUsage  atomic.Bool // no stream_options
	newWord  atomic.Bool // max_completion_tokens for max_tokens
	oldWord  atomic.Bool // max_tokens for max_completion_tokens
	unopened atomic.Bool // reasoning in the text that ends with </think> and begins with nothing
}

// New makes a model; the server is first asked when an answer is wanted.
func New(cfg Config) (*Model, error) {
	if cfg.Model == "" {
		return nil, errors.New("name a model: openai:gpt-5-mini")
	}
	cfg.KeyEnv = cmp.Or(cfg.KeyEnv, "OPENAI_API_KEY")
	cfg.Context = cmp.Or(cfg.Context, 128_000)
	base, err := wire.Address(cmp.Or(cfg.URL, DefaultURL))
	if err != nil {
		return nil, err
	}
	if base.Path = strings.TrimSuffix(base.Path, "/chat/completions"); base.Path == "" {
		base.Path = "/v1"
	}
	if cfg.Key == "" && !wire.Loopback(base) {
		return nil, fmt.Errorf("%s wants a key: put it in %s (any word, if this server checks none)", base.Host, cfg.KeyEnv)
	}
	m := &Model{cfg: cfg, hosted: !wire.Loopback(base)}
	m.ours = base.Hostname() == "api.openai.com" || strings.HasSuffix(base.Hostname(), ".openai.azure.com")
	name := base.Host
	if base.Hostname() == "api.openai.com" {
		name = "OpenAI"
	}
	m.line = wire.NewLine(wire.Server{Name: name, Model: cfg.Model, Key: cfg.Key, KeyEnv: cfg.KeyEnv, Wait: cfg.Wait})
	// The service, made by itself, reads nothing from the environment: a key
	// goes only where it was meant for.
	opts := []option.RequestOption{
		option.WithBaseURL(base.String() + "/"), option.WithHTTPClient(wire.Client()), option.WithMaxRetries(0),
		option.WithMiddleware(m.line.Do), option.WithHeader("Accept", "text/event-stream"),
	}
	if cfg.Key != "" {
		opts = append(opts, option.WithAPIKey(cfg.Key))
	}
	m.chat = openai.NewChatCompletionService(opts...)
	return m, nil
}

// Hosted reports whether the model runs on another machine, so that what it is
// given leaves this one.
func (m *Model) Hosted() bool { return m.hosted }

// Stream asks for one answer.
func (m *Model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		ctx, cancel := context.WithCancel(ctx) // leaving the range stops the server's work
		defer cancel()
		res, names, err := m.begin(ctx, r)
		if p := (*wire.Problem)(nil); errors.As(err, &p) && p.Filtered {
			yield(llm.Chunk{Stop: llm.StopRefused}, nil)
			return
		}
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		defer res.Body.Close()
		a := answer{Model: m, names: names, think: think{opened: m.opened()}, yield: yield}
		if err := a.read(ctx, res); err != nil && !a.left {
			yield(llm.Chunk{}, err)
		}
	}
}

// opened guesses whether the model's template opens the reasoning itself, so
// that the text begins inside it.
func (m *Model) opened() bool {
	name := strings.ToLower(m.cfg.Model)
	return m.unopened.Load() || strings.Contains(name, "deepseek-r1") || strings.Contains(name, "qwq") || strings.Contains(name, "-thinking")
}

// begin sends the request. A server that refuses one of its habits, not the
// request, is asked again without it, now and from now on.
func (m *Model) begin(ctx context.Context, r *llm.Request) (*http.Response, wire.Names, error) {
	for {
		params, names, err := m.request(r)
		if err != nil {
			return nil, names, err
		}
		var res *http.Response
		_, err = m.chat.New(ctx, *params, option.WithResponseBodyInto(&res), option.WithJSONSet("stream", true))
		if err == nil {
			return res, names, nil
		}
		if ctx.Err() != nil {
			return nil, names, ctx.Err()
		}
		var p *wire.Problem
		if !errors.As(err, &p) {
			return nil, names, m.line.Network(ctx, err, false)
		}
		if !m.learn(p) {
			return nil, names, p
		}
	}
}

// learn takes a refusal as a lesson, each lesson once.
func (m *Model) learn(p *wire.Problem) bool {
	if p.Status != http.StatusBadRequest && p.Status != http.StatusUnprocessableEntity {
		return false
	}
	for _, lesson := range []struct {
		word string
		of   *atomic.Bool
	}{
		{"reasoning_content", &m.returned},
		{"stream_options", &m.noUsage},
		{"max_completion_tokens' instead", &m.newWord}, // before the next, whose word stands there too
		{"max_completion_tokens", &m.oldWord},
	} {
		if strings.Contains(p.Said, lesson.word) {
			return lesson.of.CompareAndSwap(false, true)
		}
	}
	return false
}
