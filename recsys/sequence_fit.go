package recsys

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// sequenceFit learns the vectors of a Sequence by steps of Adam on batches of
// events, each to be told from a sample of other items by what came before it.
type sequenceFit struct {
	m          *Sequence
	past, next *vectors
	bias       *vectors // of one factor, without traits
	steps      [][]int32
	examples   []example
	draw       []float64 // running sum of the chance of each item to be sampled
	chance     []float64
	sample     int
	rate, keep float32
	r          *rand.Rand
	step       int
}

// An example is an event with something before it, or at the same time.
type example struct{ customer, place int32 }

const sequenceBatch = 256

func newSequenceFit(m *Sequence, content *Content, sample int, seed uint64) *sequenceFit {
	d := m.data
	f := &sequenceFit{m: m, sample: sample, r: rand.New(rand.NewPCG(seed, 0x5e9)), steps: d.steps(0, 0)}
	var traits [][]int32
	count := 0
	if content != nil {
		traits, count = content.traits(), len(content.name)
	}
	n := len(d.Items)
	f.past, f.next = newVectors(n, m.factors, traits, count, f.r), newVectors(n, m.factors, traits, count, f.r)
	f.bias = newVectors(n, 1, nil, 0, nil)
	for _, u := range f.bySteps() {
		s := f.steps[u]
		for k := range s {
			if k > 0 || len(s) > 1 && s[1] == s[0] {
				f.examples = append(f.examples, example{u, int32(k)})
			}
		}
	}
	f.chance, f.draw = make([]float64, n), make([]float64, n)
	total := 0.0
	for i, col := range d.byItem {
		total += math.Sqrt(float64(1 + len(col)))
		f.draw[i] = total
	}
	for i, col := range d.byItem {
		f.chance[i] = math.Sqrt(float64(1+len(col))) / total
	}
	return f
}

// bySteps orders the customers by what they did, so that what they are called
// changes nothing in what is learned.
func (f *sequenceFit) bySteps() []int32 {
	out := make([]int32, len(f.steps))
	for u := range out {
		out[u] = int32(u)
	}
	rows := f.m.data.byCustomer
	slices.SortFunc(out, func(a, b int32) int {
		return cmp.Or(
			slices.CompareFunc(rows[a], rows[b], func(x, y Event) int { return cmp.Compare(x.Item, y.Item) }),
			slices.Compare(f.steps[a], f.steps[b]))
	})
	return out
}

// run goes over the examples in a new order each epoch.
func (f *sequenceFit) run(ctx context.Context, epochs int, progress func(done, of float64)) error {
	if len(f.examples) == 0 {
		return nil
	}
	if epochs == 0 {
		batches := (len(f.examples) + sequenceBatch - 1) / sequenceBatch
		epochs = max(9, (1000+batches-1)/batches)
	}
	for e := range epochs {
		f.r.Shuffle(len(f.examples), func(a, b int) { f.examples[a], f.examples[b] = f.examples[b], f.examples[a] })
		for batch := range slices.Chunk(f.examples, sequenceBatch) {
			if err := ctx.Err(); err != nil {
				return err
			}
			f.learn(batch)
		}
		if progress != nil {
			progress(float64(e+1), float64(epochs))
		}
	}
	return nil
}

// learn makes one step.
func (f *sequenceFit) learn(batch []example) {
	f.step++
	b, k := len(batch), f.m.factors
	before := f.before(batch)
	src, cand := newPicked(), newPicked()
	target := make([]int, b)
	for n, x := range batch {
		target[n] = cand.add(f.m.data.byCustomer[x.customer][x.place].Item)
		for _, w := range before[n] {
			src.add(w.at)
		}
	}
	weight := f.others(cand)
	c := len(cand.items)
	in, out := f.past.gather(src.items), f.next.gather(cand.items)
	bias := f.bias.gather(cand.items)

	// The past of each example, factors dropped out.
	state, mask := make([]float32, b*k), make([]float32, b*k)
	for n := range mask {
		if f.keep == 1 || f.r.Float32() < f.keep {
			mask[n] = 1 / f.keep
		}
	}
	Each(b, func(n int) {
		row := state[n*k : (n+1)*k]
		for _, w := range before[n] {
			axpy(w.w, in[src.at[w.at]*k:][:k], row)
		}
		for j := range row {
			row[j] *= mask[n*k+j]
		}
	})

	// What the softmax gives each candidate beyond what is true: its gradient.
	grad := make([]float32, b*c)
	gemm(blas.NoTrans, blas.Trans, b, c, k, state, out, grad)
	Each(b, func(n int) { excess(grad[n*c:(n+1)*c], bias, weight, target[n], float32(b)) })

	toOut, toState := make([]float32, c*k), make([]float32, b*k)
	gemm(blas.Trans, blas.NoTrans, c, k, b, grad, state, toOut)
	gemm(blas.NoTrans, blas.NoTrans, b, k, c, grad, out, toState)
	toIn, toBias := make([]float32, len(in)), make([]float32, c)
	for n := range batch {
		axpy(1, grad[n*c:(n+1)*c], toBias)
		row := toState[n*k : (n+1)*k]
		for j := range row {
			row[j] *= mask[n*k+j]
		}
		for _, w := range before[n] {
			axpy(w.w, row, toIn[src.at[w.at]*k:][:k])
		}
	}
	f.past.descend(src.items, toIn, f.rate, f.step)
	f.next.descend(cand.items, toOut, f.rate, f.step)
	f.bias.descend(cand.items, toBias, f.rate, f.step)
}

// excess turns products into the softmax less the truth, over the batch. The
// sampled stand for all items by their weights, the target for itself.
func excess(row, bias []float32, weight []float64, target int, batch float32) {
	top := float32(math.Inf(-1))
	for j := range row {
		row[j] += bias[j]
		top = max(top, row[j])
	}
	sum := 0.0
	for j, x := range row {
		w := weight[j]
		if j == target {
			w = 1
		}
		y := w * math.Exp(float64(x-top))
		row[j] = float32(y)
		sum += y
	}
	scale := float32(1/sum) / batch
	for j := range row {
		row[j] *= scale
	}
	row[target] -= 1 / batch
}

// before gives what came before each example, or with it, and how much it
// counts: a vector of length 1, some of it dropped out.
func (f *sequenceFit) before(batch []example) [][]weight {
	out := make([][]weight, len(batch))
	for n, x := range batch {
		row, s := f.m.data.byCustomer[x.customer], f.steps[x.customer]
		end := int(x.place) + 1
		for end < len(s) && s[end] == s[x.place] {
			end++
		}
		square := 0.0
		for q := max(0, end-1-sequenceReach); q < end; q++ {
			if q == int(x.place) {
				continue
			}
			w := math.Pow(f.m.fade, float64(s[x.place]-s[q]))
			square += w * w
			if f.keep == 1 || f.r.Float32() < f.keep {
				out[n] = append(out[n], weight{row[q].Item, float32(w) / f.keep})
			}
		}
		for q := range out[n] {
			out[n][q].w /= float32(math.Sqrt(square))
		}
	}
	return out
}

// others adds the sampled items to the candidates, or all where they are few,
// and gives how many items each stands for; a target that was not drawn stands
// for none but itself.
func (f *sequenceFit) others(cand *picked) []float64 {
	n := len(f.m.data.Items)
	if n <= f.sample {
		for i := range n {
			cand.add(int32(i))
		}
		weight := make([]float64, n)
		for j := range weight {
			weight[j] = 1
		}
		return weight
	}
	weight := make([]float64, len(cand.items), len(cand.items)+f.sample)
	for range f.sample {
		i, _ := slices.BinarySearch(f.draw, f.r.Float64()*f.draw[n-1])
		i = min(i, n-1)
		j := cand.add(int32(i))
		if j == len(weight) {
			weight = append(weight, 0)
		}
		weight[j] += 1 / (float64(f.sample) * f.chance[i])
	}
	return weight
}

// picked numbers the items of a batch as they come.
type picked struct {
	items []int32
	at    map[int32]int
}

func newPicked() *picked { return &picked{at: map[int32]int{}} }

func (p *picked) add(item int32) int {
	n, ok := p.at[item]
	if !ok {
		n = len(p.items)
		p.at[item] = n
		p.items = append(p.items, item)
	}
	return n
}

// gemm writes the product of a and b, m×n through k, rows whole in memory.
func gemm(ta, tb blas.Transpose, m, n, k int, a, b, c []float32) {
	general := func(t blas.Transpose, rows, cols int, x []float32) blas32.General {
		if t == blas.Trans {
			rows, cols = cols, rows
		}
		return blas32.General{Rows: rows, Cols: cols, Stride: max(1, cols), Data: x}
	}
	if m > 0 && n > 0 && k > 0 {
		blas32.Gemm(ta, tb, 1, general(ta, m, k, a), general(tb, k, n, b), 0, general(blas.NoTrans, m, n, c))
	}
}

func axpy(alpha float32, x, y []float32) {
	blas32.Implementation().Saxpy(len(x), alpha, x, 1, y, 1)
}
