package recsys

import (
	"cmp"
	"slices"
	"sync"
)

// A link is from one item to another that goes with it.
type link struct {
	to    int32
	sim   float32
	count int32 // customers who took both
}

// pairs sums the weights of the customers of every pair of items, lets score
// make a likeness of the sum, and gives each item's keep likest above zero, the
// likest first, ties by item. Time: the sum of the squares of the customers'
// rows; memory beside the result: 12 bytes an item and core.
func (d *Dataset) pairs(keep int, weight []float64, score func(i, j int32, sum float64) float64) [][]link {
	type tally struct {
		sum  []float64
		both []int32
		met  []int32 // items of which both is above 0
	}
	spare := sync.Pool{New: func() any {
		return &tally{sum: make([]float64, len(d.Items)), both: make([]int32, len(d.Items))}
	}}
	out := make([][]link, len(d.Items))
	Each(len(d.Items), func(n int) {
		i := int32(n)
		t := spare.Get().(*tally)
		for _, c := range d.byItem[i] {
			w := weight[c.of]
			for _, e := range d.byCustomer[c.of] {
				if t.both[e.Item] == 0 {
					t.met = append(t.met, e.Item)
				}
				t.both[e.Item]++
				t.sum[e.Item] += w
			}
		}
		links := make([]link, 0, len(t.met))
		for _, j := range t.met {
			if s := float32(score(i, j, t.sum[j])); j != i && s > 0 {
				links = append(links, link{j, s, t.both[j]})
			}
			t.sum[j], t.both[j] = 0, 0
		}
		t.met = t.met[:0]
		spare.Put(t)
		out[i] = slices.Clone(likest(links, keep))
	})
	return out
}

func byLikeness(a, b link) int { return cmp.Or(cmp.Compare(b.sim, a.sim), cmp.Compare(a.to, b.to)) }

// likest sorts the keep likest links to the front and returns them.
func likest(links []link, keep int) []link {
	keep = min(keep, len(links))
	// Quickselect: lo to hi, both counted, is what the border may be in.
	for lo, hi := 0, len(links)-1; lo < hi && keep < len(links); {
		pivot, i, j := links[(lo+hi)/2], lo, hi
		for i <= j {
			for byLikeness(links[i], pivot) < 0 {
				i++
			}
			for byLikeness(links[j], pivot) > 0 {
				j--
			}
			if i <= j {
				links[i], links[j] = links[j], links[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case keep <= j:
			hi = j
		case keep >= i:
			lo = i
		default:
			lo = hi
		}
	}
	slices.SortFunc(links[:keep], byLikeness)
	return links[:keep]
}

// reasonsByLink names the items of a history with a link to an item.
func reasonsByLink(d *Dataset, from [][]link, h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		for _, l := range from[e.Item] {
			if l.to == item {
				out = append(out, Reason{Kind: e.Kind.String(), Item: d.Items[e.Item], Count: int(l.count), Weight: float64(l.sim)})
			}
		}
	}
	return strongest(out)
}
