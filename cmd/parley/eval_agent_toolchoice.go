package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/memory/store"
	"parley/tools/catalog"
	"parley/tools/measure"
)

// A toolChoice is a message and the tools that would serve it; "none" is no
// tool at all.
type toolChoice struct {
	Text   string   `json:"text"`
	Want   []string `json:"want"`
	Locale string   `json:"locale"`
}

const toolChoices = "testdata/toolchoice.jsonl"

// evalToolChoice asks a model for each message what the agent would ask it, and
// looks at the first call that the agent lets through. Nothing is changed.
func evalToolChoice(ctx context.Context, _ fs.FS, c *evalCmd) ([]measure.Figure, error) {
	name := cmp.Or(c.File, toolChoices)
	list, err := readToolChoices(name)
	if err != nil {
		return nil, err
	}
	bench, err := newChoiceBench(ctx, cmp.Or(c.Model, "builtin"))
	if err != nil {
		return nil, err
	}
	defer bench.app.Store.Close()
	probe(ctx, []agent.Named{{Name: c.Model, Model: bench.model.Model}}, bench.app.Tools.For(shopper), slog.New(slog.DiscardHandler))
	right := map[string][]bool{}
	var took []float64
	invented, made := 0, 0
	step := bar("tool_choice", false)
	for i, x := range list {
		got, err := bench.ask(ctx, fmt.Sprint(i), x)
		if err != nil && (ctx.Err() != nil || errors.Is(err, llm.ErrUnavailable)) {
			return nil, fmt.Errorf("%s: message %d, %q: %w", name, i+1, x.Text, err)
		}
		if err != nil { // a model that cannot choose is wrong
			got.tool, got.meaning = "failed", err.Error()
		}
		ok := slices.Contains(x.Want, got.tool)
		right[""] = append(right[""], ok)
		right[x.Locale] = append(right[x.Locale], ok)
		took = append(took, got.took.Seconds())
		made += len(got.through)
		for _, call := range got.through {
			if what := madeUp(call, x.Text, bench.app.Catalog.Vocabulary()); what != "" {
				invented++
				fmt.Fprintf(os.Stderr, "invented: %q: %s of %s\n", x.Text, what, call.Name)
			}
		}
		if !ok {
			fmt.Fprintf(os.Stderr, "missed: %q: %s, wanted %s (%s)\n", x.Text, got.tool, strings.Join(x.Want, " or "), got.meaning)
		}
		step(int64(i+1), int64(len(list)))
	}
	slices.Sort(took)
	out := []measure.Figure{shareOf("right_tool", right[""])}
	for _, lang := range []string{"en", "zh"} {
		if len(right[lang]) > 0 {
			out = append(out, shareOf("right_tool_"+lang, right[lang]))
		}
	}
	return append(out,
		measure.Figure{Metric: "invented_args", Value: float64(invented), N: made},
		measure.Figure{Metric: "median_s", Value: took[len(took)/2], N: len(took)},
		measure.Figure{Metric: "p95_s", Value: took[len(took)*95/100], N: len(took)}), nil
}

func readToolChoices(name string) ([]toolChoice, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []toolChoice
	for i, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		var x toolChoice
		if err := json.Unmarshal([]byte(line), &x); err != nil || x.Text == "" || len(x.Want) == 0 {
			return nil, fmt.Errorf(`%s:%d: each line is {"text":..., "want":[tools or "none"], "locale":"en" or "zh"}: %q`, name, i+1, line)
		}
		out = append(out, x)
	}
	return out, nil
}

// A choiceBench is the demo shop with one model, whose tools are only noted.
type choiceBench struct {
	app   *app
	model *choosing
	made  []llm.Call // that the agent let through
}

func newChoiceBench(ctx context.Context, model string) (*choiceBench, error) {
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		return nil, err
	}
	c, err := catalog.New(sh.Shop, catalog.Options{})
	if err != nil {
		return nil, err
	}
	list, _, err := models(ctx, model, ollama.Auto, c.Vocabulary())
	if err != nil {
		return nil, err
	}
	b := &choiceBench{model: &choosing{Model: list[0].Model}}
	log := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Config{Log: log})
	if err != nil {
		return nil, err
	}
	b.app, _, err = newApp(ctx, appConfig{
		Shop: sh, Catalog: c, Store: st, Models: []agent.Named{{Name: list[0].Name, Model: b.model}}, Toolset: b.noted, Now: time.Now, Log: log,
		Budget: agent.Budget{Time: 5 * time.Minute},
	})
	if err != nil {
		st.Close()
	}
	return b, err
}

// noted are the tools as they are, with what they are called with kept. Reads
// run; what would change something does not.
func (b *choiceBench) noted(tools llm.Toolset) llm.Toolset {
	return func(c llm.Customer) []llm.Tool {
		list := tools(c)
		for i, t := range list {
			note := func(in llm.Invocation) { b.made = append(b.made, llm.Call{Name: t.Name, Args: in.Args}) }
			list[i].Call = func(ctx context.Context, in llm.Invocation) (*llm.Output, error) {
				note(in)
				if t.Effect != llm.Read {
					return &llm.Output{Content: json.RawMessage(`{}`)}, nil
				}
				return t.Call(ctx, in)
			}
			if t.Preview != nil {
				list[i].Preview = func(ctx context.Context, in llm.Invocation) (*llm.Preview, error) {
					note(in)
					return t.Preview(ctx, in)
				}
			}
		}
		return list
	}
}

// A choice is what became of one message: the first tool called, or "none".
type choice struct {
	tool    string
	through []llm.Call
	took    time.Duration // until the model had chosen
	meaning string
	sure    float64
}

// shopper is who asks.
var shopper = llm.Customer{ID: "C1007", Name: "Jordan Lee", Authenticated: true}

func (b *choiceBench) ask(ctx context.Context, id string, x toolChoice) (choice, error) {
	b.made, b.model.first, b.model.meaning, b.model.took, b.model.sure = nil, "", "", 0, 0
	turn := agent.Turn{ID: id, Customer: shopper, Locale: x.Locale, Text: x.Text, Now: time.Now()}
	for _, err := range b.app.Agent.Reply(ctx, turn) {
		if err != nil {
			return choice{}, err
		}
	}
	out := choice{tool: b.model.first, through: b.made, took: b.model.took, meaning: b.model.meaning, sure: b.model.sure}
	if len(b.made) > 0 {
		out.tool = b.made[0].Name
	}
	return out, nil
}

// choosing passes a model's choice on and leaves out the wording: text counts as
// no tool with its first piece, and after a result there is nothing to choose. A
// call that the agent sends back goes to the model again.
type choosing struct {
	llm.Model
	first   string // tool it chose first, or "none"
	sure    float64
	meaning string
	took    time.Duration
}

// Stream is the model's answer up to its choice.
func (m *choosing) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		end := func() {
			if yield(llm.Chunk{Text: "Well."}, nil) {
				yield(llm.Chunk{Stop: llm.StopEnd}, nil)
			}
		}
		if m.first == "none" || sawResult(r.Messages) {
			end()
			return
		}
		begun := time.Now()
		for c, err := range m.Model.Stream(ctx, r) {
			if c.Meaning != "" {
				m.meaning = c.Meaning
			}
			m.sure = max(m.sure, c.Confidence)
			chose := ""
			switch {
			case c.Call != nil:
				chose = c.Call.Name
			case c.Text != "", c.Stop == llm.StopEnd, c.Stop == llm.StopLength:
				chose = "none"
			}
			if chose != "" && m.took == 0 {
				m.took = time.Since(begun)
			}
			if chose != "" && m.first == "" {
				m.first = chose
			}
			if chose == "none" {
				end()
				return
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// sawResult says that the last thing in a history is a tool's own answer, not a
// call that was sent back.
func sawResult(messages []llm.Message) bool {
	last := messages[len(messages)-1]
	return last.Role == llm.ToolRole && slices.ContainsFunc(last.Parts, func(p llm.Part) bool { return p.Result != nil && !p.Result.Failed })
}

// shareOf is the share that holds with its 95% interval (Wilson 1927), which
// stays within 0 and 1 where the share is near them.
func shareOf(metric string, list []bool) measure.Figure {
	n, k := float64(len(list)), 0.0
	for _, ok := range list {
		if ok {
			k++
		}
	}
	const z = 1.96
	p := k / n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return measure.Figure{Metric: metric, Value: p, Low: (middle - half) / (1 + z*z/n), High: (middle + half) / (1 + z*z/n), N: len(list)}
}
