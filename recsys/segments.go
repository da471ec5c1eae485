package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"
)

// Segments ranks by how many customers of the query's segment took an item: for
// someone who is new, but of whom the segment is known. A segment that few are
// in says little, so it is drawn to what everybody takes. Without a segment, or
// with one that nobody is in, it is popularity.
type Segments struct {
	data *Dataset
	all  tally
	of   map[string]tally
	as   float64 // see SegmentsOptions
}

// tally is what some customers took: how many took each item, and the same
// weighed by age.
type tally struct {
	count  map[int32]int
	weight map[int32]float64
	total  float64
}

// SegmentsOptions tune Segments.
type SegmentsOptions struct {
	HalfLife time.Duration // after which an interaction counts half; 0: no decay
	// Prior is how many interactions of everybody's taste a segment's own are
	// mixed with; 0 means 50.
	Prior float64
}

// NewSegments counts a dataset by the segment of each customer; customers
// without one count for everybody's taste alone.
func NewSegments(d *Dataset, segment map[string]string, opt SegmentsOptions) (*Segments, error) {
	m := &Segments{data: d, of: map[string]tally{}, as: cmp.Or(opt.Prior, 50)}
	if !(m.as > 0) || math.IsInf(m.as, 0) {
		return nil, fmt.Errorf("recsys: segments: prior is %v; give a number of interactions above 0", opt.Prior)
	}
	fresh := func() tally { return tally{map[int32]int{}, map[int32]float64{}, 0} }
	m.all = fresh()
	for u, row := range d.byCustomer {
		name := segment[d.Customers[u]]
		if _, ok := m.of[name]; !ok && name != "" {
			m.of[name] = fresh()
		}
		for _, e := range row {
			w := 1.0
			if opt.HalfLife > 0 {
				w = math.Exp2(-float64(max(0, d.newest-e.At)) / opt.HalfLife.Seconds())
			}
			m.all.add(e.Item, w)
			if name != "" {
				t := m.of[name]
				t.add(e.Item, w)
				m.of[name] = t
			}
		}
	}
	return m, nil
}

func (t *tally) add(item int32, w float64) {
	t.count[item]++
	t.weight[item] += w
	t.total += w
}

// Data returns what was counted.
func (m *Segments) Data() *Dataset { return m.data }

// Recommend ranks by the taste of the segment of the query.
func (m *Segments) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score is each item's share of what the segment takes.
func (m *Segments) Score(h History, out []float64) {
	for i := range m.all.weight {
		own, common := m.shares(h, i)
		out[i] = own + common
	}
}

// shares gives the parts of a score that are the segment's and everybody's.
func (m *Segments) shares(h History, item int32) (own, common float64) {
	t := m.of[h.Segment]
	if m.all.total > 0 {
		common = m.as / (t.total + m.as) * m.all.weight[item] / m.all.total
	}
	return t.weight[item] / (t.total + m.as), common
}

// Reasons counts who took the item: of the segment, and of all.
func (m *Segments) Reasons(h History, item int32) []Reason {
	own, common := m.shares(h, item)
	var out []Reason
	if own > 0 {
		out = append(out, Reason{Kind: "segment", Name: h.Segment, Count: m.of[h.Segment].count[item], Weight: own})
	}
	if common > 0 {
		out = append(out, Reason{Kind: "popular", Count: m.all.count[item], Weight: common})
	}
	return strongest(out)
}

// Cold ranks for a new customer by the conversation's own words, what their
// segment takes deciding between items that fit alike: likeness to the words
// counts for .8, the segment for .2. Where no item has any of the words, the
// segment alone decides.
func Cold(words *Content, text string, segments *Segments) (Model, error) {
	if words.data != segments.data {
		return nil, fmt.Errorf("recsys: cold start: the content and the segments are of different datasets; make both of one")
	}
	return NewHybrid(ScaleQuery, Part{words.For(text), .8}, Part{segments, .2})
}
