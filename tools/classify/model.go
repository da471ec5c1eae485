package classify

import (
	"cmp"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"parley/memory/embed"
)

// A Model is a trained classifier. It is safe for concurrent use.
type Model struct {
	b      []byte
	layout layout
	labels []string
	cal    calibration
	table  *embed.Table // of sentence vectors, nil without
	dense  []float32    // weights of the dense features, column by column
	pool   sync.Pool    // of *scratch
}

// Labels are the model's labels, sorted.
func (m *Model) Labels() []string { return slices.Clone(m.labels) }

// WriteTo writes the model; [Open] reads it.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(m.b)
	return int64(n), err
}

func (m *Model) u32(at, i int) uint32  { return binary.LittleEndian.Uint32(m.b[at+4*i:]) }
func (m *Model) f32(at, i int) float32 { return math.Float32frombits(m.u32(at, i)) }

// row is the number of an n-gram's feature, or -1.
func (m *Model) row(key uint32) int32 {
	mask := m.layout.slots - 1
	for s := int(key) & mask; ; s = (s + 1) & mask {
		n := m.u32(m.layout.table, 2*s+1)
		if n == 0 {
			return -1
		}
		if m.u32(m.layout.table, 2*s) == key {
			return int32(n - 1)
		}
	}
}

// entries are where a feature's weights stand.
func (m *Model) entries(row int32) (from, to int) {
	return int(m.u32(m.layout.feature, 3*int(row)+2)), int(m.u32(m.layout.feature, 3*int(row)+5))
}

// scratch is what one classification needs, used again by the next.
type scratch struct {
	reader reader
	rows   []int32
	sample sample
	margin []float32
	order  []int32
	sorted []uint64
	known  float32 // share of the n-grams that are known
}

// blank says that nothing of the text is known.
func (s *scratch) blank() bool {
	return len(s.rows) == 0 && !slices.ContainsFunc(s.sample.dense, func(x float32) bool { return x != 0 })
}

func (m *Model) scratch() *scratch {
	if s, ok := m.pool.Get().(*scratch); ok {
		return s
	}
	return &scratch{
		margin: make([]float32, m.layout.columns),
		order:  make([]int32, m.layout.labels),
		sorted: make([]uint64, m.layout.labels),
		sample: sample{dense: make([]float32, m.layout.dims)},
	}
}

// score fills s.margin: how far a text stands on each label's side.
func (m *Model) score(s *scratch, text string) {
	s.reader.read(m.layout.grammar, text)
	s.rows = s.rows[:0]
	for _, g := range s.reader.grams {
		if row := m.row(g.key); row >= 0 {
			s.rows = append(s.rows, row)
		}
	}
	s.known = float32(len(s.rows)) / float32(max(1, len(s.reader.grams)))
	slices.Sort(s.rows)
	beside := weigh(s.rows, m.layout.words, func(row int32) float32 { return m.f32(m.layout.feature, 3*int(row)) }, &s.sample)
	for c := range s.margin {
		s.margin[c] = m.f32(m.layout.bias, c)
	}
	for i, row := range s.sample.index {
		x := s.sample.value[i] * m.f32(m.layout.feature, 3*int(row)+1)
		from, to := m.entries(row)
		columns := m.b[m.layout.column+2*from : m.layout.column+2*to]
		weights := m.b[m.layout.level+from : m.layout.level+to]
		for len(weights) >= 4 { // four at once: a third of a question's time goes here
			c := binary.LittleEndian.Uint64(columns)
			s.margin[c&0xffff] += x * float32(int8(weights[0]))
			s.margin[c>>16&0xffff] += x * float32(int8(weights[1]))
			s.margin[c>>32&0xffff] += x * float32(int8(weights[2]))
			s.margin[c>>48] += x * float32(int8(weights[3]))
			columns, weights = columns[8:], weights[4:]
		}
		for i, w := range weights {
			s.margin[binary.LittleEndian.Uint16(columns[2*i:])] += x * float32(int8(w))
		}
	}
	if m.table != nil {
		meaning(m.table, text, m.layout.weight*beside, s.sample.dense)
		a := blas32.General{Rows: m.layout.columns, Cols: m.layout.dims, Stride: m.layout.dims, Data: m.dense}
		blas32.Gemv(blas.NoTrans, 1, a, vector(s.sample.dense), 1, vector(s.margin))
	}
}

// Classify says what a text is. A text of which nothing is known is outside.
func (m *Model) Classify(text string) Result {
	s := m.scratch()
	defer m.pool.Put(s)
	m.score(s, text)
	m.rank(s)
	r := Result{Ranked: make([]Score, len(s.order))}
	for i, c := range s.order {
		r.Ranked[i] = Score{m.labels[c], m.cal.own(s.margin[c])}
	}
	if s.blank() {
		r.Outside = 1
		return r
	}
	r.Label = r.Ranked[0].Label
	r.Confidence, r.Outside = m.cal.judge(m.signals(s))
	return r
}

// rank fills s.order: the labels by their margins, best first, equal ones in
// their own order. Sorted are whole numbers, which is much faster than by a
// function: the margin's bits, turned so that they rise as it falls, and the label.
func (m *Model) rank(s *scratch) {
	for c := range s.order {
		bits := math.Float32bits(s.margin[c])
		if bits>>31 == 0 {
			bits ^= 1<<31 - 1
		}
		s.sorted[c] = uint64(bits)<<32 | uint64(c)
	}
	slices.Sort(s.sorted)
	for i, v := range s.sorted {
		s.order[i] = int32(uint32(v))
	}
}

// signals are what confidence is judged by; s.order is sorted already.
func (m *Model) signals(s *scratch) signals {
	g := signals{best: s.margin[s.order[0]], known: s.known}
	g.gap = g.best
	if len(s.order) > 1 {
		g.gap -= s.margin[s.order[1]]
	}
	if m.layout.columns > m.layout.labels {
		g.outside = s.margin[m.layout.labels]
	}
	return g
}

// Explain gives the k n-grams of a text that say most for or against a label,
// the strongest first. A space in one is the edge of a word; [Meaning] stands
// for the sentence vector.
func (m *Model) Explain(text, label string, k int) []Gram {
	c, ok := slices.BinarySearch(m.labels, label)
	if !ok {
		return nil
	}
	s := m.scratch()
	defer m.pool.Put(s)
	m.score(s, text)
	value := map[int32]float32{}
	for i, row := range s.sample.index {
		value[row] = s.sample.value[i]
	}
	var out []Gram
	for _, g := range s.reader.grams {
		row := m.row(g.key)
		x, fresh := value[row]
		if row < 0 || !fresh {
			continue
		}
		delete(value, row)
		if w := m.weight(row, c); w != 0 {
			out = append(out, Gram{string(s.reader.text[g.start:g.end]), float64(x * w)})
		}
	}
	if m.table != nil {
		sum := blas32.Dot(vector(s.sample.dense), vector(m.dense[c*m.layout.dims:][:m.layout.dims]))
		out = append(out, Gram{Meaning, float64(sum)})
	}
	slices.SortStableFunc(out, func(a, b Gram) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return out[:min(max(k, 0), len(out))]
}

func (m *Model) weight(row int32, column int) float32 {
	from, to := m.entries(row)
	for e := from; e < to; e++ {
		if int(binary.LittleEndian.Uint16(m.b[m.layout.column+2*e:])) == column {
			return m.f32(m.layout.feature, 3*int(row)+1) * float32(int8(m.b[m.layout.level+e]))
		}
	}
	return 0
}
