package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"
)

// Basket recommends what is bought together with the items of a query: shared
// baskets, the small ones saying more, damped by how common the other item is
// anyway. It looks only at Query.Recent, never at what the customer owns.
type Basket struct {
	data   *Dataset
	opt    BasketOptions // filled in
	shared [][]link      // of each item with each it shared a basket with, by item; sim: the sum of their baskets' weights
	with   [][]link
	n      []int
}

// BasketOptions tune Basket.
type BasketOptions struct {
	Damp float64 // exponent on the other item's frequency, 0 (plain counts) to 1 (lift); 0 means .5, < 0 none
	Min  int     // shared baskets needed; 0 means 2
	Size float64 // exponent on half a basket's size that its weight is divided by: a basket of everything says little of any two; 0 means .5, < 0 none
}

// NewBasket counts shared baskets. Time: the sum of the squares of their sizes.
func NewBasket(d *Dataset, opt BasketOptions) *Basket {
	opt.Damp, opt.Min, opt.Size = max(0, cmp.Or(opt.Damp, .5)), cmp.Or(opt.Min, 2), max(0, cmp.Or(opt.Size, .5))
	b := &Basket{data: d, opt: opt, shared: make([][]link, len(d.Items)), n: make([]int, len(d.Items))}
	b.count(func(int32) bool { return true })
	b.damp()
	return b
}

// count looks through the baskets of some items.
func (b *Basket) count(of func(int32) bool) {
	in := make([][]int32, len(b.n)) // baskets of each item
	weight := make([]float64, len(b.data.baskets))
	for k, basket := range b.data.baskets {
		weight[k] = math.Pow(float64(len(basket))/2, -b.opt.Size) // a pair alone weighs 1
		for _, i := range basket {
			if of(i) {
				in[i] = append(in[i], int32(k))
			}
		}
	}
	type tally struct {
		sum  []float64
		both []int32
	}
	spare := sync.Pool{New: func() any { return &tally{make([]float64, len(b.n)), make([]int32, len(b.n))} }}
	Each(len(b.n), func(i int) {
		if !of(int32(i)) {
			return
		}
		t := spare.Get().(*tally)
		var met []int32
		for _, k := range in[i] {
			for _, j := range b.data.baskets[k] {
				if t.both[j] == 0 {
					met = append(met, j)
				}
				t.both[j]++
				t.sum[j] += weight[k]
			}
		}
		slices.Sort(met)
		b.n[i], b.shared[i] = len(in[i]), make([]link, 0, len(met))
		for _, j := range met {
			if int(j) != i {
				b.shared[i] = append(b.shared[i], link{j, float32(t.sum[j]), t.both[j]})
			}
			t.sum[j], t.both[j] = 0, 0
		}
		spare.Put(t)
	})
}

// damp makes links of what shared baskets enough.
func (b *Basket) damp() {
	common := make([]float64, len(b.n))
	for i, n := range b.n {
		common[i] = math.Pow(float64(max(n, 1)), -b.opt.Damp)
	}
	b.with = make([][]link, len(b.n))
	Each(len(b.n), func(i int) {
		for _, l := range b.shared[i] {
			if int(l.count) >= b.opt.Min {
				l.sim = float32(float64(l.sim) * common[l.to])
				b.with[i] = append(b.with[i], l)
			}
		}
		slices.SortFunc(b.with[i], byLikeness)
	})
}

// Data returns what was counted.
func (b *Basket) Data() *Dataset { return b.data }

// Recommend ranks what shared a basket with the recent items.
func (b *Basket) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, b, q)
}

// Score counts what shared a basket with the items of the session, themselves
// left out.
func (b *Basket) Score(h History, out []float64) {
	for _, e := range h.Events {
		if e.Recent {
			for _, l := range b.with[e.Item] {
				out[l.to] += float64(l.sim)
			}
		}
	}
	for _, e := range h.Events {
		if e.Recent {
			out[e.Item] = 0
		}
	}
}

// Reasons names the items of the session and counts the baskets.
func (b *Basket) Reasons(h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		if !e.Recent {
			continue
		}
		for _, l := range b.with[e.Item] {
			if l.to == item {
				out = append(out, Reason{Kind: "basket", Item: b.data.Items[e.Item], Count: int(l.count), Weight: float64(l.sim)})
			}
		}
	}
	return strongest(out)
}
