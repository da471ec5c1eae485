// Package scripted is a model that says what a script tells it to, step by
// step. It understands nothing, and is for tests and replayed conversations.
// Start with [New].
package scripted

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"parley/agent/llm"
)

// A Step is one answer: text, calls, or an error. An empty one says nothing.
type Step struct {
	Text   string   `yaml:"text,omitempty" json:"text,omitempty"`
	Repeat int      `yaml:"repeat,omitempty" json:"repeat,omitempty"` // the text so many times
	Hex    string   `yaml:"hex,omitempty" json:"hex,omitempty"`       // bytes after the text, as "ff fe"
	Calls  []Call   `yaml:"calls,omitempty" json:"calls,omitempty"`
	Tokens int      `yaml:"tokens,omitempty" json:"tokens,omitempty"` // what it says it generated
	Stop   llm.Stop `yaml:"stop,omitempty" json:"stop,omitempty"`     // instead of end or calls: length, refused
	Error  string   `yaml:"error,omitempty" json:"error,omitempty"`   // the stream breaks with it, after the text
	Cut    bool     `yaml:"cut,omitempty" json:"cut,omitempty"`       // the stream ends without its last chunk
	Hang   bool     `yaml:"hang,omitempty" json:"hang,omitempty"`     // nothing comes after the text until it is cancelled
}

// A Call is a tool call of a step. Raw stands for Args that a server garbled.
type Call struct {
	Name string         `yaml:"name" json:"name"`
	Args map[string]any `yaml:"args,omitempty" json:"args,omitempty"`
	Raw  string         `yaml:"raw,omitempty" json:"raw,omitempty"`
}

// text is what a step says, whole.
func (s *Step) text() (string, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s.Hex, " ", ""))
	if err != nil {
		return "", fmt.Errorf("script: hex %q: %w", s.Hex, err)
	}
	return strings.Repeat(s.Text, max(1, s.Repeat)) + string(b), nil
}

// A Model answers with its steps in order. It is safe for concurrent use.
type Model struct {
	mu    sync.Mutex
	steps []Step
	n     int
	Seen  []*llm.Request // what it was asked, in order; read it when no stream runs
}

// New makes a model of steps.
func New(steps ...Step) *Model { return &Model{steps: steps} }

// Add puts more steps behind the others.
func (m *Model) Add(steps ...Step) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.steps = append(m.steps, steps...)
}

// Left counts the steps that were not asked for.
func (m *Model) Left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.steps)
}

// Stream gives the next step, its text word by word.
func (m *Model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		m.mu.Lock()
		m.Seen = append(m.Seen, r)
		if len(m.steps) == 0 {
			m.mu.Unlock()
			yield(llm.Chunk{}, errors.New("the script has no step left"))
			return
		}
		step := m.steps[0]
		m.steps = m.steps[1:]
		m.n++
		id := m.n
		m.mu.Unlock()
		text, err := step.text()
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		for _, w := range strings.SplitAfter(text, " ") {
			if w != "" && !yield(llm.Chunk{Text: w}, nil) {
				return
			}
		}
		if step.Hang {
			<-ctx.Done()
			yield(llm.Chunk{}, ctx.Err())
			return
		}
		if step.Error != "" {
			yield(llm.Chunk{}, errors.New(step.Error))
			return
		}
		for k, c := range step.Calls {
			args, err := json.Marshal(c.Args)
			if err != nil {
				yield(llm.Chunk{}, fmt.Errorf("script: arguments of %s: %w", c.Name, err))
				return
			}
			if c.Args == nil {
				args = []byte("{}")
			}
			if c.Raw != "" {
				args = []byte(c.Raw)
			}
			if !yield(llm.Chunk{Call: &llm.Call{ID: fmt.Sprintf("s%d.%d", id, k+1), Name: c.Name, Args: args}}, nil) {
				return
			}
		}
		if step.Cut {
			yield(llm.Chunk{}, io.ErrUnexpectedEOF)
			return
		}
		last := llm.Chunk{Stop: llm.StopEnd}
		if len(step.Calls) > 0 {
			last.Stop = llm.StopCalls
		}
		last.Stop = cmp.Or(step.Stop, last.Stop)
		if step.Tokens > 0 {
			last.Usage = &llm.Usage{Generated: step.Tokens}
		}
		yield(last, nil)
	}
}
