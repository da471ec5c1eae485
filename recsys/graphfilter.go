package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// LowPass keeps the smooth part of a history: what of it is carried by the
// leading singular vectors of who took what, which are the slow waves of the
// graph of customers and items. Blended with [RP3beta], which sees only near
// neighbours, it is the graph filter of its source. Memory: 4 bytes a factor
// and item.
//
// Source: Shen et al. 2021, "How powerful is graph convolution for
// recommendation?" (GF-CF), the ideal low-pass of section 4.2.
type LowPass struct {
	data *Dataset
	v    []float32 // of items, a row of k each
	damp []float32 // of items: their count to the power of Damp
	k    int
}

// LowPassOptions tune LowPass.
type LowPassOptions struct {
	Factors int     // 0 means 128
	Damp    float64 // exponent on the counts of customers and items by which they are scaled down; 0 means .3, .5 is the source's, < 0 none
	Rounds  int     // of the iteration that finds the vectors; 0 means 3
	Seed    uint64
}

// NewLowPass fits a dataset.
func NewLowPass(d *Dataset, opt LowPassOptions) (*LowPass, error) {
	k, damp, rounds := cmp.Or(opt.Factors, 128), cmp.Or(opt.Damp, .3), cmp.Or(opt.Rounds, 3)
	if k < 1 || k > 4096 || rounds < 1 || !(damp <= 1) {
		return nil, fmt.Errorf("recsys: LowPass with %d factors, damp %g and %d rounds; factors must be 1 to 4096, damp at most 1, rounds above 0", k, damp, rounds)
	}
	damp = max(damp, 0)
	v, _ := d.incidence(damp).leading(k, rounds, opt.Seed)
	m := &LowPass{data: d, k: len(v), v: make([]float32, len(v)*len(d.Items)), damp: make([]float32, len(d.Items))}
	for f, row := range v {
		for i, x := range row {
			m.v[i*m.k+f] = x
		}
	}
	for i, col := range d.byItem {
		m.damp[i] = float32(math.Pow(float64(max(1, len(col))), damp))
	}
	return m, nil
}

// Data returns what was fitted.
func (m *LowPass) Data() *Dataset { return m.data }

// Recommend ranks by the smooth part of the history.
func (m *LowPass) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score projects the history on the vectors and back.
func (m *LowPass) Score(h History, out []float64) {
	if len(h.Events) == 0 {
		return
	}
	x := make([]float32, m.k)
	for _, e := range h.Events {
		for f, v := range m.row(e.Item) {
			x[f] += v / m.damp[e.Item]
		}
	}
	for i := range out {
		out[i] = float64(dot32(x, m.row(int32(i))) * m.damp[i])
	}
}

func (m *LowPass) row(item int32) []float32 { return m.v[int(item)*m.k : int(item+1)*m.k] }

// Reasons names the items of the history that swing with this one.
func (m *LowPass) Reasons(h History, item int32) []Reason {
	var out []Reason
	for _, e := range h.Events {
		if w := dot32(m.row(e.Item), m.row(item)) * m.damp[item] / m.damp[e.Item]; w > 0 {
			out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Weight: float64(w)})
		}
	}
	return strongest(out)
}
