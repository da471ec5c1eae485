package main

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"parley/agent/llm"
	"parley/agent/llm/anthropic"
	"parley/agent/llm/ollama"
	"parley/agent/llm/openai"
)

// modelNeeds is what some kinds of models are made from beside their name.
type modelNeeds struct {
	tools   ollama.Mode
	builtin llm.Model
}

// A modelKind is one sort of model that --model can name, as KIND:NAME.
type modelKind struct {
	kind string
	form string // for messages
	make func(name string, n modelNeeds) (llm.Model, error)
}

var modelKinds = []modelKind{
	{"builtin", "builtin", func(_ string, n modelNeeds) (llm.Model, error) { return n.builtin, nil }},
	{"ollama", "ollama:NAME", func(name string, n modelNeeds) (llm.Model, error) {
		return ollama.New(ollama.Config{Host: os.Getenv("OLLAMA_HOST"), Model: name, Tools: n.tools})
	}},
	{"openai", "openai:NAME or openai:NAME@URL", func(name string, _ modelNeeds) (llm.Model, error) {
		at, err := placed(name, "OPENAI")
		if err != nil {
			return nil, err
		}
		return openai.New(openai.Config{Model: at.model, URL: at.url, Key: os.Getenv(at.keyEnv), KeyEnv: at.keyEnv, Context: at.context})
	}},
	{"anthropic", "anthropic:NAME", func(name string, _ modelNeeds) (llm.Model, error) {
		at, err := placed(name, "ANTHROPIC")
		if err != nil {
			return nil, err
		}
		return anthropic.New(anthropic.Config{Model: at.model, URL: at.url, Key: os.Getenv(at.keyEnv), KeyEnv: at.keyEnv, Context: at.context})
	}},
}

// modelOf makes the model that one name of a chain stands for.
func modelOf(name string, n modelNeeds) (llm.Model, error) {
	kind, rest, _ := strings.Cut(name, ":")
	forms := []string{"auto"}
	for _, k := range modelKinds {
		if k.kind == kind {
			m, err := k.make(rest, n)
			if err != nil {
				return nil, fmt.Errorf("model %s: %w", publicName(name), err)
			}
			return m, nil
		}
		forms = append(forms, k.form)
	}
	return nil, fmt.Errorf("no model is called %q; there are: %s", publicName(name), strings.Join(forms, ", "))
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
