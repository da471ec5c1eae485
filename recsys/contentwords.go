package recsys

import (
	"context"
	"slices"
)

// For gives a model that ranks items by likeness to free words, such as those
// of a conversation: for a customer and a shop that nothing else is known of.
// Its score is a cosine, 0 to 1; words that no item has count for nothing.
func (m *Content) For(text string) Model {
	s := &spoken{Content: m}
	count := map[feature]float64{}
	from := map[feature]int{} // the word that a feature came from
	for _, w := range wordsOf(text) {
		if filler[w] || slices.Contains(s.words, w) {
			continue
		}
		n := len(s.words)
		s.words = append(s.words, w)
		note := func(f feature) {
			count[f]++
			if _, ok := from[f]; !ok {
				from[f] = n
			}
		}
		for _, t := range termsOf(w) {
			if !filler[t] {
				note(feature{wordBlock, t})
				note(feature{textBlock, t})
			}
		}
		for _, g := range gramsOf(w) {
			note(feature{gramBlock, g})
		}
	}
	s.query = m.vectorOf(count)
	s.from = make([]int, len(s.query))
	for f, n := range from {
		if at, ok := m.features[f]; ok {
			for k, x := range s.query {
				if x.at == at {
					s.from[k] = n
				}
			}
		}
	}
	return s
}

// spoken is Content asked by words.
type spoken struct {
	*Content
	query []weight
	words []string
	from  []int // of each part of the query: the word it came from
}

func (s *spoken) spreads() bool { return false } // words have no history

// Recommend ranks by likeness to the words.
func (s *spoken) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, s, q) }

// Score is the same for everybody.
func (s *spoken) Score(_ History, out []float64) {
	for _, x := range s.query {
		for _, y := range s.posting[x.at] {
			out[y.at] += float64(x.w) * float64(y.w)
		}
	}
}

// Reasons gives the words that found the item.
func (s *spoken) Reasons(_ History, item int32) []Reason {
	share := make([]float64, len(s.words))
	for k, x := range s.query {
		if n, ok := slices.BinarySearchFunc(s.vector[item], x.at, func(w weight, at int32) int { return int(w.at - at) }); ok {
			share[s.from[k]] += float64(x.w) * float64(s.vector[item][n].w)
		}
	}
	var out []Reason
	for n, w := range share {
		if w > 0 {
			out = append(out, Reason{Kind: "words", Name: s.words[n], Weight: w})
		}
	}
	return strongest(out)
}
