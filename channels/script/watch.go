package script

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
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
	died  chan chan struct{} // a crash wants the world gone, and is told when it is

	mu        sync.Mutex
	faults    []Fault
	met       []bool // which faults struck
	writes    map[string]int
	interrupt func(context.Context) // run once, at its moment
	at        string
	missed    []string // what was set for a turn and never came
	asked     int      // how often a model was asked
	systems   []string // prompts the model was given
	last      string   // what it was given last: prompt and messages
	refused   []string // what the hub said no to
}

// arm sets what one turn meets.
func (w *watcher) arm(t *Turn, interrupt func(context.Context)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append([]Fault(nil), t.Faults...)
	w.met = make([]bool, len(w.faults))
	for i, f := range w.faults {
		if f.Error == Crash && f.Times == 0 {
			w.faults[i].Times = 1 // not for ever
		}
	}
	w.writes, w.systems, w.refused, w.missed, w.asked, w.last = map[string]int{}, nil, nil, nil, 0, ""
	w.interrupt, w.at = nil, ""
	if t.Interrupt != nil {
		w.interrupt, w.at = interrupt, t.Interrupt.After
	}
}

// unmet says which of the turn's faults and interrupts never had their moment.
func (w *watcher) unmet() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := slices.Clone(w.missed)
	for i, met := range w.met {
		if !met {
			out = append(out, fmt.Sprintf("the fault of %s: it was not called", w.faults[i].Tool))
		}
	}
	if w.interrupt != nil {
		out = append(out, fmt.Sprintf("the interrupt after %s: that moment did not come", w.at))
	}
	return out
}

// struck says that the turn's interrupt had its moment.
func (w *watcher) struck() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at != "" && w.interrupt == nil
}

// How long an interrupted turn may go on.
const toStop = 3 * time.Second

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
	late := time.NewTimer(toStop)
	defer late.Stop()
	select {
	case <-ctx.Done():
	case <-late.C:
		w.mu.Lock()
		w.missed = append(w.missed, fmt.Sprintf("the interrupt after %s: the turn went on for %s", moment, toStop))
		w.mu.Unlock()
	}
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
				out, err := w.run(ctx, tool, in)
				w.strike(ctx, "first_result")
				return out, err
			}
		}
		return list
	}
}

// run runs a tool, or its fault, and counts what took effect.
func (w *watcher) run(ctx context.Context, tool llm.Tool, in llm.Invocation) (*llm.Output, error) {
	fault := w.fault(tool.Name)
	if fault != "" && fault != Crash && fault != Late {
		return act(ctx, fault)
	}
	if tool.Effect == llm.Read {
		out, err := tool.Call(ctx, in)
		return w.after(fault, out, err)
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
	return w.after(fault, out, err)
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
	m.w.asked++
	m.w.last = r.System
	for _, x := range r.Messages {
		m.w.last += "\n" + x.Text()
	}
	m.w.mu.Unlock()
	return func(yield func(llm.Chunk, error) bool) {
		m.w.strike(ctx, "asked")
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
