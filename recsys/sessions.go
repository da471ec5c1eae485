package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Sessions recommends what others had in visits like this one. The visit of a
// query is its session, or what came after the customer's last pause. Of the
// newest visits that share an item with it, the likest vote for their items,
// rare ones first; the last things of the visit count most. It learns nothing,
// it remembers: a new visit counts as soon as the dataset has it.
//
// Source: Ludewig and Jannach 2018, "Evaluation of session-based recommendation
// algorithms" (V-SKNN).
type Sessions struct {
	data       *Dataset
	visits     []visit   // the newest first
	of         [][]int32 // of each item: visits, the newest first
	idf        []float64
	pause      int64 // seconds
	fade       float64
	sample, kn int
}

// A visit is what a customer did without a pause.
type visit struct {
	customer int32
	at       int64   // of its last event
	items    []int32 // sorted
}

// SessionsOptions tune Sessions.
type SessionsOptions struct {
	Pause      time.Duration // that ends a visit; 0 means 30 minutes
	Sample     int           // newest visits looked at for each item of the current one; 0 means 1,000
	Neighbours int           // likest visits that vote; 0 means 100
	Fade       float64       // what a step of the visit counts beside the one after it, 0..1; 0 means .8
}

// NewSessions keeps the visits of a dataset: 4 bytes an event, twice.
func NewSessions(d *Dataset, opt SessionsOptions) (*Sessions, error) {
	m := &Sessions{data: d, of: make([][]int32, len(d.Items)), idf: make([]float64, len(d.Items))}
	m.pause, m.fade = int64(cmp.Or(opt.Pause, 30*time.Minute)/time.Second), cmp.Or(opt.Fade, .8)
	m.sample, m.kn = cmp.Or(opt.Sample, 1000), cmp.Or(opt.Neighbours, 100)
	if m.pause < 0 || m.sample < 0 || m.kn < 0 || !(m.fade > 0 && m.fade <= 1) {
		return nil, fmt.Errorf("recsys: sessions with a pause of %v, a sample of %d, %d neighbours and fade %g; none may be negative, and fade at most 1", opt.Pause, opt.Sample, opt.Neighbours, opt.Fade)
	}
	for u, row := range d.byCustomer {
		for from := 0; from < len(row); {
			to := from + 1
			for to < len(row) && row[to].At-row[to-1].At <= m.pause {
				to++
			}
			v := visit{customer: int32(u), at: row[to-1].At}
			for _, e := range row[from:to] {
				v.items = append(v.items, e.Item)
			}
			slices.Sort(v.items)
			m.visits = append(m.visits, v)
			from = to
		}
	}
	slices.SortStableFunc(m.visits, func(a, b visit) int { return cmp.Compare(b.at, a.at) })
	for n, v := range m.visits {
		for _, i := range v.items {
			m.of[i] = append(m.of[i], int32(n))
		}
	}
	for i, list := range m.of {
		m.idf[i] = math.Log1p(float64(len(m.visits)) / float64(1+len(list)))
	}
	return m, nil
}

// Data returns what was kept.
func (m *Sessions) Data() *Dataset { return m.data }

// Recommend ranks by the votes of like visits.
func (m *Sessions) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// now is the visit of a history, its newest 50 events at most.
func (m *Sessions) now(h History) History {
	from := len(h.Events) - 1
	if from < 0 {
		return h
	}
	if h.Events[from].Recent {
		for from > 0 && h.Events[from-1].Recent {
			from--
		}
	} else {
		for from > 0 && h.Events[from].At-h.Events[from-1].At <= m.pause {
			from--
		}
	}
	h.Events = h.Events[max(from, len(h.Events)-sequenceReach):]
	return h
}

// A likeVisit is one with how much it has of the current one.
type likeVisit struct {
	visit int32
	like  float64
}

// neighbours gives the likest of the newest visits that share an item with a
// visit, the customer's own left out.
func (m *Sessions) neighbours(now History) []likeVisit {
	like := map[int32]float64{}
	for k, w := range now.fading(m.fade) {
		for n, v := range m.of[now.Events[k].Item] {
			if n == m.sample {
				break
			}
			if m.visits[v].customer != now.Customer {
				like[v] += w
			}
		}
	}
	out := make([]likeVisit, 0, len(like))
	for v, x := range like {
		out = append(out, likeVisit{v, x / math.Sqrt(float64(len(m.visits[v].items)))})
	}
	slices.SortFunc(out, func(a, b likeVisit) int {
		return cmp.Or(cmp.Compare(b.like, a.like), cmp.Compare(a.visit, b.visit))
	})
	return out[:min(m.kn, len(out))]
}

// Score lets the neighbours vote.
func (m *Sessions) Score(h History, out []float64) {
	for _, n := range m.neighbours(m.now(h)) {
		for _, i := range m.visits[n.visit].items {
			out[i] += n.like * m.idf[i]
		}
	}
}

// vote is the score of one item, and how many visits gave it.
func (m *Sessions) vote(now History, item int32) (score float64, count int) {
	for _, n := range m.neighbours(now) {
		if _, ok := slices.BinarySearch(m.visits[n.visit].items, item); ok {
			score += n.like * m.idf[item]
			count++
		}
	}
	return score, count
}

// Reasons names the items of the visit without which its score would fall,
// each with what it would fall by; Count is the visits that voted, of all.
func (m *Sessions) Reasons(h History, item int32) []Reason {
	now := m.now(h)
	full, count := m.vote(now, item)
	var out []Reason
	for k, e := range now.Events {
		without := now
		without.Events = append(slices.Clone(now.Events[:k]), now.Events[k+1:]...)
		if less, _ := m.vote(without, item); less < full {
			out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Count: count, Weight: full - less})
		}
	}
	return strongest(out)
}
