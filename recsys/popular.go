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
	days   int // of the window; 0: all time
}

// PopularOptions tune Popular.
type PopularOptions struct {
	HalfLife time.Duration // after which an interaction counts half; 0: no decay
	Window   time.Duration // older ones are not counted; 0: all are
	Least    int           // customers that an item must have had to be popular; 0: one
	Now      time.Time     // 0: the newest interaction
}

// NewPopular counts a dataset.
func NewPopular(d *Dataset, opt PopularOptions) *Popular {
	now := d.newest
	if !opt.Now.IsZero() {
		now = opt.Now.Unix()
	}
	p := &Popular{data: d, scores: make([]float64, len(d.Items)), counts: make([]int, len(d.Items)), days: int(opt.Window / (24 * time.Hour))}
	for i, col := range d.byItem {
		for _, c := range col {
			if opt.Window > 0 && now-c.at > int64(opt.Window.Seconds()) {
				continue
			}
			p.counts[i]++
			w := 1.0
			if opt.HalfLife > 0 {
				age := max(0, now-c.at)
				w = math.Exp2(-float64(age) / opt.HalfLife.Seconds())
			}
			p.scores[i] += w
		}
		if p.counts[i] < opt.Least {
			p.scores[i] = 0
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

// Reasons tells how many customers took the item, within the window.
func (p *Popular) Reasons(_ History, item int32) []Reason {
	return []Reason{{Kind: "popular", Count: p.counts[item], Days: float64(p.days), Weight: p.scores[item]}}
}
