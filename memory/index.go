package memory

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/philippgille/chromem-go"

	"parley/memory/embed"
)

// BM25's constants for short turns, how much a neighbour's words count, and the
// weights of the speaker and of the vectors beside the words: measured on the
// development half of LoCoMo (README.md).
const (
	k1, b        = .9, .4
	neighbours   = 2
	neighbour    = .3
	speakerBonus = .15
	vectorWeight = .1
	nearEnough   = .3 // cosine from which a turn without a common word counts
)

// An index ranks one list of turns: BM25 over words (pairs of characters in
// Chinese) of a turn and, less, of the two turns to either side; a bonus where
// the question names the speaker, and for the customer's own words; and how
// near the meanings are.
//
// Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and
// Beyond". Vectors live in a chromem-go collection in memory, which is what the
// field uses for a few thousand vectors without a server; its files, which a
// kill can break, are never used.
type index struct {
	turns   []Turn
	words   []map[string]float64 // with those of the neighbours
	length  []float64
	df      map[string]int
	mean    float64
	vectors *chromem.Collection
	table   *embed.Table
}

func newIndex(ctx context.Context, turns []Turn) (*index, error) {
	table, err := embed.Default()
	if err != nil {
		return nil, err
	}
	x := &index{turns: slices.Clone(turns), df: map[string]int{}, table: table}
	own := make([]map[string]float64, len(turns))
	for i, t := range turns {
		own[i] = map[string]float64{}
		for _, w := range terms(t.Speaker + " " + t.Text) {
			own[i][w]++
		}
	}
	for i := range turns {
		all := map[string]float64{}
		length := 0.0
		for j := max(0, i-neighbours); j <= min(len(turns)-1, i+neighbours); j++ {
			if turns[j].Conversation != turns[i].Conversation {
				continue
			}
			weight := neighbour
			if j == i {
				weight = 1
			}
			for w, n := range own[j] {
				all[w] += weight * n
				length += weight * n
			}
		}
		for w, n := range all {
			if n >= 1 {
				x.df[w]++
			}
		}
		x.words, x.length = append(x.words, all), append(x.length, length)
		x.mean += length / float64(len(turns))
	}
	return x, x.embed(ctx)
}

// embed fills the collection. A turn without a known token has no vector: a
// zero one would make every similarity NaN.
func (x *index) embed(ctx context.Context) error {
	var docs []chromem.Document
	for i, t := range x.turns {
		if v := x.table.Vector(t.Text); !zero(v) {
			docs = append(docs, chromem.Document{ID: strconv.Itoa(i), Embedding: v, Content: "-"})
		}
	}
	if len(docs) == 0 {
		return nil
	}
	// One database a customer: the library hashes collection names to 32 bits.
	never := func(context.Context, string) ([]float32, error) {
		return nil, fmt.Errorf("recall: a text came without its vector")
	}
	c, err := chromem.NewDB().CreateCollection("turns", nil, never)
	if err != nil {
		return fmt.Errorf("recall: %w", err)
	}
	if err := c.AddDocuments(ctx, docs, 1); err != nil {
		return fmt.Errorf("recall: keep vectors: %w", err)
	}
	x.vectors = c
	return nil
}

// zero says that a text had no known token: its vector has no direction.
func zero(v []float32) bool {
	return !slices.ContainsFunc(v, func(f float32) bool { return f != 0 })
}

// near is the cosine of each turn to a text, 0 where there is none.
func (x *index) near(ctx context.Context, text string) ([]float64, error) {
	out := make([]float64, len(x.turns))
	v := x.table.Vector(text)
	if x.vectors == nil || zero(v) {
		return out, nil
	}
	list, err := x.vectors.QueryEmbedding(ctx, v, x.vectors.Count(), nil, nil)
	if err != nil {
		return nil, fmt.Errorf("recall: %w", err)
	}
	for _, r := range list {
		i, err := strconv.Atoi(r.ID)
		if err != nil {
			return nil, fmt.Errorf("recall: %w", err)
		}
		out[i] = float64(r.Similarity)
	}
	return out, nil
}

// rank orders the turns that have to do with a text, the best first.
func (x *index) rank(ctx context.Context, text string) ([]Hit, error) {
	words := x.bm25(text)
	top := slices.Max(words)
	near, err := x.near(ctx, text)
	if err != nil {
		return nil, err
	}
	mean, dev := spread(near)
	asked := strings.ToLower(text)
	var hits []Hit
	for i, t := range x.turns {
		if words[i] == 0 && near[i] < nearEnough {
			continue
		}
		s := 0.0
		if top > 0 {
			s = words[i] / top
		}
		if t.Speaker == "shopper" || t.Speaker != "" && strings.Contains(asked, strings.ToLower(t.Speaker)) {
			s += speakerBonus
		}
		if dev > 0 {
			s += vectorWeight * (near[i] - mean) / dev
		}
		hits = append(hits, Hit{t, s})
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits, nil
}

// bm25 scores every turn; each word of the text counts once.
func (x *index) bm25(text string) []float64 {
	out := make([]float64, len(x.turns))
	query := terms(text)
	slices.Sort(query)
	for _, w := range slices.Compact(query) {
		n := float64(x.df[w])
		if n == 0 {
			continue
		}
		idf := math.Log(1 + (float64(len(x.turns))-n+.5)/(n+.5))
		for i, d := range x.words {
			if tf := d[w]; tf > 0 {
				out[i] += idf * tf * (k1 + 1) / (tf + k1*(1-b+b*x.length[i]/x.mean))
			}
		}
	}
	return out
}

func spread(list []float64) (mean, dev float64) {
	for _, v := range list {
		mean += v / float64(len(list))
	}
	for _, v := range list {
		dev += (v - mean) * (v - mean) / float64(len(list))
	}
	return mean, math.Sqrt(dev)
}

// terms are the words of a text that tell something, cut to their stems;
// Chinese in pairs of characters.
func terms(text string) []string {
	var out []string
	text = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(text))
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r := []rune(w)
		if slices.ContainsFunc(r, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			for i := 0; i+1 < len(r); i++ {
				out = append(out, string(r[i:i+2]))
			}
			continue
		}
		if !stop[w] {
			out = append(out, stem(w))
		}
	}
	return out
}

// stem takes the commonest English endings off.
func stem(w string) string {
	n := len(w)
	switch {
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "y"
	case strings.HasSuffix(w, "s") && n > 3 && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		w = w[:n-1]
	}
	for _, end := range []struct {
		text string
		over int
	}{{"ing", 5}, {"ed", 4}} {
		if rest, ok := strings.CutSuffix(w, end.text); ok && len(w) > end.over {
			if k := len(rest); k > 2 && rest[k-1] == rest[k-2] && !strings.ContainsRune("lsaeiou", rune(rest[k-1])) {
				rest = rest[:k-1]
			}
			return strings.TrimSuffix(rest, "e")
		}
	}
	if len(w) > 3 {
		return strings.TrimSuffix(w, "e")
	}
	return w
}

// stop are words that tell nothing about what is meant.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an the and or but if of to in on at by for with about from into as is am are was were be been being do does did doing
		have has had having i you he she it we they me him her us them my your his its our their this that these those there here what which who whom whose when
		where why how can could will would shall should may might must not no so than too very just any some please show`) {
		m[w] = true
	}
	return m
}()
