package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// settings are what serve, chat and config share. Defaults, then parley.yaml,
// then PARLEY_*, then flags.
type settings struct {
	Shop     string `default:"demo" env:"PARLEY_SHOP" placeholder:"demo|DIR|FEED" help:"The shop: demo, a folder with products, or a product feed (XML, TSV, CSV, JSONL)."`
	Data     string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Where conversations are kept."`
	Nats     string `env:"PARLEY_NATS" placeholder:"URL" help:"Keep them in this NATS cluster instead."`
	Replicas int    `default:"1" env:"PARLEY_REPLICAS" help:"Copies of each stream, with --nats."`
	Model    string `default:"auto" env:"PARLEY_MODEL" placeholder:"NAME,..." help:"Models in order of use: builtin, ollama:NAME. auto takes a reachable Ollama, then builtin."`
	Tools    string `name:"ollama-tools" default:"auto" env:"PARLEY_OLLAMA_TOOLS" enum:"auto,native,structured" help:"How Ollama models call tools: native, structured, or auto (found out by a question)."`
	LogLevel string `default:"warn" env:"PARLEY_LOG_LEVEL" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
}

// loadYAML reads parley.yaml for kong: keys are flag names, with - or _.
func loadYAML(r io.Reader) (kong.Resolver, error) {
	var values map[string]any
	if err := yaml.NewDecoder(r).Decode(&values); err != nil && err != io.EOF {
		return nil, fmt.Errorf("parley.yaml: %w", err)
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		for _, name := range []string{f.Name, strings.ReplaceAll(f.Name, "-", "_")} {
			if v, ok := values[name]; ok {
				return v, nil
			}
		}
		return nil, nil
	}), nil
}

type configCmd struct {
	settings
}

// Run prints each setting with its value and where it came from.
func (c *configCmd) Run(k *kong.Context) error {
	file := map[string]any{}
	if b, err := os.ReadFile("parley.yaml"); err == nil {
		if err := yaml.Unmarshal(b, &file); err != nil {
			return fmt.Errorf("parley.yaml: %w", err)
		}
	}
	typed := map[string]bool{}
	for _, p := range k.Path {
		if p.Flag != nil && !p.Resolved {
			typed[p.Flag.Name] = true
		}
	}
	for _, f := range k.Selected().Flags {
		from := "default"
		_, inFile := file[f.Name]
		_, inFile2 := file[strings.ReplaceAll(f.Name, "-", "_")]
		switch env := envOf(f); {
		case typed[f.Name]:
			from = "flag --" + f.Name
		case env != "":
			from = "environment " + env
		case inFile || inFile2:
			from = "parley.yaml"
		}
		fmt.Printf("%-13s %-24v %s\n", f.Name, k.FlagValue(f), from)
	}
	return nil
}

// envOf names the environment variable that gives a flag its value, if one does.
func envOf(f *kong.Flag) string {
	for _, name := range f.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name
		}
	}
	return ""
}
