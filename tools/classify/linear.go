package classify

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"parley/memory/embed"
)

// A linear model holds weights for every feature and column: one column a label,
// and one more for "outside" when there were negatives to learn it from.
type linear struct {
	keys    []uint32 // of the features: word n-grams in order, then the others
	words   int      // how many are word n-grams
	idf     []float32
	columns int
	dims    int         // of the dense features
	dense   float32     // their weight beside the n-grams
	weights [][]float32 // by column: n-grams, dense features, bias
}

// fit learns vocabulary and weights of a set.
func fit(ctx context.Context, s *set, o Options) (*linear, error) {
	m, rows := vocabulary(s, o.grammar())
	m.columns = len(s.labels)
	outside := slices.ContainsFunc(s.texts, func(t text) bool { return len(t.labels) == 0 })
	if outside {
		m.columns++
	}
	m.weights = make([][]float32, m.columns)
	c := o.Cost
	if c == 0 {
		c = 1
	}
	x := make([]sample, len(s.texts))
	var table *embed.Table
	if o.Vectors > 0 {
		var err error
		if table, err = embed.Default(); err != nil {
			return nil, err
		}
		m.dims, m.dense = denseDims, float32(o.Vectors*(1+min(1, 10*float64(len(s.labels))/float64(len(s.texts)))))
	}
	cost := make([]float64, len(s.texts))
	both := false
	for i, t := range s.texts {
		beside := weigh(rows[i], m.words, func(row int32) float32 { return m.idf[row] }, &x[i])
		if table != nil {
			x[i].dense = make([]float32, denseDims)
			meaning(table, t.text, m.dense*beside, x[i].dense)
		}
		cost[i] = c * t.weight
		both = both || len(t.labels) > 1
	}
	mirror := len(s.labels) == 2 && !outside && !both
	learn := func(column int) {
		positive := make([]bool, len(s.texts))
		for i, t := range s.texts {
			positive[i] = slices.Contains(t.labels, column) || column == len(s.labels) && len(t.labels) == 0
		}
		in, scale := x, []float32(nil)
		if o.Ratio > 0 {
			scale = ratios(x, positive, len(m.keys), o.Ratio)
			in = scaled(x, scale)
		}
		w := svm(in, positive, cost, len(m.keys), m.dims, o.Seed+uint64(column))
		for f, v := range scale {
			w[f] *= v
		}
		m.weights[column] = w
	}
	if mirror {
		learn(1)
		m.weights[0] = make([]float32, len(m.weights[1]))
		for i, w := range m.weights[1] {
			m.weights[0][i] = -w
		}
		return m, ctx.Err()
	}
	each(ctx, m.columns, learn)
	return m, ctx.Err()
}

// vocabulary numbers the n-grams of a set, and gives each text's rows in order.
func vocabulary(s *set, g grammar) (*linear, [][]int32) {
	type count struct {
		block uint8
		texts int32
		row   int32
	}
	counts := map[uint32]*count{}
	keys := make([][]uint32, len(s.texts))
	var r reader
	for i, t := range s.texts {
		r.read(g, t.text)
		for _, gr := range r.grams {
			keys[i] = append(keys[i], gr.key)
			if counts[gr.key] == nil {
				counts[gr.key] = &count{block: gr.block}
			}
		}
		slices.Sort(keys[i])
		for j, k := range keys[i] {
			if j == 0 || k != keys[i][j-1] {
				counts[k].texts++
			}
		}
	}
	m := &linear{keys: make([]uint32, 0, len(counts))}
	for k := range counts {
		m.keys = append(m.keys, k)
	}
	slices.SortFunc(m.keys, func(a, b uint32) int {
		if x, y := counts[a].block, counts[b].block; x != y {
			return int(x) - int(y)
		}
		if a < b {
			return -1
		}
		return 1
	})
	m.idf = make([]float32, len(m.keys))
	n := float64(len(s.texts))
	for i, k := range m.keys {
		c := counts[k]
		c.row = int32(i)
		m.idf[i] = float32(1 + math.Log((1+n)/(1+float64(c.texts))))
		if c.block == blockWords {
			m.words++
		}
	}
	rows := make([][]int32, len(s.texts))
	for i := range keys {
		rows[i] = make([]int32, len(keys[i]))
		for j, k := range keys[i] {
			rows[i][j] = counts[k].row
		}
		slices.Sort(rows[i])
	}
	return m, rows
}

// weigh makes a sample of rows in order, a row standing in it as often as its
// n-gram in the text: 1 + log of the count, times idf, each block of length one.
// It returns what the dense features weigh beside them: where there is one block
// alone, as in Chinese, the n-grams are shorter, and so are the dense features.
func weigh(rows []int32, words int, idf func(int32) float32, out *sample) (beside float32) {
	out.index, out.value = out.index[:0], out.value[:0]
	first, full := 0, 0
	var sum float32
	block := func() {
		if sum > 0 {
			full++
			scale := 1 / float32(math.Sqrt(float64(sum)))
			for i := first; i < len(out.value); i++ {
				out.value[i] *= scale
			}
		}
		first, sum = len(out.value), 0
	}
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j] == rows[i] {
			j++
		}
		if int(rows[i]) >= words && (i == 0 || int(rows[i-1]) < words) {
			block()
		}
		v := idf(rows[i])
		if j-i > 1 {
			v *= 1 + float32(math.Log(float64(j-i)))
		}
		out.index = append(out.index, rows[i])
		out.value = append(out.value, v)
		sum += v * v
		i = j
	}
	block()
	if full == 1 {
		return float32(1 / math.Sqrt2)
	}
	return 1
}

// each calls do for 0..n-1 on every processor, and stops early with the context.
func each(ctx context.Context, n int, do func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					do(i)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// ratios are how far each n-gram alone tells the class from the rest: the log
// ratio of its shares (Wang and Manning, ACL 2012), mixed with one. A weight
// costs less where it is high.
func ratios(x []sample, positive []bool, features int, mix float64) []float32 {
	yes, no := make([]float64, features), make([]float64, features)
	for i, s := range x {
		count := no
		if positive[i] {
			count = yes
		}
		for _, f := range s.index {
			count[f]++
		}
	}
	var sumYes, sumNo float64
	for f := range yes {
		sumYes, sumNo = sumYes+yes[f]+1, sumNo+no[f]+1
	}
	scale := make([]float32, features)
	for f := range scale {
		r := math.Abs(math.Log((yes[f] + 1) / sumYes * sumNo / (no[f] + 1)))
		scale[f] = float32(1 - mix + mix*r)
	}
	return scale
}

func scaled(x []sample, scale []float32) []sample {
	out := slices.Clone(x)
	for i := range out {
		value := make([]float32, len(x[i].value))
		for j, f := range x[i].index {
			value[j] = x[i].value[j] * scale[f]
		}
		out[i].value = value
	}
	return out
}
