package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// Content finds items alike by what is written about them: TF-IDF over the
// words of title and description, the character runs of the title, and the
// attributes. It needs no customer to have taken an item, so it answers for
// new ones, and with [Content.For] for the words of a conversation.
//
// Items that nothing is known of are never recommended. Make the dataset with
// the ids of all items, so that new ones have a place in it.
type Content struct {
	data      *Dataset
	features  map[feature]int32
	name      []string  // of each feature, for people; empty for runs of characters
	idf       []float64 // of each feature
	of        []block   // of each feature
	vector    [][]weight
	posting   [][]weight // by feature: items
	neighbour [][]link
	weights   [blocks]float64
	halfLife  float64 // in seconds; 0: none
}

// ContentOptions tune Content. The four weights are each part's share of the
// likeness of two items: 0 means the default, below 0 leaves the part out.
type ContentOptions struct {
	Words      float64 // of title, category and attribute values; 0 means 1
	Grams      float64 // runs of three and four characters of the title; 0 means .5
	Attributes float64 // category, attributes; 0 means 1
	Text       float64 // words of the description; 0 means .5

	// Neighbours are kept for each item; 0 means 100. Below 0 none are looked
	// for, which takes most of the time: for words and for likeness they are not
	// needed, and the model itself then recommends nothing.
	Neighbours int
	HalfLife   time.Duration // of a customer's own past when scoring; 0: no decay
}

// A block is one kind of feature: they are scaled apart from each other.
type block uint8

const (
	wordBlock block = iota
	gramBlock
	attributeBlock
	textBlock
	blocks
)

type feature struct {
	of   block
	term string
}

// weight is one entry of a sparse row: of an item, by feature, or of a
// feature, by item.
type weight struct {
	at int32
	w  float32
}

// mostShared bounds the items a feature is followed to when neighbours are
// looked for: what more share tells little, and would cost items² time.
const mostShared = 5000

// NewContent reads items. Those that the dataset does not have are passed
// over; of two with one id the later stands.
func NewContent(d *Dataset, items []Item, opt ContentOptions) *Content {
	share := func(x, usual float64) float64 { return max(0, cmp.Or(x, usual)) }
	m := &Content{
		data: d, features: map[feature]int32{}, halfLife: opt.HalfLife.Seconds(),
		vector: make([][]weight, len(d.Items)), neighbour: make([][]link, len(d.Items)),
		weights: [blocks]float64{
			wordBlock: share(opt.Words, 1), gramBlock: share(opt.Grams, .5),
			attributeBlock: share(opt.Attributes, 1), textBlock: share(opt.Text, .5),
		},
	}
	counts := make([]map[feature]float64, len(d.Items))
	names := map[feature]string{}
	for _, it := range items {
		if i, ok := d.itemAt[it.ID]; ok {
			counts[i] = describe(it, names)
		}
	}
	m.index(counts, names)
	keep := cmp.Or(opt.Neighbours, 100)
	if keep < 0 {
		return m
	}
	var spare sync.Pool
	Each(len(d.Items), func(i int) {
		room, ok := spare.Get().(*[]link)
		if !ok {
			room = new([]link)
		}
		m.neighbour[i], *room = m.nearest(i, keep, *room)
		spare.Put(room)
	})
	return m
}

// describe counts the features of an item and notes how each is written.
func describe(it Item, names map[feature]string) map[feature]float64 {
	count := map[feature]float64{}
	words := func(of block, text string) {
		for _, w := range wordsOf(text) {
			for _, t := range termsOf(w) {
				f := feature{of, t}
				count[f]++
				shown := w
				if unspaced([]rune(w)[0]) {
					shown = t
				}
				if was, ok := names[f]; !ok || len(shown) < len(was) || len(shown) == len(was) && shown < was {
					names[f] = shown
				}
			}
		}
	}
	words(wordBlock, it.Title)
	for _, w := range wordsOf(it.Title) {
		for _, g := range gramsOf(w) {
			count[feature{gramBlock, g}]++
		}
	}
	words(textBlock, it.Text)
	attribute := func(name, value string) {
		if value = strings.TrimSpace(value); value == "" {
			return
		}
		f := feature{attributeBlock, strings.ToLower(name + ": " + value)}
		count[f] = 1
		names[f] = f.term
		words(wordBlock, value)
	}
	attribute("category", it.Category)
	for name, values := range it.Attributes {
		for _, v := range values {
			attribute(name, v)
		}
	}
	return count
}

// index numbers the features, weighs them by how rare they are, and turns the
// items' counts to unit vectors.
func (m *Content) index(counts []map[feature]float64, names map[feature]string) {
	common := map[feature]int{}
	for _, c := range counts {
		for f := range c {
			common[f]++
		}
	}
	order := make([]feature, 0, len(common))
	for f := range common {
		order = append(order, f)
	}
	slices.SortFunc(order, func(a, b feature) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.term, b.term)) })
	for n, f := range order {
		m.features[f] = int32(n)
		m.name, m.of = append(m.name, names[f]), append(m.of, f.of)
		m.idf = append(m.idf, math.Log1p(float64(len(counts))/float64(common[f])))
	}
	m.posting = make([][]weight, len(order))
	for i, c := range counts {
		m.vector[i] = m.vectorOf(c)
		for _, x := range m.vector[i] {
			m.posting[x.at] = append(m.posting[x.at], weight{int32(i), x.w})
		}
	}
}

// vectorOf is the unit vector of counted features, by feature: each block a
// unit vector of its own first, then as long as the root of its weight.
// Features that no item has are passed over.
func (m *Content) vectorOf(count map[feature]float64) []weight {
	var out []weight
	for f, n := range count {
		if at, ok := m.features[f]; ok && m.weights[f.of] > 0 {
			out = append(out, weight{at, float32((1 + math.Log(n)) * m.idf[at])})
		}
	}
	slices.SortFunc(out, func(a, b weight) int { return cmp.Compare(a.at, b.at) })
	var square [blocks]float64
	for _, x := range out {
		square[m.of[x.at]] += float64(x.w) * float64(x.w)
	}
	total := 0.0
	for b, s := range square {
		if s > 0 {
			total += m.weights[b]
		}
	}
	for k, x := range out {
		b := m.of[x.at]
		out[k].w = float32(float64(x.w) * math.Sqrt(m.weights[b]/(square[b]*total)))
	}
	return out
}

// nearest gives the items most like one; spare is room for links.
func (m *Content) nearest(i, keep int, spare []link) (near, room []link) {
	if len(m.vector[i]) == 0 {
		return nil, spare // nothing is known of it: of a robot's pages there are many
	}
	likeness := m.data.scratch()
	defer m.data.release(likeness)
	for _, x := range m.vector[i] {
		if list := m.posting[x.at]; len(list) <= mostShared {
			for _, y := range list {
				(*likeness)[y.at] += float64(x.w) * float64(y.w)
			}
		}
	}
	links := spare[:0]
	for j, sim := range *likeness {
		if sim > 0 && j != i {
			links = append(links, link{to: int32(j), sim: float32(sim)})
		}
	}
	return slices.Clone(likest(links, keep)), links
}

// Data returns the dataset whose items are read.
func (m *Content) Data() *Dataset { return m.data }

// Recommend ranks by likeness to what the customer took and looks at.
func (m *Content) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score sums the likeness to each item of the history; the session counts
// fully, the past fades.
func (m *Content) Score(h History, out []float64) { spreadInto(m, h, out) }

func (m *Content) spread(h History, to func(float64, []link)) {
	for _, e := range h.Events {
		to(h.aged(e, m.halfLife), m.neighbour[e.Item])
	}
}

// Reasons names the items of the history that it is like, each with what the
// two share.
func (m *Content) Reasons(h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		for _, l := range m.neighbour[e.Item] {
			if l.to == item {
				kind, name := m.shared(e.Item, item)
				out = append(out, Reason{Kind: kind, Name: name, Item: m.data.Items[e.Item], Weight: h.aged(e, m.halfLife) * float64(l.sim)})
			}
		}
	}
	return strongest(out)
}

// shared names what two items have in common that gives most of their
// likeness: an attribute, or up to three words.
func (m *Content) shared(a, b int32) (kind, name string) {
	type common struct {
		at int32
		w  float32
	}
	var list []common
	for at, w := range m.common(a, b) {
		if m.of[at] != gramBlock {
			list = append(list, common{at, float32(w)})
		}
	}
	slices.SortStableFunc(list, func(a, b common) int { return cmp.Compare(b.w, a.w) })
	if len(list) == 0 {
		return "words", ""
	}
	if m.of[list[0].at] == attributeBlock {
		return "attribute", m.name[list[0].at]
	}
	var words []string
	for _, c := range list {
		if w := m.name[c.at]; m.of[c.at] != attributeBlock && len(words) < 3 && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return "words", strings.Join(overlapped(words), " ")
}

// overlapped joins terms of a run of Chinese characters where one ends as
// another begins.
func overlapped(words []string) []string {
	for a := range words {
		for b := range words {
			x, y := []rune(words[a]), []rune(words[b])
			if a != b && unspaced(y[0]) && x[len(x)-1] == y[0] {
				words[a] += string(y[1:])
				return overlapped(slices.Delete(words, b, b+1))
			}
		}
	}
	return words
}
