// Package anthropic speaks to Anthropic's Messages API, or to a server that
// takes the same. It never sends who the customer is, and never shows a model's
// thinking as its answer. Start with [New]; README.md says what to set.
package anthropic

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

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"parley/agent/llm"
	"parley/agent/llm/wire"
)

// DefaultURL is Anthropic's own address.
const DefaultURL = "https://api.anthropic.com"

// A Config names a model.
type Config struct {
	Model   string
	URL     string        // base URL; empty means [DefaultURL]
	Key     string        // needed unless the server is on this machine
	KeyEnv  string        // where the key comes from, for messages; empty means ANTHROPIC_API_KEY
	Context int           // tokens of context that the history is cut to; 0 means 200,000
	Wait    time.Duration // the longest an answer's beginning is waited for; 0 means 5 s
}

// A Model is one model of a server. It is safe for concurrent use.
type Model struct {
	cfg      Config
	line     *wire.Line
	messages anthropic.MessageService
	hosted   bool
	quiet    atomic.Bool // thinking is off: the server wanted its own thoughts back
}

// New makes a model; the server is first asked when an answer is wanted.
func New(cfg Config) (*Model, error) {
	if cfg.Model == "" {
		return nil, errors.New("name a model: anthropic:claude-haiku-4-5")
	}
	cfg.KeyEnv = cmp.Or(cfg.KeyEnv, "ANTHROPIC_API_KEY")
	cfg.Context = cmp.Or(cfg.Context, 200_000)
	base, err := wire.Address(cmp.Or(cfg.URL, DefaultURL))
	if err != nil {
		return nil, err
	}
	base.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/messages"), "/v1") // the library adds them
	if cfg.Key == "" && !wire.Loopback(base) {
		return nil, fmt.Errorf("%s wants a key: put it in %s", base.Host, cfg.KeyEnv)
	}
	name := base.Host
	if base.Hostname() == "api.anthropic.com" {
		name = "Anthropic"
	}
	m := &Model{cfg: cfg, hosted: !wire.Loopback(base), line: wire.NewLine(wire.Server{Name: name, Model: cfg.Model, Key: cfg.Key, KeyEnv: cfg.KeyEnv, Wait: cfg.Wait})}
	// The service, made by itself, reads nothing from the environment: a key
	// goes only where it was meant for.
	opts := []option.RequestOption{
		option.WithBaseURL(base.String() + "/"), option.WithHTTPClient(wire.Client()), option.WithMaxRetries(0),
		option.WithMiddleware(m.line.Do), option.WithHeader("Accept", "text/event-stream"), option.WithoutOpenTelemetry(),
	}
	if cfg.Key != "" {
		opts = append(opts, option.WithAPIKey(cfg.Key))
	}
	m.messages = anthropic.NewMessageService(opts...)
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
		a := answer{Model: m, yield: yield}
		err := a.ask(ctx, r)
		var p *wire.Problem
		if errors.As(err, &p) && p.Status == http.StatusBadRequest && strings.Contains(p.Said, "thinking") && m.quiet.CompareAndSwap(false, true) {
			err = a.ask(ctx, r)
		}
		switch {
		case a.left:
		case errors.As(err, &p) && p.Filtered:
			yield(llm.Chunk{Stop: llm.StopRefused}, nil)
		case err != nil:
			yield(llm.Chunk{}, err)
		}
	}
}

// ask sends the request and gives what comes back.
func (a *answer) ask(ctx context.Context, r *llm.Request) error {
	params, names, err := a.request(r)
	if err != nil {
		return err
	}
	a.names = names
	stream := a.messages.NewStreaming(ctx, *params)
	defer stream.Close()
	return a.read(ctx, stream)
}
