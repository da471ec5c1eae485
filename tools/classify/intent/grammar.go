package intent

import (
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"

	"parley/tools/classify"
)

//go:embed utterances/*.yaml
var files embed.FS

// A block is one intent with its patterns. A pattern is text with (one|of|these|)
// and {slots}.
type block struct {
	Intent, Need string
	EN, ZH       []string
}

// A slot is what may stand in a pattern's place.
type slot struct {
	Mask   string
	EN, ZH []string
}

type grammar struct {
	intents []block
	slots   map[string]slot
}

// load reads the utterance files.
func load() (*grammar, error) {
	g := &grammar{}
	names, err := fs.Glob(files, "utterances/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "/slots.yaml") {
			err = yaml.UnmarshalWithOptions(b, &g.slots, yaml.Strict())
		} else {
			var list []block
			err = yaml.UnmarshalWithOptions(b, &list, yaml.Strict())
			g.intents = append(g.intents, list...)
		}
		if err != nil {
			return nil, fmt.Errorf("tools/classify/intent/%s: %w", name, err)
		}
	}
	return g, nil
}

// check expands each pattern once, to say which is wrong.
func (g *grammar) check() error {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, i := range g.intents {
		for _, p := range slices.Concat(i.EN, i.ZH) {
			if _, err := g.expand(p, "en", false, rng); err != nil {
				return fmt.Errorf("tools/classify/intent: %s: pattern %q: %w", i.Intent, p, err)
			}
		}
	}
	return nil
}

// examples makes up to n messages of each pattern that keep allows (nil: all).
// The same patterns give the same messages.
func (g *grammar) examples(n int, keep func(pattern string) bool) []classify.Example {
	var out []classify.Example
	for _, i := range g.intents {
		for lang, patterns := range map[string][]string{"en": i.EN, "zh": i.ZH} {
			for _, p := range patterns {
				if keep != nil && !keep(p) {
					continue
				}
				h := fnv.New64a()
				h.Write([]byte(i.Intent + lang + p))
				rng := rand.New(rand.NewPCG(h.Sum64(), 7))
				seen := map[string]bool{}
				for range n {
					text, err := g.expand(p, lang, rng.IntN(3) == 0, rng)
					if err != nil {
						panic("intent: a pattern that was checked: " + err.Error())
					}
					if text = rough(text, rng); text != "" && !seen[text] {
						seen[text] = true
						out = append(out, classify.Example{Text: text, Label: i.Intent})
					}
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b classify.Example) int {
		return strings.Compare(a.Label+"\x00"+a.Text, b.Label+"\x00"+b.Text)
	})
	return out
}

// expand makes one message of a pattern.
func (g *grammar) expand(p, lang string, masked bool, rng *rand.Rand) (string, error) {
	var b strings.Builder
	rest, err := g.sequence(&b, p, lang, masked, rng, 0)
	if err != nil {
		return "", err
	}
	if rest != "" {
		return "", fmt.Errorf("what stands after %q belongs to nothing", strings.TrimSuffix(p, rest))
	}
	return strings.Join(strings.Fields(b.String()), " "), nil
}

// sequence writes text up to the end, or to the | or ) of the group it is in,
// and returns what follows.
func (g *grammar) sequence(b *strings.Builder, p, lang string, masked bool, rng *rand.Rand, depth int) (string, error) {
	for p != "" {
		switch c := p[0]; c {
		case '(':
			var choices []string
			rest := p[1:]
			for {
				var one strings.Builder
				var err error
				if rest, err = g.sequence(&one, rest, lang, masked, rng, depth+1); err != nil {
					return "", err
				}
				choices = append(choices, one.String())
				if rest == "" {
					return "", fmt.Errorf("a ( is not closed")
				}
				end := rest[0] == ')'
				rest = rest[1:]
				if end {
					break
				}
			}
			b.WriteString(choices[rng.IntN(len(choices))])
			p = rest
		case '|', ')':
			if depth == 0 {
				return p, nil
			}
			return p, nil
		case '{':
			name, rest, ok := strings.Cut(p[1:], "}")
			s, known := g.slots[name]
			if !ok || !known {
				return "", fmt.Errorf("there is no slot {%s}", name)
			}
			b.WriteString(s.fill(lang, masked, rng))
			p = rest
		case '\\':
			p = p[1:]
			fallthrough
		default:
			n := strings.IndexAny(p[1:], `(|){\`) + 1
			if n == 0 {
				n = len(p)
			}
			b.WriteString(p[:n])
			p = p[n:]
		}
	}
	return "", nil
}

func (s slot) fill(lang string, masked bool, rng *rand.Rand) string {
	list := s.EN
	if lang == "zh" && rng.IntN(12) != 0 { // now and then an English word in a Chinese message
		list = s.ZH
	}
	word := list[rng.IntN(len(list))]
	if masked {
		word = s.Mask
	}
	if lang == "zh" && word[0] < 0x80 {
		return " " + word + " "
	}
	return word
}

// rough writes a message as people type: a slip now and then, no full stop.
func rough(text string, rng *rand.Rand) string {
	text = strings.ToLower(text)
	if rng.IntN(3) == 0 {
		text = strings.TrimRight(text, "?.")
	}
	if rng.IntN(8) != 0 {
		return text
	}
	words := strings.Split(text, " ")
	k := rng.IntN(len(words))
	w := []rune(words[k])
	if len(w) < 5 || w[0] == 'x' || strings.ContainsFunc(words[k], func(r rune) bool { return !unicode.IsLetter(r) || r > unicode.MaxASCII }) {
		return text
	}
	at := 1 + rng.IntN(len(w)-2)
	switch rng.IntN(3) {
	case 0:
		w = slices.Delete(w, at, at+1)
	case 1:
		w[at], w[at-1] = w[at-1], w[at]
	default:
		w = slices.Insert(w, at, w[at])
	}
	words[k] = string(w)
	return strings.Join(words, " ")
}
