// Package scripted is a model that says what a script tells it to, step by
// step. It understands nothing, and is for tests and replayed conversations.
// Start with [New].
package scripted

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"parley/agent/llm"
)

// A Step is one answer: text, calls, or an error.
type Step struct {
	Text  string `yaml:"text,omitempty" json:"text,omitempty"`
	Calls []Call `yaml:"calls,omitempty" json:"calls,omitempty"`
	Error string `yaml:"error,omitempty" json:"error,omitempty"` // the stream breaks with it, after the text
}

// A Call is a tool call of a step.
type Call struct {
	Name string         `yaml:"name" json:"name"`
	Args map[string]any `yaml:"args,omitempty" json:"args,omitempty"`
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
		for _, w := range strings.SplitAfter(step.Text, " ") {
			if w != "" && !yield(llm.Chunk{Text: w}, nil) {
				return
			}
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
			if !yield(llm.Chunk{Call: &llm.Call{ID: fmt.Sprintf("s%d.%d", id, k+1), Name: c.Name, Args: args}}, nil) {
				return
			}
		}
		stop := llm.StopEnd
		if len(step.Calls) > 0 {
			stop = llm.StopCalls
		}
		yield(llm.Chunk{Stop: stop}, nil)
	}
}
