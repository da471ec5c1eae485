package agent

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

//go:embed phrases.yaml
var phrasesFile []byte

type phrases map[string]map[string]string

func loadPhrases() (phrases, error) {
	var p phrases
	if err := yaml.UnmarshalWithOptions(phrasesFile, &p, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("agent/phrases.yaml: %w", err)
	}
	for key, by := range p {
		if by["en"] == "" || by["zh"] == "" {
			return nil, fmt.Errorf("agent/phrases.yaml: %s wants both en and zh", key)
		}
	}
	return p, nil
}

func (p phrases) say(locale, key string) string {
	lang, _, _ := strings.Cut(locale, "-")
	if t, ok := p[key][lang]; ok {
		return t
	}
	return p[key]["en"]
}

// An answer to a question is read by code, never by a model.
type answer int

const (
	neither answer = iota
	yes
	no
)

// read says whether words are a plain yes or a plain no. Anything that says
// more than that is neither.
func (p phrases) read(text string) answer {
	t := strings.ToLower(strings.ReplaceAll(text, "’", "'"))
	t = strings.Join(strings.FieldsFunc(t, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '\'' || unicode.IsSymbol(r)
	}), " ")
	for _, lang := range []string{"en", "zh"} {
		if lang == "zh" {
			t = strings.ReplaceAll(t, " ", "")
		}
		if slices.Contains(strings.Split(p["yes_words"][lang], "|"), t) {
			return yes
		}
		if slices.Contains(strings.Split(p["no_words"][lang], "|"), t) {
			return no
		}
	}
	return neither
}

var english = regexp.MustCompile(`(?i)\b(the|a|an|is|are|do|does|how|what|which|where|when|why|who|can|could|i|i'm|my|me|you|your|and|or|for|in|with|please|thanks|thank|hi|hello|hey|yes|no|bye|any|more|show|find|need|want|cheaper|order|help|ok|okay)\b`)

// languageOf is the language of the shopper's words, or of the interface when
// the words tell none.
func languageOf(text, locale string) string {
	han, latin := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	switch {
	case han > 0 && han*4 >= latin, han > 1 && !english.MatchString(text): // a Chinese sentence about things with long Latin names
		return "zh"
	case latin >= 3 && (locale == "" || locale == "en" || len(strings.Fields(text)) > 2 || english.MatchString(text)):
		return "en" // one or two words may be a name in a talk of another language
	case locale != "":
		return locale
	}
	return "en"
}
