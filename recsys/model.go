package recsys

import (
	"cmp"
	"context"
	"slices"
)

// A Model scores every item of its dataset at once, so that it can be blended
// with others. Items are numbered as in Data().Items.
type Model interface {
	Recommender
	Data() *Dataset
	// Score writes what speaks for each item into out, which comes zeroed and
	// as long as Data().Items. An item left at or below zero is not
	// recommended.
	Score(h History, out []float64)
	// Reasons gives what made one item's score, strongest first: each is true,
	// and its weight is its share of the score.
	Reasons(h History, item int32) []Reason
}

// A History is what is known of a customer at the time of a query.
type History struct {
	Customer int32 // place in Data().Customers, or -1
	Segment  string
	Events   []Event // oldest first, each item once
	Now      int64   // unix seconds
}

// An Event is all that a customer did with one item.
type Event struct {
	Item      int32
	Times     int32 // how often
	Value     float32
	Kind      Kind  // of the newest
	Recent    bool  // in the session of the query
	First, At int64 // unix seconds of the first and the newest time
}

// Top ranks as the model's Recommend does, without looking for reasons: for
// evaluations and for whatever asks in bulk.
func Top(ctx context.Context, m Model, q Query) ([]Scored, error) {
	out, _, err := top(ctx, m, q)
	return out, err
}

func top(ctx context.Context, m Model, q Query) ([]Scored, History, error) {
	if err := ctx.Err(); err != nil {
		return nil, History{}, err
	}
	d := m.Data()
	h := d.History(q)
	if s, ok := spreadOf(m); ok {
		return topSpread(s, h, q), h, nil
	}
	scores := d.scratch()
	defer d.release(scores)
	m.Score(h, *scores)
	return d.top(*scores, q), h, nil
}

// rank orders items by a model's scores; it is the Recommend of every model.
func rank(ctx context.Context, m Model, q Query) ([]Scored, error) {
	out, h, err := top(ctx, m, q)
	if err != nil {
		return nil, err
	}
	d := m.Data()
	reasons := explain(m, h)
	for k := range out {
		out[k].Reasons = reasons(d.itemAt[out[k].Item])
	}
	return out, nil
}

// An explainer does once what the reasons of all items of a query need.
type explainer interface {
	explain(h History) func(item int32) []Reason
}

// explain gives the reasons of a model for one history.
func explain(m Model, h History) func(item int32) []Reason {
	if e, ok := m.(explainer); ok {
		return e.explain(h)
	}
	return func(item int32) []Reason { return m.Reasons(h, item) }
}

// strongest sorts reasons by weight.
func strongest(r []Reason) []Reason {
	slices.SortStableFunc(r, func(a, b Reason) int { return cmp.Compare(b.Weight, a.Weight) })
	return r
}
