package mcp

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"parley/agent/llm"
)

//go:embed phrases.yaml
var phrasesFile []byte

// phrases are sentences by key, then by language.
type phrases map[string]map[string]string

func loadPhrases() (phrases, error) {
	var p phrases
	if err := yaml.UnmarshalWithOptions(phrasesFile, &p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/mcp/phrases.yaml: %w", err)
	}
	for key, by := range p {
		if by["en"] == "" || by["zh"] == "" {
			return nil, fmt.Errorf("tools/mcp/phrases.yaml: %s wants both en and zh", key)
		}
	}
	return p, nil
}

// say fills a sentence; what is filled in is not read again.
func (p phrases) say(locale, key string, args ...string) string {
	lang, _, _ := strings.Cut(locale, "-")
	text, ok := p[key][lang]
	if !ok {
		text = p[key]["en"]
	}
	return strings.NewReplacer(args...).Replace(text)
}

// The longest arguments that a question states, in characters. What cannot be
// stated whole is not asked.
const mostAsked = 600

// ask states what a tool would do: its title, whose it is, and the exact
// arguments.
func (o *Outside) ask(d *definition, server, locale string, args map[string]any) (*llm.Preview, *llm.ToolError) {
	stated, err := state(args)
	if err != nil {
		return nil, llm.Errorf("bad_argument", "the customer cannot be asked: %v", err)
	}
	key := "ask"
	if stated == "" {
		key = "ask.bare"
	}
	fill := []string{"{title}", d.title, "{args}", stated, "{tool}", d.name}
	return &llm.Preview{
		Question: o.phrases.say(locale, key, fill...),
		Yes:      o.phrases.say(locale, "yes", fill...), No: o.phrases.say(locale, "no", fill...),
		Facts: map[string]any{"server": server, "tool": d.name, "title": d.title, "arguments": args},
	}, nil
}

// state writes arguments as name: value, in the order of their names, each value
// as JSON, so that two that differ never read alike.
func state(args map[string]any) (string, error) {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(args)) {
		if i > 0 {
			b.WriteString(", ")
		}
		var v bytes.Buffer
		enc := json.NewEncoder(&v)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(args[name]); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s: %s", name, bytes.TrimSpace(v.Bytes()))
	}
	text := b.String()
	switch {
	case len([]rune(text)) > mostAsked:
		return "", fmt.Errorf("the arguments are too long to be stated (%d characters; %d can be)", len([]rune(text)), mostAsked)
	case strings.ContainsFunc(text, unseen) || strings.ContainsAny(text, "\n\t"):
		return "", fmt.Errorf("the arguments hold characters that cannot be seen")
	}
	return text, nil
}

// asked remembers what the tools were when the customer was asked about them, so
// that a yes to one is no yes to another that took its name meanwhile.
type asked struct {
	mu    sync.Mutex
	print map[[32]byte]string
	order [][32]byte
}

// How many questions are remembered. One that is forgotten, or was asked before
// a restart, stands for what the configuration trusts: the name.
const mostQuestions = 2000

func question(d *definition, who llm.Customer, args map[string]any) [32]byte {
	b, err := json.Marshal([]any{who.ID, who.Conversation, d.name, args})
	if err != nil { // of values that were JSON
		panic(err)
	}
	return sha256.Sum256(b)
}

// note remembers a question, if it is not remembered already: the agent looks
// once more at what it asks when the yes comes.
func (a *asked) note(d *definition, who llm.Customer, args map[string]any) {
	q := question(d, who, args)
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.print[q]; ok {
		return
	}
	if a.print == nil {
		a.print = map[[32]byte]string{}
	}
	a.print[q] = d.print
	if a.order = append(a.order, q); len(a.order) > mostQuestions {
		delete(a.print, a.order[0])
		a.order = a.order[1:]
	}
}

// changed says that a tool is another than when it was asked about, and forgets
// the question, which is answered now.
func (a *asked) changed(d *definition, who llm.Customer, args map[string]any) bool {
	q := question(d, who, args)
	a.mu.Lock()
	defer a.mu.Unlock()
	print, ok := a.print[q]
	delete(a.print, q)
	a.order = slices.DeleteFunc(a.order, func(x [32]byte) bool { return x == q })
	return ok && print != d.print
}
