package recsys

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync/atomic"
)

// A coder appends numbers to the body of a section.
type coder struct{ b []byte }

func (c *coder) u32(v int)        { c.b = binary.LittleEndian.AppendUint32(c.b, uint32(v)) }
func (c *coder) i64(v int64)      { c.b = binary.LittleEndian.AppendUint64(c.b, uint64(v)) }
func (c *coder) f64(v float64)    { c.b = binary.LittleEndian.AppendUint64(c.b, math.Float64bits(v)) }
func (c *coder) f32(v float32)    { c.b = binary.LittleEndian.AppendUint32(c.b, math.Float32bits(v)) }
func (c *coder) text(s string)    { c.u32(len(s)); c.b = append(c.b, s...) }
func (c *coder) f64s(v []float64) { c.u32(len(v)); each1(v, c.f64) }
func (c *coder) f32s(v []float32) { c.u32(len(v)); each1(v, c.f32) }
func (c *coder) ints(v []int)     { c.u32(len(v)); each1(v, c.u32) }

func (c *coder) texts(list []string) {
	c.u32(len(list))
	for _, s := range list {
		c.text(s)
	}
}

// links writes the rows of a sparse matrix: how many, the length of each, then
// every entry.
func (c *coder) links(rows [][]link) {
	c.u32(len(rows))
	for _, r := range rows {
		c.u32(len(r))
	}
	for _, r := range rows {
		for _, l := range r {
			c.u32(int(l.to))
			c.f32(l.sim)
			c.u32(int(l.count))
		}
	}
}

func each1[T any](v []T, f func(T)) {
	for _, x := range v {
		f(x)
	}
}

// A decoder reads what a coder wrote. After the first thing that cannot be, err
// is set and all it gives is zero. It never makes room for more than the bytes
// that are there could fill.
type decoder struct {
	name string // of the section
	b    []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: section %q: %s", ErrArtefact, d.name, fmt.Sprintf(format, args...))
	}
	d.b = nil
}

// take cuts n things of size bytes off the front.
func (d *decoder) take(n, size int) []byte {
	if d.err != nil || n < 0 || size > 0 && n > len(d.b)/size {
		d.fail("it is too short")
		return nil
	}
	b := d.b[:n*size]
	d.b = d.b[n*size:]
	return b
}

func (d *decoder) u32() int {
	if b := d.take(1, 4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(1, 8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) i64() int64   { return int64(d.u64()) }
func (d *decoder) f64() float64 { return math.Float64frombits(d.u64()) }

func (d *decoder) f32() float32 { return math.Float32frombits(uint32(d.u32())) }

func (d *decoder) text() string { return string(d.take(d.u32(), 1)) }

func (d *decoder) f64s() []float64 {
	b := d.take(d.u32(), 8)
	out := make([]float64, len(b)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return out
}

func (d *decoder) f32s() []float32 {
	b := d.take(d.u32(), 4)
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

func (d *decoder) ints() []int {
	b := d.take(d.u32(), 4)
	out := make([]int, len(b)/4)
	for i := range out {
		out[i] = int(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	return out
}

func (d *decoder) texts() []string {
	n := d.u32()
	if n > len(d.b)/4 {
		d.fail("it is too short")
		return nil
	}
	out := make([]string, n)
	for i := range out {
		out[i] = d.text()
	}
	return out
}

// links reads rows that point at n items.
func (d *decoder) links(n int) [][]link {
	count := d.u32()
	lengths := d.take(count, 4)
	total := 0
	for i := 0; i < len(lengths); i += 4 {
		total += int(binary.LittleEndian.Uint32(lengths[i:]))
	}
	b := d.take(total, 12)
	if d.err != nil {
		return nil
	}
	flat := make([]link, total)
	const run = 1 << 16 // read by one core
	var highest atomic.Uint32
	Each((total+run-1)/run, func(part int) {
		top := uint32(0)
		for i := part * run; i < min(total, (part+1)*run); i++ {
			e := b[12*i : 12*i+12 : 12*i+12]
			to := binary.LittleEndian.Uint32(e)
			top = max(top, to)
			flat[i] = link{int32(to), math.Float32frombits(binary.LittleEndian.Uint32(e[4:])), int32(binary.LittleEndian.Uint32(e[8:]))}
		}
		for was := highest.Load(); top > was && !highest.CompareAndSwap(was, top); was = highest.Load() {
		}
	})
	if top := highest.Load(); total > 0 && top >= uint32(n) {
		d.fail("item %d of %d", top, n)
		return nil
	}
	rows := make([][]link, count)
	for i := range rows {
		m := int(binary.LittleEndian.Uint32(lengths[4*i:]))
		rows[i], flat = flat[:m:m], flat[m:]
	}
	return rows
}

// done checks that all was read, and that a list is as long as it must be.
func (d *decoder) done(lists ...int) error {
	if d.err == nil && len(d.b) > 0 {
		d.fail("%d bytes too many", len(d.b))
	}
	for k := 0; k+1 < len(lists); k += 2 {
		if d.err == nil && lists[k] != lists[k+1] {
			d.fail("a list of %d where %d are needed", lists[k], lists[k+1])
		}
	}
	return d.err
}
