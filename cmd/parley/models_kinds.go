package main

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"parley/agent"
	"parley/agent/llm/anthropic"
	"parley/agent/llm/discreet"
	"parley/agent/llm/ollama"
	"parley/agent/llm/openai"
	"parley/memory/redact"
)

// modelNeeds is what some kinds of models are made from beside their name.
type modelNeeds struct {
	tools   ollama.Mode
	builtin agent.Named
}

// A modelKind is one sort of model that --model can name, as KIND:NAME.
type modelKind struct {
	kind string
	form string // for messages
	make func(name string, n modelNeeds) (agent.Named, error)
}

var modelKinds = []modelKind{
	{"builtin", "builtin", func(_ string, n modelNeeds) (agent.Named, error) { return n.builtin, nil }},
	{"ollama", "ollama:NAME", func(name string, n modelNeeds) (agent.Named, error) {
		first, err := readFirst(n.builtin.Model)
		if err != nil {
			return agent.Named{}, err
		}
		m, err := ollama.New(ollama.Config{Host: os.Getenv("OLLAMA_HOST"), Model: name, Tools: n.tools, First: first})
		return agent.Named{Model: m}, err
	}},
	{"openai", "openai:NAME or openai:NAME@URL", func(name string, _ modelNeeds) (agent.Named, error) {
		at, err := placed(name, "OPENAI")
		if err != nil {
			return agent.Named{}, err
		}
		m, err := openai.New(openai.Config{Model: at.model, URL: at.url, Key: os.Getenv(at.keyEnv), KeyEnv: at.keyEnv, Context: at.context})
		return agent.Named{Model: m, History: at.history()}, err
	}},
	{"anthropic", "anthropic:NAME or anthropic:NAME@URL", func(name string, _ modelNeeds) (agent.Named, error) {
		at, err := placed(name, "ANTHROPIC")
		if err != nil {
			return agent.Named{}, err
		}
		m, err := anthropic.New(anthropic.Config{Model: at.model, URL: at.url, Key: os.Getenv(at.keyEnv), KeyEnv: at.keyEnv, Context: at.context})
		return agent.Named{Model: m, History: at.history()}, err
	}},
}

// modelOf makes the model that one name of a chain stands for.
func modelOf(name string, n modelNeeds) (agent.Named, error) {
	kind, rest, _ := strings.Cut(name, ":")
	forms := []string{"auto"}
	for _, k := range modelKinds {
		if k.kind == kind {
			m, err := k.make(rest, n)
			if err != nil {
				return m, fmt.Errorf("model %s: %w", publicName(name), err)
			}
			m.Name = publicName(name)
			return m, nil
		}
		forms = append(forms, k.form)
	}
	return agent.Named{}, fmt.Errorf("no model is called %q; there are: %s", publicName(name), strings.Join(forms, ", "))
}

// discreetly wraps the models of a chain that run on somebody else's machine:
// they are given no way to reach a person, and no card number.
func discreetly(list []agent.Named, p redact.Public) []agent.Named {
	out := slices.Clone(list)
	for i, m := range out {
		if h, ok := m.Model.(interface{ Hosted() bool }); ok && h.Hosted() {
			out[i].Model = discreet.New(m.Model, p)
		}
	}
	return out
}

// publicName is a model's name with no more of its address than the host: the
// rest may hold what is not for a log.
func publicName(name string) string {
	name, address, ok := strings.Cut(name, "@http")
	if u, err := url.Parse("http" + address); ok && err == nil && u.Host != "" {
		return name + "@" + u.Host
	}
	return name
}

// A place is a model with its server, as NAME@URL?context=TOKENS says.
type place struct {
	model, url, keyEnv string
	context            int
}

// history is how much of a conversation the model is given, in bytes: what its
// context leaves beside the prompt, the tools and the answer; the agent sums up
// the rest. 0 means the usual.
func (p place) history() int {
	const (
		bytesPerToken = 3
		beside        = 16_000 // bytes of prompt, tools and answer
		usual         = 24_000
	)
	if left := p.context*bytesPerToken - beside; p.context > 0 && left < usual {
		return max(left, 1000)
	}
	return 0
}

// placed reads a name. The address is the name's own or vendor_BASE_URL, the key
// vendor_API_KEY. A server of the name's own may have a key of its own, in
// vendor_API_KEY_HOST: two servers in one chain should not see each other's.
func placed(name, vendor string) (place, error) {
	name, options, _ := strings.Cut(name, "?")
	p := place{model: name, url: os.Getenv(vendor + "_BASE_URL"), keyEnv: vendor + "_API_KEY"}
	if i := strings.Index(name, "@http"); i >= 0 {
		p.model, p.url = name[:i], name[i+1:]
		if u, err := url.Parse(p.url); err == nil {
			own := p.keyEnv + "_" + strings.Map(func(r rune) rune {
				if r == '.' || r == '-' || r == ':' {
					return '_'
				}
				return r
			}, strings.ToUpper(u.Hostname()))
			if os.Getenv(own) != "" {
				p.keyEnv = own
			}
		}
	}
	if options == "" {
		return p, nil
	}
	key, value, _ := strings.Cut(options, "=")
	tokens, err := strconv.Atoi(value)
	if key != "context" || err != nil || tokens < 2048 {
		return p, fmt.Errorf("after ? there may be context=TOKENS, 2048 or more: %s?context=8192", p.model)
	}
	p.context = tokens
	return p, nil
}
