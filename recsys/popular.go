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
	now := d.newest
	if !opt.Now.IsZero() {
		now = opt.Now.Unix()
	}
	p := &Popular{data: d, scores: make([]float64, len(d.Items)), counts: make([]int, len(d.Items))}
	for i, col := range d.byItem {
		p.counts[i] = len(col)
		for _, c := range col {
			w := 1.0
			if opt.HalfLife > 0 {
				age := max(0, now-c.at)
				w = math.Exp2(-float64(age) / opt.HalfLife.Seconds())
			}
			p.scores[i] += w
		}
	}
	return p
}

// Data returns what was counted.
func (p *Popular) Data() *Dataset { return p.data }

// Recommend ranks by popularity.
func (p *Popular) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, p, q)
}

// Score is the same for everybody.
func (p *Popular) Score(_ History, out []float64) { copy(out, p.scores) }

// Reasons tells how many customers took the item.
func (p *Popular) Reasons(_ History, item int32) []Reason {
	return []Reason{{Kind: "popular", Count: p.counts[item], Weight: p.scores[item]}}
}
