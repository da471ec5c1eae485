// Package builtin is a model that needs no server. It reads a message by
// patterns and the catalogue's own vocabulary, calls the same tools as any
// model, and writes its replies from results and phrase files, in English and
// Chinese. It never says what no result carries. Start with [New], then plan.go
// (what to call) and compose.go (what to say).
package builtin

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"regexp"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"parley/agent/llm"
)

//go:embed *.yaml
var files embed.FS

// A Term is a word of the catalogue with its names by language.
type Term struct {
	ID    string
	Names map[string][]string
}

// A Vocabulary is what a shop's catalogue calls things.
type Vocabulary struct{ Categories, Colors, Sizes, Brands, Products, Attributes []Term }

// A Config hands the model its vocabulary.
type Config struct{ Vocabulary Vocabulary }

type model struct {
	intents []intent
	topics  []topic
	phrases map[string]map[string][]string
	colors  []named
	sizes   []named
	titles  []named
	kinds   []named // categories
}

type intent struct {
	name string
	re   *regexp.Regexp
}

type topic struct {
	name  string
	ask   *regexp.Regexp
	names []string
	words []string
}

// named is a name as it may stand in a message, folded, and what it stands for.
type named struct{ name, id string }

// New reads the phrase files and the vocabulary.
func New(cfg Config) (llm.Model, error) {
	m := &model{}
	var intents []struct{ Intent, Any string }
	var topics []struct {
		Topic, Ask   string
		Names, Words []string
	}
	for name, to := range map[string]any{"intents.yaml": &intents, "topics.yaml": &topics, "phrases.yaml": &m.phrases} {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := yaml.UnmarshalWithOptions(b, to, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("agent/llm/builtin/%s: %w", name, err)
		}
	}
	for _, i := range intents {
		re, err := regexp.Compile(i.Any)
		if err != nil {
			return nil, fmt.Errorf("agent/llm/builtin/intents.yaml: %s: %w", i.Intent, err)
		}
		m.intents = append(m.intents, intent{i.Intent, re})
	}
	for _, t := range topics {
		re, err := regexp.Compile(t.Ask)
		if err != nil {
			return nil, fmt.Errorf("agent/llm/builtin/topics.yaml: %s: %w", t.Topic, err)
		}
		m.topics = append(m.topics, topic{t.Topic, re, t.Names, t.Words})
	}
	for key, by := range m.phrases {
		if len(by["en"]) == 0 || len(by["zh"]) == 0 {
			return nil, fmt.Errorf("agent/llm/builtin/phrases.yaml: %s wants both en and zh", key)
		}
	}
	m.colors, m.sizes = names(cfg.Vocabulary.Colors), names(cfg.Vocabulary.Sizes)
	m.kinds = names(cfg.Vocabulary.Categories)
	m.titles = titleNames(cfg.Vocabulary.Products)
	return m, nil
}

func names(terms []Term) []named {
	var out []named
	for _, t := range terms {
		for _, list := range t.Names {
			for _, n := range list {
				out = append(out, named{strings.ToLower(n), t.ID})
			}
		}
	}
	return longestFirst(out)
}

// titleNames are full titles, and first words that only one title begins with.
func titleNames(products []Term) []named {
	var out []named
	first := map[string]map[string]bool{}
	for _, t := range products {
		for _, list := range t.Names {
			for _, n := range list {
				n = strings.ToLower(n)
				out = append(out, named{n, t.ID})
				for _, head := range heads(n) {
					if first[head] == nil {
						first[head] = map[string]bool{}
					}
					first[head][t.ID] = true
				}
			}
		}
	}
	for head, ids := range first {
		for id := range ids {
			if len(ids) == 1 && len(head) >= 4 && !common[head] {
				out = append(out, named{head, id})
			}
		}
	}
	return longestFirst(out)
}

// heads are the first word of a title and its first two.
func heads(title string) []string {
	w := strings.Fields(title)
	if len(w) < 2 || strings.ContainsFunc(w[0], func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return nil
	}
	return []string{w[0], w[0] + " " + w[1]}
}

// common words begin titles and ordinary sentences alike.
var common = map[string]bool{"kids": true, "women's": true, "men's": true, "trail": true, "rain": true, "light": true, "yoga": true, "camp": true, "double": true, "water": true, "foam": true, "sport": true, "sports": true, "travel": true, "green": true, "black": true, "white": true, "blue": true, "apple": true, "wood": true, "home": true, "mini": true, "running": true, "classic": true, "wool": true, "down": true, "merino": true, "dash": true, "digital": true}

// Stream answers at once: calls when something must be looked up, else text.
func (m *model) Stream(ctx context.Context, r *llm.Request) iter.Seq2[llm.Chunk, error] {
	return func(yield func(llm.Chunk, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(llm.Chunk{}, err)
			return
		}
		t := m.read(r)
		var text string
		var suggest []string
		if results := t.results(); len(results) > 0 {
			text, suggest = t.compose(results)
		} else {
			var calls []llm.Call
			if calls, text = t.plan(); len(calls) > 0 {
				for i := range calls {
					calls[i].ID = fmt.Sprintf("b%d", i+1)
					if !yield(llm.Chunk{Call: &calls[i]}, nil) {
						return
					}
				}
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

// meaning names the intents that were read, for traces.
func (t *turn) meaning() string { return strings.Join(t.intents, ", ") }

// Intents names all intents that are read.
func Intents() []string {
	m, err := New(Config{})
	if err != nil {
		return nil
	}
	var out []string
	for _, i := range m.(*model).intents {
		out = append(out, i.name)
	}
	return out
}

// say picks a variant by the words of the message, so that a conversation
// varies and a replay does not.
func (t *turn) say(key string, args ...any) string {
	list := t.m.phrases[key][t.lang]
	if len(list) == 0 {
		return ""
	}
	h := fnv.New32a()
	h.Write([]byte(t.text))
	fmt.Fprint(h, t.nth)
	text := list[int(h.Sum32())%len(list)]
	for k := 0; k+1 < len(args); k += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(args[k])+"}", fmt.Sprint(args[k+1]))
	}
	return text
}

func call(name string, args map[string]any) llm.Call {
	b, err := json.Marshal(args)
	if err != nil {
		panic("builtin: arguments of " + name + ": " + err.Error()) // of strings and numbers only
	}
	return llm.Call{Name: name, Args: b}
}
