package sentiment

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"parley/memory/embed"
)

//go:embed lexicon.yaml
var lexiconFile []byte

// vaderFile is the lexicon of VADER (NOTICE.md): a word, a tab, the mean of ten
// raters from -4 to 4. Words of letters only.
//
//go:embed vader.txt
var vaderFile string

// What a term can be in the grammar of feeling.
type role uint16

const (
	negates  role = 1 << iota
	affirms       // looks like a negation and is none
	absolute      // of negations: leaves nothing
	excess        // too, a bit
	enough
	contrast
	concession
	question
	wish
	sarcasm
	opening // sarcasm if a complaint follows
	irony
)

// The emotions that are read.
const (
	anger = iota
	disappointment
	joy
	urgency
	emotions
)

var emotionNames = [emotions]string{"anger", "disappointment", "joy", "urgency"}

// The layers of the lexicon: in each the longest term that stands in a text is
// taken, apart from the others.
const (
	feeling = iota // values, negations, boosters, excess
	topic          // aspects
	emotion
	mode // contrast, question, wish, sarcasm
	layers
)

// A term is what the lexicon says of a word or several.
type term struct {
	role      role
	value     float32
	boost     float32 // 0 for none
	dimension bool    // small, heavy: a complaint after "too"
	about     []about
	emotion   [emotions]float32
}

type about struct {
	aspect int8
	sign   int8 // of a term that judges what it speaks of; 0 for a name
}

// A node is a place in the trie of terms, a step a token.
type node struct {
	next  map[string]*node
	terms [layers]*term
}

type lexicon struct {
	root      node
	aspects   []string
	emoticons map[string]bool
	vectors   *embed.Table

	// Single words with a part in the grammar; lexicon.yaml says which.
	joins, subjects, leads, alternatives, accusing, repeating, earlier, insisting map[string]bool
}

type lexiconYAML struct {
	Values                                                      map[string][]string
	Neutral, Negations, Absolutes, Affirmations, Excess, Enough []string
	Boosters                                                    map[string][]string
	Dimensions                                                  map[string][]string
	Contrasts, Concessions, Questions, Wishes                   []string
	Sarcasm, Openings, Irony, Calm, Elsewhere                   []string
	Emoji, Emoticons                                            map[string][]string
	Emotions                                                    map[string]map[string][]string
	Order, Joins, Subjects, Leads, Alternatives                 []string
	Accusing, Repeating, Earlier, Insisting                     []string
	Aspects                                                     map[string]struct{ Words, Good, Bad []string }
}

// loadLexicon builds the trie. Its errors name the list and the term.
func loadLexicon() (*lexicon, error) {
	var y lexiconYAML
	if err := yaml.UnmarshalWithOptions(lexiconFile, &y, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/sentiment/lexicon.yaml: %w", err)
	}
	vectors, err := embed.Default()
	if err != nil {
		return nil, err
	}
	l := &lexicon{emoticons: map[string]bool{}, vectors: vectors}
	var failed error
	fail := func(list, what string) {
		if failed == nil {
			failed = fmt.Errorf("tools/sentiment/lexicon.yaml: %s: %s", list, what)
		}
	}
	for _, list := range y.Emoticons {
		for _, e := range list {
			l.emoticons[e] = true
		}
	}
	numbered := func(name string, lists map[string][]string, set func(string, float32)) {
		for _, key := range sorted(lists) {
			v, err := strconv.ParseFloat(key, 32)
			if err != nil {
				fail(name, key+" is no number")
			}
			for _, w := range lists[key] {
				set(w, float32(v))
			}
		}
	}
	valued := map[string]bool{}
	value := func(name string) func(string, float32) {
		return func(w string, v float32) {
			if valued[w] {
				fail(name, fmt.Sprintf("%q has two values", w))
			}
			valued[w] = true
			l.at(w, feeling).value = v
		}
	}
	numbered("values", y.Values, value("values"))
	numbered("emoji", y.Emoji, value("emoji"))
	numbered("emoticons", y.Emoticons, value("emoticons"))
	numbered("boosters", y.Boosters, func(w string, v float32) { l.at(w, feeling).boost = v })
	for _, r := range []struct {
		role  role
		layer int
		words []string
	}{
		{0, feeling, y.Neutral}, {0, emotion, y.Calm}, {0, topic, y.Elsewhere}, {negates, feeling, y.Negations}, {negates | absolute, feeling, y.Absolutes}, {affirms, feeling, y.Affirmations}, {excess, feeling, y.Excess}, {enough, feeling, y.Enough},
		{contrast, mode, y.Contrasts}, {concession, mode, y.Concessions}, {question, mode, y.Questions}, {wish, mode, y.Wishes},
		{sarcasm, mode, y.Sarcasm}, {opening, mode, y.Openings}, {irony, mode, y.Irony},
	} {
		for _, w := range r.words {
			l.at(w, r.layer).role |= r.role
		}
	}
	for set, list := range map[*map[string]bool][]string{
		&l.joins: y.Joins, &l.subjects: y.Subjects, &l.leads: y.Leads, &l.alternatives: y.Alternatives,
		&l.accusing: y.Accusing, &l.repeating: y.Repeating, &l.earlier: y.Earlier, &l.insisting: y.Insisting,
	} {
		*set = map[string]bool{}
		for _, w := range list {
			(*set)[w] = true
		}
	}
	for _, list := range y.Dimensions {
		for _, w := range list {
			l.at(w, feeling).dimension = true
		}
	}
	for _, name := range sorted(y.Emotions) {
		e := slices.Index(emotionNames[:], name)
		if e < 0 {
			fail("emotions", "there is no "+name)
			continue
		}
		numbered("emotions: "+name, y.Emotions[name], func(w string, v float32) { l.at(w, emotion).emotion[e] = v })
	}
	if !slices.Equal(slices.Sorted(slices.Values(y.Order)), sorted(y.Aspects)) {
		fail("order", fmt.Sprintf("%v are not the aspects that there are", y.Order))
		return nil, failed
	}
	l.aspects = y.Order
	for i, name := range l.aspects {
		a := y.Aspects[name]
		for sign, words := range [][]string{a.Bad, a.Words, a.Good} {
			for _, w := range words {
				t := l.at(w, topic)
				t.about = append(t.about, about{int8(i), int8(sign - 1)})
			}
		}
	}
	if err := l.vader(); err != nil {
		return nil, err
	}
	// What judges an aspect has a value, given or standard.
	for _, name := range l.aspects {
		for sign, words := range [][]string{y.Aspects[name].Bad, y.Aspects[name].Good} {
			for _, w := range words {
				if t := l.at(w, feeling); t.value == 0 && t.role == 0 && !slices.Contains(y.Neutral, w) {
					t.value = float32(4*sign - 2)
				}
			}
		}
	}
	return l, failed
}

// at is the term of some words in a layer, new if it is not there.
func (l *lexicon) at(words string, layer int) *term {
	n := &l.root
	for _, t := range l.tokens(nil, words) {
		if n.next == nil {
			n.next = map[string]*node{}
		}
		child := n.next[t.text]
		if child == nil {
			child = &node{}
			n.next[t.text] = child
		}
		n = child
	}
	if n.terms[layer] == nil {
		n.terms[layer] = &term{}
	}
	return n.terms[layer]
}

// vader adds the words that lexicon.yaml says nothing about.
func (l *lexicon) vader() error {
	line := 0
	for row := range strings.Lines(vaderFile) {
		line++
		w, number, _ := strings.Cut(strings.TrimSpace(row), "\t")
		v, err := strconv.ParseFloat(number, 32)
		if err != nil {
			return fmt.Errorf("tools/sentiment/vader.txt:%d: %q is no number", line, number)
		}
		if n := l.root.next[w]; n == nil || n.terms[feeling] == nil {
			l.at(w, feeling).value = float32(v)
		}
	}
	return nil
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
