// Package ollama speaks to a local Ollama server by its own client library. It
// never pretends that a broken stream was a whole one: the client swallows
// several errors, and each is looked for here. Start with [New] and [Discover];
// choose.go is how small models are made to pick a tool.
package ollama

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ollama/ollama/api"

	"parley/agent/llm"
)

// A Mode is how a model is made to call tools.
type Mode string

// The modes. Auto asks the model once, with a question that only a call answers.
const (
	Auto       Mode = "auto"
	Native     Mode = "native"     // the server's own tool calls
	Structured Mode = "structured" // a JSON form that it fills in
)

// A Config names a model on a server.
type Config struct {
	Host    string // host:port or URL; empty means 127.0.0.1:11434
	Model   string
	Context int   // tokens of context, always sent; 0 means 8192
	Tools   Mode  // empty means Auto
	First   First // nil leaves every message to the model
	// Patience is how long the server may say nothing, before its first word
	// (it may have to load the model) and between two; 0 means 45 s.
	Patience time.Duration
}

// A First reads a message before a model in structured mode is asked: code reads
// greetings, anger and order numbers better than a small model. True says that
// its reply is the answer.
type First func(ctx context.Context, r *llm.Request) (llm.Reply, bool)

// A Model is one model of a server. It is safe for concurrent use.
type Model struct {
	cfg    Config
	client *api.Client

	read tokenizer

	mu     sync.Mutex
	mode   Mode // found out; empty: not yet
	thinks bool // it reasons before it answers
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
func New(cfg Config) (*Model, error) {
	if cfg.Model == "" {
		return nil, errors.New("name a model: ollama:qwen3:4b")
	}
	if !slices.Contains([]Mode{"", Auto, Native, Structured}, cfg.Tools) {
		return nil, fmt.Errorf("tool mode %q: there are auto, native and structured", cfg.Tools)
	}
	cfg.Context = cmp.Or(cfg.Context, 8192)
	cfg.Patience = cmp.Or(cfg.Patience, 45*time.Second)
	c, err := newClient(cfg.Host)
	m := &Model{cfg: cfg, client: c}
	if cfg.Tools == Native || cfg.Tools == Structured {
		m.mode = cfg.Tools
	}
	return m, err
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

// Probe finds out how the model calls tools, once; Stream does it by itself
// when nobody has. It may have to wait until the server has loaded the model.
func (m *Model) Probe(ctx context.Context) (Mode, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mode != "" {
		return m.mode, nil
	}
	info, err := m.client.Show(ctx, &api.ShowRequest{Model: m.cfg.Model})
	if err != nil {
		return "", m.problem(err)
	}
	able := false
	for _, c := range info.Capabilities {
		able = able || string(c) == "tools"
		m.thinks = m.thinks || string(c) == "thinking"
	}
	if !able {
		m.mode = Structured
		return m.mode, nil
	}
	// The number can only come from the question.
	tool := llm.Spec{Name: "get_order", Description: "Look up one order of the customer by its number."}
	request := m.base([]api.Message{{Role: "system", Content: "You are a shop's assistant. Call a tool whenever one fits."}, {Role: "user", Content: "Where is my order 5531?"}})
	request.Options["num_predict"] = 100
	if m.thinks {
		request.Think = &api.ThinkValue{Value: false}
	}
	if request.Tools, err = described([]llm.Spec{tool}, json.RawMessage(`{"type":"object","properties":{"order":{"type":"string"}},"required":["order"]}`)); err != nil {
		return "", err
	}
	mode := Structured
	for a, err := range m.chat(ctx, request) {
		if err != nil {
			return "", err
		}
		for _, c := range a.Message.ToolCalls {
			if v, _ := c.Function.Arguments.Get("order"); c.Function.Name == tool.Name && fmt.Sprint(v) == "5531" {
				mode = Native
			}
		}
	}
	m.mode = mode
	return mode, nil
}

// Wordless says that the model works in structured mode: a model that cannot
// call tools by itself also states things that no result holds.
func (m *Model) Wordless() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mode == Structured
}

// form makes a request one for a form: it is filled in, not reasoned about.
func (m *Model) form(request *api.ChatRequest, format json.RawMessage) {
	request.Format = format
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.thinks {
		request.Think = &api.ThinkValue{Value: false}
	}
}

// correction begins what the agent writes in the customer's place, after a text
// that it did not let out (prompts/correction.md): no tool is chosen for that.
const correction = "(From the system,"

// Stream asks for one answer.
func (m *Model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		mode := Native
		if len(r.Tools) > 0 {
			var err error
			if mode, err = m.Probe(ctx); err != nil {
				yield(llm.Chunk{}, err)
				return
			}
		}
		if mode == Native {
			request, err := m.request(r, r.Tools)
			if err != nil {
				yield(llm.Chunk{}, err)
				return
			}
			var lost func() (*llm.Call, error)
			if len(r.Tools) > 0 && r.Messages[len(r.Messages)-1].Role == llm.User {
				lost = func() (*llm.Call, error) {
					call, _, _, err := m.choose(ctx, r)
					return call, err
				}
			}
			m.pass(ctx, request, llm.Usage{}, "", lost, yield)
			return
		}
		last := r.Messages[len(r.Messages)-1]
		if last.Role != llm.User || strings.HasPrefix(last.Text(), correction) { // results are there: say them
			m.say(ctx, r, llm.Usage{}, "", yield)
			return
		}
		if m.cfg.First != nil {
			if reply, sure := m.cfg.First(ctx, r); sure {
				give(reply, yield)
				return
			}
		}
		call, meaning, usage, err := m.choose(ctx, r)
		switch {
		case err != nil:
			yield(llm.Chunk{}, err)
		case call == nil:
			m.say(ctx, r, usage, meaning, yield)
		default:
			if yield(llm.Chunk{Call: call, Meaning: meaning}, nil) {
				yield(llm.Chunk{Stop: llm.StopCalls, Usage: &usage}, nil)
			}
		}
	}
}

// give yields a reply that is there already.
func give(r llm.Reply, yield func(llm.Chunk, error) bool) {
	for _, p := range r.Message.Parts {
		if (p.Text != "" || p.Call != nil) && !yield(llm.Chunk{Text: p.Text, Call: p.Call}, nil) {
			return
		}
	}
	yield(llm.Chunk{Stop: r.Stop, Usage: &r.Usage, Suggest: r.Suggest, Confidence: r.Confidence, Meaning: join("read by code", r.Meaning)}, nil)
}

// pass sends one request and gives what comes back. spent was used before it.
// lost is asked for a call that the server may have dropped, nil for none.
func (m *Model) pass(ctx context.Context, request *api.ChatRequest, spent llm.Usage, meaning string, lost func() (*llm.Call, error), yield func(llm.Chunk, error) bool) {
	calls, shown := 0, 0
	var t thoughts
	give := func(text, reasoning string) bool {
		return (reasoning == "" || yield(llm.Chunk{Reasoning: reasoning}, nil)) && (text == "" || yield(llm.Chunk{Text: text}, nil))
	}
	for a, err := range m.chat(ctx, request) {
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		shown += len(a.Message.Content) + len(a.Message.Thinking)
		text, reasoning := t.add(a.Message.Content)
		if !give(text, a.Message.Thinking+reasoning) {
			return
		}
		for _, c := range a.Message.ToolCalls {
			args, err := json.Marshal(c.Function.Arguments)
			if err != nil {
				yield(llm.Chunk{}, fmt.Errorf("the arguments of %s: %w", c.Function.Name, err))
				return
			}
			calls++
			if !yield(llm.Chunk{Call: &llm.Call{ID: fmt.Sprintf("o%d", calls), Name: c.Function.Name, Args: args}}, nil) {
				return
			}
		}
		if !a.Done {
			continue
		}
		if !give(t.rest()) {
			return
		}
		if calls == 0 && lost != nil && a.EvalCount > dropped+shown {
			call, err := lost()
			if err != nil {
				yield(llm.Chunk{}, err)
				return
			}
			meaning = join(meaning, "the server dropped a call, it was asked for again")
			if call != nil {
				calls++
				if !yield(llm.Chunk{Call: call}, nil) {
					return
				}
			}
		}
		stop := llm.StopEnd
		if calls > 0 {
			stop = llm.StopCalls
		} else if a.DoneReason == "length" {
			stop = llm.StopLength
		}
		meaning = join(meaning, m.read.read(request, a.PromptEvalCount, m.cfg.Context))
		yield(llm.Chunk{Stop: stop, Meaning: meaning, Usage: &llm.Usage{Prompt: spent.Prompt + a.PromptEvalCount, Generated: spent.Generated + a.EvalCount}}, nil)
		return
	}
}

// When text and a whole call come in one piece, the server drops the call
// (v0.17.4, routes.go). What shows it is how much was generated: more tokens
// than the text has bytes, and some more that are never shown.
const dropped = 6

func join(a, b string) string {
	if a != "" && b != "" {
		return a + "; " + b
	}
	return a + b
}

var (
	errLeft  = errors.New("nobody listens any more")
	errQuiet = errors.New("the server said nothing")
)

// chat is the client's Chat as a sequence, with the errors that the client
// swallows: a stream without its last piece, a deadline, a dropped connection.
func (m *Model) chat(ctx context.Context, request *api.ChatRequest) iter.Seq2[api.ChatResponse, error] {
	return func(yield func(api.ChatResponse, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx) // leaving the range stops the server's work
		defer cancel(nil)
		quiet := time.AfterFunc(m.cfg.Patience, func() { cancel(errQuiet) })
		defer quiet.Stop()
		done := false
		err := m.client.Chat(ctx, request, func(a api.ChatResponse) error {
			quiet.Stop()
			if done = a.Done; !yield(a, nil) {
				return errLeft
			}
			quiet.Reset(m.cfg.Patience)
			return nil
		})
		switch {
		case errors.Is(err, errLeft) || done:
		case context.Cause(ctx) == errQuiet:
			yield(api.ChatResponse{}, fmt.Errorf("talk to Ollama at %s: %w for %s (%w)", Host(m.cfg.Host), errQuiet, m.cfg.Patience, llm.ErrUnavailable))
		case ctx.Err() != nil:
			yield(api.ChatResponse{}, ctx.Err())
		case err != nil:
			yield(api.ChatResponse{}, m.problem(err))
		default:
			yield(api.ChatResponse{}, fmt.Errorf("talk to Ollama at %s: %w", Host(m.cfg.Host), errCut))
		}
	}
}

// problem says in words what went wrong, and whether another try may help.
func (m *Model) problem(err error) error {
	var status api.StatusError
	if errors.As(err, &status) && status.StatusCode == http.StatusNotFound {
		return fmt.Errorf("the server has no model %s; `ollama pull %s` gets it: %w", m.cfg.Model, m.cfg.Model, err)
	}
	return fmt.Errorf("talk to Ollama at %s: %w (%w)", Host(m.cfg.Host), err, llm.ErrUnavailable)
}
