package catalog

import (
	"cmp"
	"slices"
	"sync"

	"parley/memory/embed"
)

// alike finds what the shop calls a thing that no lexicon knows the word for, by
// the sentence vectors in the binary: 冲锋艇 is near kayak. It answers for unknown
// words only, and only when the vectors are close.
type alike struct {
	once  sync.Once
	table *embed.Table
	words []string // that products are called by
	rows  []float32
	dim   int
}

// A nearWord is a word of the shop's with its weight in ranking.
type nearWord struct {
	word   string
	weight float32
}

// How near a word must be to stand for another, set on words of our own. An
// English word that the table has only in pieces is seldom near anything rightly.
const (
	nearLatin = .7
	nearHan   = .6
)

func (c *Catalog) similar(asked string) []nearWord {
	a := &c.alike
	a.once.Do(func() {
		t, err := embed.Default()
		if err != nil {
			return // no table: no vectors
		}
		a.table = t
		for w, n := range c.kinds {
			if n > 0 && len(w) > 2 {
				a.words = append(a.words, w)
			}
		}
		slices.SortFunc(a.words, func(x, y string) int {
			return cmp.Or(cmp.Compare(c.kinds[y], c.kinds[x]), cmp.Compare(x, y))
		})
		a.words = a.words[:min(len(a.words), 4000)]
		for _, w := range a.words {
			v := t.Vector(w)
			a.dim = len(v)
			a.rows = append(a.rows, v...)
		}
	})
	if a.table == nil {
		return nil
	}
	limit := float32(nearLatin)
	if hasHan(asked) {
		limit = nearHan
	}
	v := a.table.Vector(asked)
	var out []nearWord
	for i, w := range a.words {
		if !hasHan(w) && len(asked) > 2 && len(w) > 2 && w[:3] == asked[:3] { // pieces of words are alike by their letters
			continue
		}
		var dot float32
		for k, x := range a.rows[i*a.dim : (i+1)*a.dim] {
			dot += x * v[k]
		}
		if dot >= limit {
			out = append(out, nearWord{w, dot / 2})
		}
	}
	slices.SortFunc(out, func(x, y nearWord) int {
		return cmp.Or(cmp.Compare(y.weight, x.weight), cmp.Compare(x.word, y.word))
	})
	return out[:min(len(out), 3)]
}
