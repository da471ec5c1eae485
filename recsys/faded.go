package recsys

import (
	"context"
	"fmt"
)

// Faded asks a model whose score is a sum over the events of a history, and
// lets the events fade step by step: what was taken last says most of what
// comes next. Steps are distinct times, so it needs an order and no dates,
// unlike a half-life.
type Faded struct {
	Model
	fade float64
}

// Fade lets the history of an ItemKNN, EASE, RP3beta or Content fade: a step
// counts fade (above 0, at most 1) times the step after it. For the next
// review of Amazon Beauty .8 adds a tenth to ItemKNN and to EASE.
func Fade(m Model, fade float64) (*Faded, error) {
	switch m.(type) {
	case *ItemKNN, *EASE, *RP3beta, *Content:
	default:
		return nil, fmt.Errorf("recsys: the events of %T do not add up one by one; fade ItemKNN, EASE, RP3beta or Content", m)
	}
	if !(fade > 0 && fade <= 1) {
		return nil, fmt.Errorf("recsys: fade %g; it must be above 0 and at most 1", fade)
	}
	return &Faded{m, fade}, nil
}

// Recommend ranks by the faded score.
func (m *Faded) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score adds up what each event says by itself, faded.
func (m *Faded) Score(h History, out []float64) {
	d := m.Data()
	for k, w := range h.fading(m.fade) {
		s := d.scratch()
		m.Model.Score(h.only(k), *s)
		for i, x := range *s {
			out[i] += w * x
		}
		d.release(s)
	}
}

// Reasons names the items of the history without which the score would fall,
// each with what it would fall by.
func (m *Faded) Reasons(h History, item int32) []Reason {
	k := -1
	return reasonsFading(m.Data(), h, m.fade, func(Event) (float64, int) {
		k++
		if r := m.Model.Reasons(h.only(k), item); len(r) > 0 {
			return r[0].Weight, r[0].Count
		}
		return 0, 0
	})
}

// only is a history of one event.
func (h History) only(k int) History {
	h.Events = h.Events[k : k+1]
	return h
}
