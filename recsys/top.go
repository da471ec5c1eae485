package recsys

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// top ranks scores, best first, ties by item id, passing over items that are
// excluded or filtered out. Only items with a score above zero are returned.
func (d *Dataset) top(scores []float64, q Query) []Scored { return d.topOf(scores, nil, q) }

// topOf looks only at the items among, each named once; nil means at all.
func (d *Dataset) topOf(scores []float64, among []int32, q Query) []Scored {
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
	// A heap of the k best so far, the worst of them first. Items are sorted by
	// id, so the earlier of two equals is the better.
	heap := make([]int32, 0, k)
	worse := func(a, b int32) bool { return scores[a] < scores[b] || scores[a] == scores[b] && a > b }
	n := len(scores)
	if among != nil {
		n = len(among)
	}
	for at := range n {
		i := int32(at)
		if among != nil {
			i = among[at]
		}
		if !(scores[i] > 0) || len(heap) == k && !worse(heap[0], i) || skip[i] || q.Filter != nil && !q.Filter(d.Items[i]) {
			continue
		}
		if len(heap) < k {
			heap = append(heap, i)
			for c := len(heap) - 1; c > 0 && worse(heap[c], heap[(c-1)/2]); c = (c - 1) / 2 {
				heap[c], heap[(c-1)/2] = heap[(c-1)/2], heap[c]
			}
			continue
		}
		heap[0] = i
		for c := 0; ; {
			next := 2*c + 1
			if next >= k {
				break
			}
			if next+1 < k && worse(heap[next+1], heap[next]) {
				next++
			}
			if !worse(heap[next], heap[c]) {
				break
			}
			heap[c], heap[next] = heap[next], heap[c]
			c = next
		}
	}
	slices.SortFunc(heap, func(a, b int32) int { return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b)) })
	var out []Scored
	for _, i := range heap {
		out = append(out, Scored{Item: d.Items[i], Score: scores[i]})
	}
	return out
}

// Each runs fn for 0..n-1 on all cores and waits: models are fitted and scored
// so.
func Each(n int, fn func(i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	wg.Wait()
}
