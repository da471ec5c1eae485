package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// Instead finds what to take in place of an item that cannot be had: one in
// stock of the same category (or of the one beside it), for the same people,
// near in attributes, price, words and picture. It looks only at the newest of
// [Query.Recent], and its reasons say what the two share and where they differ.
type Instead struct {
	data    *Dataset
	items   []Item
	of      []profile
	traits  []string // names of the attributes that count, colour and size first
	content *Content
	in      map[string][]int32 // by category, in stock
	beside  map[string][]int32 // by the category above, in stock
	want    map[string][]string
}

// InsteadOptions tune Instead.
type InsteadOptions struct {
	// Attributes that count; nil means all but the audience ("for", "age"),
	// which must fit anyway.
	Attributes []string
	// Content, of the same dataset, compares texts; nil: they are not compared.
	Content *Content
}

// Shares of a score, out of 1 where everything is the same. Judgement, not
// measured: no public set says what stood in for what.
const (
	insteadCategory   = .2
	insteadAttributes = .2
	insteadPrice      = .2
	insteadWords      = .25
	insteadPicture    = .15
	insteadBeside     = .5 // of all of it, in another category under the same one
)

// NewInstead reads items. Those out of stock are never given.
func NewInstead(d *Dataset, items []Item, opt InsteadOptions) (*Instead, error) {
	if opt.Content != nil && opt.Content.data != d {
		return nil, fmt.Errorf("recsys: replacements: the content was read for another dataset; make it with this one")
	}
	m := &Instead{
		data: d, items: known(d, items), of: make([]profile, len(d.Items)), content: opt.Content,
		in: map[string][]int32{}, beside: map[string][]int32{},
	}
	count := map[string]bool{}
	for _, n := range opt.Attributes {
		count[attributeName(n)] = true
	}
	if opt.Attributes == nil {
		for n := range m.items {
			for name := range m.items[n].Attributes {
				count[attributeName(name)] = true
			}
		}
		delete(count, "for")
		delete(count, "age")
	}
	for name := range count {
		m.traits = append(m.traits, name)
	}
	first := func(name string) int { return slices.Index([]string{"size", "colour"}, name) } // what people ask about
	slices.SortFunc(m.traits, func(a, b string) int { return cmp.Or(cmp.Compare(first(b), first(a)), cmp.Compare(a, b)) })
	for n := range m.items {
		it := &m.items[n]
		m.of[n] = profileOf(it, count)
		if it.InStock && !it.Article && it.Category != "" {
			m.in[it.Category] = append(m.in[it.Category], int32(n))
			if above := parent(it.Category); above != "" {
				m.beside[above] = append(m.beside[above], int32(n))
			}
		}
	}
	return m, nil
}

// parent is the category above one, or "".
func parent(category string) string {
	k := strings.LastIndexByte(category, '/')
	return category[:max(k, 0)]
}

// Wanting gives a model that offers only items that have all of some attributes,
// such as a size that the customer asked for: of each name any one value will
// do. What an item's "size" lists must then be what can be had now.
func (m *Instead) Wanting(want map[string][]string) *Instead {
	out := *m
	out.want = map[string][]string{}
	for name, values := range want {
		for _, v := range values {
			out.want[attributeName(name)] = append(out.want[attributeName(name)], strings.ToLower(strings.TrimSpace(v)))
		}
	}
	return &out
}

// Data returns the dataset whose items are read.
func (m *Instead) Data() *Dataset { return m.data }

// Recommend ranks what can stand in for the newest item of the session.
func (m *Instead) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score sums what each item shares with the one that is missing: 1 is the same
// in everything.
func (m *Instead) Score(h History, out []float64) {
	i, ok := newestRecent(h)
	if !ok {
		return
	}
	category := m.items[i].Category
	if category == "" {
		return
	}
	for _, list := range [][]int32{m.in[category], m.beside[parent(category)]} {
		for _, j := range list {
			if out[j] == 0 && m.serves(i, j) {
				for _, r := range m.why(i, j, false) {
					out[j] += r.Weight
				}
			}
		}
	}
}

func newestRecent(h History) (int32, bool) {
	for n := len(h.Events) - 1; n >= 0; n-- {
		if h.Events[n].Recent {
			return h.Events[n].Item, true
		}
	}
	return 0, false
}

// serves says whether j could do for who wanted i.
func (m *Instead) serves(i, j int32) bool {
	b := &m.items[j]
	if i == j || !b.InStock || b.Article || !m.of[i].sameAudience(&m.of[j]) {
		return false
	}
	if c := m.items[i].Category; b.Category != c && (parent(c) == "" || parent(b.Category) != parent(c)) {
		return false
	}
	for name, values := range m.want {
		has := b.valuesOf(name)
		if !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(has, v) }) {
			return false
		}
	}
	return true
}

// Reasons names what the item shares with the one that is missing, then, of no
// weight, where it differs: kind "attribute" with "colour: red"; "price" with
// how much more or less, "+12%"; "words"; "picture"; kind "differs" with its own
// value, "colour: blue".
func (m *Instead) Reasons(h History, item int32) []Reason {
	i, ok := newestRecent(h)
	if !ok || !m.serves(i, item) {
		return nil
	}
	out := strongest(m.why(i, item, true))
	for _, name := range m.traits {
		mine, theirs := m.of[i].values(name), m.of[item].values(name)
		if len(mine) == 0 || len(theirs) == 0 || slices.ContainsFunc(mine, func(v string) bool { return slices.Contains(theirs, v) }) {
			continue
		}
		out = append(out, Reason{Kind: "differs", Name: theirs[0], Item: m.data.Items[i]})
	}
	if c := m.items[item].Category; c != m.items[i].Category {
		out = append(out, Reason{Kind: "differs", Name: "category: " + c, Item: m.data.Items[i]})
	}
	return out
}

// why weighs what j has of i. Names take time and are made for what is shown.
func (m *Instead) why(i, j int32, named bool) []Reason {
	a, b := &m.items[i], &m.items[j]
	var out []Reason
	whole := 1.0
	if a.Category != b.Category {
		whole = insteadBeside
	}
	add := func(kind, name string, w float64) {
		if w *= whole; w > 0 {
			out = joined(out, Reason{Kind: kind, Name: name, Item: m.data.Items[i], Weight: w})
		}
	}
	if a.Category == b.Category {
		add("attribute", "category: "+a.Category, insteadCategory)
	} else {
		add("attribute", "category: "+parent(a.Category), insteadCategory)
	}
	if n := m.of[i].names(); n > 0 {
		for _, x := range m.of[i].shared(&m.of[j]) {
			add("attribute", x, insteadAttributes/float64(n))
		}
	}
	if a.Price > 0 && b.Price > 0 { // half or twice the price is a quarter as near
		near := math.Exp2(-2 * math.Abs(math.Log2(b.Price/a.Price)))
		name := ""
		if named {
			name = fmt.Sprintf("%+.0f%%", 100*(b.Price/a.Price-1))
		}
		add("price", name, insteadPrice*near)
	}
	if m.content != nil {
		sim, words := m.content.wording(i, j)
		add("words", words, insteadWords*sim)
	}
	if sim := cosine32(a.Picture, b.Picture); sim > 0 {
		add("picture", "", insteadPicture*sim)
	}
	return out
}

// wording is the cosine of what is written about two items, attributes aside,
// and up to three words of title and values that make it.
func (m *Content) wording(a, b int32) (sim float64, words string) {
	long := func(v []weight) (sum float64) {
		for _, x := range v {
			if m.of[x.at] != attributeBlock {
				sum += float64(x.w) * float64(x.w)
			}
		}
		return math.Sqrt(sum)
	}
	var top []string
	var most []float64
	for at, w := range m.common(a, b) {
		if m.of[at] == attributeBlock {
			continue
		}
		sim += w
		if m.of[at] == wordBlock && telling(m.name[at]) && !slices.Contains(top, m.name[at]) {
			n := 0
			for n < len(most) && most[n] >= w {
				n++
			}
			top, most = slices.Insert(top, n, m.name[at]), slices.Insert(most, n, w)
			top, most = top[:min(3, len(top))], most[:min(3, len(most))]
		}
	}
	if sim == 0 {
		return 0, ""
	}
	return min(1, sim/(long(m.vector[a])*long(m.vector[b]))), strings.Join(overlapped(top), " ")
}

// telling says whether a word tells people anything by itself.
func telling(word string) bool {
	return !filler[word] && strings.ContainsFunc(word, unicode.IsLetter)
}

// cosine32 is the cosine of two vectors, or 0 where one is missing or of
// another length.
func cosine32(a, b []float32) float64 {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	dot, x, y := 0.0, 0.0, 0.0
	for n := range a {
		dot += float64(a[n]) * float64(b[n])
		x += float64(a[n]) * float64(a[n])
		y += float64(b[n]) * float64(b[n])
	}
	if s := dot / math.Sqrt(x*y); s > 0 && s <= 1.0001 {
		return min(s, 1)
	}
	return 0
}
