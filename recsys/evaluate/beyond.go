package evaluate

import (
	"math"
	"math/bits"
	"slices"

	"parley/recsys"
)

// popularity is how many customers took each item before anything was shown.
type popularity struct {
	takers    []float64 // by item
	customers float64
}

// surprise is the self-information of an item in bits: -log2 of the share of
// customers who took it. One that nobody took counts as taken by one. The mean
// over a list is its novelty.
//
// Source: Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of
// recommender systems", equation 3.
func (p popularity) surprise(item int32) float64 {
	return -math.Log2(max(1, p.takers[item]) / max(1, p.customers))
}

// lift is how much more popular the lists are than what the customers took by
// themselves: (mean popularity of lists - mean popularity of histories) / mean
// popularity of histories. 0 is as popular, 1 twice as popular.
//
// Source: Abdollahpouri et al. 2020, "The connection between popularity bias,
// calibration, and fairness in recommendation", equation 2.
func (p popularity) lift(shown, owned [][]int32) statistic {
	a, b := make([]float64, len(shown)), make([]float64, len(shown))
	for n := range shown {
		if len(owned[n]) > 0 && len(shown[n]) > 0 {
			a[n], b[n] = mean(shown[n], func(i int32) float64 { return p.takers[i] }), mean(owned[n], func(i int32) float64 { return p.takers[i] })
		}
	}
	return changed{ratio{a, b}, func(x float64) float64 { return x - 1 }}
}

func mean(list []int32, of func(int32) float64) float64 {
	sum := 0.0
	for _, i := range list {
		sum += of(i)
	}
	return sum / float64(len(list))
}

// variety is one less the mean likeness of the pairs of a list: its intra-list
// diversity, 0 where all is alike.
//
// Source: Ziegler et al. 2005, "Improving recommendation lists through topic
// diversification", as a mean over pairs.
func variety(list []int32, alike func(a, b int32) float64) float64 {
	sum, pairs := 0.0, 0.0
	for n, a := range list {
		for _, b := range list[:n] {
			sum += alike(a, b)
			pairs++
		}
	}
	return 1 - sum/pairs
}

// byAttributes likens items by the words of the catalogue: the Jaccard index of
// their categories and attribute values. ok is false where fewer than half of
// the items have any.
func byAttributes(d *recsys.Dataset, items map[string]*recsys.Item) (alike func(a, b int32) float64, ok bool) {
	ids := map[string]int32{}
	words := make([][]int32, len(d.Items))
	known := 0
	for n, id := range d.Items {
		x := items[id]
		if x == nil {
			continue
		}
		add := func(word string) {
			if _, met := ids[word]; !met {
				ids[word] = int32(len(ids))
			}
			words[n] = append(words[n], ids[word])
		}
		if x.Category != "" {
			add(x.Category)
		}
		for name, values := range x.Attributes {
			for _, v := range values {
				add(name + "=" + v)
			}
		}
		slices.Sort(words[n])
		words[n] = slices.Compact(words[n])
		if len(words[n]) > 0 {
			known++
		}
	}
	return func(a, b int32) float64 { return jaccard(words[a], words[b]) }, known*2 >= len(d.Items) && known > 0
}

// jaccard is the share of two sorted sets that both hold.
func jaccard(a, b []int32) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			both++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	if all := len(a) + len(b) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

// mostTakers bounds the customers that items are likened by.
const mostTakers = 4096

// byTakers likens items by who took them: the cosine of their sets of
// customers, over some thousands of these. Memory: at most 512 bytes an item.
func byTakers(owned [][]int32, items int) func(a, b int32) float64 {
	step := max(1, (len(owned)+mostTakers-1)/mostTakers)
	words := (len(owned)/step + 64) / 64
	sets := make([]uint64, items*words)
	size := make([]float64, items)
	for n := 0; n < len(owned); n += step {
		bit := n / step
		for _, i := range owned[n] {
			sets[int(i)*words+bit/64] |= 1 << (bit % 64)
			size[i]++
		}
	}
	return func(a, b int32) float64 {
		if size[a] == 0 || size[b] == 0 {
			return 0
		}
		both := 0
		y := sets[int(b)*words : int(b+1)*words]
		for n, x := range sets[int(a)*words : int(a+1)*words] {
			both += bits.OnesCount64(x & y[n])
		}
		return float64(both) / math.Sqrt(size[a]*size[b])
	}
}

// coverage is the share of the catalogue that was shown to anybody.
type coverage struct {
	shown [][]int32
	items int
}

func (c coverage) at(w []float64) float64 {
	seen, n := make([]bool, c.items), 0.0
	for u, list := range c.shown {
		if w != nil && w[u] == 0 {
			continue
		}
		for _, i := range list {
			if !seen[i] {
				seen[i] = true
				n++
			}
		}
	}
	return n / float64(c.items)
}

// gini is how unevenly the lists are spread over the catalogue: 0 where every
// item is shown as often, near 1 where one item takes every place.
//
// Source: Fleder and Hosanagar 2009, "Blockbuster culture's next rise or fall",
// section 4; with items in order of exposure, Σ(2i-n-1)·x_i / (n·Σx_i).
type gini struct {
	shown [][]int32
	items int
}

func (g gini) at(w []float64) float64 {
	x := exposure(g.shown, g.items, w)
	most := slices.Max(x)
	if most == 0 {
		return math.NaN()
	}
	// Exposures are small whole numbers: they are counted, not sorted.
	many := make([]float64, int(most)+1)
	for _, v := range x {
		many[int(v)]++
	}
	var rank, sum, total float64
	n := float64(g.items)
	for v, c := range many {
		// ranks rank+1 .. rank+c have exposure v: Σ(2i-n-1) = c(2·rank+c-n)
		sum += float64(v) * c * (2*rank + c - n)
		total += float64(v) * c
		rank += c
	}
	return sum / (n * total)
}

// exposure is how often each item was shown.
func exposure(shown [][]int32, items int, w []float64) []float64 {
	x := make([]float64, items)
	for u, list := range shown {
		times := 1.0
		if w != nil {
			times = w[u]
		}
		if times > 0 {
			for _, i := range list {
				x[i] += times
			}
		}
	}
	return x
}
