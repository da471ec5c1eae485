package tools

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed phrases.yaml
var phrasesFile []byte

// phrases are sentences by key, then by language.
type phrases map[string]map[string]string

func loadPhrases() (phrases, error) {
	var p phrases
	if err := yaml.UnmarshalWithOptions(phrasesFile, &p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/phrases.yaml: %w", err)
	}
	for key, by := range p {
		if by["en"] == "" || by["zh"] == "" {
			return nil, fmt.Errorf("tools/phrases.yaml: %s wants both en and zh", key)
		}
	}
	return p, nil
}

// say fills a sentence: args are name, value pairs for its {name} places.
func (p phrases) say(locale, key string, args ...any) string {
	lang, _, _ := strings.Cut(locale, "-")
	text, ok := p[key][lang]
	if !ok {
		text = p[key]["en"]
	}
	for k := 0; k+1 < len(args); k += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(args[k])+"}", fmt.Sprint(args[k+1]))
	}
	return text
}
