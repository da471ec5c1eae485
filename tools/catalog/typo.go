package catalog

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// spell gives the word of the shop or the lexicon that an unknown word is a
// misspelling of, or "". A word of prose is no candidate: it is too often another
// word.
func (c *Catalog) spell(w string) string {
	n := utf8.RuneCountInString(w)
	if n < 4 || strings.ContainsAny(w, "0123456789") || c.lexicon.common(w) {
		return ""
	}
	most := 1
	if n >= 8 {
		most = 2
	}
	best, bestD, bestN := "", most+1, 0
	try := func(k string, count int, own bool) {
		if len(k) < 3 || len(k)-len(w) > most || len(w)-len(k) > most {
			return
		}
		d := distance(w, k, most)
		if d > most || most == 2 && d == 2 && k[0] != w[0] {
			return
		}
		if len(k) == len(w) && d == 1 && !swapped(w, k) && (n == 4 || k[0] != w[0]) {
			return // another letter makes another word of a short one: boat, coat
		}
		if (d < bestD || d == bestD && (count > bestN || count == bestN && k < best)) && (own || slices.ContainsFunc(c.lexicon.find(k), c.has)) {
			best, bestD, bestN = k, d, count
		}
	}
	firsts := []byte{w[0]}
	if w[1] != w[0] {
		firsts = append(firsts, w[1]) // the first letter missing from, or changed with, the second
	}
	for _, first := range firsts {
		for _, k := range c.letters[first] {
			try(k, c.names[k], true)
		}
		for _, k := range lexiconWords()[first] {
			try(k, 1, false)
		}
	}
	return best
}

// swapped says that two letters changed places.
func swapped(a, b string) bool {
	for i := 0; i+1 < len(a); i++ {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i]
		}
	}
	return false
}

// has says that the shop has any word of a line.
func (c *Catalog) has(line int) bool {
	return slices.ContainsFunc(c.lexicon.lines[line].names, func(w string) bool { return c.text.lookup(w) != nil })
}

// lexiconWords are the single English words of the lexicon by first letter.
var lexiconWords = sync.OnceValue(func() map[byte][]string {
	out := map[byte][]string{}
	l, err := loadLexicon()
	if err != nil {
		return out // New has reported it
	}
	for w := range l.at {
		if !hasHan(w) && !strings.Contains(w, " ") && len(w) > 3 {
			out[w[0]] = append(out[w[0]], w)
		}
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
})

// distance is the Damerau-Levenshtein distance of two words (optimal string
// alignment), or most+1 when it is more.
func distance(a, b string, most int) int {
	const wide = 64
	if len(a) >= wide || len(b) >= wide {
		return most + 1
	}
	var rows [3][wide]int
	prev2, prev, cur := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		low := cur[0]
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			low = min(low, cur[j])
		}
		if low > most {
			return most + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
