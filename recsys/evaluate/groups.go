package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"time"

	"parley/recsys"
)

// A Grouping is how one model treats the groups of customers or items that
// differ in one thing.
type Grouping struct {
	Of    string // "customers" or "items"
	By    string // what they differ in: country, activity, category, price, age, popularity
	Model string
	Rows  []GroupRow // the largest first
	Gap   Gap
}

// A GroupRow is one group.
type GroupRow struct {
	Name     string
	Size     int    // customers asked, or items
	Recall   Metric // of customers: mean; of items: the share of what was taken of the group that was shown
	Exposure Metric // of customers: the share of their lists outside the most popular third; of items: the group's share of all places
	Share    float64
	// Share is, of items, the group's share of what customers took: what its
	// exposure is to be held against. Of customers it is their share of those asked.
}

// A Gap is the widest difference in recall between two groups.
type Gap struct {
	Most, Least      string
	Value, Low, High float64
	Chance           float64 // of customers: what 95% of random groups of these sizes stay under; NaN of items
	Beyond           bool    // the gap is more than chance would give
}

// Groups with fewer members than these are put together as "other": their
// figures would be chance.
const (
	fewestCustomers = 20
	fewestItems     = 5
	mostGroups      = 12
)

// The thirds of a catalogue by popularity.
const (
	mostThird   = "most popular third"
	middleThird = "middle third"
	leastThird  = "least popular third"
)

// rest is the name of the small groups together.
const rest = "other"

// groups compares groups of customers and of items under the recommended model
// and under popularity.
func (c *comparison) groups() {
	models := []string{popular}
	if c.report.Recommended != popular {
		models = []string{c.report.Recommended, popular}
	}
	of := []Group{c.activity()}
	of = append(of, c.Groups...)
	for _, g := range of {
		names := make([]string, len(c.asked))
		for n, q := range c.asked {
			names[n] = cmp.Or(g.Of[q.Query.Customer], "unknown")
		}
		if names = pooled(names, fewestCustomers); distinct(names) > 1 {
			for _, m := range models {
				c.report.Groups = append(c.report.Groups, c.customers(m, g.Name, names))
			}
		}
	}
	for _, g := range c.itemGroups() {
		if names := pooled(g.names, fewestItems); distinct(names) > 1 {
			for _, m := range models {
				c.report.Groups = append(c.report.Groups, c.itemsOf(m, g.by, names))
			}
		}
	}
}

// pooled puts small groups together, and those after the largest ones.
func pooled(names []string, fewest int) []string {
	count := map[string]int{}
	for _, n := range names {
		count[n]++
	}
	var order []string
	for n := range count {
		order = append(order, n)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	keep := map[string]bool{}
	for r, n := range order {
		keep[n] = count[n] >= fewest && r < mostGroups
	}
	out := make([]string, len(names))
	for k, n := range names {
		if out[k] = n; !keep[n] {
			out[k] = rest
		}
	}
	return out
}

func distinct(names []string) int {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return len(set)
}

// activity parts customers by how much they took before, into thirds.
func (c *comparison) activity() Group {
	var sizes []float64
	for _, q := range c.asked {
		sizes = append(sizes, float64(len(q.owned)))
	}
	low, high := thirds(sizes)
	g := Group{"activity", map[string]string{}}
	for n, q := range c.asked {
		g.Of[q.Query.Customer] = band(sizes[n], low, high, "", " items before")
	}
	return g
}

// thirds are the values that part numbers into three groups as even as ties let.
func thirds(xs []float64) (low, high float64) {
	s := slices.Clone(xs)
	sort.Float64s(s)
	return s[len(s)/3], s[2*len(s)/3]
}

// band names the third that x is in.
func band(x, low, high float64, before, after string) string {
	switch {
	case x < low:
		return fmt.Sprintf("under %s%.4g%s", before, low, after)
	case x < high:
		return fmt.Sprintf("%s%.4g to under %.4g%s", before, low, high, after)
	}
	return fmt.Sprintf("%s%.4g and more%s", before, high, after)
}

// itemGroup is a name for each item of the dataset.
type itemGroup struct {
	by    string
	names []string
}

// itemGroups are the groups that items fall in: by popularity, age, price and
// category, where these are known.
func (c *comparison) itemGroups() []itemGroup {
	d, known := c.fit, c.report.known
	by := byID(c.items)
	popularity := make([]string, len(d.Items))
	order := make([]int, len(d.Items))
	for n := range order {
		order[n] = n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(known.takers[b], known.takers[a]) })
	for r, n := range order {
		popularity[n] = []string{mostThird, middleThird, leastThird}[3*r/len(order)]
	}
	out := []itemGroup{{"popularity", popularity}}
	if age := c.ages(); age != nil {
		out = append(out, itemGroup{"age", age})
	}
	var prices []float64
	for _, x := range c.items {
		if x.Price > 0 {
			prices = append(prices, x.Price)
		}
	}
	if len(prices) >= 3*fewestItems {
		low, high := thirds(prices)
		names := make([]string, len(d.Items))
		for n, id := range d.Items {
			names[n] = "unknown"
			if x := by[id]; x != nil && x.Price > 0 {
				names[n] = band(x.Price, low, high, "", "")
			}
		}
		out = append(out, itemGroup{"price", names})
	}
	names := make([]string, len(d.Items))
	for n, id := range d.Items {
		names[n] = "unknown"
		if x := by[id]; x != nil && x.Category != "" {
			names[n] = x.Category
		}
	}
	return append(out, itemGroup{"category", names})
}

// ages parts items into those met first in the last fifth of the time before
// the test, and older ones.
func (c *comparison) ages() []string {
	first := map[string]time.Time{}
	var from, to time.Time
	for _, list := range [][]recsys.Interaction{c.parts.train, c.parts.valid} {
		for _, x := range list {
			if x.At.IsZero() {
				continue
			}
			if t, ok := first[x.Item]; !ok || x.At.Before(t) {
				first[x.Item] = x.At
			}
			if from.IsZero() || x.At.Before(from) {
				from = x.At
			}
			if x.At.After(to) {
				to = x.At
			}
		}
	}
	if !from.Before(to) {
		return nil
	}
	since := to.Add(-to.Sub(from) / 5)
	out := make([]string, len(c.fit.Items))
	for n, id := range c.fit.Items {
		out[n] = "older"
		if t, ok := first[id]; !ok || t.After(since) {
			out[n] = "new (not before " + since.Format(time.DateOnly) + ")"
		}
	}
	return out
}

// customers compares groups of customers by mean recall, and by how much of
// their lists is not what is popular with everybody.
func (c *comparison) customers(model, by string, names []string) Grouping {
	lists, head := c.report.shown[model], c.head()
	found, niche := make([]float64, len(lists)), make([]float64, len(lists))
	at := places(c.fit)
	for n, l := range lists {
		found[n] = recall(c.outcome(n, l, at), c.K, len(c.fit.Items))
		if len(l) > 0 {
			niche[n] = mean(l, func(i int32) float64 {
				if head[i] {
					return 0
				}
				return 1
			})
		}
	}
	g := Grouping{Of: "customers", By: by, Model: model}
	var stats []statistic
	for _, name := range inOrder(names) {
		in, size := make([]float64, len(names)), 0
		for n := range names {
			if names[n] == name {
				in[n] = 1
				size++
			}
		}
		g.Rows = append(g.Rows, GroupRow{Name: name, Size: size, Share: float64(size) / float64(len(names))})
		stats = append(stats, ratio{times(found, in), in}, ratio{times(niche, in), in})
	}
	g.fill(c.Seed, len(lists), stats)
	g.Gap.Chance = chance(c.Seed, found, names)
	g.Gap.Beyond = g.Gap.Value > g.Gap.Chance
	return g
}

// itemsOf compares groups of items by how many places they get and by how much
// of what customers took of them was shown.
func (c *comparison) itemsOf(model, by string, names []string) Grouping {
	lists := c.report.shown[model]
	at := places(c.fit)
	order := inOrder(names)
	number := map[string]int{}
	g := Grouping{Of: "items", By: by, Model: model}
	for n, name := range order {
		number[name] = n
		g.Rows = append(g.Rows, GroupRow{Name: name})
	}
	for _, name := range names {
		g.Rows[number[name]].Size++
	}
	columns := func() [][]float64 {
		out := make([][]float64, len(order))
		for n := range out {
			out[n] = make([]float64, len(lists))
		}
		return out
	}
	shown, hit, wanted := columns(), columns(), columns()
	all, sum := make([]float64, len(lists)), 0.0
	for n, l := range lists {
		o := c.outcome(n, l, at)
		for r, i := range l {
			k := number[names[i]]
			shown[k][n]++
			all[n]++
			if o.hit[r] {
				hit[k][n]++
			}
		}
		for _, i := range c.asked[n].Relevant {
			k := number[names[at[i]]]
			wanted[k][n]++
			g.Rows[k].Share++
			sum++
		}
	}
	var stats []statistic
	for n := range order {
		g.Rows[n].Share /= sum
		stats = append(stats, ratio{hit[n], wanted[n]}, ratio{shown[n], all})
	}
	g.fill(c.Seed, len(lists), stats)
	g.Gap.Chance = math.NaN()
	g.Gap.Beyond = g.Gap.Low > 0
	return g
}

// fill puts the estimates of recall and exposure into the rows, and finds the
// widest gap in recall.
func (g *Grouping) fill(seed uint64, n int, stats []statistic) {
	e := bootstrap(seed, n, stats)
	for k := range g.Rows {
		g.Rows[k].Recall = metric("recall", e[2*k], e[2*k], g.Rows[k].Size)
		g.Rows[k].Exposure = metric("exposure", e[2*k+1], e[2*k+1], g.Rows[k].Size)
	}
	known := slices.DeleteFunc(slices.Clone(g.Rows), func(r GroupRow) bool { return !finite(r.Recall.Value) })
	if len(known) < 2 {
		return
	}
	by := func(a, b GroupRow) int { return cmp.Compare(a.Recall.Value, b.Recall.Value) }
	most, least := slices.MaxFunc(known, by), slices.MinFunc(known, by)
	gap := most.Recall.estimate.minus(least.Recall.estimate)
	g.Gap = Gap{Most: most.Name, Least: least.Name, Value: gap.value}
	g.Gap.Low, g.Gap.High = gap.interval()
}

// chance is the gap that 95% of random groups of the same sizes stay under: the
// widest of several gaps is wide by itself.
func chance(seed uint64, xs []float64, names []string) float64 {
	gaps := make([]float64, 400)
	recsys.Each(len(gaps), func(b int) {
		r := rand.New(rand.NewPCG(seed, 1<<32+uint64(b)))
		mixed := slices.Clone(names)
		r.Shuffle(len(mixed), func(a, b int) { mixed[a], mixed[b] = mixed[b], mixed[a] })
		sum, n := map[string]float64{}, map[string]float64{}
		for k, name := range mixed {
			sum[name] += xs[k]
			n[name]++
		}
		low, high := math.Inf(1), math.Inf(-1)
		for name, s := range sum {
			low, high = min(low, s/n[name]), max(high, s/n[name])
		}
		gaps[b] = high - low
	})
	slices.Sort(gaps)
	return gaps[len(gaps)*95/100]
}

// outcome is how a list turned out for the customer asked.
func (c *comparison) outcome(n int, list []int32, at map[string]int32) outcome {
	is := map[int32]bool{}
	for _, i := range c.asked[n].Relevant {
		is[at[i]] = true
	}
	o := outcome{list: list, hit: make([]bool, len(list)), relevant: len(is)}
	for r, i := range list {
		o.hit[r] = is[i]
	}
	return o
}

// head is the most popular third of the items.
func (c *comparison) head() []bool {
	out := make([]bool, len(c.fit.Items))
	for n, name := range c.itemGroups()[0].names {
		out[n] = name == mostThird
	}
	return out
}

// inOrder gives the names once each: bands as they rise, other names with the
// most frequent first, "other" last.
func inOrder(names []string) []string {
	count := map[string]int{}
	for _, n := range names {
		count[n]++
	}
	var out []string
	for n := range count {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b string) int {
		if (a == rest) != (b == rest) {
			if a == rest {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(rise(a), rise(b)), cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	return out
}

// rise is a band's place among the three.
func rise(name string) int {
	switch {
	case name == middleThird || strings.Contains(name, " to under "):
		return 1
	case name == leastThird || strings.Contains(name, " and more"):
		return 2
	}
	return 0
}

func times(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for n := range a {
		out[n] = a[n] * b[n]
	}
	return out
}
