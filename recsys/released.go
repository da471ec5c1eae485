package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// Released lowers what nobody had taken by the time of the query. One who is
// asked about a moment in the past, as in a replay or a test on old data, would
// else be offered what came only later. At the present it changes nothing.
type Released struct {
	model Model
	first []int64 // of each item, unix seconds of the first time it was taken
	share float64
}

// ReleasedOptions tune Released.
type ReleasedOptions struct {
	Share float64 // of its score that an item keeps; 0 means .2
}

// NewReleased wraps a model whose dataset knows its customers.
func NewReleased(m Model, opt ReleasedOptions) (*Released, error) {
	share := cmp.Or(opt.Share, .2)
	if !(share >= 0 && share <= 1) {
		return nil, fmt.Errorf("recsys: items that are not released keep a share of %g of their score; it must be 0 to 1", share)
	}
	r := &Released{model: m, first: make([]int64, len(m.Data().Items)), share: share}
	for i := range r.first {
		r.first[i] = math.MaxInt64
	}
	for _, row := range m.Data().byCustomer {
		for _, e := range row {
			r.first[e.Item] = min(r.first[e.Item], e.First)
		}
	}
	return r, nil
}

// Data returns that of the model.
func (r *Released) Data() *Dataset { return r.model.Data() }

// Recommend ranks as the model does, what was not there yet lowered.
func (r *Released) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, r, q) }

// Score lowers what is above zero and was not there at h.Now.
func (r *Released) Score(h History, out []float64) {
	r.model.Score(h, out)
	for i, x := range out {
		if x > 0 && r.first[i] > h.Now {
			out[i] *= r.share
		}
	}
}

// Reasons are those of the model, lowered as the score is.
func (r *Released) Reasons(h History, item int32) []Reason { return r.explain(h)(item) }

func (r *Released) explain(h History) func(item int32) []Reason {
	inner := explain(r.model, h)
	return func(item int32) []Reason {
		out := inner(item)
		if r.first[item] > h.Now {
			for k := range out {
				out[k].Weight *= r.share
			}
		}
		return out
	}
}
