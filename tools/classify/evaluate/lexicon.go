package evaluate

import (
	"bufio"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"unicode"

	"parley/tools/measure"
)

// lexicon gives words and emoticons their valence, from -4 to 4, and reads texts
// by the rules of VADER (Hutto and Gilbert, ICWSM 2014).
type lexicon map[string]float64

func readLexicon(data fs.FS, name string) (lexicon, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	l := lexicon{}
	in := bufio.NewScanner(z)
	for n := 1; in.Scan(); n++ {
		word, rest, _ := strings.Cut(in.Text(), "\t")
		mean, _, _ := strings.Cut(rest, "\t")
		v, err := strconv.ParseFloat(mean, 64)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		l[word] = v
	}
	return l, in.Err()
}

// How much a word before another adds to it, what a word in capitals counts for
// more, and what is left of a word that is denied.
const (
	boost  = .293
	shout  = .733
	denied = -.74
)

var boosters = words(boost, "absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally extremely fabulously fully greatly highly hugely incredibly intensely majorly more most particularly purely quite really remarkably so substantially thoroughly totally tremendously unbelievably unusually utterly very",
	-boost, "almost barely hardly kinda less little marginally occasionally partly scarcely slightly somewhat sorta")

var denials = words(1, "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither never no nobody none nope nor not nothing nowhere oughtnt shant shouldnt wasnt werent without wont wouldnt rarely seldom despite n't")

func words(parts ...any) map[string]float64 {
	m := map[string]float64{}
	for i := 0; i < len(parts); i += 2 {
		v, ok := parts[i].(float64)
		if !ok {
			v = float64(parts[i].(int))
		}
		for _, w := range strings.Fields(parts[i+1].(string)) {
			m[w] = v
		}
	}
	return m
}

// features are 1, VADER's compound score, and what goes into it.
func (l lexicon) features(text string) []float64 {
	fields := strings.Fields(text)
	lower := make([]string, len(fields))
	capitals, small := 0, 0
	for i, f := range fields {
		if _, ok := l[strings.ToLower(f)]; !ok {
			f = strings.TrimFunc(f, unicode.IsPunct)
		}
		fields[i], lower[i] = f, strings.ReplaceAll(strings.ToLower(f), "'", "")
		if strings.HasSuffix(strings.ToLower(f), "n't") && f != "n't" {
			lower[i] = strings.ToLower(strings.ReplaceAll(f, "'", ""))
		} else if strings.ToLower(f) == "n't" || lower[i] == "nt" {
			lower[i] = "n't"
		}
		if isShout(f) {
			capitals++
		} else {
			small++
		}
	}
	shouted := capitals > 0 && small > 0
	valence := make([]float64, len(fields))
	for i, w := range lower {
		v, ok := l[w]
		if !ok || boosters[w] != 0 {
			continue
		}
		if w == "no" && i+1 < len(lower) {
			if _, next := l[lower[i+1]]; next {
				continue
			}
		}
		sign := 1.0
		if v < 0 {
			sign = -1
		}
		if shouted && isShout(fields[i]) {
			v += sign * shout
		}
		for back := 1; back <= 3 && i-back >= 0; back++ {
			before := lower[i-back]
			if b := boosters[before]; b != 0 {
				if shouted && isShout(fields[i-back]) {
					b += math.Copysign(shout, b)
				}
				v += sign * b * []float64{1, .95, .9}[back-1]
			}
			if denials[before] != 0 {
				v *= denied
			}
		}
		valence[i] = v
	}
	for i, w := range lower {
		if w == "but" {
			for j := range valence {
				if j < i {
					valence[j] *= .5
				} else if j > i {
					valence[j] *= 1.5
				}
			}
			break
		}
	}
	var sum, good, bad, most, least, last, hits float64
	negations := 0.0
	for i, v := range valence {
		sum += v
		good, bad = good+max(v, 0), bad+min(v, 0)
		most, least = max(most, v), min(least, v)
		if v != 0 {
			last = v
			hits++
		}
		negations += denials[lower[i]]
	}
	bangs := float64(min(4, strings.Count(text, "!")))
	asks := float64(min(4, strings.Count(text, "?")))
	emphasis := .292 * bangs
	if asks > 1 {
		emphasis += min(.96, .18*asks)
	}
	total := sum
	if sum > 0 {
		total += emphasis
	} else if sum < 0 {
		total -= emphasis
	}
	n := float64(max(1, len(fields)))
	return []float64{1, total / math.Sqrt(total*total+15), sum, good, bad, most, least, last, hits / n, sum / n,
		bangs, asks, math.Copysign(bangs, sum), min(negations, 2), math.Log(n), float64(capitals) / n}
}

func isShout(word string) bool {
	return len(word) > 1 && strings.ToUpper(word) == word && strings.ToLower(word) != word
}
