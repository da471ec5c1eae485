package recsys

import (
	"context"
	"fmt"
	"math"
)

// Hybrid blends models of one dataset: the weighted sum of their scores, each
// model's scaled so that weights compare.
type Hybrid struct {
	parts []Part
	scale []float64 // of each part; nil: each query's own
}

// A Part is one model of a blend.
type Part struct {
	Model  Model
	Weight float64
}

// Scaling says what makes the scores of different models comparable.
type Scaling uint8

const (
	// ScaleQuery divides a model's scores by the highest of the query.
	ScaleQuery Scaling = iota
	// ScaleFixed divides by the mean highest over the dataset's customers, so
	// that what one event adds does not depend on the others.
	ScaleFixed
)

// NewHybrid blends parts. Parts of weight 0 are left out.
func NewHybrid(scaling Scaling, parts ...Part) (*Hybrid, error) {
	m := &Hybrid{}
	for _, p := range parts {
		if math.IsNaN(p.Weight) || math.IsInf(p.Weight, 0) {
			return nil, fmt.Errorf("recsys: the weight of %T in a blend is %v; give a number", p.Model, p.Weight)
		}
		if p.Weight != 0 {
			m.parts = append(m.parts, p)
		}
	}
	if len(m.parts) == 0 {
		return nil, fmt.Errorf("recsys: a blend of no models; give at least one a weight")
	}
	for _, p := range m.parts[1:] {
		if p.Model.Data() != m.Data() {
			return nil, fmt.Errorf("recsys: a blend of %T and %T that were fitted on different datasets", m.parts[0].Model, p.Model)
		}
	}
	if scaling == ScaleFixed {
		m.scale = make([]float64, len(m.parts))
		for n, p := range m.parts {
			m.scale[n] = meanHighest(p.Model)
		}
	}
	return m, nil
}

// meanHighest is the mean of the highest score over some thousand customers,
// or 1 where nothing scores.
func meanHighest(m Model) float64 {
	d := m.Data()
	step := max(1, len(d.Customers)/1000)
	sum, n := 0.0, 0
	for u := 0; u < len(d.Customers); u += step {
		out := d.scratch()
		m.Score(History{Customer: int32(u), Events: d.byCustomer[u], Now: d.newest}, *out)
		if top := highest(*out); top > 0 {
			sum += top
			n++
		}
		d.release(out)
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

func highest(xs []float64) float64 {
	top := 0.0
	for _, x := range xs {
		top = max(top, math.Abs(x))
	}
	return top
}

// Data returns the dataset of all parts.
func (m *Hybrid) Data() *Dataset { return m.parts[0].Model.Data() }

// Recommend ranks by the blended score.
func (m *Hybrid) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score blends.
func (m *Hybrid) Score(h History, out []float64) {
	if m.spreads() {
		spreadInto(m, h, out)
		return
	}
	d := m.Data()
	for n, p := range m.parts {
		s := d.scratch()
		p.Model.Score(h, *s)
		scale := 0.0
		if m.scale != nil {
			scale = m.scale[n]
		} else {
			scale = highest(*s)
		}
		if scale > 0 {
			w := p.Weight / scale
			for i, x := range *s {
				out[i] += w * x
			}
		}
		d.release(s)
	}
}

// Reasons joins those of the parts, weighted as their scores are.
func (m *Hybrid) Reasons(h History, item int32) []Reason { return m.explain(h)(item) }

func (m *Hybrid) explain(h History) func(item int32) []Reason {
	d := m.Data()
	parts := make([]func(int32) []Reason, len(m.parts))
	weights := make([]float64, len(m.parts))
	for n, p := range m.parts {
		scale := 0.0
		if m.scale != nil {
			scale = m.scale[n]
		} else {
			s := d.scratch()
			p.Model.Score(h, *s)
			scale = highest(*s)
			d.release(s)
		}
		parts[n], weights[n] = explain(p.Model, h), p.Weight/max(scale, math.SmallestNonzeroFloat64)
	}
	return func(item int32) []Reason {
		var out []Reason
		for n, w := range weights {
			if w < 0 {
				continue
			}
			for _, x := range parts[n](item) {
				x.Weight *= w
				out = joined(out, x)
			}
		}
		return strongest(out)
	}
}

// joined adds a reason to those there are: one item gives one reason of a kind.
func joined(list []Reason, x Reason) []Reason {
	for n, r := range list {
		if r.Kind == x.Kind && r.Item == x.Item && r.Name == x.Name {
			list[n].Weight += x.Weight
			list[n].Count = max(r.Count, x.Count)
			return list
		}
	}
	return append(list, x)
}
