package script

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"sync"
	"time"

	"parley/agent/llm"
)

// A clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A watcher stands between the agent and its tools and models: it makes faults,
// interrupts, and counts what took effect.
type watcher struct {
	state func(context.Context) (any, error)

	mu        sync.Mutex
	faults    []Fault
	writes    map[string]int
	interrupt func(context.Context) // run once, at the first call or text
	at        string
	systems   []string // prompts the model was given
}

// arm sets what one turn meets.
func (w *watcher) arm(t *Turn, interrupt func(context.Context)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append([]Fault(nil), t.Faults...)
	w.writes, w.systems, w.interrupt, w.at = map[string]int{}, nil, interrupt, ""
	if t.Interrupt != nil {
		w.at = t.Interrupt.After
	}
}

// strike runs the interrupt if this is its moment, and then waits until the
// turn is told to stop, so that the message comes while the turn runs.
func (w *watcher) strike(ctx context.Context, moment string) {
	w.mu.Lock()
	do := w.interrupt
	if w.at != moment {
		do = nil
	}
	if do != nil {
		w.interrupt = nil
	}
	w.mu.Unlock()
	if do == nil {
		return
	}
	do(ctx)
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Second): // a turn that does not stop is a failure of the script
	}
}

// fault takes the fault that waits for a tool.
func (w *watcher) fault(tool string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.faults {
		f := &w.faults[i]
		if f.Tool != tool || f.Times < 0 {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		if f.Error == "timeout" {
			return context.DeadlineExceeded
		}
		return errors.New(f.Error)
	}
	return nil
}

// tools wraps a toolset.
func (w *watcher) tools(inner llm.Toolset) llm.Toolset {
	return func(c llm.Customer) []llm.Tool {
		list := inner(c)
		for i := range list {
			tool := list[i]
			list[i].Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
				w.strike(ctx, "first_call")
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				if err := w.fault(tool.Name); err != nil {
					return nil, err
				}
				if tool.Effect == llm.Read {
					return tool.Call(ctx, in)
				}
				before, err := w.state(ctx)
				if err != nil {
					return nil, err
				}
				out, err := tool.Call(ctx, in)
				after, serr := w.state(ctx)
				if serr == nil && !same(before, after) {
					w.mu.Lock()
					w.writes[tool.Name]++
					w.mu.Unlock()
				}
				return out, err
			}
		}
		return list
	}
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// watched is a model whose prompts are kept and whose first text may be the
// moment of an interrupt.
type watched struct {
	llm.Model
	w *watcher
}

func (m watched) Wordless() bool {
	w, ok := m.Model.(llm.Wordless)
	return ok && w.Wordless()
}

func (m watched) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	m.w.mu.Lock()
	m.w.systems = append(m.w.systems, r.System)
	m.w.mu.Unlock()
	return func(yield func(llm.Chunk, error) bool) {
		for c, err := range m.Model.Stream(ctx, r) {
			if c.Text != "" {
				m.w.strike(ctx, "first_text")
			}
			if !yield(c, err) {
				return
			}
		}
	}
}
