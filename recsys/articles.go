package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Articles ranks the articles and guides among the items of a shop: those that
// say what the customer's things are about, and those whose readers took such
// things. What was read already is left out. Put them among products with a
// [Mix].
type Articles struct {
	data    *Dataset
	content *Content
	list    []int32
	readers [][]link // by article as in list: items its readers took, by item
}

// A Mix shows articles among products, or any second kind of item among a
// first: the order of each is its recommender's.
type Mix struct {
	Products, Articles Recommender
	Most               int // articles; 0 means 1
	Every              int // so many products before each article; 0 means 3
}

// mostWhat bounds the newest things of a history that articles are looked for.
const mostWhat = 10

// NewArticles reads what the readers of each article took, and compares texts by
// content, which is of the same dataset.
func NewArticles(content *Content, items []Item) *Articles {
	d := content.data
	m := &Articles{data: d, content: content}
	for i, it := range known(d, items) {
		if it.Article {
			m.list = append(m.list, int32(i))
		}
	}
	m.readers = make([][]link, len(m.list))
	Each(len(m.list), func(n int) {
		a := m.list[n]
		both := map[int32]int32{}
		for _, c := range d.byItem[a] {
			for _, e := range d.byCustomer[c.of] {
				both[e.Item]++
			}
		}
		for j, count := range both {
			if j != a { // a cosine over customers, few readers saying less
				sim := float64(count) / (math.Sqrt(float64(len(d.byItem[a]))*float64(len(d.byItem[j]))) + 2)
				m.readers[n] = append(m.readers[n], link{j, float32(sim), count})
			}
		}
		slices.SortFunc(m.readers[n], func(a, b link) int { return cmp.Compare(a.to, b.to) })
	})
	return m
}

// Data returns the dataset of the articles.
func (m *Articles) Data() *Dataset { return m.data }

// Recommend ranks articles around what the customer took and looks at.
func (m *Articles) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score sums likeness and readers over the newest things of the history.
func (m *Articles) Score(h History, out []float64) {
	for n, a := range m.list {
		if slices.ContainsFunc(h.Events, func(e Event) bool { return e.Item == a }) {
			continue
		}
		for _, e := range h.Events[max(0, len(h.Events)-mostWhat):] {
			sim, _, _ := m.about(a, e.Item)
			out[a] += sim
			if l := m.read(n, e.Item); l != nil {
				out[a] += float64(l.sim)
			}
		}
	}
}

// about is how much an article is about an item, and what says so. Parts of words
// alone say nothing.
func (m *Articles) about(article, item int32) (sim float64, kind, what string) {
	if sim = m.content.likeness(article, item); sim > 0 {
		if kind, what = m.content.shared(item, article); what == "" {
			sim = 0
		}
	}
	return sim, kind, what
}

func (m *Articles) read(n int, item int32) *link {
	list := m.readers[n]
	if k, ok := slices.BinarySearchFunc(list, item, func(l link, i int32) int { return cmp.Compare(l.to, i) }); ok {
		return &list[k]
	}
	return nil
}

// Reasons names the things that an article is about, with what they share, and
// those that its readers took ("readers", with how many did).
func (m *Articles) Reasons(h History, item int32) []Reason {
	n, ok := slices.BinarySearch(m.list, item)
	if !ok {
		return nil
	}
	var out []Reason
	for _, e := range h.Events[max(0, len(h.Events)-mostWhat):] {
		name := m.data.Items[e.Item]
		if sim, kind, what := m.about(item, e.Item); sim > 0 {
			out = append(out, Reason{Kind: kind, Name: what, Item: name, Weight: sim})
		}
		if l := m.read(n, e.Item); l != nil {
			out = append(out, Reason{Kind: "readers", Item: name, Count: int(l.count), Weight: float64(l.sim)})
		}
	}
	return strongest(out)
}

// Recommend puts an article after every few products, and the rest of both
// behind where one of them ends; no more articles than Most. The scores of the
// two kinds are not comparable, the order is.
func (m Mix) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	k := cmp.Or(max(q.K, 0), 10)
	most, every := cmp.Or(max(m.Most, 0), 1), cmp.Or(max(m.Every, 0), 3)
	q.K = min(most, k)
	articles, err := m.Articles.Recommend(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Exclude = slices.Clone(q.Exclude)
	for _, a := range articles {
		q.Exclude = append(q.Exclude, a.Item)
	}
	q.K = k
	products, err := m.Products.Recommend(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Scored
	for len(out) < k && len(products)+len(articles) > 0 {
		n := min(every, len(products))
		out = append(out, products[:n]...)
		if products = products[n:]; len(articles) > 0 {
			out, articles = append(out, articles[0]), articles[1:]
		}
	}
	return out[:min(k, len(out))], nil
}
