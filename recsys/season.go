package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"
)

// Season wraps a model for a trade with seasons: it multiplies every score by
// how much more customers take the item now than they did over the whole of the
// dataset. What is out of season or sold no more sinks, whoever bought it once.
type Season struct {
	model Model
	lift  []float64 // 1: sells as it always did
}

// SeasonOptions tune Season.
type SeasonOptions struct {
	HalfLife time.Duration // of what counts as now; 0 means 7 days
	Power    float64       // of the lift; 0 means 1
	Shrink   float64       // customers' worth of "as always" added to each item; 0 means 5
}

// NewSeason measures the lift of every item.
func NewSeason(m Model, opt SeasonOptions) (*Season, error) {
	half, power, shrink := cmp.Or(opt.HalfLife, 7*24*time.Hour), cmp.Or(opt.Power, 1), cmp.Or(opt.Shrink, 5)
	if !(half > 0) || !(shrink > 0) || math.IsNaN(power) || math.IsInf(power, 0) {
		return nil, fmt.Errorf("recsys: a season with half-life %v, power %g and shrink %g; half-life and shrink must be above 0, power a number", half, power, shrink)
	}
	s := &Season{model: m, lift: lifts(m.Data(), half, shrink)}
	for i := range s.lift {
		s.lift[i] = math.Pow(s.lift[i], power)
	}
	return s, nil
}

// lifts divides each item's share of what is taken now by its share of what was
// ever taken. An item nobody took yet has 1.
func lifts(d *Dataset, half time.Duration, shrink float64) []float64 {
	now := NewPopular(d, PopularOptions{HalfLife: half}).scores
	lately, ever := 0.0, 0.0
	for i, col := range d.byItem {
		lately += now[i]
		ever += float64(len(col))
	}
	out := make([]float64, len(d.Items))
	for i, col := range d.byItem {
		out[i] = 1
		if lately > 0 {
			usual := lately / ever
			out[i] = (now[i]/usual + shrink) / (float64(len(col)) + shrink)
		}
	}
	return out
}

// Data returns the dataset of the model.
func (s *Season) Data() *Dataset { return s.model.Data() }

// Recommend ranks by the lifted score.
func (s *Season) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, s, q) }

// Score multiplies the model's.
func (s *Season) Score(h History, out []float64) {
	s.model.Score(h, out)
	for i := range out {
		out[i] *= s.lift[i]
	}
}

// Reasons are the model's, weighted as its scores are.
func (s *Season) Reasons(h History, item int32) []Reason {
	out := s.model.Reasons(h, item)
	for n := range out {
		out[n].Weight *= s.lift[item]
	}
	return out
}
