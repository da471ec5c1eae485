package memory

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"unicode"
)

// RecallOptions narrow a recall.
type RecallOptions struct {
	K    int    // how many; 0 means 5
	Skip string // a conversation that is known already
}

// A Hit is a turn recalled.
type Hit struct {
	Turn  Turn
	Score float64
}

// BM25's usual constants, and how much a neighbour's match counts.
const (
	k1, b     = 1.2, .75
	neighbour = .3
)

// Recall ranks a customer's earlier turns for a text: BM25 over words (pairs of
// characters in Chinese), each turn helped by its neighbours two to either side
// (×.3, halved for the farther), the customer's own words before the shop's.
//
// Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework".
func (m *Memory) Recall(ctx context.Context, customer, text string, opt RecallOptions) ([]Hit, error) {
	if m.cfg.Turns == nil {
		return nil, nil
	}
	turns, err := m.cfg.Turns(ctx, customer)
	if err != nil {
		return nil, err
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool { return t.Conversation == opt.Skip })
	own := scores(turns, text)
	var hits []Hit
	for i, t := range turns {
		s := own[i]
		if s == 0 {
			continue
		}
		for d := 1; d <= 2; d++ {
			for _, j := range []int{i - d, i + d} {
				if j >= 0 && j < len(turns) && turns[j].Conversation == t.Conversation {
					s += neighbour / float64(d) * own[j]
				}
			}
		}
		if t.Speaker == "shopper" {
			s *= 1.2
		}
		hits = append(hits, Hit{t, s})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), b.Turn.At.Compare(a.Turn.At)) })
	return hits[:min(cmp.Or(opt.K, 5), len(hits))], nil
}

// scores is the BM25 score of each turn for a text.
func scores(turns []Turn, text string) []float64 {
	out := make([]float64, len(turns))
	docs := make([]map[string]int, len(turns))
	df := map[string]int{}
	total := 0
	for i, t := range turns {
		docs[i] = map[string]int{}
		for _, w := range terms(t.Text) {
			docs[i][w]++
			total++
		}
		for w := range docs[i] {
			df[w]++
		}
	}
	if total == 0 {
		return out
	}
	mean := float64(total) / float64(len(turns))
	for _, w := range terms(text) {
		n := float64(df[w])
		if n == 0 {
			continue
		}
		idf := math.Log(1 + (float64(len(turns))-n+.5)/(n+.5))
		for i, d := range docs {
			if tf := float64(d[w]); tf > 0 {
				size := 0
				for _, c := range d {
					size += c
				}
				out[i] += idf * tf * (k1 + 1) / (tf + k1*(1-b+b*float64(size)/mean))
			}
		}
	}
	return out
}

// terms are the words of a text that tell something, Chinese in pairs of
// characters.
func terms(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r := []rune(w)
		if slices.ContainsFunc(r, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			for i := 0; i+1 < len(r); i++ {
				out = append(out, string(r[i:i+2]))
			}
			continue
		}
		if len(w) > 2 && !stop[w] {
			out = append(out, strings.TrimSuffix(w, "s"))
		}
	}
	return out
}

var stop = map[string]bool{"the": true, "and": true, "for": true, "you": true, "are": true, "have": true, "what": true, "with": true, "that": true, "this": true, "can": true, "show": true, "please": true, "does": true, "how": true, "any": true, "your": true, "was": true, "there": true, "which": true}
