package recsys

import (
	"cmp"
	"slices"
	"time"
)

// A Dataset is interactions with customers and items numbered densely, kept
// both by customer and by item. It does not change once made and is safe for
// concurrent use. Repeated interactions of one customer with one item are
// joined: their values add up and the newest time stands.
type Dataset struct {
	Items     []string // sorted
	Customers []string // sorted

	itemAt     map[string]int32
	customerAt map[string]int32
	byCustomer [][]cell // oldest first
	byItem     [][]cell // by customer
	baskets    [][]int32
	newest     time.Time
}

type cell struct {
	of    int32 // item in byCustomer, customer in byItem
	value float32
	at    int64 // unix seconds
}

// NewDataset numbers and sorts interactions. Those without a customer or item
// are passed over.
func NewDataset(in []Interaction) *Dataset {
	d := &Dataset{itemAt: map[string]int32{}, customerAt: map[string]int32{}}
	items, customers := map[string]bool{}, map[string]bool{}
	for _, x := range in {
		if x.Item != "" && x.Customer != "" {
			items[x.Item], customers[x.Customer] = true, true
		}
	}
	d.Items, d.itemAt = number(items)
	d.Customers, d.customerAt = number(customers)
	d.byCustomer = make([][]cell, len(d.Customers))
	d.byItem = make([][]cell, len(d.Items))
	baskets := map[string][]int32{}
	for _, x := range in {
		if x.Item == "" || x.Customer == "" {
			continue
		}
		u, i := d.customerAt[x.Customer], d.itemAt[x.Item]
		v := float32(x.Value)
		if v == 0 {
			v = 1
		}
		d.byCustomer[u] = append(d.byCustomer[u], cell{i, v, x.At.Unix()})
		if x.Basket != "" {
			baskets[x.Basket] = append(baskets[x.Basket], i)
		}
		if x.At.After(d.newest) {
			d.newest = x.At
		}
	}
	for u, row := range d.byCustomer {
		row = join(row)
		d.byCustomer[u] = row
		for _, c := range row {
			d.byItem[c.of] = append(d.byItem[c.of], cell{int32(u), c.value, c.at})
		}
	}
	names := make([]string, 0, len(baskets))
	for name := range baskets {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b := baskets[name]
		slices.Sort(b)
		if b = slices.Compact(b); len(b) > 1 {
			d.baskets = append(d.baskets, b)
		}
	}
	return d
}

func number(set map[string]bool) ([]string, map[string]int32) {
	names := make([]string, 0, len(set))
	for s := range set {
		names = append(names, s)
	}
	slices.Sort(names)
	at := make(map[string]int32, len(names))
	for i, s := range names {
		at[s] = int32(i)
	}
	return names, at
}

// join adds up the cells of one item and sorts by time, then item.
func join(row []cell) []cell {
	slices.SortFunc(row, func(a, b cell) int { return cmp.Or(cmp.Compare(a.of, b.of), cmp.Compare(a.at, b.at)) })
	out := row[:0]
	for _, c := range row {
		if n := len(out); n > 0 && out[n-1].of == c.of {
			out[n-1].value += c.value
			out[n-1].at = c.at
			continue
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b cell) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.of, b.of)) })
	return out
}

// Owned returns what a customer has interacted with, oldest first.
func (d *Dataset) Owned(customer string) []string {
	u, ok := d.customerAt[customer]
	if !ok {
		return nil
	}
	out := make([]string, len(d.byCustomer[u]))
	for k, c := range d.byCustomer[u] {
		out[k] = d.Items[c.of]
	}
	return out
}

// history is a customer's own items followed by those of this session, oldest
// first, each once.
func (d *Dataset) history(q Query) []int32 {
	var h []int32
	if u, ok := d.customerAt[q.Customer]; ok {
		for _, c := range d.byCustomer[u] {
			h = append(h, c.of)
		}
	}
	for _, item := range q.Recent {
		i, ok := d.itemAt[item]
		if !ok {
			continue
		}
		if k := slices.Index(h, i); k >= 0 {
			h = slices.Delete(h, k, k+1)
		}
		h = append(h, i)
	}
	return h
}
