package recsys

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// Bounds of what is held out.
const (
	mostHeld   = 1000 // customers asked for
	leastHeld  = 20   // fewer say too little: then all models weigh the same
	leastLater = 100  // customers who came before and after a moment, to hold out by time
	laterShare = 10   // a tenth of the interactions lies behind it
)

// holdOut takes away what came last, as the shop will be asked for what comes
// next: all after a moment, where enough customers came before and after it;
// else the newest basket of customers who came twice. byTime says which.
func (t *training) holdOut(in []Interaction) (rest []Interaction, cases []Case, byTime bool) {
	times := make([]int64, 0, len(in))
	for _, row := range t.all.byCustomer {
		for _, e := range row {
			times = append(times, e.At)
		}
	}
	if len(times) == 0 {
		return in, nil, false
	}
	slices.Sort(times)
	moment := times[len(times)-1-len(times)/laterShare]
	later := map[string]int64{}
	newest := map[string]int64{}
	for u, row := range t.all.byCustomer {
		if row[0].At < row[len(row)-1].At {
			newest[t.all.Customers[u]] = row[len(row)-1].At - 1
		}
		later[t.all.Customers[u]] = moment
	}
	if rest, cases = t.after(in, later); len(cases) >= leastLater {
		return rest, cases, true
	}
	// What is not asked for is not to be missing from what is learnt.
	r := rand.New(rand.NewPCG(t.cfg.Seed, 6))
	names := slices.Sorted(maps.Keys(newest))
	for n, k := range r.Perm(len(names)) {
		if n >= mostHeld {
			delete(newest, names[k])
		}
	}
	rest, cases = t.after(in, newest)
	return rest, cases, false
}

// after parts interactions by a moment, in unix seconds, of each customer, and
// asks at most mostHeld customers for what they took then and never before.
func (t *training) after(in []Interaction, moments map[string]int64) (rest []Interaction, cases []Case) {
	relevant, before := map[string][]string{}, map[string]map[string]bool{}
	for _, x := range in {
		moment, held := moments[x.Customer]
		if held && !x.At.IsZero() && x.At.Unix() > moment {
			relevant[x.Customer] = append(relevant[x.Customer], x.Item)
			continue
		}
		rest = append(rest, x)
		if before[x.Customer] == nil {
			before[x.Customer] = map[string]bool{}
		}
		before[x.Customer][x.Item] = true
	}
	r := rand.New(rand.NewPCG(t.cfg.Seed, 7))
	names := slices.Sorted(maps.Keys(relevant))
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, u := range names {
		list := slices.Compact(slices.Sorted(slices.Values(relevant[u])))
		list = slices.DeleteFunc(list, func(i string) bool { return before[u][i] }) // what is had is not suggested
		if len(list) > 0 && len(before[u]) > 0 && len(cases) < mostHeld {
			cases = append(cases, Case{Query: Query{Customer: u, Exclude: slices.Sorted(maps.Keys(before[u]))}, Relevant: list})
		}
	}
	return rest, cases
}
