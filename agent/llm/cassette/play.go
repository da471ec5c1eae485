package cassette

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"parley/agent/llm"
)

// Model plays what a model of this name answered. A request that was made
// several times gets its answers in turn, and the last one from then on.
func (t *Tape) Model(name string) llm.Wordless { return &player{t, name} }

type player struct {
	tape *Tape
	name string
}

// Wordless says what the recorded model said.
func (p *player) Wordless() bool { return slices.Contains(p.tape.file.Wordless, p.name) }

func (p *player) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		n := normalise(r, p.tape.redact)
		a, err := p.tape.find(p.name, n)
		if err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		for _, x := range a.Pieces {
			for _, c := range x.chunks(n.names) {
				if !yield(c, nil) {
					return
				}
				if err := ctx.Err(); err != nil {
					yield(llm.Chunk{}, err)
					return
				}
			}
		}
		switch {
		case a.Error != "":
			yield(llm.Chunk{}, recorded{n.names.in(a.Error), a.Unavailable})
		case a.Left == "cancelled":
			<-ctx.Done()
			yield(llm.Chunk{}, ctx.Err())
		case a.Left == "reader":
			yield(llm.Chunk{}, p.tape.miss(fmt.Errorf("%s: when it was recorded nobody read on here (answer %s); record it again", p.tape.path, a.Key)))
		}
	}
}

// recorded is an error of a model, in its words.
type recorded struct {
	text        string
	unavailable bool
}

func (e recorded) Error() string        { return e.text }
func (e recorded) Is(target error) bool { return e.unavailable && target == llm.ErrUnavailable }

// chunks are the chunks of a piece as they came.
func (p *piece) chunks(names *names) []llm.Chunk {
	c := llm.Chunk{Reasoning: names.in(p.Think), Stop: p.Stop, Usage: p.Usage, Confidence: p.Confidence, Meaning: names.in(p.Meaning)}
	for _, s := range p.Suggest {
		c.Suggest = append(c.Suggest, names.in(s))
	}
	if p.Call != nil {
		c.Call = &llm.Call{ID: p.Call.ID, Name: p.Call.Name, Args: json.RawMessage(names.in(compact(p.Call.Args)))}
	}
	if len(p.Say) < 2 {
		if len(p.Say) == 1 {
			c.Text = names.in(p.Say[0])
		}
		return []llm.Chunk{c}
	}
	var out []llm.Chunk
	for _, s := range p.Say {
		out = append(out, llm.Chunk{Text: names.in(s)})
	}
	return out
}

// find gives the answer to a request, or what is nearest to it as an error.
func (t *Tape) find(model string, n normal) (*answer, error) {
	t.mu.Lock()
	var fit []*answer
	for i := range t.file.Answers {
		if a := &t.file.Answers[i]; a.Key == n.key && a.Model == model {
			fit = append(fit, a)
		}
	}
	if len(fit) > 0 {
		k := t.played[model+n.key]
		t.played[model+n.key]++
		t.mu.Unlock()
		return fit[min(k, len(fit)-1)], nil
	}
	t.mu.Unlock()
	return nil, t.miss(t.nearest(model, n))
}

func (t *Tape) miss(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.missed = append(t.missed, err)
	return err
}

// nearest says which recorded request shares most lines with this one, and
// where they part.
func (t *Tape) nearest(model string, n normal) error {
	best, most := -1, -1
	lines := map[string]bool{}
	for _, l := range slices.Concat(n.prompt, n.tools, n.messages) {
		lines[l] = true
	}
	for i, a := range t.file.Answers {
		if a.Model != model {
			continue
		}
		same := 0
		for _, l := range slices.Concat(linesOf(t.file.Prompts, a.Prompt), linesOf(t.file.Tools, a.Tools), a.Messages) {
			if lines[l] {
				same += 2
			} else {
				same--
			}
		}
		if same > most || best < 0 {
			best, most = i, same
		}
	}
	if best < 0 {
		return fmt.Errorf("%s holds no answer of %s; record it again", t.path, model)
	}
	a := t.file.Answers[best]
	part, line, was, is := "messages", 0, "", ""
	for _, x := range []struct {
		part    string
		was, is []string
	}{
		{"prompt", linesOf(t.file.Prompts, a.Prompt), n.prompt}, {"tools", linesOf(t.file.Tools, a.Tools), n.tools}, {"messages", a.Messages, n.messages},
	} {
		if k, differ := parts(x.was, x.is); differ {
			part, line, was, is = x.part, k+1, at(x.was, k), at(x.is, k)
			break
		}
	}
	return fmt.Errorf("%s has no answer to this request; nearest is answer %d, which differs first in line %d of the %s:\n  recorded: %s\n  asked:    %s\nif the change is meant, record it again", t.path, best+1, line, part, was, is)
}

func parts(a, b []string) (int, bool) {
	for k := range max(len(a), len(b)) {
		if k >= len(a) || k >= len(b) || a[k] != b[k] {
			return k, true
		}
	}
	return 0, false
}

func at(lines []string, k int) string {
	if k >= len(lines) {
		return "(nothing more)"
	}
	if r := []rune(lines[k]); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return lines[k]
}

// keep stores a block once and gives its id.
func keep(list *[]block, kind string, lines []string) string {
	for _, b := range *list {
		if slices.Equal(b.Lines, lines) {
			return b.ID
		}
	}
	id := kind + " " + strconv.Itoa(len(*list)+1)
	*list = append(*list, block{id, lines})
	return id
}

func linesOf(list []block, id string) []string {
	for _, b := range list {
		if b.ID == id {
			return b.Lines
		}
	}
	return nil
}
