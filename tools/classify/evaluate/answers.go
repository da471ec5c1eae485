package evaluate

import (
	"cmp"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"parley/tools/classify"
)

// An answer is what a model said of one text, and what would have been right: ""
// where no label fits.
type answer struct {
	want, got  string
	confidence float64
}

func (a answer) right() bool  { return a.want != "" && a.want == a.got }
func (a answer) inside() bool { return a.want != "" }

func ask(m *classify.Model, test []classify.Example) []answer {
	out := make([]answer, len(test))
	for i, e := range test {
		r := m.Classify(e.Text)
		out[i] = answer{e.Label, r.Label, r.Confidence}
	}
	return out
}

// deal gives every example one of n folds by what it says, so that a text never
// stands on both sides.
func deal(list []classify.Example, n int64) []int {
	fold := make([]int, len(list))
	for i, e := range list {
		h := fnv.New64a()
		h.Write([]byte(e.Text))
		fold[i] = int(h.Sum64() >> 8 % uint64(n))
	}
	return fold
}

// accuracy is the share of right answers among texts inside.
func accuracy(a []answer) float64 {
	var right, n float64
	for _, x := range a {
		if x.inside() {
			n++
		}
		if x.right() {
			right++
		}
	}
	return right / max(1, n)
}

// macroF1 is the mean F1 of the labels that are wanted somewhere.
func macroF1(a []answer) float64 {
	type count struct{ both, want, got float64 }
	counts := map[string]*count{}
	at := func(label string) *count {
		if counts[label] == nil {
			counts[label] = &count{}
		}
		return counts[label]
	}
	for _, x := range a {
		at(x.want).want++
		at(x.got).got++
		if x.want == x.got {
			at(x.want).both++
		}
	}
	var sum, n float64
	for _, c := range counts {
		if c.want > 0 {
			n++
			sum += 2 * c.both / (c.want + c.got)
		}
	}
	return sum / max(1, n)
}

// mcc is Matthews' correlation for several labels (Gorodkin 2004), an answer
// below the threshold being "none fits".
func mcc(a []answer, threshold float64) float64 {
	want, got := map[string]float64{}, map[string]float64{}
	var right float64
	for _, x := range a {
		if x.confidence < threshold {
			x.got = ""
		}
		want[x.want]++
		got[x.got]++
		if x.want == x.got {
			right++
		}
	}
	n := float64(len(a))
	cov, wants, gots := right*n, n*n, n*n
	for label, w := range want {
		cov -= w * got[label]
		wants -= w * w
	}
	for _, g := range got {
		gots -= g * g
	}
	if wants == 0 || gots == 0 {
		return 0
	}
	return cov / math.Sqrt(wants*gots)
}

// bestMCC is the highest at the thresholds .1 to .9, as HINT3 reports it.
func bestMCC(a []answer) float64 {
	best := math.Inf(-1)
	for t := 1; t <= 9; t++ {
		best = max(best, mcc(a, float64(t)/10))
	}
	return best
}

// curves are two areas as the threshold on confidence falls, by trapezoids,
// equal confidences falling together: AUROC of texts inside against texts
// outside, and OSCR (Dhamija et al., NeurIPS 2018), the share of texts inside
// accepted and right over the share of texts outside accepted.
func curves(a []answer) (auroc, oscr float64) {
	a = slices.Clone(a)
	slices.SortStableFunc(a, func(x, y answer) int { return cmp.Compare(y.confidence, x.confidence) })
	var in, out float64
	for _, x := range a {
		if x.inside() {
			in++
		} else {
			out++
		}
	}
	if in == 0 || out == 0 {
		return 0, 0
	}
	var accepted, right, foreign float64
	for i := 0; i < len(a); {
		was, wasRight, wasForeign := accepted, right, foreign
		for c := a[i].confidence; i < len(a) && a[i].confidence == c; i++ {
			if !a[i].inside() {
				foreign++
				continue
			}
			accepted++
			if a[i].right() {
				right++
			}
		}
		auroc += (foreign - wasForeign) / out * (accepted + was) / 2 / in
		oscr += (foreign - wasForeign) / out * (right + wasRight) / 2 / in
	}
	return auroc, oscr
}

// interval is the middle 95% of a metric over 400 draws of the answers.
func interval[T any](a []T, of func([]T) float64) (low, high float64) {
	if len(a) == 0 {
		return 0, 0
	}
	draw := rand.New(rand.NewPCG(1, 95))
	values := make([]float64, 400)
	sample := make([]T, len(a))
	for i := range values {
		for j := range sample {
			sample[j] = a[draw.IntN(len(a))]
		}
		values[i] = of(sample)
	}
	slices.Sort(values)
	return values[len(values)/40], values[len(values)-1-len(values)/40]
}
