package agent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"parley/agent/llm"
)

// Named is a model of a chain with the name it goes by in traces.
type Named struct {
	Name  string
	Model llm.Model
	// Sure, when above 0, makes the model a gate: its answer is taken when its
	// confidence is at least this, and the next model answers otherwise. An
	// answer is read whole before it is judged, so a gate should be quick.
	Sure float64
	Free bool // it costs no tokens
	// History is how much of a conversation the model is given, in bytes of text
	// and results; 0 means 24,000. What came before is summed up for it.
	History int
}

// A model that failed so often in a row is left alone for so long.
const (
	mostFailures = 3
	restTime     = 30 * time.Second
)

// health knows which models of the chain are down, so that not every shopper
// waits for one that does not answer.
type health struct {
	mu     sync.Mutex
	failed []int
	until  []time.Time
}

func newHealth(n int) *health { return &health{failed: make([]int, n), until: make([]time.Time, n)} }

func (h *health) rests(i int, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Before(h.until[i])
}

func (h *health) note(i int, ok bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ok {
		h.failed[i], h.until[i] = 0, time.Time{}
		return
	}
	if h.failed[i]++; h.failed[i] >= mostFailures {
		h.until[i] = now.Add(restTime)
	}
}

// ask gets one answer of the first model in the chain that gives one. Before
// any text is released a model may be tried again and then the next one. When
// one breaks off after that, the shopper is told so, and the next one answers.
func (r *run) ask(ctx context.Context) (llm.Reply, string, error) {
	var errs []error
	last := len(r.cfg.Models) - 1
	for i := r.first; i <= last; i++ {
		m := r.cfg.Models[i]
		if i < last {
			if why := r.skips(i); why != "" {
				r.decide("%s %s", m.Name, why)
				continue
			}
		}
		for try := range 2 {
			reply, text, err := r.answerOf(ctx, i)
			if err == nil {
				r.health.note(i, true, r.cfg.Now())
				r.out.Trace.Model, r.model = m.Name, i
				return reply, text, nil
			}
			if ctx.Err() != nil {
				return reply, text, ctx.Err()
			}
			if errors.Is(err, errUnsure) || errors.Is(err, errUntrue) || i < last && errors.Is(err, llm.ErrPass) {
				r.decide("%s %v: the next model answers", m.Name, err)
				r.first = i + 1
				break
			}
			errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
			r.decide("%s failed (%v)", m.Name, err)
			r.health.note(i, false, r.cfg.Now())
			if r.told && i == last {
				r.decide("text was out already: the answer ends there")
				r.append(r.phrases.say(r.out.Locale, "cut_off"))
				return llm.Reply{Stop: llm.StopLength}, r.out.Text, nil
			}
			if r.told {
				r.decide("text was out already: the next model answers after it")
				r.first = i + 1 // for the rest of this turn
				r.append(r.phrases.say(r.out.Locale, "once_more"))
				break
			}
			if i == last || !errors.Is(err, llm.ErrUnavailable) || errors.Is(err, errSlow) || r.health.rests(i, r.cfg.Now()) {
				break
			}
			select {
			case <-time.After(time.Duration(try+1) * 200 * time.Millisecond):
			case <-ctx.Done():
				return reply, text, ctx.Err()
			}
		}
	}
	return llm.Reply{}, "", fmt.Errorf("no model answered: %w", errors.Join(errs...))
}

// skips says why a model that others stand behind is not asked, or "".
func (r *run) skips(i int) string {
	m := r.cfg.Models[i]
	w, small := m.Model.(llm.Wordless)
	switch {
	case r.turn.Thrifty && !m.Free:
		return "is not asked: the tokens of the day are spent"
	case r.health.rests(i, r.cfg.Now()):
		return fmt.Sprintf("rests after %d failures in a row", mostFailures)
	case time.Since(r.begun) > r.cfg.Budget.Time:
		return fmt.Sprintf("is not asked: the time budget of %s is spent", r.cfg.Budget.Time)
	case small && w.Wordless() && r.out.Messages[len(r.out.Messages)-1].Role == llm.ToolRole:
		return "leaves the wording to " + r.cfg.Models[i+1].Name
	}
	return ""
}

var (
	errShort  = fmt.Errorf("the stream ended without its last chunk: %w", llm.ErrUnavailable)
	errSlow   = fmt.Errorf("nothing came in time: %w", llm.ErrUnavailable)
	errUnsure = errors.New("is not sure of its reading")
	errUntrue = errors.New("twice said what no result carries")
)

// answerOf asks one model of the chain. One that others stand behind has the
// time budget, and to begin within its patience; a gate is read whole first.
func (r *run) answerOf(ctx context.Context, i int) (llm.Reply, string, error) {
	m := r.cfg.Models[i]
	m.Model = watched{m.Model, r, m.Name}
	if i == len(r.cfg.Models)-1 {
		return r.stream(ctx, i, m.Model, func() {})
	}
	timed, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	left := time.AfterFunc(r.cfg.Budget.Time-time.Since(r.begun), func() { cancel(errSlow) })
	defer left.Stop()
	begins := time.AfterFunc(r.cfg.Budget.First, func() { cancel(errSlow) })
	defer begins.Stop()
	model := m.Model
	if m.Sure > 0 {
		model = gate{m.Model, m.Sure}
	}
	reply, text, err := r.stream(timed, i, model, func() { begins.Stop() })
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(timed), errSlow) {
		err = errSlow
	}
	return reply, text, err
}

// A gate lets a model's answer through when the model is sure of it.
type gate struct {
	llm.Model
	sure float64
}

// Stream reads the whole answer, judges it, and gives it or errUnsure.
func (g gate) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		var all []llm.Chunk
		var confidence float64
		for c, err := range g.Model.Stream(ctx, r) {
			if err != nil {
				yield(llm.Chunk{}, err)
				return
			}
			all = append(all, c)
			confidence = max(confidence, c.Confidence)
		}
		if confidence < g.sure {
			yield(llm.Chunk{}, fmt.Errorf("%w (%.2f, wanted %.2f)", errUnsure, confidence, g.sure))
			return
		}
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}
}
