package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/agent/llm/builtin"
	"parley/agent/llm/ollama"
	"parley/tools/catalog"
)

// Before a chain, cascade makes its first model a gate: it answers what it reads
// surely, and the next one the rest.
const cascade = "cascade:"

// models reads --model into a chain that ends in the builtin model, which
// cannot be down. The note says in words what is in use.
func models(ctx context.Context, chain string, tools ollama.Mode, v catalog.Vocabulary) (list []agent.Named, note string, err error) {
	words, err := builtinVocabulary(v)
	if err != nil {
		return nil, "", err
	}
	b, err := builtin.New(builtin.Config{Vocabulary: words})
	if err != nil {
		return nil, "", fmt.Errorf("load the builtin model: %w", err)
	}
	last := agent.Named{Name: "builtin", Model: b, Free: true}
	if chain == "" || chain == "auto" {
		return autoModel(ctx, modelNeeds{tools, last})
	}
	needs := modelNeeds{tools, last}
	var told []string
	chain, gated := strings.CutPrefix(chain, cascade)
	for _, name := range strings.Split(chain, ",") {
		name = strings.TrimSpace(name)
		m, err := modelOf(name, needs)
		if err != nil {
			return nil, "", err
		}
		list, told = append(list, m), append(told, m.Name)
	}
	if gated && len(list) < 2 {
		return nil, "", fmt.Errorf("model %s%s: a cascade wants two models or more, as in %sbuiltin,ollama:qwen3:4b", cascade, chain, cascade)
	}
	if gated {
		list[0].Sure = surely
		told[0] += fmt.Sprintf(" where it is %.2f sure", surely)
	}
	if list[len(list)-1].Name != "builtin" {
		list, told = append(list, last), append(told, "builtin behind it")
	}
	return list, strings.Join(told, ", "), nil
}

// autoModel takes an Ollama that answers and has a usable model.
func autoModel(ctx context.Context, n modelNeeds) ([]agent.Named, string, error) {
	probe, cancel := context.WithTimeout(ctx, 800*time.Millisecond)
	defer cancel()
	info, err := ollama.Discover(probe, os.Getenv("OLLAMA_HOST"))
	if err != nil {
		return []agent.Named{n.builtin}, "builtin (no Ollama answers at " + ollama.Host(os.Getenv("OLLAMA_HOST")) + ")", nil
	}
	if info.Best == "" {
		return []agent.Named{n.builtin}, "builtin (Ollama has no usable model; `ollama pull qwen3:4b` gives one)", nil
	}
	m, err := modelOf("ollama:"+info.Best, n)
	if err != nil {
		return nil, "", err
	}
	return []agent.Named{m, n.builtin}, m.Name + ", builtin behind it", nil
}

// probe finds out at start how each Ollama model calls tools, and has it read
// what stands before every message, so that the first shopper does not wait for
// it. It returns when that is done or ctx ends.
func probe(ctx context.Context, list []agent.Named, tools []llm.Tool, log *slog.Logger) {
	for _, m := range list {
		o, ok := m.Model.(*ollama.Model)
		if !ok {
			continue
		}
		mode, err := o.Probe(ctx)
		if err != nil {
			log.Warn("serve: how the model calls tools is not known yet; asked again with the first message", "model", m.Name, "error", err)
			continue
		}
		log.Info("serve: the model calls tools", "model", m.Name, "mode", string(mode))
		if err := o.Warm(ctx, convert(tools, func(t llm.Tool) llm.Spec { return t.Spec })); err != nil {
			log.Warn("serve: the model has not read its tools yet; it does with the first message", "model", m.Name, "error", err)
		}
	}
}

// builtinVocabulary hands the catalogue's own words to the builtin model, and
// what things are called in general.
func builtinVocabulary(v catalog.Vocabulary) (builtin.Vocabulary, error) {
	things, err := catalog.Things()
	if err != nil {
		return builtin.Vocabulary{}, err
	}
	features, err := catalog.Features()
	return builtin.Vocabulary{
		Categories: convert(v.Categories, builtinTerm), Colors: convert(v.Colors, builtinTerm), Sizes: convert(v.Sizes, builtinTerm),
		Brands: convert(v.Brands, builtinTerm), Products: convert(v.Products, builtinTerm), Attributes: convert(v.Attributes, builtinTerm),
		Things: convert(things, builtinTerm), Features: convert(features, builtinTerm), Guides: convert(v.Guides, builtinTerm),
	}, err
}

func builtinTerm(t catalog.Term) builtin.Term { return builtin.Term{ID: t.ID, Names: t.Names} }
