package recsys

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Basket recommends what is bought together with the items of a query: counts
// of shared baskets, damped by how common the other item is anyway. It looks
// only at Query.Recent, never at what the customer owns.
type Basket struct {
	data *Dataset
	opt  BasketOptions // filled in
	with [][]link
	n    []int
}

// BasketOptions tune Basket.
type BasketOptions struct {
	Damp float64 // exponent on the other item's frequency, 0 (plain counts) to 1 (lift); 0 means .5
	Min  int     // shared baskets needed; 0 means 2
}

// NewBasket counts shared baskets.
func NewBasket(d *Dataset, opt BasketOptions) *Basket {
	opt.Damp, opt.Min = cmp.Or(opt.Damp, .5), cmp.Or(opt.Min, 2)
	b := &Basket{data: d, opt: opt, with: make([][]link, len(d.Items)), n: make([]int, len(d.Items))}
	pairs := make([]map[int32]int32, len(d.Items))
	for _, basket := range d.baskets {
		for _, i := range basket {
			b.n[i]++
			if pairs[i] == nil {
				pairs[i] = map[int32]int32{}
			}
			for _, j := range basket {
				if i != j {
					pairs[i][j]++
				}
			}
		}
	}
	for i, with := range pairs {
		for j, count := range with {
			b.link(int32(i), j, count)
		}
		slices.SortFunc(b.with[i], byLikeness)
	}
	return b
}

// link puts j beside i if they shared baskets enough.
func (b *Basket) link(i, j, count int32) {
	if int(count) >= b.opt.Min {
		score := float64(count) / math.Pow(float64(b.n[j]), b.opt.Damp)
		b.with[i] = append(b.with[i], link{j, float32(score), count})
	}
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
