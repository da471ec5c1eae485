package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// GraphFilter looks at who took what as a graph, and at a history as a signal
// on it. It adds what near nodes carry on, as [RP3beta] does, to the smooth part
// of the signal, which the leading singular vectors carry and which sees
// further. Both are worked out between items that some customer took both of,
// and the likest are kept, so that a query costs no more than one of
// neighbours. Memory: 12 bytes a kept neighbour, and while fitting 12 bytes a
// factor and item or customer.
//
// Source: Shen et al. 2021, "How powerful is graph convolution for
// recommendation?" (GF-CF), section 4.2; counts there are scaled by the power
// .5, which smaller powers beat.
type GraphFilter struct {
	data *Dataset
	next [][]link
}

// GraphFilterOptions tune GraphFilter.
type GraphFilterOptions struct {
	Near    RP3betaOptions // the near part; its Neighbours are those kept
	Factors int            // singular vectors of the smooth part; 0 means 128
	Damp    float64        // exponent on the counts of customers and items by which they are scaled down for the smooth part; 0 means .3, < 0 none
	Smooth  float64        // weight of the smooth part beside the near one's 1; 0 means 1
	Rounds  int            // of the iteration that finds the vectors; 0 means 3
	Seed    uint64
}

// NewGraphFilter fits a dataset.
func NewGraphFilter(d *Dataset, opt GraphFilterOptions) (*GraphFilter, error) {
	near, err := newWalk(d, opt.Near)
	if err != nil {
		return nil, err
	}
	k, damp, rounds, smooth := cmp.Or(opt.Factors, 128), cmp.Or(opt.Damp, .3), cmp.Or(opt.Rounds, 3), cmp.Or(opt.Smooth, 1)
	if k < 1 || k > 4096 || rounds < 1 || !(damp <= 1) || !(smooth > 0) || math.IsInf(smooth, 1) {
		return nil, fmt.Errorf("recsys: GraphFilter with %d factors, damp %g, smooth %g and %d rounds; factors must be 1 to 4096, damp at most 1, the others above 0", k, damp, smooth, rounds)
	}
	damp = max(damp, 0)
	v := byItemRows(d.incidence(damp).leading(k, rounds, opt.Seed))
	count := make([]float64, len(d.Items))
	for i, col := range d.byItem {
		count[i] = math.Pow(float64(max(1, len(col))), damp)
	}
	m := &GraphFilter{data: d}
	m.next = d.pairs(near.keep, near.leave, func(i, j int32, sum float64) float64 {
		return near.chance(i, j, sum) + smooth*float64(dot32(v[i], v[j]))*count[j]/count[i]
	})
	return m, nil
}

// byItemRows turns vectors over items into one row an item.
func byItemRows(v [][]float32, _ []float64) [][]float32 {
	if len(v) == 0 {
		return nil
	}
	flat, rows := make([]float32, len(v)*len(v[0])), make([][]float32, len(v[0]))
	for i := range rows {
		rows[i] = flat[i*len(v) : (i+1)*len(v)]
		for f := range v {
			rows[i][f] = v[f][i]
		}
	}
	return rows
}

// Data returns what was fitted.
func (m *GraphFilter) Data() *Dataset { return m.data }

// Recommend ranks by what the filter leaves of the history.
func (m *GraphFilter) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score adds up what each item of the history passes on.
func (m *GraphFilter) Score(h History, out []float64) { spreadInto(m, h, out) }

func (m *GraphFilter) spread(h History, to func(float64, []link)) {
	for _, e := range h.Events {
		to(1, m.next[e.Item])
	}
}

// Reasons names the items of the history that passed the most on.
func (m *GraphFilter) Reasons(h History, item int32) []Reason {
	return reasonsByLink(m.data, m.next, h, item)
}
