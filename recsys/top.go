package recsys

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// top ranks scores, best first, ties by item id, passing over items that are
// excluded or filtered out. Only items with a score above zero are returned.
func (d *Dataset) top(scores []float64, q Query) []Scored {
	k := q.K
	if k <= 0 {
		k = 10
	}
	skip := make(map[int32]bool, len(q.Exclude))
	for _, item := range q.Exclude {
		if i, ok := d.itemAt[item]; ok {
			skip[i] = true
		}
	}
	order := make([]int32, 0, len(scores))
	for i, s := range scores {
		if s > 0 && !skip[int32(i)] {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(d.Items[a], d.Items[b]))
	})
	var out []Scored
	for _, i := range order {
		if len(out) == k {
			break
		}
		if q.Filter != nil && !q.Filter(d.Items[i]) {
			continue
		}
		out = append(out, Scored{Item: d.Items[i], Score: scores[i]})
	}
	return out
}

// each runs fn for 0..n-1 on all cores and waits.
func each(n int, fn func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), max(n, 1))
	var wg sync.WaitGroup
	next := make(chan int, 64)
	for range workers {
		wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
