package classify

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// calibration turns margins into probabilities by logistic curves fitted on
// texts that were held out: a label's own (2 numbers), the best label's being
// right (4), and no label fitting (5).
type calibration [calibrationNumbers]float32

const calibrationNumbers = 11

// roughly is for models that are not calibrated.
var roughly = calibration{0, 3, 0, 2, 2, 0, -2, -3, 0, 0, 0}

// signals are what the judgement of a text stands on.
type signals struct {
	best, gap float32 // the best margin, and how far the next is behind
	outside   float32 // the margin of "outside", 0 where nothing taught it
	known     float32 // share of the text's n-grams that training had
}

func (g signals) right() []float64 {
	return []float64{1, float64(g.best), float64(g.gap), float64(g.known)}
}

func (g signals) beyond() []float64 {
	return []float64{1, float64(g.best), float64(g.gap), float64(g.known), float64(g.outside)}
}

func (c *calibration) own(margin float32) float64 {
	return sigmoid(float64(c[0]) + float64(c[1])*float64(margin))
}

// judge gives the confidence in the best label, and that none fits.
func (c *calibration) judge(g signals) (confidence, outside float64) {
	outside = sigmoid(inner(c[6:], g.beyond()))
	return sigmoid(inner(c[2:6], g.right())) * (1 - outside), outside
}

func inner(w []float32, x []float64) (sum float64) {
	for i, v := range x {
		sum += float64(w[i]) * v
	}
	return sum
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// outsideShare is the share of texts outside that the judgement reckons with,
// however many negatives were given.
const outsideShare = .2

// fewestLabels are needed to tell from labels held out what is outside.
const fewestLabels = 6

// calibrate trains without one fold after the other and fits the curves on what
// was held out.
func calibrate(ctx context.Context, s *set, o Options) (calibration, error) {
	n := o.Folds
	if n == 0 {
		if n = 5; len(s.texts) >= 10_000 {
			n = 3
		}
	}
	n = max(2, n)
	fold := s.folds(n, o.Seed)
	var own, right, beyond curve
	var inside, outside float64
	for _, t := range s.texts {
		if len(t.labels) == 0 {
			outside++
		} else {
			inside++
		}
	}
	// score trains on rest and gives each text of out to use, sorted.
	score := func(rest *set, out []text, use func(t text, sc *scratch, g signals)) error {
		if len(rest.texts) == 0 {
			return nil
		}
		w, err := fit(ctx, rest, o)
		if err != nil {
			return err
		}
		m, err := Open(encode(rest.labels, o.grammar(), w, roughly))
		if err != nil {
			return err
		}
		sc := m.scratch()
		for _, t := range out {
			m.score(sc, t.text)
			m.rank(sc)
			if !sc.blank() {
				use(t, sc, m.signals(sc))
			}
		}
		return nil
	}
	for held := range n {
		rest, out := s.part(fold, held)
		err := score(rest, out, func(t text, sc *scratch, g signals) {
			// A label's own curve: the truth, and the strongest others.
			for i, c := range sc.order {
				is := slices.Contains(t.labels, int(c))
				if is || i < 5 {
					own.add([]float64{1, float64(sc.margin[c])}, is, t.weight)
				}
			}
			if len(t.labels) == 0 {
				beyond.add(g.beyond(), true, outsideShare/(1-outsideShare)*inside/outside)
				return
			}
			right.add(g.right(), slices.Contains(t.labels, int(sc.order[0])), t.weight)
			beyond.add(g.beyond(), false, 1)
		})
		if err != nil {
			return roughly, err
		}
	}
	// Without negatives, labels that are held out whole stand for what is outside.
	if outside == 0 && len(s.labels) >= fewestLabels {
		for held := range n {
			rest, out := s.without(n, held)
			err := score(rest, out, func(t text, _ *scratch, g signals) {
				beyond.add(g.beyond(), true, outsideShare/(1-outsideShare))
			})
			if err != nil {
				return roughly, err
			}
		}
	}
	cal := roughly
	own.fit(cal[0:2])
	right.fit(cal[2:6])
	beyond.fit(cal[6:11])
	return cal, nil
}

// A curve is a logistic regression of a few numbers.
type curve struct {
	x      [][]float64
	y      []bool
	weight []float64
}

func (c *curve) add(x []float64, y bool, weight float64) {
	c.x, c.y, c.weight = append(c.x, x), append(c.y, y), append(c.weight, weight)
}

// fit finds the numbers by Newton's method with a small ridge, from what out
// holds; it leaves out as it is when all the answers are alike.
func (c *curve) fit(out []float32) {
	yes := 0
	for _, y := range c.y {
		if y {
			yes++
		}
	}
	if yes == 0 || yes == len(c.y) {
		return
	}
	const ridge = 1e-2
	k := len(out)
	w := make([]float64, k)
	for range 30 {
		grad, hess := mat.NewVecDense(k, nil), mat.NewSymDense(k, nil)
		for i := range k {
			hess.SetSym(i, i, ridge)
			grad.SetVec(i, -ridge*w[i])
		}
		for n, x := range c.x {
			var sum float64
			for i := range w {
				sum += w[i] * x[i]
			}
			p := sigmoid(sum)
			d := -p
			if c.y[n] {
				d++
			}
			v := max(p*(1-p), 1e-6) * c.weight[n]
			for i := range w {
				grad.SetVec(i, grad.AtVec(i)+c.weight[n]*d*x[i])
				for j := i; j < k; j++ {
					hess.SetSym(i, j, hess.At(i, j)+v*x[i]*x[j])
				}
			}
		}
		var chol mat.Cholesky
		var delta mat.VecDense
		if !chol.Factorize(hess) || chol.SolveVecTo(&delta, grad) != nil {
			return
		}
		var most float64
		for i := range w {
			d := max(-4, min(4, delta.AtVec(i)))
			w[i] += d
			most = max(most, math.Abs(d))
		}
		if most < 1e-6 {
			break
		}
	}
	for i := range out {
		out[i] = float32(w[i])
	}
}
