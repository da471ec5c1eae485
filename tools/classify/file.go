package classify

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"parley/memory/embed"
)

// A model's file, little endian, used as it lies: no part is copied or parsed.
//
//	"PCL2", crc32c of all that follows, then as uint32: labels, columns (one
//	more than labels when there is one for "outside"), features, word features,
//	slots of the table (a power of two), entries, bytes of names, words, chars,
//	han, calibration numbers, dense features, and their weight as float32
//	calibration          float32 each
//	bias                 float32 a column
//	dense                float32 a column and dense feature, 0 or all of them
//	table                slots of uint32 key, uint32 feature+1; 0 is free
//	features             float32 idf, float32 scale, uint32 where its entries begin,
//	                     a feature, and one more for where they end
//	entries' columns     uint16 each
//	entries' weights     int8 each, times the feature's scale
//	names                labels, each ended by a zero byte
const (
	magic  = "PCL2"
	fields = 13
	head   = 8 + 4*fields
)

var (
	crc        = crc32.MakeTable(crc32.Castagnoli)
	errForeign = errors.New("classify: this is no model of parley's classifier (a file begins with PCL2); train one with Train")
	errDamaged = errors.New("classify: the model is damaged or cut short: write it again")
)

type layout struct {
	labels, columns, features, words, slots, entries, names int
	grammar                                                 grammar
	cal, dims                                               int
	weight                                                  float32 // of the dense features
	bias, dense, table, feature, column, level, name        int     // where they begin
	size                                                    int
}

// place computes where the parts begin; ok is false for sizes no file can have.
func (l *layout) place() (ok bool) {
	for _, n := range []int{l.labels, l.columns, l.features, l.words, l.slots, l.entries, l.names, l.cal, l.dims} {
		if n < 0 || n > 1<<30 {
			return false
		}
	}
	at := head
	next := func(n int) int {
		begin := at
		at += n
		return begin
	}
	next(4 * l.cal)
	l.bias = next(4 * l.columns)
	l.dense = next(4 * l.columns * l.dims)
	l.table = next(8 * l.slots)
	l.feature = next(12 * (l.features + 1))
	l.column = next(2 * l.entries)
	l.level = next(l.entries)
	l.name = next(l.names)
	l.size = at
	return true
}

func (l *layout) numbers() [fields]int {
	return [fields]int{l.labels, l.columns, l.features, l.words, l.slots, l.entries, l.names, l.grammar.words, l.grammar.chars, l.grammar.han, l.cal, l.dims, int(math.Float32bits(l.weight))}
}

// encode writes a model's file. Weights are rounded to 8 bits within a feature,
// and those that are nothing beside the model's largest are left out.
func encode(labels []string, g grammar, m *linear, cal calibration) []byte {
	l := layout{labels: len(labels), columns: m.columns, features: len(m.keys), words: m.words, grammar: g, cal: len(cal), dims: m.dims, weight: m.dense}
	for _, n := range labels {
		l.names += len(n) + 1
	}
	for l.slots = 1; l.slots < l.features+l.features/2+1; l.slots *= 2 {
	}
	top := make([]float32, l.features)
	for _, w := range m.weights {
		for f := range top {
			top[f] = max(top[f], float32(math.Abs(float64(w[f]))))
		}
	}
	var most float32
	for _, t := range top {
		most = max(most, t)
	}
	level := func(c, f int) int8 {
		w := m.weights[c][f]
		if float32(math.Abs(float64(w))) < most/128 {
			return 0
		}
		return int8(math.RoundToEven(float64(w / top[f] * 127)))
	}
	for f := range top {
		for c := range m.columns {
			if level(c, f) != 0 {
				l.entries++
			}
		}
	}
	l.place()
	b := make([]byte, l.size)
	le := binary.LittleEndian
	float := func(at, i int, v float32) { le.PutUint32(b[at+4*i:], math.Float32bits(v)) }
	copy(b, magic)
	for i, n := range l.numbers() {
		le.PutUint32(b[8+4*i:], uint32(n))
	}
	for i, v := range cal {
		float(head, i, v)
	}
	for c, w := range m.weights {
		float(l.bias, c, w[len(w)-1])
		for d, v := range w[l.features : l.features+l.dims] {
			float(l.dense, c*l.dims+d, v)
		}
	}
	e := 0
	for f, key := range m.keys {
		slot := int(key) & (l.slots - 1)
		for le.Uint32(b[l.table+8*slot+4:]) != 0 {
			slot = (slot + 1) & (l.slots - 1)
		}
		le.PutUint32(b[l.table+8*slot:], key)
		le.PutUint32(b[l.table+8*slot+4:], uint32(f+1))
		float(l.feature, 3*f, m.idf[f])
		float(l.feature, 3*f+1, top[f]/127)
		le.PutUint32(b[l.feature+12*f+8:], uint32(e))
		for c := range m.columns {
			if q := level(c, f); q != 0 {
				le.PutUint16(b[l.column+2*e:], uint16(c))
				b[l.level+e] = byte(q)
				e++
			}
		}
	}
	le.PutUint32(b[l.feature+12*l.features+8:], uint32(e))
	at := l.name
	for _, n := range labels {
		at += copy(b[at:], n) + 1
	}
	seal(b)
	return b
}

// seal writes the checksum.
func seal(b []byte) {
	if len(b) >= 8 {
		binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[8:], crc))
	}
}

// Open reads a model and keeps b, which must not change afterwards: embedded
// bytes or those of a mapped file serve as they are. The checksum and every
// place that is later jumped to are checked.
func Open(b []byte) (*Model, error) {
	if len(b) < 4 || string(b[:4]) != magic {
		if len(b) >= 3 && string(b[:3]) == magic[:3] {
			return nil, fmt.Errorf("classify: the model has the format %q, and %q is read: train it again with this version", b[:min(4, len(b))], magic)
		}
		return nil, errForeign
	}
	if len(b) < head {
		return nil, errDamaged
	}
	le := binary.LittleEndian
	field := func(i int) int { return int(le.Uint32(b[8+4*i:])) }
	l := layout{labels: field(0), columns: field(1), features: field(2), words: field(3), slots: field(4), entries: field(5), names: field(6),
		grammar: grammar{field(7), field(8), field(9)}, cal: field(10), dims: field(11), weight: math.Float32frombits(uint32(field(12)))}
	if !l.place() || l.size != len(b) || crc32.Checksum(b[8:], crc) != le.Uint32(b[4:]) {
		return nil, errDamaged
	}
	if l.labels < 1 || l.columns < l.labels || l.columns > l.labels+1 || l.columns > 1<<16 || l.words > l.features ||
		l.slots <= l.features || l.slots&(l.slots-1) != 0 || l.cal != calibrationNumbers || l.dims != 0 && l.dims != denseDims ||
		l.grammar.words > 3 || l.grammar.chars > 8 || l.grammar.han > 4 {
		return nil, errDamaged
	}
	m := &Model{b: b, layout: l}
	before := uint32(0)
	for f := range l.features + 1 {
		first := m.u32(l.feature, 3*f+2)
		if first < before || first > uint32(l.entries) {
			return nil, errDamaged
		}
		before = first
	}
	for e := range l.entries {
		if int(le.Uint16(b[l.column+2*e:])) >= l.columns {
			return nil, errDamaged
		}
	}
	free := 0
	for s := range l.slots {
		n := m.u32(l.table, 2*s+1)
		if n == 0 {
			free++
		}
		if int(n) > l.features {
			return nil, errDamaged
		}
	}
	if free == 0 {
		return nil, errDamaged
	}
	for i := range m.cal {
		if m.cal[i] = m.f32(head, i); m.cal[i] != m.cal[i] {
			return nil, errDamaged
		}
	}
	if l.dims > 0 {
		var err error
		if m.table, err = embed.Default(); err != nil {
			return nil, err
		}
		m.dense = make([]float32, l.columns*l.dims)
		for i := range m.dense {
			m.dense[i] = m.f32(l.dense, i)
		}
	}
	names := b[l.name : l.name+l.names]
	for range l.labels {
		end := slices.Index(names, 0)
		if end < 0 {
			return nil, errDamaged
		}
		m.labels = append(m.labels, string(names[:end]))
		names = names[end+1:]
	}
	return m, nil
}
