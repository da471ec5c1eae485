package agent

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"parley/agent/llm"
)

// A Trace is a turn's record for developers and staff. Times within it count
// from At. It is told to [Turn].Traced whatever became of the turn.
type Trace struct {
	At         time.Time      `json:"at,omitzero"`
	Model      string         `json:"model"`
	Prompt     string         `json:"prompt"` // hash of the prompt files
	Steps      int            `json:"steps"`
	Usage      llm.Usage      `json:"usage"`
	Took       time.Duration  `json:"took"`
	FirstText  time.Duration  `json:"first_text,omitempty"` // until the shopper read the first words
	Requests   []RequestTrace `json:"requests,omitempty"`
	Calls      []CallTrace    `json:"calls,omitempty"`
	Decisions  []string       `json:"decisions,omitempty"` // guard, grounding, fallback: every one with its reason
	Left       Left           `json:"left,omitzero"`
	Ended      string         `json:"ended,omitempty"` // "", "interrupted" or "failed"
	Error      string         `json:"error,omitempty"` // why it failed
	Confidence float64        `json:"confidence,omitempty"`
	Meaning    string         `json:"meaning,omitempty"` // how the model read the message
}

// A RequestTrace is one request to a model. A request that failed, was not sure
// enough, or was cut off by us says so in Error.
type RequestTrace struct {
	Model string        `json:"model"`
	Step  int           `json:"step"`
	At    time.Duration `json:"at"`
	First time.Duration `json:"first,omitempty"` // until something came, from At
	Took  time.Duration `json:"took"`
	Usage llm.Usage     `json:"usage"` // as the server counted; zero when it did not
	Stop  llm.Stop      `json:"stop,omitempty"`
	Error string        `json:"error,omitempty"`
	// Failure is the sort of error: "unavailable", "cancelled", "timeout",
	// "cut_off" or "_OTHER".
	Failure string `json:"failure,omitempty"`
}

// A CallTrace is one tool run, or why it was not run.
type CallTrace struct {
	ID     string          `json:"id,omitempty"`
	Name   string          `json:"name"`
	Args   json.RawMessage `json:"args"`
	Result json.RawMessage `json:"result,omitempty"` // a string when it was clipped
	Size   int             `json:"size,omitempty"`   // of the whole result, in bytes, when it was clipped
	Error  string          `json:"error,omitempty"`
	Effect llm.Effect      `json:"effect"`
	At     time.Duration   `json:"at"`
	Took   time.Duration   `json:"took"`
}

// Left is what a turn did not use of its budget.
type Left struct {
	Steps  int           `json:"steps"`
	Tokens int           `json:"tokens"`
	Time   time.Duration `json:"time"`
}

// The most of a result that a trace holds, in bytes.
const mostTraced = 2000

// traced closes the record of a turn that ended so.
func (r *run) traced(err error, stopped bool) {
	t := &r.out.Trace
	t.Took = time.Since(r.begun)
	b := r.cfg.Budget
	t.Left = Left{max(0, b.Steps-t.Steps), max(0, b.Tokens-t.Usage.Prompt-t.Usage.Generated), max(0, b.Time-t.Took)}
	switch {
	case stopped || errors.Is(err, context.Canceled):
		t.Ended = "interrupted"
	case err != nil:
		t.Ended, t.Error = "failed", err.Error()
	}
	for i := range t.Calls {
		c := &t.Calls[i]
		if len(c.Result) <= mostTraced {
			continue
		}
		c.Size = len(c.Result)
		c.Result, _ = json.Marshal(clipped(string(c.Result))) // of a string: cannot fail
	}
	if r.turn.Traced != nil {
		r.turn.Traced(*t)
	}
}

func failure(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, llm.ErrUnavailable):
		return "unavailable"
	}
	return "_OTHER"
}

func clipped(s string) string {
	n := mostTraced
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// watched is a model whose requests leave their record in a turn's trace.
type watched struct {
	llm.Model
	run  *run
	name string
}

func (w watched) Stream(ctx context.Context, request *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		begun := time.Now()
		trace := RequestTrace{Model: w.name, Step: w.run.out.Trace.Steps, At: begun.Sub(w.run.begun)}
		cut := true // until it has ended by itself
		defer func() {
			trace.Took = time.Since(begun)
			if cut && trace.Error == "" && trace.Stop == "" {
				trace.Error, trace.Failure = "cut off by us", "cut_off"
			}
			w.run.out.Trace.Requests = append(w.run.out.Trace.Requests, trace)
		}()
		for c, err := range w.Model.Stream(ctx, request) {
			if trace.First == 0 && err == nil {
				trace.First = time.Since(begun)
			}
			if err != nil {
				trace.Error, trace.Failure = strings.ToValidUTF8(clip(err.Error(), mostTold), "\uFFFD"), failure(err)
			}
			if c.Usage != nil {
				trace.Usage = *c.Usage
			}
			if c.Stop != "" {
				trace.Stop = c.Stop
			}
			if !yield(c, err) {
				return
			}
		}
		cut = false
	}
}
