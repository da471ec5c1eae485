package recsys

import (
	"cmp"
	"context"
	"fmt"
	"math"
)

// Sequence is a small neural model of what comes next: every item has one
// vector as a thing of the past and one as a thing to come; the past is the sum
// of its items' vectors, the last step counting most; the softmax over all
// items of their product with it is the chance of each to be next. With
// Content, an item's vectors are its own plus those of its attributes, so that
// rare items learn from the like of them. It has no attention and no position
// vectors, so that it fits in minutes without a graphics card.
//
// Sources: Rendle et al. 2010, "Factorizing personalized Markov chains", and He
// and McAuley 2016, "Fusing similarity models with Markov chains" (Fossil), for
// the factors; Klenitskiy and Vasilev 2023, "Turning dross into gold loss", for
// the softmax over sampled items; Bengio and Senécal 2008 for the sampling's
// weights.
type Sequence struct {
	data    *Dataset
	past    []float32 // items × factors
	next    []float32 // items × factors
	bias    []float32
	factors int
	fade    float64
}

// SequenceOptions tune Sequence. The defaults did best for the next review of
// Amazon Beauty (see README.md).
type SequenceOptions struct {
	Factors int     // of a vector; 0 means 64
	Epochs  int     // over all events; 0 means 9, or as many more as make 1,000 steps of 256 events
	Rate    float64 // of learning (Adam); 0 means .003
	Dropout float64 // share of the past, and of the factors, left out in a step, below 1; 0 means .3, < 0 none
	Fade    float64 // what a step of the history counts beside the one after it, 0..1; 0 means .8
	Sample  int     // items that stand for all others in a step; 0 means 1,024
	Seed    uint64  // of the start, the order, and the sample

	Content  *Content               // of the same dataset; nil: items share nothing
	Progress func(done, of float64) // called after each epoch, in epochs; may be nil
}

// sequenceReach bounds the events of a history that are read: the newest count.
const sequenceReach = 50

// NewSequence fits a dataset. Memory: 40 bytes an item and factor while it
// fits, 8 after. Time: events × Epochs × Sample × Factors × 6 operations. The
// same dataset and options give the same bytes on any number of cores.
func NewSequence(ctx context.Context, d *Dataset, opt SequenceOptions) (*Sequence, error) {
	fade, dropout, rate := cmp.Or(opt.Fade, .8), max(0, cmp.Or(opt.Dropout, .3)), cmp.Or(opt.Rate, .003)
	factors, sample := cmp.Or(opt.Factors, 64), cmp.Or(opt.Sample, 1024)
	switch {
	case factors < 0 || sample < 0 || opt.Epochs < 0:
		return nil, fmt.Errorf("recsys: a sequence model of %d factors, %d epochs and a sample of %d; none may be negative", factors, opt.Epochs, sample)
	case !(fade > 0 && fade <= 1) || !(dropout < 1) || !(rate > 0 && rate < 1):
		return nil, fmt.Errorf("recsys: a sequence model with fade %g, dropout %g and rate %g; fade must be above 0 and at most 1, dropout below 1, rate between 0 and 1", opt.Fade, opt.Dropout, opt.Rate)
	case opt.Content != nil && opt.Content.data != d:
		return nil, fmt.Errorf("recsys: a sequence model with content of another dataset; fit both on one dataset")
	}
	m := &Sequence{data: d, factors: factors, fade: fade}
	f := newSequenceFit(m, opt.Content, sample, opt.Seed)
	f.rate, f.keep = float32(rate), float32(1-dropout)
	if err := f.run(ctx, opt.Epochs, opt.Progress); err != nil {
		return nil, err
	}
	m.past, m.next, m.bias = f.past.whole(), f.next.whole(), f.bias.own.x
	return m, nil
}

// Data returns what was fitted.
func (m *Sequence) Data() *Dataset { return m.data }

// Recommend ranks by the chance to be next.
func (m *Sequence) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return rank(ctx, m, q)
}

// Score gives the root of each item's odds beside an item of product 0: the
// root, so that in a blend the first few do not drown all others. Of someone
// without a past it knows nothing.
func (m *Sequence) Score(h History, out []float64) {
	if len(h.Events) == 0 || len(m.bias) == 0 {
		return
	}
	state := m.state(h, -1)
	for i := range out {
		out[i] = m.odds(state, i)
	}
}

func (m *Sequence) odds(state []float32, i int) float64 {
	x := float64(dot32(state, m.next[i*m.factors:(i+1)*m.factors]) + m.bias[i])
	return math.Exp(min(max(x/2, -300), 300))
}

// state is the past of a history as one vector, event without left out.
func (m *Sequence) state(h History, without int) []float32 {
	first := max(0, len(h.Events)-sequenceReach)
	h.Events = h.Events[first:]
	if without -= first; without >= 0 {
		h.Events = append(append([]Event(nil), h.Events[:without]...), h.Events[without+1:]...)
	}
	state := make([]float32, m.factors)
	square := 0.0
	weights := h.fading(m.fade)
	for k, w := range weights {
		square += w * w
		at := int(h.Events[k].Item) * m.factors
		for f, x := range m.past[at : at+m.factors] {
			state[f] += float32(w) * x
		}
	}
	if square > 0 {
		scale := float32(1 / math.Sqrt(square))
		for f := range state {
			state[f] *= scale
		}
	}
	return state
}

// Reasons names the items of the history without which the score would fall,
// each with what it would fall by.
func (m *Sequence) Reasons(h History, item int32) []Reason {
	if len(h.Events) == 0 || len(m.bias) == 0 {
		return nil
	}
	full := m.odds(m.state(h, -1), int(item))
	var out []Reason
	for k := max(0, len(h.Events)-sequenceReach); k < len(h.Events); k++ {
		e := h.Events[k]
		less := 0.0 // nothing is known of someone without a past
		if len(h.Events) > 1 {
			less = m.odds(m.state(h, k), int(item))
		}
		if less < full {
			out = append(out, Reason{Kind: e.Kind.String(), Item: m.data.Items[e.Item], Weight: full - less})
		}
	}
	return strongest(out)
}
