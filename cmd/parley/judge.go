package main

import (
	"context"
	"fmt"

	"parley/agent/llm"
	"parley/agent/llm/ollama"
	"parley/tools/catalog"
)

// judgeModel is the live model of --judge, nil when none is named.
func judgeModel(ctx context.Context, name string) (llm.Model, error) {
	switch name {
	case "":
		return nil, nil
	case "builtin", "scripted", "cassette":
		return nil, fmt.Errorf("--judge %s: a question is put to a live model, as ollama:NAME; builtin understands shopping and nothing else", name)
	}
	list, _, err := models(ctx, name, ollama.Auto, catalog.Vocabulary{})
	if err != nil {
		return nil, fmt.Errorf("--judge: %w", err)
	}
	if list[0].Name == "builtin" {
		return nil, fmt.Errorf("--judge %s: no live model answers", name)
	}
	return list[0].Model, nil
}
