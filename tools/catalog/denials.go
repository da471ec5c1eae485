package catalog

import (
	_ "embed"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

//go:embed lexicon/denials.yaml
var denialsFile []byte

// denials are the words of lexicon/denials.yaml.
type denials struct {
	open, unfit, bare, after, idioms, but map[string]bool // Chinese
	not, never, phrases                   map[string]bool // English: not, "not suitable", "not only"
}

func loadDenials() (denials, error) {
	var f struct {
		Open, Unfit, After, Idioms, English []string
		EnglishUnfit                        []string `yaml:"englishUnfit"`
		EnglishIdioms                       []string `yaml:"englishIdioms"`
		Bare, But                           string
	}
	if err := yaml.UnmarshalWithOptions(denialsFile, &f, yaml.Strict()); err != nil {
		return denials{}, fmt.Errorf("tools/catalog/lexicon/denials.yaml: %w", err)
	}
	set := func(texts ...string) map[string]bool {
		out := map[string]bool{}
		for _, text := range texts {
			for _, w := range list(text) {
				out[w] = true
			}
		}
		return out
	}
	return denials{
		open: set(f.Open...), unfit: set(f.Unfit...), bare: set(f.Bare), after: set(f.After...), idioms: set(f.Idioms...), but: set(f.But),
		not: set(f.English...), never: set(f.EnglishUnfit...), phrases: set(f.EnglishIdioms...),
	}, nil
}

// A denial is what a text says a product has not (denied) or does not suit
// (unfit), 0 for neither, by token and, in Chinese, by character.
type denial struct {
	words []uint16
	runes map[int][]uint16
	alone map[int][]uint16 // characters of 无糖: the pair is said, sugar is not
}

func (x *denial) of(i int) uint16 {
	if x == nil {
		return 0
	}
	return x.words[i]
}

// denied reads what a text denies; nil for nothing.
func (l *lexicon) denied(toks []token) *denial {
	d := denial{}
	say := func(i int, mask uint16) {
		if d.words == nil {
			d.words, d.runes, d.alone = make([]uint16, len(toks)), map[int][]uint16{}, map[int][]uint16{}
		}
		d.words[i] |= mask
	}
	for i, t := range toks {
		switch t.kind {
		case word:
			l.deniedWords(toks, i, say)
		case han:
			l.deniedHan(toks, i, &d, say)
		}
	}
	if d.words == nil {
		return nil
	}
	return &d
}

func ends(t token) bool {
	return t.kind == sign && strings.Contains(".,;:!?•()，。；：！？（）", t.text)
}

func (l *lexicon) deniedWords(toks []token, i int, say func(int, uint16)) {
	w := surface(toks[i].text)
	two := w
	if i+1 < len(toks) && toks[i+1].kind == word {
		two += " " + surface(toks[i+1].text)
	}
	switch {
	case w == "free": // fragrance-free, sugar free, free of sugar
		k := i - 1
		if k > 0 && toks[k].text == "-" {
			k--
		}
		if k >= 0 && toks[k].kind == word && !l.stop[toks[k].text] && !l.links[toks[k].text] {
			say(k, denied)
		}
		if i+1 < len(toks) && (toks[i+1].text == "of" || toks[i+1].text == "from") {
			for k := i + 2; k < min(len(toks), i+5) && !ends(toks[k]); k++ {
				say(k, denied)
			}
		}
	case l.denials.never[two] || l.denials.never[w]:
		for k := i + 1; k < len(toks) && !ends(toks[k]) && toks[k].text != "but"; k++ {
			say(k, denied|unfit)
		}
	case l.denials.not[w] && !l.denials.phrases[two]:
		for k, n := i+1, 0; k < len(toks) && n < 3 && !ends(toks[k]) && toks[k].text != "but" && toks[k].text != "with"; k++ {
			if toks[k].kind != sign {
				say(k, denied)
				n++
			}
		}
	}
}

// deniedHan reads a run of Chinese. A clause goes on over signs that end none:
// 不含酒精、香精.
func (l *lexicon) deniedHan(toks []token, i int, d *denial, say func(int, uint16)) {
	s := toks[i].text
	n := utf8.RuneCountInString(s)
	mark := func(in *map[int][]uint16, i, n, from, to int, mask uint16) {
		say(i, 0)
		if (*in)[i] == nil {
			(*in)[i] = make([]uint16, n)
		}
		for k := from; k < to; k++ {
			(*in)[i][k] |= mask
		}
	}
	all := func(k int, mask uint16) {
		if toks[k].kind == han {
			m := utf8.RuneCountInString(toks[k].text)
			mark(&d.runes, k, m, 0, m, mask)
		} else {
			say(k, mask)
		}
	}
	at := 0 // the character that is read
	for rest := s; rest != ""; {
		if w := longestPrefix(rest, l.denials.idioms); w != "" {
			rest, at = rest[len(w):], at+utf8.RuneCountInString(w)
			continue
		}
		if w := longestPrefix(rest, l.denials.after); w != "" && utf8.RuneCountInString(rest[len(w):]) <= 2 {
			mark(&d.runes, i, n, 0, at, denied|unfit)
			for k := i - 1; k >= 0 && !ends(toks[k]); k-- {
				all(k, denied|unfit)
			}
			return
		}
		mask := denied | deniedFor
		w := longestPrefix(rest, l.denials.open)
		if u := longestPrefix(rest, l.denials.unfit); u != "" {
			w, mask = u, denied|unfit
		}
		if w != "" {
			from := at + utf8.RuneCountInString(w)
			to, open := from, true
			for k, r := range rest[len(w):] {
				if open = k == 0 || !l.denials.but[string(r)]; !open {
					break
				}
				to++
			}
			mark(&d.runes, i, n, from, to, mask)
			for k := i + 1; open && k < len(toks) && !ends(toks[k]); k++ {
				all(k, mask)
			}
			rest, at = rest[len(w)+len(string([]rune(rest[len(w):])[:to-from])):], to
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		if !l.denials.bare[string(r)] {
			rest, at = rest[size:], at+1
			continue
		}
		next := longestHan(rest[size:], l.han)
		if known := longestHan(rest, l.han); known >= size+next && known > size { // 无糖 and 不锈钢 are words
			to := at + utf8.RuneCountInString(rest[:known])
			mark(&d.alone, i, n, at+1, to, denied)
			rest, at = rest[known:], to
			continue
		}
		count := 2
		if next > 0 {
			count = utf8.RuneCountInString(rest[size : size+next])
		}
		mark(&d.runes, i, n, at+1, min(n, at+1+count), denied)
		rest, at = rest[size:], at+1
	}
}
