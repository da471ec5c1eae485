package main

import (
	"fmt"
	"os"
	"strings"

	"parley/agent/llm/ollama"
	"parley/memory"
)

// embedderOf is what turns of earlier conversations are compared with by
// meaning: nil for the table in the binary.
func embedderOf(name string) (*memory.Embedder, error) {
	if name == "" || name == "static" {
		return nil, nil
	}
	model, ok := strings.CutPrefix(name, "ollama:")
	if !ok {
		return nil, fmt.Errorf("no embedding is called %q; there are: static, ollama:NAME", name)
	}
	embed, err := ollama.Embedding(os.Getenv("OLLAMA_HOST"), model)
	if err != nil {
		return nil, err
	}
	return &memory.Embedder{Name: name, Embed: embed}, nil
}
