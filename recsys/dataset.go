package recsys

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// A Dataset is interactions with customers and items numbered densely, kept
// both by customer and by item. It does not change once made and is safe for
// concurrent use. Repeated interactions of one customer with one item are
// joined: their values add up and the newest time stands.
type Dataset struct {
	Items     []string // sorted
	Customers []string // sorted
	Dropped   int      // interactions without a customer or item, or whose value is no number or beyond 10^12

	itemAt     map[string]int32
	customerAt map[string]int32
	byCustomer [][]Event // oldest first
	byItem     [][]cell  // by customer
	named      []basket  // by name, all of them: see With
	baskets    [][]int32 // of at least two items
	newest     int64     // unix seconds

	buffers sync.Pool // of *[]float64, one score an item
	blanks  sync.Pool // of the same, all zero
}

// cell is a customer's interest in an item.
type cell struct {
	of    int32 // customer
	value float32
	at    int64
}

// basket is what was taken at once: items sorted, mostBasket and one more at most.
type basket struct {
	name  string
	items []int32
}

// mostEach bounds the items of one customer, and of one basket, that are
// learnt from: the newest count. A robot that looks at everything would
// otherwise pair everything with everything.
const (
	mostEach   = 5000
	mostBasket = 500
)

// NewDataset numbers and sorts interactions. Those without a customer or item,
// and those whose value is no number or beyond 10^12, are dropped and counted. Items
// that may be recommended though nobody took them yet come beside.
func NewDataset(in []Interaction, unmet ...string) *Dataset {
	d := &Dataset{}
	items, customers := map[string]bool{}, map[string]bool{}
	for _, x := range in {
		if !usable(x) {
			d.Dropped++
			continue
		}
		items[x.Item], customers[x.Customer] = true, true
	}
	for _, item := range unmet {
		if item != "" {
			items[item] = true
		}
	}
	d.Items, d.itemAt = number(items)
	d.Customers, d.customerAt = number(customers)
	d.byCustomer = make([][]Event, len(d.Customers))
	d.byItem = make([][]cell, len(d.Items))
	baskets := map[string][]int32{}
	for _, x := range in {
		if !usable(x) {
			continue
		}
		u, i := d.customerAt[x.Customer], d.itemAt[x.Item]
		e := event(i, x)
		d.byCustomer[u] = append(d.byCustomer[u], e)
		if x.Basket != "" {
			baskets[x.Basket] = append(baskets[x.Basket], i)
		}
		d.newest = max(d.newest, e.At)
	}
	for u, row := range d.byCustomer {
		row = join(row)
		row = slices.Clone(row[max(0, len(row)-mostEach):])
		d.byCustomer[u] = row
		for _, e := range row {
			d.byItem[e.Item] = append(d.byItem[e.Item], cell{int32(u), e.Value, e.At})
		}
	}
	for name, items := range baskets {
		d.named = append(d.named, basketOf(name, items))
	}
	d.sortBaskets()
	return d
}

// mostValue is beyond what any shop counts and within what single precision can
// add up and square.
const mostValue = 1e12

// usable says whether an interaction counts.
func usable(x Interaction) bool { return x.Item != "" && x.Customer != "" && sound(x.Value) }

func sound(value float64) bool { return math.Abs(value) <= mostValue }

func basketOf(name string, items []int32) basket {
	slices.Sort(items)
	items = slices.Compact(items)
	return basket{name, items[:min(len(items), mostBasket+1)]}
}

// sortBaskets puts the baskets in order and finds those that are learnt from.
func (d *Dataset) sortBaskets() {
	slices.SortFunc(d.named, func(a, b basket) int { return cmp.Compare(a.name, b.name) })
	for _, b := range d.named {
		if len(b.items) > 1 && len(b.items) <= mostBasket {
			d.baskets = append(d.baskets, b.items)
		}
	}
}

func event(item int32, x Interaction) Event {
	e := Event{Item: item, Times: 1, Value: float32(x.Value), Kind: x.Kind}
	if e.Value == 0 {
		e.Value = 1
	}
	if !x.At.IsZero() {
		e.At = x.At.Unix()
	}
	e.First = e.At
	return e
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

// join makes one event of those of one item and sorts by time, then item.
func join(row []Event) []Event {
	slices.SortStableFunc(row, func(a, b Event) int { return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.At, b.At)) })
	out := row[:0]
	for _, e := range row {
		if n := len(out); n > 0 && out[n-1].Item == e.Item {
			was := &out[n-1]
			was.Value += e.Value
			was.Times += e.Times
			was.First = min(was.First, e.First)
			was.At, was.Kind = e.At, e.Kind
			was.Recent = was.Recent || e.Recent
			continue
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Event) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Item, b.Item)) })
	return out
}

// Owned returns what a customer has interacted with, oldest first.
func (d *Dataset) Owned(customer string) []string {
	u, ok := d.customerAt[customer]
	if !ok {
		return nil
	}
	out := make([]string, len(d.byCustomer[u]))
	for k, e := range d.byCustomer[u] {
		out[k] = d.Items[e.Item]
	}
	return out
}

// Newest is the time of the newest interaction.
func (d *Dataset) Newest() time.Time { return time.Unix(d.newest, 0).UTC() }

// History joins what the dataset holds of a customer with what the query adds.
// Its events may be the dataset's own and are not to be changed.
func (d *Dataset) History(q Query) History {
	h := History{Customer: -1, Segment: q.Segment, Now: d.newest}
	if !q.Now.IsZero() {
		h.Now = q.Now.Unix()
	}
	if u, ok := d.customerAt[q.Customer]; ok {
		h.Customer, h.Events = u, d.byCustomer[u]
	}
	if len(q.Past) > 0 {
		list := slices.Clone(h.Events)
		for _, x := range q.Past {
			if i, ok := d.itemAt[x.Item]; ok && sound(x.Value) {
				list = append(list, event(i, x))
			}
		}
		h.Events = join(list)
	}
	if len(q.Recent) > 0 {
		h.Events = d.withRecent(h, q.Recent)
	}
	return h
}

// withRecent puts the items of the session last, in their order.
func (d *Dataset) withRecent(h History, recent []string) []Event {
	list := slices.Clone(h.Events)
	for _, item := range recent {
		i, ok := d.itemAt[item]
		if !ok {
			continue
		}
		e := Event{Item: i, Times: 1, Value: 1, Kind: Viewed, Recent: true, First: h.Now, At: h.Now}
		if k := slices.IndexFunc(list, func(x Event) bool { return x.Item == i }); k >= 0 {
			was := list[k]
			e.Times, e.Value, e.First, e.Kind = was.Times, was.Value, was.First, was.Kind
			list = slices.Delete(list, k, k+1)
		}
		list = append(list, e)
	}
	return list
}

// scratch lends a zeroed score for each item, until release.
func (d *Dataset) scratch() *[]float64 {
	if b, ok := d.buffers.Get().(*[]float64); ok {
		clear(*b)
		return b
	}
	b := make([]float64, len(d.Items))
	return &b
}

func (d *Dataset) release(b *[]float64) { d.buffers.Put(b) }
