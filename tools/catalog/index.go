package catalog

import (
	"math"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
)

// Where in a product a term stands.
const (
	inHead uint8 = 1 << iota // the thing itself: the last word of the title
	inKind                   // the last word of a category or a type
	inBrand
	inTitle    // elsewhere in the title
	inCategory // elsewhere in a category
	inFacts    // attributes, colours, sizes
	inBullets
	inBody
)

// called is where a product says what it is, named where that is spoken of.
const (
	called = inHead | inKind
	named  = called | inTitle | inCategory
)

// A posting is a product that has a term.
type posting struct {
	doc  int32
	mask uint8
}

// A textIndex finds products by terms. The stemmer of English is bleve's; Chinese is indexed by characters and pairs of them. The postings
// are our own and in memory: bleve's index took 85 s for 100,000 products and
// 1 µs a posting, and cannot say which of the words asked for a product lacks,
// on which "nearest" and "missing" rest.
type textIndex struct {
	english  analysis.TokenFilter
	apart    func(w string) bool // words that keep their plural
	surfaces map[string]int32    // a word as written to its term, -1 for none
	stems    map[string]int32
	postings [][]posting
	docs     int
}

func newTextIndex(apart func(w string) bool) *textIndex {
	return &textIndex{apart: apart, english: en.NewEnglishStemmerFilter(), surfaces: map[string]int32{}, stems: map[string]int32{}}
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
	if x.apart(w) {
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

func (x *textIndex) put(doc int, w string, mask uint8) {
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
// space between, are also indexed as one: tshirt, s8.
func (x *textIndex) add(doc int, toks []token, mask uint8) {
	for i, t := range toks {
		switch t.kind {
		case word, number:
			w := surface(t.text)
			if w == "" {
				continue
			}
			x.put(doc, w, mask)
			if t.glued && i > 0 {
				if p := toks[i-1]; p.kind == word || p.kind == number {
					x.put(doc, surface(p.text)+w, mask)
				} else if p.text == "-" && p.glued && i > 1 && (toks[i-2].kind == word || toks[i-2].kind == number) {
					x.put(doc, surface(toks[i-2].text)+w, mask)
				}
			}
		case han:
			pairs(t.text, func(s string) { x.put(doc, s, mask) })
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
// bullets.
func (x *textIndex) match(terms []int32, fn func(doc int32, mask uint8, score float32)) {
	if len(terms) == 1 {
		for _, p := range x.postings[terms[0]] {
			fn(p.doc, p.mask, worth[p.mask])
		}
		return
	}
	at := make([]int, len(terms))
	last := len(terms) - 1
next:
	for _, p := range x.postings[terms[last]] {
		mask, score := p.mask, worth[p.mask]
		for k := range last {
			list := x.postings[terms[k]]
			at[k] = seek(list, at[k], p.doc)
			if at[k] >= len(list) || list[at[k]].doc != p.doc {
				continue next
			}
			o := list[at[k]].mask
			score += worth[o]
			if o&^inBody == 0 || mask&^inBody == 0 {
				mask = inBody
			}
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
			mask  uint8
			worth float32
		}{{inHead, 4}, {inBrand, 3.5}, {inKind, 3}, {inTitle, 3}, {inCategory, 2.5}, {inFacts, 2}, {inBullets, 1.3}, {inBody, 1}} {
			if uint8(m)&p.mask == 0 {
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
