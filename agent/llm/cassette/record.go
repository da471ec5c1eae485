package cassette

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"

	"parley/agent/llm"
)

// Record wraps a model so that what it is asked and answers is kept on the
// tape, its errors too. Nothing is written before [Tape.Save].
func (t *Tape) Record(name string, m llm.Model) llm.Wordless {
	return &recorder{t, name, m}
}

type recorder struct {
	tape  *Tape
	name  string
	model llm.Model
}

// Wordless says what the recorded model says, and keeps it.
func (r *recorder) Wordless() bool {
	w, ok := r.model.(llm.Wordless)
	if !ok || !w.Wordless() {
		return false
	}
	r.tape.mu.Lock()
	defer r.tape.mu.Unlock()
	if !slices.Contains(r.tape.file.Wordless, r.name) {
		r.tape.file.Wordless = append(r.tape.file.Wordless, r.name)
	}
	return true
}

func (r *recorder) Stream(ctx context.Context, q *llm.Request) iter.Seq2[llm.Chunk, error] {
	n := normalise(q, r.tape.redact)
	return func(yield func(llm.Chunk, error) bool) {
		a := answer{Key: n.key, Model: r.name, Messages: n.messages}
		at := r.tape.begin(&a, n)
		defer func() { r.tape.end(at, a) }()
		for c, err := range r.model.Stream(ctx, q) {
			switch {
			case err != nil && ctx.Err() != nil:
				a.Left = "cancelled"
			case err != nil:
				a.Error, a.Unavailable = n.names.out(err.Error()), errors.Is(err, llm.ErrUnavailable)
			default:
				a.add(c, n.names)
			}
			if !yield(c, err) {
				if err == nil && c.Stop == "" {
					a.Left = "reader"
					if ctx.Err() != nil {
						a.Left = "cancelled"
					}
				}
				return
			}
		}
	}
}

// begin takes a place on the tape, so that answers stand in the order of their
// requests.
func (t *Tape) begin(a *answer, n normal) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	a.Prompt, a.Tools = keep(&t.file.Prompts, "prompt", n.prompt), keep(&t.file.Tools, "tools", n.tools)
	t.file.Answers = append(t.file.Answers, *a)
	return len(t.file.Answers) - 1
}

func (t *Tape) end(at int, a answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.file.Answers[at] = a
}

// add appends a chunk. The call is copied: its reader may give it another id.
func (a *answer) add(c llm.Chunk, names *names) {
	p := piece{Think: names.out(c.Reasoning), Stop: c.Stop, Usage: c.Usage, Confidence: c.Confidence, Meaning: names.out(c.Meaning)}
	for _, s := range c.Suggest {
		p.Suggest = append(p.Suggest, names.out(s))
	}
	if c.Text != "" {
		p.Say = []string{names.out(c.Text)}
	}
	if c.Call != nil {
		p.Call = &llm.Call{ID: c.Call.ID, Name: c.Call.Name, Args: json.RawMessage(names.out(compact(c.Call.Args)))}
		if !json.Valid(p.Call.Args) {
			p.Call.Args, _ = json.Marshal(string(p.Call.Args)) // of a string: cannot fail
		}
	}
	if k := len(a.Pieces); k > 0 && c.Text != "" && a.Pieces[k-1].onlyText() && p.onlyText() {
		a.Pieces[k-1].Say = append(a.Pieces[k-1].Say, p.Say...)
		return
	}
	a.Pieces = append(a.Pieces, p)
}

func (p *piece) onlyText() bool {
	return len(p.Say) > 0 && p.Think == "" && p.Call == nil && p.Stop == "" && p.Usage == nil && p.Suggest == nil && p.Confidence == 0 && p.Meaning == ""
}
