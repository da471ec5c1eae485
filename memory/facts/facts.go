// Package facts reads what customers state about themselves out of their own
// words: sizes, allergies, tastes, whom they shop for. It works by rules in data
// files, English and Chinese, knows no shop, and keeps nothing: what is read is a
// [Statement], and whether it becomes a kept fact is for package memory and the
// customer's consent. Start with [Default], then [Reader.Read].
package facts

import (
	"cmp"
	"embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

// A Statement is one thing a customer stated.
type Statement struct {
	Kind     string `json:"kind"`              // size, allergy, taste, fit, household, activity, budget, gift, other
	Of       string `json:"of,omitempty"`      // what part of a kind: shoes, trousers, clothes; diet; feet, height
	Value    string `json:"value"`             // in one form: M, EU 42, wool
	Against  bool   `json:"against,omitempty"` // of a taste: it is not wanted
	For      string `json:"for,omitempty"`     // whom it is about, as daughter; "" for the customer
	Quote    string `json:"quote"`             // the customer's sentence, literally
	Back     bool   `json:"back,omitempty"`    // it takes back what was said before
	Explicit bool   `json:"explicit,omitempty"`
	Quiet    bool   `json:"quiet,omitempty"` // not worth asking for by itself
	from, to int    // the clause that states it, in the message
}

// Same says that two statements are about one thing, so that the newer one takes
// the older one's place.
func (s Statement) Same(o Statement) bool {
	if s.Kind != o.Kind || s.For != o.For {
		return false
	}
	switch s.Kind {
	case "size":
		return cmp.Or(s.Of, "clothes") == cmp.Or(o.Of, "clothes")
	case "fit", "budget":
		return s.Of == o.Of
	case "household":
		return s.Of == "age" && o.Of == "age" || strings.EqualFold(s.Value, o.Value)
	}
	return strings.EqualFold(s.Value, o.Value)
}

// Default is the reader of the rules in the binary. They are read once.
var Default = sync.OnceValues(func() (*Reader, error) {
	rules, err := files.ReadFile("rules.yaml")
	if err != nil {
		return nil, err
	}
	words, err := files.ReadFile("words.yaml")
	if err != nil {
		return nil, err
	}
	return Open(rules, words)
})

//go:embed *.yaml
var files embed.FS

// A Reader reads statements. It is safe for concurrent use.
type Reader struct {
	lead          *regexp.Regexp
	rules         []rule
	unless        []*regexp.Regexp
	jokes, never  *regexp.Regexp
	explicit      []*regexp.Regexp
	explicitNever *regexp.Regexp
	that          *regexp.Regexp
	stop, allow   *regexp.Regexp
	refused       []refusal
	people        []person
	anyone        *regexp.Regexp
	others, me    *regexp.Regexp
	things        []thing
	kinds         []kindWords
	say           map[string]map[string]string
	mu            sync.Mutex
	read          map[string][]Statement // of the latest messages: each is read for a plan, for its words, and a turn later
}

type rule struct {
	Kind, Of             string
	Against, Back, Quiet bool
	OfPerson             bool `yaml:"of_person"` // it says something of another person only
	EN, ZH               []string
	en, zh               []*regexp.Regexp
}

type refusal struct {
	why string
	re  *regexp.Regexp
}

type rulesFile struct {
	Parts         map[string]string
	Unless        []string
	Jokes         string
	NeverValues   string `yaml:"never_values"`
	Rules         []rule
	Explicit      []string
	ExplicitNever string `yaml:"explicit_never"`
	That          string
	Stop, Allow   string
	Refused       []struct{ Why, Any string }
}

// Open reads the rules and the words of facts.
func Open(rules, words []byte) (*Reader, error) {
	var f rulesFile
	if err := yaml.UnmarshalWithOptions(rules, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("memory/facts/rules.yaml: %w", err)
	}
	c := compiler{file: "rules.yaml", parts: f.Parts}
	lead := c.compile("lead", "^{lead}{zlead}")
	f.Parts["lead"], f.Parts["zlead"] = "", "" // it is taken off once, before any rule looks
	r := &Reader{
		lead:  lead,
		jokes: c.compile("jokes", f.Jokes), never: c.compile("never_values", f.NeverValues), explicitNever: c.compile("explicit_never", f.ExplicitNever),
		that: c.compile("that", f.That), stop: c.compile("stop", f.Stop), allow: c.compile("allow", f.Allow),
	}
	for _, x := range f.Unless {
		r.unless = append(r.unless, c.compile("unless", x))
	}
	for _, x := range f.Explicit {
		r.explicit = append(r.explicit, c.compile("explicit", x))
	}
	for _, x := range f.Rules {
		for _, p := range x.EN {
			x.en = append(x.en, c.compile(x.Kind, p))
		}
		for _, p := range x.ZH {
			x.zh = append(x.zh, c.compile(x.Kind, p))
		}
		r.rules = append(r.rules, x)
	}
	for _, x := range f.Refused {
		r.refused = append(r.refused, refusal{x.Why, c.compile("refused", x.Any)})
	}
	if c.err != nil {
		return nil, c.err
	}
	return r, r.words(words)
}

// A compiler puts the parts into patterns and keeps the first that is wrong.
type compiler struct {
	file  string
	parts map[string]string
	err   error
}

var part = regexp.MustCompile(`\{([a-z]+)\}`)

func (c *compiler) compile(where, pattern string) *regexp.Regexp {
	for range 3 { // a part may be made of parts
		pattern = part.ReplaceAllStringFunc(pattern, func(s string) string {
			if p, ok := c.parts[s[1:len(s)-1]]; ok {
				return p
			}
			if c.err == nil {
				c.err = fmt.Errorf("memory/facts/%s: %s: there is no part %s", c.file, where, s)
			}
			return s
		})
	}
	re, err := regexp.Compile(pattern)
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("memory/facts/%s: %s: %w", c.file, where, err)
	}
	return re
}
