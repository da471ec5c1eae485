package recsys

import "math"

// Models that read order weigh the events of a history by how many steps ago
// they were. A step is a distinct time; every item of the session is a step of
// its own.

// newStep tells whether event k+1 is a step after event k.
func (h History) newStep(k int) bool {
	return h.Events[k].At != h.Events[k+1].At || h.Events[k+1].Recent
}

// fading weighs the events of a history: the last step 1, each before it fade
// times the one after.
func (h History) fading(fade float64) []float64 {
	out := make([]float64, len(h.Events))
	w := 1.0
	for k := len(out) - 1; k >= 0; k-- {
		if k < len(out)-1 && h.newStep(k) {
			w *= fade
		}
		out[k] = w
	}
	return out
}

// reasonsFading gives the reasons of a score that is the sum over events of
// what an event speaks, fading. An event taken away also brings those before
// it a step nearer: only those are named without which the score falls, each
// with what it falls by.
func reasonsFading(d *Dataset, h History, fade float64, speaks func(Event) (weight float64, count int)) []Reason {
	var out []Reason
	before := 0.0 // what the events before say together
	for k, w := range h.fading(fade) {
		e := h.Events[k]
		x, count := speaks(e)
		if loss := w*x - h.nearer(k, fade)*before; x > 0 && loss > 0 {
			out = append(out, Reason{Kind: e.Kind.String(), Item: d.Items[e.Item], Count: count, Weight: loss})
		}
		before += w * x
	}
	return strongest(out)
}

// nearer is the share that the events before k would gain without it.
func (h History) nearer(k int, fade float64) float64 {
	last := k == len(h.Events)-1
	if k == 0 || !h.newStep(k-1) || !last && !h.newStep(k) {
		return 0
	}
	return 1/fade - 1
}

// linkTo finds an item among links.
func linkTo(links []link, item int32) (weight float64, count int) {
	for _, l := range links {
		if l.to == item {
			return float64(l.sim), int(l.count)
		}
	}
	return 0, 0
}

// aged is what an event counts by its age: the session fully, the past half
// after each half-life, in seconds; 0: all alike.
func (h History) aged(e Event, halfLife float64) float64 {
	if e.Recent || halfLife == 0 {
		return 1
	}
	return math.Exp2(-float64(max(0, h.Now-e.At)) / halfLife)
}
