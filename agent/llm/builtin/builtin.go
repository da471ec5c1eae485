// Package builtin is a model that needs no server. It reads a message by a
// trained classifier of intents and the catalogue's own vocabulary, calls the
// same tools as any model, and writes its replies from results and phrase files,
// in English and Chinese. It never says what no result carries. Start with
// [New], then read.go (what was meant), plan.go (what to call) and compose.go
// (what to say).
package builtin

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"parley/agent/llm"
	"parley/memory/facts"
	"parley/tools/classify/intent"
)

//go:embed *.yaml
var files embed.FS

// A Config hands the model its vocabulary.
type Config struct{ Vocabulary Vocabulary }

type model struct {
	intents   *intent.Reader
	readings  readings
	rules     []rule
	parts     []policyPart
	gates     map[string]*regexp.Regexp // words without which a reading is not taken
	topics    []topic
	phrases   phrases
	languages []tongue
	measures  []measure
	words     vocabulary
	facts     *facts.Reader
}

// A rule reads an intent that must not be missed, whatever the classifier says.
type rule struct {
	intent string
	re     *regexp.Regexp
}

// A topic is what is asked about a product.
type topic struct {
	name  string
	ask   *regexp.Regexp
	names []string
	words []string
}

// A tongue is a language that is recognised and not spoken.
type tongue struct {
	re  *regexp.Regexp
	say string
}

// A policyPart is a sentence of a policy: how it is asked for, and by what it is
// known.
type policyPart struct {
	ask, take *regexp.Regexp
	only      bool // nothing else answers what is asked so
}

// New reads the phrase files and the vocabulary.
func New(cfg Config) (llm.Model, error) {
	m := &model{words: newVocabulary(cfg.Vocabulary)}
	var err error
	if m.intents, err = intent.New(); err != nil {
		return nil, err
	}
	if m.facts, err = facts.Default(); err != nil {
		return nil, err
	}
	var rules, gates []struct{ Intent, Any string }
	var parts []struct {
		Ask, Take string
		Only      bool
	}
	var topics []struct {
		Topic, Ask   string
		Names, Words []string
	}
	var languages []struct{ Language, Any, Say string }
	var measures []struct {
		Key, Ask, Attribute, Sort, Word string
		Least                           bool
	}
	var texts map[string]map[string][]string
	for name, to := range map[string]any{"rules.yaml": &rules, "gates.yaml": &gates, "parts.yaml": &parts, "topics.yaml": &topics, "phrases.yaml": &texts, "languages.yaml": &languages, "measures.yaml": &measures} {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := yaml.UnmarshalWithOptions(b, to, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("agent/llm/builtin/%s: %w", name, err)
		}
	}
	compile := func(file, name, expression string) (re *regexp.Regexp) {
		if err == nil && expression != "" {
			if re, err = regexp.Compile(expression); err != nil {
				err = fmt.Errorf("agent/llm/builtin/%s: %s: %w", file, name, err)
			}
		}
		return re
	}
	for _, r := range rules {
		m.rules = append(m.rules, rule{r.Intent, compile("rules.yaml", r.Intent, r.Any)})
	}
	m.gates = map[string]*regexp.Regexp{}
	for _, g := range gates {
		m.gates[g.Intent] = compile("gates.yaml", g.Intent, g.Any)
	}
	for _, x := range parts {
		m.parts = append(m.parts, policyPart{compile("parts.yaml", x.Ask, x.Ask), compile("parts.yaml", x.Take, x.Take), x.Only})
	}
	for _, t := range topics {
		m.topics = append(m.topics, topic{t.Topic, compile("topics.yaml", t.Topic, t.Ask), t.Names, t.Words})
	}
	for _, l := range languages {
		m.languages = append(m.languages, tongue{compile("languages.yaml", l.Language, l.Any), l.Say})
	}
	for _, x := range measures {
		m.measures = append(m.measures, measure{
			key: x.Key, ask: compile("measures.yaml", x.Key, x.Ask), row: compile("measures.yaml", x.Key, x.Attribute), sort: x.Sort, word: x.Word, least: x.Least,
		})
	}
	if err != nil {
		return nil, err
	}
	m.phrases, err = newPhrases(texts)
	return m, err
}

// Intents names all intents that are read: those of the classifier, and those
// that only rules give.
func Intents() []string {
	r, err := intent.New()
	if err != nil {
		return nil
	}
	out := r.Names()
	for name := range suggesting {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Stream answers at once: calls when something must be looked up, else text.
func (m *model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		t := m.read(r)
		steps := t.plan()
		var text string
		var suggest []string
		if results := t.results(); len(results) > 0 {
			if again := t.again(steps, results); again != nil {
				again.ID = fmt.Sprintf("again%d.1", len(results))
				if yield(llm.Chunk{Call: again}, nil) {
					yield(llm.Chunk{Stop: llm.StopCalls, Confidence: t.confidence, Meaning: t.meaning()}, nil)
				}
				return
			}
			text, suggest = t.compose(steps, results)
		} else {
			text = t.spoken(steps)
			n := 0
			for _, s := range steps {
				if s.call == nil {
					continue
				}
				n++
				s.call.ID = fmt.Sprintf("b%d", n)
				if !yield(llm.Chunk{Call: s.call}, nil) {
					return
				}
			}
			if n > 0 {
				yield(llm.Chunk{Stop: llm.StopCalls, Confidence: t.confidence, Meaning: t.meaning()}, nil)
				return
			}
		}
		for _, piece := range strings.SplitAfter(text, " ") {
			if piece != "" && !yield(llm.Chunk{Text: piece}, nil) {
				return
			}
		}
		yield(llm.Chunk{Stop: llm.StopEnd, Suggest: suggest, Confidence: t.confidence, Meaning: t.meaning()}, nil)
	}
}

func call(name string, args map[string]any) *llm.Call {
	b, err := json.Marshal(args)
	if err != nil {
		panic("builtin: arguments of " + name + ": " + err.Error()) // of strings and numbers only
	}
	return &llm.Call{Name: name, Args: b}
}
