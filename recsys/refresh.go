package recsys

import (
	"cmp"
	"maps"
	"slices"
)

// With gives the dataset that NewDataset makes of all interactions so far and
// more: what came from the event stream since. It reads again only the customers,
// items and baskets that more names; the rest is shared with d, which stays as
// it was, or renumbered where items or customers are new. Times may come in any
// order. Two things can differ: values that are no sums of powers of two, where
// they come late, in the last bit; and of a customer beyond the bound on items,
// what was dropped stays dropped.
//
// Between two refreshes nothing needs to wait: [Query.Past] and [Query.Recent]
// fold in what a customer did meanwhile.
func (d *Dataset) With(more []Interaction) *Dataset {
	next := &Dataset{Dropped: d.Dropped, newest: d.newest}
	items, customers := map[string]bool{}, map[string]bool{}
	for _, x := range more {
		if usable(x) {
			items[x.Item], customers[x.Customer] = true, true
		} else {
			next.Dropped++
		}
	}
	var item, customer []int32 // where the old ones are now
	next.Items, next.itemAt, item = grown(d.Items, d.itemAt, items)
	next.Customers, next.customerAt, customer = grown(d.Customers, d.customerAt, customers)
	next.byCustomer = make([][]Event, len(next.Customers))
	for u, row := range d.byCustomer {
		next.byCustomer[customer[u]] = renumbered(row, item, len(d.Items) != len(next.Items), func(e *Event) *int32 { return &e.Item })
	}
	next.byItem = make([][]cell, len(next.Items))
	for i, col := range d.byItem {
		next.byItem[item[i]] = renumbered(col, customer, len(d.Customers) != len(next.Customers), func(c *cell) *int32 { return &c.of })
	}
	for _, b := range d.named {
		b.items = renumbered(b.items, item, len(d.Items) != len(next.Items), func(i *int32) *int32 { return i })
		next.named = append(next.named, b)
	}
	rows, baskets := map[int32][]Event{}, map[string][]int32{}
	for _, x := range more {
		if !usable(x) {
			continue
		}
		u, i := next.customerAt[x.Customer], next.itemAt[x.Item]
		e := event(i, x)
		rows[u] = append(rows[u], e)
		next.newest = max(next.newest, e.At)
		if x.Basket != "" {
			baskets[x.Basket] = append(baskets[x.Basket], i)
		}
	}
	next.addRows(rows)
	for n, b := range next.named {
		if list, ok := baskets[b.name]; ok {
			next.named[n] = basketOf(b.name, append(list, b.items...))
			delete(baskets, b.name)
		}
	}
	for name, list := range baskets {
		next.named = append(next.named, basketOf(name, list))
	}
	next.sortBaskets()
	return next
}

// grown adds names to sorted ones and tells where each of the old ones is.
func grown(old []string, at map[string]int32, names map[string]bool) ([]string, map[string]int32, []int32) {
	place := make([]int32, len(old))
	all := old
	for s := range names {
		if _, ok := at[s]; !ok {
			if len(all) == len(old) {
				all = slices.Clone(old)
			}
			all = append(all, s)
		}
	}
	if len(all) > len(old) {
		slices.Sort(all)
		at = make(map[string]int32, len(all))
		for n, s := range all {
			at[s] = int32(n)
		}
	}
	for n, s := range old {
		place[n] = at[s]
	}
	return all, at, place
}

// renumbered gives a list with its numbers changed, or itself where none changed.
// Places keep their order, so a sorted list stays sorted.
func renumbered[T any](list []T, place []int32, changed bool, number func(*T) *int32) []T {
	if !changed {
		return list
	}
	list = slices.Clone(list)
	for n := range list {
		at := number(&list[n])
		*at = place[*at]
	}
	return list
}

// addRows joins new events to those of their customers and keeps byItem in step.
func (d *Dataset) addRows(rows map[int32][]Event) {
	changes := map[int32]map[int32]*cell{} // by item, then customer; nil: gone
	note := func(item, customer int32, c *cell) {
		if changes[item] == nil {
			changes[item] = map[int32]*cell{}
		}
		changes[item][customer] = c
	}
	for u, add := range rows {
		was := map[int32]Event{}
		for _, e := range d.byCustomer[u] {
			was[e.Item] = e
		}
		row := join(append(slices.Clone(d.byCustomer[u]), add...))
		row = slices.Clone(row[max(0, len(row)-mostEach):])
		d.byCustomer[u] = row
		for _, e := range row {
			if had, ok := was[e.Item]; !ok || had != e {
				note(e.Item, u, &cell{u, e.Value, e.At})
			}
			delete(was, e.Item)
		}
		for item := range was {
			note(item, u, nil)
		}
	}
	for item, change := range changes {
		var col []cell
		for _, c := range d.byItem[item] {
			if _, ok := change[c.of]; !ok {
				col = append(col, c)
			}
		}
		for _, u := range slices.Sorted(maps.Keys(change)) {
			if c := change[u]; c != nil {
				col = append(col, *c)
			}
		}
		slices.SortFunc(col, func(a, b cell) int { return cmp.Compare(a.of, b.of) })
		d.byItem[item] = col
	}
}

// With gives what [NewBasket] counts of next, which is the dataset of b with
// more. Only the items of the baskets that more names are counted again.
func (b *Basket) With(next *Dataset, more []Interaction) *Basket {
	out := &Basket{data: next, opt: b.opt, shared: make([][]link, len(next.Items)), n: make([]int, len(next.Items))}
	place := make([]int32, len(b.data.Items))
	for n, item := range b.data.Items {
		place[n] = next.itemAt[item]
	}
	for n, links := range b.shared {
		out.shared[place[n]] = renumbered(links, place, true, func(l *link) *int32 { return &l.to })
		out.n[place[n]] = b.n[n]
	}
	names := map[string]bool{}
	for _, x := range more {
		names[x.Basket] = usable(x) || names[x.Basket]
	}
	touched := map[int32]bool{}
	for _, x := range next.named {
		if names[x.name] {
			for _, i := range x.items {
				touched[i] = true
			}
		}
	}
	out.count(func(i int32) bool { return touched[i] })
	out.damp()
	return out
}
