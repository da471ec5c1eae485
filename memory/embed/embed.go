// Package embed turns short texts, English and Chinese, into vectors whose inner
// product says how alike they are. The table of token vectors is in the binary;
// nothing is fetched and no model runs. Start with [Default], then [Table.Vector].
//
// Where the table comes from and under which licences it is shipped stands in
// NOTICE.md; the format and the rule of tokens stand on [Open] and in tokens.go.
package embed

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
)

//go:embed static-6m.bin
var table []byte

// Default opens the table in the binary: 43,791 tokens, 256 dimensions. It is
// read once.
var Default = sync.OnceValues(func() (*Table, error) { return Open(table) })

// A Table holds a vector for each token. It is safe for concurrent use.
type Table struct {
	dim   int
	bits  int
	scale []float32
	rows  []byte
	ids   map[string]int32
}

var errDamaged = errors.New("embed: the table is damaged")

// Open reads a table and keeps b, which must not change afterwards. Little
// endian: "STE1"; rows, dimensions, bits (4 or 8) and bytes of the token block
// as uint32; a float32 scale for each row; the rows, of int8, or of two 4-bit
// numbers a byte stored plus 8, the lower first; the tokens, each ended by a
// line feed. A token's vector is its scale times its row.
func Open(b []byte) (*Table, error) {
	const head = 20
	if len(b) < head || string(b[:4]) != "STE1" {
		return nil, errors.New("embed: not a table of token vectors")
	}
	field := func(i int) int { return int(binary.LittleEndian.Uint32(b[4*i:])) }
	rows, dim, bits, tokens := field(1), field(2), field(3), field(4)
	if bits != 4 && bits != 8 || dim <= 0 || dim%2 != 0 || rows <= 0 || rows > len(b) || dim > len(b) || head+4*rows+rows*dim*bits/8+tokens != len(b) {
		return nil, errDamaged
	}
	t := &Table{dim: dim, bits: bits, scale: make([]float32, rows), ids: make(map[string]int32, rows)}
	for i := range t.scale {
		t.scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[head+4*i:]))
	}
	b = b[head+4*rows:]
	t.rows = b[:rows*dim*bits/8]
	for token := range strings.Lines(string(b[len(t.rows):])) {
		t.ids[strings.TrimSuffix(token, "\n")] = int32(len(t.ids))
	}
	if len(t.ids) != rows {
		return nil, fmt.Errorf("%w: %d tokens for %d rows", errDamaged, len(t.ids), rows)
	}
	return t, nil
}

// Vector is the sum of a text's token vectors, made length one: all zeros when
// no token is known, which no similarity may be asked of.
func (t *Table) Vector(text string) []float32 {
	v := make([]float32, t.dim)
	t.tokens(text, func(id int32) { t.add(v, id) })
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum > 0 {
		r := float32(1 / math.Sqrt(sum))
		for i := range v {
			v[i] *= r
		}
	}
	return v
}

// Known says whether any token of a text is in the table.
func (t *Table) Known(text string) bool {
	known := false
	t.tokens(text, func(int32) { known = true })
	return known
}

func (t *Table) add(v []float32, id int32) {
	s := t.scale[id]
	if t.bits == 8 {
		for i, q := range t.rows[int(id)*t.dim:][:t.dim] {
			v[i] += s * float32(int8(q))
		}
		return
	}
	for i, q := range t.rows[int(id)*t.dim/2:][:t.dim/2] {
		v[2*i] += s * float32(int(q&15)-8)
		v[2*i+1] += s * float32(int(q>>4)-8)
	}
}
