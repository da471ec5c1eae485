package catalog

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
)

// Where in a product a term stands.
const (
	inHead uint16 = 1 << iota // the thing itself: the last word of the title
	inKind                    // the last word of a category or a type
	inBrand
	inTitle    // elsewhere in the title
	inCategory // elsewhere in a category
	inFacts    // attributes, colours, sizes
	inBullets
	inBody
	denied    // it is said that there is none
	unfit     // or that it does not suit
	deniedFor // denied in the title or a fact, which no description outweighs
)

// called is where a product says what it is, named where that is spoken of.
const (
	called = inHead | inKind
	named  = called | inTitle | inCategory
	told   = inBullets | inBody
	places = named | inBrand | inFacts | told
)

// claims says that a product has what is said of it in some places, and not only
// that it has not.
func claims(mask uint16) bool {
	return mask&places&^told != 0 || mask&told != 0 && mask&deniedFor == 0
}

// A posting is a product that has a term.
type posting struct {
	doc  int32
	mask uint16
}

// A textIndex finds products by terms. The stemmer of English is bleve's; Chinese is indexed by characters and pairs of them. The postings
// are our own and in memory: bleve's index took 85 s for 100,000 products and
// 1 µs a posting, and cannot say which of the words asked for a product lacks,
// on which "nearest" and "missing" rest.
type textIndex struct {
	english  analysis.TokenFilter
	lexicon  *lexicon
	surfaces map[string]int32 // a word as written to its term, -1 for none
	stems    map[string]int32
	postings [][]posting
	denying  map[int32]bool // no, not, free
	docs     int
}

func newTextIndex(l *lexicon) *textIndex {
	return &textIndex{lexicon: l, english: en.NewEnglishStemmerFilter(), surfaces: map[string]int32{}, stems: map[string]int32{}, denying: map[int32]bool{}}
}

// empty words are in every text. bleve's own list has "down", of which jackets
// are made.
var empty = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields("a an the and or of for with in on to is are be it its this that at by from as we you your our but") {
		out[w] = true
	}
	return out
}()

// stem is the term that a word is indexed as, or "" when it says nothing.
func (x *textIndex) stem(w string) string {
	if hasHan(w) || w[0] >= '0' && w[0] <= '9' {
		return w
	}
	if empty[w] {
		return ""
	}
	if x.lexicon.apart(w) {
		return w
	}
	out := x.english.Filter(analysis.TokenStream{{Term: []byte(w)}})
	return string(out[0].Term)
}

// term gives the number of a word's term, making it if it is new; -1 for a word
// that says nothing.
func (x *textIndex) term(w string) int32 {
	if id, ok := x.surfaces[w]; ok {
		return id
	}
	w = strings.Clone(w)
	s := x.stem(w)
	if s == "" {
		x.surfaces[w] = -1
		return -1
	}
	id, ok := x.stems[s]
	if !ok {
		id = int32(len(x.postings))
		x.stems[s] = id
		x.postings = append(x.postings, nil)
		if w == "free" || x.lexicon.denials.not[w] {
			x.denying[id] = true
		}
	}
	x.surfaces[w] = id
	return id
}

// find gives the number of a word's term, or -1.
func (x *textIndex) find(w string) int32 {
	if id, ok := x.surfaces[w]; ok {
		return id
	}
	if w == "" {
		return -1
	}
	if id, ok := x.stems[x.stem(w)]; ok {
		return id
	}
	return -1
}

func (x *textIndex) put(doc int, w string, mask uint16) {
	id := x.term(w)
	if id < 0 {
		return
	}
	list := x.postings[id]
	if n := len(list); n > 0 && list[n-1].doc == int32(doc) {
		list[n-1].mask |= mask
		return
	}
	x.postings[id] = append(list, posting{int32(doc), mask})
}

// add indexes a text. Words joined by a hyphen, and words and numbers without a
// space between, are also indexed as one: tshirt, s8. What the text denies is
// indexed as denied.
func (x *textIndex) add(doc int, toks []token, mask uint16) {
	not := x.lexicon.denied(toks)
	in := func(d uint16) uint16 {
		if d == 0 {
			return mask
		}
		if mask&told == 0 {
			d |= deniedFor
		}
		return d
	}
	for i, t := range toks {
		switch t.kind {
		case word, number:
			w := surface(t.text)
			if w == "" {
				continue
			}
			x.put(doc, w, in(not.of(i)))
			if t.glued && i > 0 {
				if p := toks[i-1]; p.kind == word || p.kind == number {
					x.put(doc, surface(p.text)+w, mask)
				} else if p.text == "-" && p.glued && i > 1 && (toks[i-2].kind == word || toks[i-2].kind == number) {
					x.put(doc, surface(toks[i-2].text)+w, mask)
				}
			}
		case han:
			if not == nil || not.runes[i] == nil && not.alone[i] == nil {
				pairs(t.text, func(s string) { x.put(doc, s, mask) })
				continue
			}
			runes, alone := not.runes[i], not.alone[i]
			at := -1
			pairs(t.text, func(s string) {
				var d uint16
				switch single := utf8.RuneCountInString(s) == 1; {
				case single:
					at++
					if alone != nil {
						d = alone[at]
					}
					if runes != nil {
						d |= runes[at]
					}
				case runes != nil:
					d = runes[at-1] & runes[at]
				}
				x.put(doc, s, in(d))
			})
		}
	}
}

// pairs calls fn for every character of a Chinese text and every two that
// follow each other.
func pairs(s string, fn func(string)) {
	last := -1
	for i, r := range s {
		n := len(string(r))
		fn(s[i : i+n])
		if last >= 0 {
			fn(s[last : i+n])
		}
		last = i
	}
}

// lookup gives the terms that a phrase's words are indexed as, nil when the shop
// has not all of them. Chinese needs all its pairs.
func (x *textIndex) lookup(phrase string) []int32 {
	var out []int32
	for _, t := range scan(phrase) {
		switch t.kind {
		case word, number:
			w := surface(t.text)
			id := x.find(w)
			if id < 0 {
				if s, ok := x.surfaces[w]; ok && s < 0 || w == "" || x.stem(w) == "" {
					continue // says nothing
				}
				return nil
			}
			out = append(out, id)
		case han:
			all := true
			single := len([]rune(t.text)) == 1
			pairs(t.text, func(s string) {
				if single || len([]rune(s)) == 2 {
					id := x.find(s)
					all = all && id >= 0
					out = append(out, id)
				}
			})
			if !all {
				return nil
			}
		}
	}
	return out
}

// rarity is the worth of being among n products: BM25's.
func (x *textIndex) rarity(n int) float32 {
	return float32(math.Log(1 + (float64(x.docs-n)+.5)/(float64(n)+.5)))
}

// match calls fn for every product that has all of some terms, with where they
// stand and a score.
// It calls a product a rain jacket only if rain stands in its names, facts or
// bullets. What is denied has no place and no score, except in a phrase that
// denies it too: fragrance-free.
func (x *textIndex) match(terms []int32, fn func(doc int32, mask uint16, score float32)) {
	if len(terms) == 1 {
		for _, p := range x.postings[terms[0]] {
			if !claims(p.mask) {
				p.mask &^= places
			}
			fn(p.doc, p.mask, worth[p.mask&places])
		}
		return
	}
	denies := slices.ContainsFunc(terms, func(t int32) bool { return x.denying[t] })
	at := make([]int, len(terms))
	last := len(terms) - 1
next:
	for _, p := range x.postings[terms[last]] {
		mask, score := p.mask&places, worth[p.mask&places]
		not := uint16(0)
		if !claims(p.mask) {
			not = p.mask
		}
		for k := range last {
			list := x.postings[terms[k]]
			at[k] = seek(list, at[k], p.doc)
			if at[k] >= len(list) || list[at[k]].doc != p.doc {
				continue next
			}
			o := list[at[k]].mask
			if !claims(o) {
				not |= o
			}
			o &= places
			score += worth[o]
			switch {
			case denies && (mask == 0 || o == 0):
				mask |= o
			case o&^inBody == 0 || mask&^inBody == 0:
				mask = inBody
			}
		}
		if not != 0 && !denies {
			mask, score = not&^places, 0
		}
		fn(p.doc, mask, score/float32(len(terms)))
	}
}

// seek finds the first posting of doc or later from i on, by doubling steps.
func seek(list []posting, i int, doc int32) int {
	step := 1
	for i+step < len(list) && list[i+step].doc < doc {
		i += step
		step *= 2
	}
	lo, hi := i, min(i+step+1, len(list))
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].doc < doc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// worth is what a place is worth, for each mask.
var worth = func() (w [256]float32) {
	for m := range w {
		for _, p := range []struct {
			mask  uint16
			worth float32
		}{{inHead, 4}, {inBrand, 3.5}, {inKind, 3}, {inTitle, 3}, {inCategory, 2.5}, {inFacts, 2}, {inBullets, 1.3}, {inBody, 1}} {
			if uint16(m)&p.mask == 0 {
				continue
			}
			if w[m] == 0 {
				w[m] = p.worth
			} else {
				w[m] += p.worth * .15
			}
		}
	}
	return w
}()
