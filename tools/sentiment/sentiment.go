// Package sentiment reads how a text feels and about what, in English and
// Chinese, by a lexicon kept as data. It judges words, never people. Start with
// [Analyzer].
package sentiment

import (
	_ "embed"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

//go:embed lexicon.yaml
var lexiconFile []byte

// An Analyzer reads texts. It is safe for concurrent use.
type Analyzer struct {
	weight   map[string]float64
	han      []string
	negate   map[string]bool
	stronger map[string]bool
	angry    []*regexp.Regexp
	aspects  map[string][]string
	names    []string
}

// A Reading is what a text says about how its writer feels.
type Reading struct {
	Score      float64  // -1..1
	Label      string   // positive, neutral, negative
	Confidence float64  // 0..1
	Aspects    []string // what it is about
	Need       string   // complaint when negative, else ""
}

// New loads the lexicon.
func New() (*Analyzer, error) {
	var l struct {
		Positive, Negative  map[int][]string
		Negations, Stronger []string
		Angry               []string
		Aspects             map[string][]string
	}
	if err := yaml.UnmarshalWithOptions(lexiconFile, &l, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/sentiment/lexicon.yaml: %w", err)
	}
	a := &Analyzer{weight: map[string]float64{}, negate: map[string]bool{}, stronger: map[string]bool{}, aspects: l.Aspects}
	for sign, by := range map[float64]map[int][]string{1: l.Positive, -1: l.Negative} {
		for n, words := range by {
			for _, w := range words {
				a.weight[w] = sign * float64(n)
				if han(w) {
					a.han = append(a.han, w)
				}
			}
		}
	}
	for to, words := range map[*map[string]bool][]string{&a.negate: l.Negations, &a.stronger: l.Stronger} {
		for _, w := range words {
			(*to)[w] = true
			if han(w) {
				a.han = append(a.han, w)
			}
		}
	}
	for _, p := range l.Angry {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, fmt.Errorf("tools/sentiment/lexicon.yaml: angry: %w", err)
		}
		a.angry = append(a.angry, re)
	}
	for name := range l.Aspects {
		a.names = append(a.names, name)
	}
	slices.Sort(a.names)
	slices.SortFunc(a.han, func(x, y string) int { return len(y) - len(x) })
	return a, nil
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Analyze reads a text. The locale is not needed: both lexicons are tried.
func (a *Analyzer) Analyze(text, _ string) Reading {
	var sum, seen float64
	negated, boost := 0, 1.0
	for _, w := range a.words(text) {
		switch v := a.weight[w]; {
		case v != 0:
			if negated > 0 {
				v *= -.7
			}
			sum += v * boost
			seen++
			negated, boost = 0, 1
		case a.negate[w]:
			negated = 4
		case a.stronger[w]:
			boost = 1.4
		default:
			negated--
		}
	}
	for _, e := range []struct {
		mark string
		v    float64
	}{{"👍", 2}, {"😊", 2}, {"❤", 2}, {"😡", -3}, {"👎", -2}, {"😞", -2}, {"🙄", -2}} {
		sum += e.v * float64(strings.Count(text, e.mark))
	}
	r := Reading{Score: sum / math.Sqrt(sum*sum+9), Label: "neutral", Confidence: math.Min(.95, .5+.15*seen)}
	switch {
	case r.Score >= .2:
		r.Label = "positive"
	case r.Score <= -.2:
		r.Label, r.Need = "negative", "complaint"
	}
	low := strings.ToLower(text)
	for _, name := range a.names {
		if mentions(low, a.aspects[name]) {
			r.Aspects = append(r.Aspects, name)
		}
	}
	return r
}

func (a *Analyzer) words(text string) []string {
	var out []string
	for _, f := range strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(text, "’", "'")), func(r rune) bool {
		return !unicode.IsLetter(r) && r != '\'' && r != '-'
	}) {
		if !han(f) {
			out = append(out, f)
			continue
		}
		for f != "" {
			i := slices.IndexFunc(a.han, func(w string) bool { return strings.HasPrefix(f, w) })
			if i < 0 {
				f = f[len(string([]rune(f)[0])):]
				continue
			}
			out = append(out, a.han[i])
			f = f[len(a.han[i]):]
		}
	}
	return out
}

func mentions(text string, words []string) bool {
	for _, w := range words {
		i := strings.Index(text, w)
		if i < 0 {
			continue
		}
		if han(w) || (i == 0 || !unicode.IsLetter(rune(text[i-1]))) && (i+len(w) == len(text) || !unicode.IsLetter(rune(text[i+len(w)]))) {
			return true
		}
	}
	return false
}

// Angry says whether a text is angry, not only unhappy.
func (a *Analyzer) Angry(text, locale string) bool {
	low := strings.ToLower(text)
	for _, re := range a.angry {
		if re.MatchString(low) {
			return true
		}
	}
	return strings.Count(text, "!")+strings.Count(text, "！") >= 3 && a.Analyze(text, locale).Score < -.2
}

// A Text is a review to sum up.
type Text struct {
	Text, Author string
	Stars        int // 1..5, 0 when not given
}

// An AspectSummary counts what is said about one aspect, with quotes, the
// clearest first.
type AspectSummary struct {
	Aspect             string
	Positive, Negative int
	Quotes             []Text
}

var clause = regexp.MustCompile(`[^.!?。！？;；]+[.!?。！？;；]?`)

// Summarize reads reviews sentence by sentence. A quote is a whole sentence.
func (a *Analyzer) Summarize(reviews []Text) []AspectSummary {
	by := map[string]*AspectSummary{}
	for _, r := range reviews {
		for _, s := range clause.FindAllString(r.Text, -1) {
			s = strings.TrimSpace(s)
			reading := a.Analyze(s, "")
			if reading.Label == "neutral" {
				continue
			}
			for _, name := range reading.Aspects {
				if by[name] == nil {
					by[name] = &AspectSummary{Aspect: name}
				}
				x := by[name]
				stars := 5
				if reading.Label == "positive" {
					x.Positive++
				} else {
					x.Negative++
					stars = 1
				}
				x.Quotes = append(x.Quotes, Text{s, r.Author, stars})
			}
		}
	}
	var out []AspectSummary
	for _, name := range a.names {
		if x := by[name]; x != nil {
			// the prevailing side's quotes first
			slices.SortStableFunc(x.Quotes, func(p, q Text) int {
				if x.Positive > x.Negative {
					return q.Stars - p.Stars
				}
				return p.Stars - q.Stars
			})
			out = append(out, *x)
		}
	}
	slices.SortStableFunc(out, func(x, y AspectSummary) int { return y.Positive + y.Negative - x.Positive - x.Negative })
	return out
}
