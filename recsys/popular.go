package recsys

import (
	"context"
	"math"
	"time"
)

// Popular ranks items by how many customers took them, newer ones counting for
// more. It is the answer for someone nothing is known about.
type Popular struct {
	data   *Dataset
	scores []float64
	counts []int
}

// PopularOptions tune Popular.
type PopularOptions struct {
	HalfLife time.Duration // after which an interaction counts half; 0: no decay
	Now      time.Time     // 0: the newest interaction
}

// NewPopular counts a dataset.
func NewPopular(d *Dataset, opt PopularOptions) *Popular {
	now := opt.Now
	if now.IsZero() {
		now = d.newest
	}
	p := &Popular{data: d, scores: make([]float64, len(d.Items)), counts: make([]int, len(d.Items))}
	for i, col := range d.byItem {
		p.counts[i] = len(col)
		for _, c := range col {
			w := 1.0
			if opt.HalfLife > 0 {
				age := max(0, now.Unix()-c.at)
				w = math.Exp2(-float64(age) / opt.HalfLife.Seconds())
			}
			p.scores[i] += w
		}
	}
	return p
}

// Recommend ranks by popularity; the reason carries how many customers took the item.
func (p *Popular) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out := p.data.top(p.scores, q)
	for k := range out {
		i := p.data.itemAt[out[k].Item]
		out[k].Reasons = []Reason{{Kind: "popular", Count: p.counts[i], Weight: out[k].Score}}
	}
	return out, nil
}
