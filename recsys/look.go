package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Look completes a look: for the items of the session it finds what goes with
// them out of other categories, one item of each. What goes together is known
// from what the shop pairs ([Item.Pairs]), from shared baskets of the two items,
// and, where their categories share baskets more often than chance, from
// attributes in which the two agree. It looks only at [Query.Recent].
type Look struct {
	data   *Dataset
	items  []Item // as data.Items; a zero Item where nothing is known
	of     []profile
	basket *Basket
	paired [][]int32                     // by the shop, either way
	in     map[string][]int32            // by category
	near   map[string]map[string]float64 // of two categories, 0..1; see affinity
	agree  int                           // attributes that count
}

// LookOptions tune Look.
type LookOptions struct {
	// Agree names the attributes that make two things fit; nil means colour,
	// style, pattern, use, activity, occasion, season and material.
	Agree []string
}

// Shares of a score: what the shop says counts before what baskets say, and
// both before what attributes suggest.
const (
	lookPaired = 1.0
	lookBasket = .8
	lookAgree  = .5
)

// NewLook reads items and counts the baskets of a dataset. Items out of stock
// are never part of a look; items that the dataset does not have are passed over.
func NewLook(d *Dataset, items []Item, opt LookOptions) *Look {
	names := opt.Agree
	if names == nil {
		names = []string{"colour", "style", "pattern", "use", "activity", "occasion", "season", "material"}
	}
	count := map[string]bool{}
	for _, n := range names {
		count[attributeName(n)] = true
	}
	m := &Look{
		data: d, items: known(d, items), basket: NewBasket(d, BasketOptions{}), agree: len(count),
		of: make([]profile, len(d.Items)), paired: make([][]int32, len(d.Items)), in: map[string][]int32{},
	}
	for n := range m.items {
		it, i := &m.items[n], int32(n)
		m.of[i] = profileOf(it, count)
		m.in[it.Category] = append(m.in[it.Category], i)
		for _, id := range it.Pairs {
			if j, ok := d.itemAt[id]; ok {
				m.paired[i], m.paired[j] = append(m.paired[i], j), append(m.paired[j], i)
			}
		}
	}
	m.near = m.affinity()
	return m
}

// known puts items at their places of a dataset. Of two with one id the later
// stands.
func known(d *Dataset, items []Item) []Item {
	out := make([]Item, len(d.Items))
	for _, it := range items {
		if i, ok := d.itemAt[it.ID]; ok {
			out[i] = it
		}
	}
	return out
}

// affinity tells of two categories how often a basket with one holds the other:
// the cosine over baskets, for pairs that share at least two and share more than
// they would by chance.
func (m *Look) affinity() map[string]map[string]float64 {
	count := map[string]int{}
	both := map[[2]string]int{}
	for _, b := range m.data.baskets {
		var in []string
		for _, i := range b {
			if c := m.items[i].Category; c != "" && !slices.Contains(in, c) {
				in = append(in, c)
			}
		}
		for _, x := range in {
			count[x]++
			for _, y := range in {
				if x != y {
					both[[2]string{x, y}]++
				}
			}
		}
	}
	out := map[string]map[string]float64{}
	for pair, n := range both {
		x, y := float64(count[pair[0]]), float64(count[pair[1]])
		if n > 1 && float64(n)*float64(len(m.data.baskets)) > x*y {
			if out[pair[0]] == nil {
				out[pair[0]] = map[string]float64{}
			}
			out[pair[0]][pair[1]] = float64(n) / math.Sqrt(x*y)
		}
	}
	return out
}

// Data returns the dataset whose baskets were counted.
func (m *Look) Data() *Dataset { return m.data }

// Recommend ranks what goes with the items of the session, the best of each
// category.
func (m *Look) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	k := cmp.Or(max(q.K, 0), 10)
	q.K = len(m.data.Items)
	all, err := rank(ctx, bare{m}, q)
	if err != nil {
		return nil, err
	}
	h := m.data.History(q)
	seen := map[string]bool{}
	var out []Scored
	for _, x := range all {
		i := m.data.itemAt[x.Item]
		if c := m.items[i].Category; len(out) < k && !seen[c] {
			seen[c] = true
			x.Reasons = m.Reasons(h, i)
			out = append(out, x)
		}
	}
	return out, nil
}

// bare is a model without reasons: they are looked up for what is shown alone.
type bare struct{ Model }

func (bare) Reasons(History, int32) []Reason { return nil }

// Score adds up what speaks for each item beside each item of the session, and
// leaves out what does not go with all of them.
func (m *Look) Score(h History, out []float64) {
	for _, e := range h.Events {
		if e.Recent {
			for _, j := range m.beside(e.Item) {
				for _, r := range m.why(e.Item, j) {
					out[j] += r.Weight
				}
			}
		}
	}
	for _, e := range h.Events {
		if e.Recent {
			for j := range out {
				if out[j] > 0 && !m.goes(e.Item, int32(j)) {
					out[j] = 0
				}
			}
		}
	}
}

// beside lists what might go with an item, each once.
func (m *Look) beside(i int32) []int32 {
	out := slices.Clone(m.paired[i])
	for _, l := range m.basket.with[i] {
		out = append(out, l.to)
	}
	for category := range m.near[m.items[i].Category] {
		out = append(out, m.in[category]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// goes says whether an item can stand beside another at all: it can be had, is
// of another category, and is not for somebody else.
func (m *Look) goes(i, j int32) bool {
	a, b := &m.items[i], &m.items[j]
	return i != j && b.InStock && !b.Article && b.Category != "" && a.Category != b.Category && m.of[i].sameAudience(&m.of[j])
}

// Reasons names the item of the session with what ties the two: "set" where the
// shop pairs them, "basket" with how many, "attribute" with what they share.
func (m *Look) Reasons(h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		if e.Recent {
			out = append(out, m.why(e.Item, item)...)
		}
	}
	return strongest(out)
}

// why weighs what puts j beside i.
func (m *Look) why(i, j int32) []Reason {
	if !m.goes(i, j) {
		return nil
	}
	name := m.data.Items[i]
	var out []Reason
	if slices.Contains(m.paired[i], j) {
		out = append(out, Reason{Kind: "set", Item: name, Weight: lookPaired})
	}
	for _, l := range m.basket.with[i] {
		if l.to == j { // a share of the baskets of both, few of them saying less
			n := float64(l.count)
			cosine := n / math.Sqrt(float64(m.basket.n[i])*float64(m.basket.n[j]))
			out = append(out, Reason{Kind: "basket", Item: name, Count: int(l.count), Weight: lookBasket * cosine * n / (n + 2)})
		}
	}
	near := m.near[m.items[i].Category][m.items[j].Category]
	if len(out) > 0 {
		near = max(near, .25) // what goes together is better still in one colour
	}
	if near > 0 {
		for _, x := range m.of[i].shared(&m.of[j]) {
			out = append(out, Reason{Kind: "attribute", Name: x, Item: name, Weight: lookAgree * near / float64(m.agree)})
		}
	}
	return out
}
