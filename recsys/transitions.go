package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"
)

// Transitions recommends what customers took after what this one took: pairs
// of items in the order of a customer, near ones counting for more, backwards
// for less, shrunk and damped by how often either side comes; of the history
// the last step counts most. Steps are distinct times: what was taken at one
// time has no order, and a dataset without times gives shared customers alone.
// With Session set, only pairs of one visit count: session co-visitation.
//
// With Content, a pair counts for more the more alike the two items are, which
// tells a habit from a chance where pairs are few.
//
// Sources: Rendle et al. 2010, "Factorizing personalized Markov chains", for
// transitions of items; Ludewig and Jannach 2018, "Evaluation of session-based
// recommendation algorithms" (SR), for pairs weighted by distance.
// Shrinking, damping and likeness are ours.
type Transitions struct {
	data *Dataset
	next [][]link // of each item, the strongest first
	fade float64
}

// TransitionsOptions tune Transitions. The defaults did best for the next
// review of Amazon Beauty (see README.md).
type TransitionsOptions struct {
	Reach      int           // steps apart that a pair still counts; 0 means 50
	Distance   float64       // a pair g steps apart counts g^-Distance; 0 means .5, < 0: all alike
	Back       float64       // what a pair against the order counts beside one in order, 0..1; 0 means .4, < 0 nothing
	Session    time.Duration // a pause after which pairs no longer count; 0: none
	Shrink     float64       // added to how often an item comes, against chance; 0 means 5, < 0 nothing
	Damp       float64       // exponent on how often the other item is come to, 0..1; 0 means .1, < 0 none
	Fade       float64       // what a step of the history counts beside the one after it, 0..1; 0 means .65
	Neighbours int           // kept for each item; 0 means 300

	Content *Content // of the same dataset; nil: likeness is not looked at
	Alike   float64  // a pair counts 1 + Alike × likeness; 0 means 2
}

// NewTransitions counts a dataset. Memory: 12 bytes a kept neighbour; time:
// events × Reach.
func NewTransitions(d *Dataset, opt TransitionsOptions) (*Transitions, error) {
	reach, distance, back := cmp.Or(opt.Reach, 50), max(0, cmp.Or(opt.Distance, .5)), max(0, cmp.Or(opt.Back, .4))
	shrink, damp := max(0, cmp.Or(opt.Shrink, 5)), max(0, cmp.Or(opt.Damp, .1))
	fade, keep, alike := cmp.Or(opt.Fade, .65), cmp.Or(opt.Neighbours, 300), cmp.Or(opt.Alike, 2)
	switch {
	case reach < 0 || keep < 0 || opt.Session < 0:
		return nil, fmt.Errorf("recsys: transitions with reach %d, %d neighbours and a pause of %v; none may be negative", opt.Reach, opt.Neighbours, opt.Session)
	case !(back <= 1) || !(damp <= 1) || !(fade > 0 && fade <= 1) || !(distance <= 10) || !(shrink < math.Inf(1)):
		return nil, fmt.Errorf("recsys: transitions with back %g, damp %g, fade %g, distance %g and shrink %g; back, damp and fade must be at most 1, fade above 0, distance at most 10, shrink finite", opt.Back, opt.Damp, opt.Fade, opt.Distance, opt.Shrink)
	case opt.Content != nil && (opt.Content.data != d || !(alike >= 0) || math.IsInf(alike, 1)):
		return nil, fmt.Errorf("recsys: transitions with content of another dataset, or alike %g; fit both on one dataset, and give a finite number", opt.Alike)
	}
	o := order{reach: reach, back: back, apart: make([]float64, reach+1)}
	o.apart[0] = (1 + back) / 2
	for g := 1; g <= reach; g++ {
		o.apart[g] = math.Pow(float64(g), -distance)
	}
	o.steps, o.place = d.steps(int64(opt.Session/time.Second), reach), d.places()
	leave, enter := make([]float64, len(d.Items)), make([]float64, len(d.Items))
	for u, row := range d.byCustomer {
		for k, e := range row {
			o.around(u, k, len(row), func(_ int, out, in float64) {
				leave[e.Item] += out
				enter[e.Item] += in
			})
		}
	}
	for i := range enter {
		leave[i] = 1 / math.Sqrt(max(leave[i]+shrink, math.SmallestNonzeroFloat64))
		enter[i] = math.Pow(max(enter[i]+shrink, math.SmallestNonzeroFloat64), -damp)
	}
	m := &Transitions{data: d, next: make([][]link, len(d.Items)), fade: fade}
	Each(len(d.Items), func(i int) {
		weight, both := map[int32]float64{}, map[int32]int32{}
		for c, cell := range d.byItem[i] {
			row := d.byCustomer[cell.of]
			o.around(int(cell.of), int(o.place[i][c]), len(row), func(q int, out, _ float64) {
				if out > 0 {
					weight[row[q].Item] += out
					both[row[q].Item]++
				}
			})
		}
		links := make([]link, 0, len(weight))
		for j, w := range weight {
			w *= leave[i] * enter[j]
			if opt.Content != nil {
				w *= 1 + alike*opt.Content.likeness(int32(i), j)
			}
			links = append(links, link{j, float32(w), both[j]})
		}
		m.next[i] = append([]link(nil), likest(links, keep)...)
	})
	return m, nil
}

// order weighs the pairs of a customer's row.
type order struct {
	steps [][]int32 // of each customer's events: the step each belongs to
	place [][]int32 // of each item's customers: the place in the row
	apart []float64 // weight by steps apart
	back  float64
	reach int
}

// around visits the events within reach of place k of a row, with the weight
// of the pair from k to it, and from it to k.
func (o *order) around(u, k, n int, visit func(q int, out, in float64)) {
	s := o.steps[u]
	for q := k - 1; q >= 0 && int(s[k]-s[q]) <= o.reach; q-- {
		w := o.apart[s[k]-s[q]]
		if s[k] == s[q] {
			visit(q, w, w)
		} else {
			visit(q, w*o.back, w)
		}
	}
	for q := k + 1; q < n && int(s[q]-s[k]) <= o.reach; q++ {
		w := o.apart[s[q]-s[k]]
		if s[k] == s[q] {
			visit(q, w, w)
		} else {
			visit(q, w, w*o.back)
		}
	}
}

// steps numbers the distinct times of each customer. A pause of more than
// session seconds leaves more numbers out than reach can bridge.
func (d *Dataset) steps(session int64, reach int) [][]int32 {
	out := make([][]int32, len(d.byCustomer))
	for u, row := range d.byCustomer {
		out[u] = make([]int32, len(row))
		for k := 1; k < len(row); k++ {
			out[u][k] = out[u][k-1]
			switch pause := row[k].At - row[k-1].At; {
			case session > 0 && pause > session:
				out[u][k] += int32(reach) + 1
			case pause > 0:
				out[u][k]++
			}
		}
	}
	return out
}

// places gives, for each item and customer of byItem, the place in the
// customer's row.
func (d *Dataset) places() [][]int32 {
	out := make([][]int32, len(d.Items))
	for _, row := range d.byCustomer {
		for k, e := range row {
			out[e.Item] = append(out[e.Item], int32(k))
		}
	}
	return out
}

// Data returns what was counted.
func (m *Transitions) Data() *Dataset { return m.data }

// Recommend ranks what follows.
func (m *Transitions) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score adds up what follows each event of the history.
func (m *Transitions) Score(h History, out []float64) { spreadInto(m, h, out) }

func (m *Transitions) spread(h History, to func(float64, []link)) {
	for k, w := range h.fading(m.fade) {
		to(w, m.next[h.Events[k].Item])
	}
}

// Reasons names the items of the history that it follows, each with what the
// score would lose without it; Count is the customers who took both.
func (m *Transitions) Reasons(h History, item int32) []Reason {
	return reasonsFading(m.data, h, m.fade, func(e Event) (float64, int) { return linkTo(m.next[e.Item], item) })
}
