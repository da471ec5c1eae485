package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"parley/channels/script"
)

// settings are what serve, chat and config share. Defaults, then parley.yaml,
// then PARLEY_*, then flags.
type settings struct {
	Shop string `default:"demo" env:"PARLEY_SHOP" placeholder:"demo|DIR|FEED" help:"The shop: demo, a folder with products, or a product feed (XML, TSV, CSV, JSONL)."`
	Data string `default:"parley-data" env:"PARLEY_DATA_DIR" placeholder:"DIR" help:"Where conversations are kept."`
	natsSettings
	Model string `default:"auto" env:"PARLEY_MODEL" placeholder:"NAME,..." help:"Models in order of use: builtin, ollama:NAME, openai:NAME[@URL], anthropic:NAME. auto takes a reachable Ollama, then builtin. cascade: before the list lets the first answer what it reads surely, and the next one the rest."`
	Tools string `name:"ollama-tools" default:"auto" env:"PARLEY_OLLAMA_TOOLS" enum:"auto,native,structured" help:"How Ollama models call tools: native, structured, or auto (found out by a question)."`
	Embed string `default:"static" env:"PARLEY_EMBED" placeholder:"NAME" help:"What earlier conversations are compared with by meaning: static (the table in the binary) or ollama:NAME, an embedding model; while that does not answer, the table."`
	keyring
	Backups  string `env:"PARLEY_BACKUPS" placeholder:"DIR" help:"Folder that parley backup writes to: erasing a customer makes what those backups hold of them unreadable too."`
	Daily    int    `name:"daily-tokens" default:"200000" env:"PARLEY_DAILY_TOKENS" placeholder:"N" help:"Tokens that models may use in a day for one customer or visitor; over it the builtin model answers. 0: no bound."`
	DailyAll int    `name:"daily-tokens-shop" default:"0" env:"PARLEY_DAILY_TOKENS_SHOP" placeholder:"N" help:"The same for all together. 0: no bound."`
	LogLevel string `default:"warn" env:"PARLEY_LOG_LEVEL" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	limits
	outsideSettings
	orderSettings
	retentionSettings
}

// serving is what serve alone has beside the settings.
type serving struct {
	Addr    string   `default:"127.0.0.1:8787" env:"PARLEY_ADDR" help:"Address to listen on."`
	Origins []string `env:"PARLEY_ORIGINS" placeholder:"URL" help:"Origins of shop pages that may embed the chat, beside this server's own."`
	KeyFile string   `name:"customer-key-file" env:"PARLEY_CUSTOMER_KEY_FILE" placeholder:"FILE" help:"Key that the shop signs customer tokens with: a secret (HS256), or a public key as PEM (EdDSA). A secret is made in the data folder when not given."`

	SlackApp     string `env:"SLACK_APP_TOKEN" hidden:""`
	SlackBot     string `env:"SLACK_BOT_TOKEN" hidden:""`
	SlackChannel string `env:"SLACK_CHANNEL" placeholder:"CHANNEL" default:"support" help:"Support channel, with SLACK_APP_TOKEN and SLACK_BOT_TOKEN in the environment."`
}

const settingsFile = "parley.yaml"

// A settingsYAML is parley.yaml for kong: keys are flag names, with - or _.
type settingsYAML struct {
	values map[string]any
	places map[string]string // "line:column" of each key
}

func loadYAML(r io.Reader) (kong.Resolver, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", settingsFile, err)
	}
	s := &settingsYAML{places: map[string]string{}}
	if err := yaml.Unmarshal(b, &s.values); err != nil {
		return nil, fmt.Errorf("it cannot be read; it wants one setting a line, as in `shop: demo`: %w", err)
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return nil, err
	}
	for _, doc := range file.Docs {
		if m, ok := doc.Body.(ast.MapNode); ok {
			for i := m.MapRange(); i.Next(); {
				at := i.Key().GetToken().Position
				s.places[i.Key().String()] = fmt.Sprintf("%d:%d", at.Line, at.Column)
			}
		}
	}
	return s, nil
}

// of gives a flag's value in the file.
func (s *settingsYAML) of(f *kong.Flag) (key string, value any, ok bool) {
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		for _, key := range []string{name, strings.ReplaceAll(name, "-", "_")} {
			if v, ok := s.values[key]; ok {
				return key, v, true
			}
		}
	}
	return "", nil, false
}

// Resolve gives what the file says, unless the environment says otherwise.
func (s *settingsYAML) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	key, v, ok := s.of(f)
	if !ok || envOf(f) != "" {
		return nil, nil
	}
	if f.Hidden { // a secret
		return nil, fmt.Errorf("%s:%s: %s is a secret: give it in the environment as %s, not in a file", settingsFile, s.places[key], key, strings.Join(f.Envs, " or "))
	}
	return v, nil
}

// Validate refuses a key that is no setting of any command, so that one that is
// misspelt is not ignored.
func (s *settingsYAML) Validate(app *kong.Application) error {
	var known []string
	for _, command := range app.Leaves(false) {
		for _, f := range command.Flags {
			if len(f.Envs) > 0 && !f.Hidden {
				known = append(append(known, f.Name), f.Aliases...)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if !slices.Contains(known, strings.ReplaceAll(key, "_", "-")) {
			return fmt.Errorf("%s:%s: there is no setting %q%s", settingsFile, s.places[key], key, script.Meant(key, known))
		}
	}
	return nil
}

type configCmd struct {
	settings
	serving
	offering
}

// Run prints each setting with its value and where it came from.
func (c *configCmd) Run(k *kong.Context) error {
	file := &settingsYAML{}
	if b, err := os.ReadFile(settingsFile); err == nil {
		if err := yaml.Unmarshal(b, &file.values); err != nil {
			return fmt.Errorf("%s: %w", settingsFile, err)
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
		_, _, inFile := file.of(f)
		switch env := envOf(f); {
		case typed[f.Name]:
			from = "flag --" + f.Name
		case env != "":
			from = "environment " + env
		case inFile:
			from = settingsFile
		}
		value := fmt.Sprint(k.FlagValue(f))
		if list, ok := k.FlagValue(f).([]string); ok {
			value = strings.Join(list, ",")
		}
		value = strings.ReplaceAll(value, "\n", ", ")
		if f.Name == "nats" && value != "" {
			value = c.told()
		}
		if f.Hidden && value != "" {
			value = "(secret, set)"
		}
		fmt.Printf("%-13s %-24s %s\n", f.Name, value, from)
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
