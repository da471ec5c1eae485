package recsys

import (
	"cmp"
	"math"
	"slices"
)

// Ratings are what customers said of items, on a scale: at most one rating of
// an item by a customer, the newest. It differs from a [Dataset], where what a
// customer did with an item adds up and 0 means 1. It does not change once made
// and is safe for concurrent use.
type Ratings struct {
	Items     []string // sorted
	Customers []string // sorted
	Low, High float64  // the lowest and the highest rating
	Mean      float64
	Dropped   int // interactions without a customer or item, whose value is no number, or beyond a customer's newest 5000
	Replaced  int // older ratings of the same item by the same customer

	itemAt     map[string]int32
	customerAt map[string]int32
	cells      []rating // by customer, then item
	byCustomer []span   // of cells
	byItem     [][]int32
	spread     float64 // standard deviation, or 1 where all ratings are the same
}

// rating is one rating; where it stands in Ratings.cells is its number.
type rating struct {
	customer, item int32
	value          float64
}

// span is a range of rating numbers.
type span struct{ from, to int32 }

// NewRatings numbers ratings, in whatever order they come. Of two ratings by
// one customer of one item the newer stands, and of two of the same time the
// later in the list. Those without a customer or item, and those whose value is
// no finite number, are dropped and counted, and so are those of one customer
// beyond the newest 5000: one robot would pair every item with every other.
func NewRatings(in []Interaction) *Ratings {
	r := &Ratings{}
	items, customers := map[string]bool{}, map[string]bool{}
	kept := make([]Interaction, 0, len(in))
	for _, x := range in {
		if x.Item == "" || x.Customer == "" || math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
			continue
		}
		items[x.Item], customers[x.Customer] = true, true
		kept = append(kept, x)
	}
	r.Items, r.itemAt = number(items)
	r.Customers, r.customerAt = number(customers)
	slices.SortStableFunc(kept, func(a, b Interaction) int {
		return cmp.Or(cmp.Compare(r.customerAt[a.Customer], r.customerAt[b.Customer]),
			cmp.Compare(r.itemAt[a.Item], r.itemAt[b.Item]), a.At.Compare(b.At))
	})
	once := kept[:0]
	for _, x := range kept {
		if n := len(once); n > 0 && once[n-1].Customer == x.Customer && once[n-1].Item == x.Item {
			once[n-1] = x
			r.Replaced++
			continue
		}
		once = append(once, x)
	}
	r.cells = make([]rating, 0, len(once))
	for len(once) > 0 {
		n := 1
		for n < len(once) && once[n].Customer == once[0].Customer {
			n++
		}
		for _, x := range newest(once[:n], mostEach) {
			r.cells = append(r.cells, rating{r.customerAt[x.Customer], r.itemAt[x.Item], x.Value})
		}
		once = once[n:]
	}
	r.Dropped = len(in) - r.Replaced - len(r.cells)
	r.index()
	return r
}

// newest gives the n newest of a list, in their order there.
func newest(list []Interaction, n int) []Interaction {
	if len(list) <= n {
		return list
	}
	order := make([]int, len(list))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return list[b].At.Compare(list[a].At) })
	order = order[:n]
	slices.Sort(order)
	out := make([]Interaction, n)
	for k, at := range order {
		out[k] = list[at]
	}
	return out
}

// index fills in what follows from the cells.
func (r *Ratings) index() {
	r.byCustomer = make([]span, len(r.Customers))
	r.byItem = make([][]int32, len(r.Items))
	r.Low, r.High, r.Mean, r.spread = math.Inf(1), math.Inf(-1), 0, 1
	for n, c := range r.cells {
		if n == 0 || r.cells[n-1].customer != c.customer {
			r.byCustomer[c.customer].from = int32(n)
		}
		r.byCustomer[c.customer].to = int32(n + 1)
		r.byItem[c.item] = append(r.byItem[c.item], int32(n))
		r.Low, r.High = min(r.Low, c.value), max(r.High, c.value)
		r.Mean += c.value
	}
	if len(r.cells) == 0 {
		r.Low, r.High = 0, 0
		return
	}
	r.Mean /= float64(len(r.cells))
	sq := 0.0
	for _, c := range r.cells {
		sq += (c.value - r.Mean) * (c.value - r.Mean)
	}
	if r.High > r.Low {
		r.spread = math.Sqrt(sq / float64(len(r.cells)))
	}
}

// Len is the number of ratings.
func (r *Ratings) Len() int { return len(r.cells) }

// of gives the ratings of a customer, by item.
func (r *Ratings) of(customer int32) []rating {
	s := r.byCustomer[customer]
	return r.cells[s.from:s.to]
}

// places finds a customer and an item; -1 stands for one that is not known.
func (r *Ratings) places(customer, item string) (u, i int32) {
	u, ok := r.customerAt[customer]
	if !ok {
		u = -1
	}
	i, ok = r.itemAt[item]
	if !ok {
		i = -1
	}
	return u, i
}

// onScale brings a prediction into the range of the ratings.
func (r *Ratings) onScale(x float64) float64 { return min(max(x, r.Low), r.High) }

// part gives the ratings that keep is true of, numbered as these are: a
// customer or an item may have none left.
func (r *Ratings) part(keep func(n int) bool) *Ratings {
	p := &Ratings{Items: r.Items, Customers: r.Customers, itemAt: r.itemAt, customerAt: r.customerAt}
	for n, c := range r.cells {
		if keep(n) {
			p.cells = append(p.cells, c)
		}
	}
	p.index()
	return p
}
