package recsys

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// RaterStack blends raters: a constant plus a weight for each, by ridge
// regression on predictions that each made of ratings it had not seen. For
// those the ratings are parted, and the raters fitted on all parts but one
// predict that one; then they are fitted once more on all.
//
// Sources: Wolpert 1992, "Stacked generalization"; Töscher, Jahrer and Bell
// 2009, "The BigChaos solution to the Netflix grand prize".
type RaterStack struct {
	ratings  *Ratings
	raters   []Rater
	constant float64
	weights  []float64
}

// RaterStackOptions tune RaterStack.
type RaterStackOptions struct {
	Parts int     // 0 means 5
	Ridge float64 // on the weights, as a share of a rating's variance × ratings; 0 means .0001
	Seed  uint64  // of the parting
}

// NewRaterStack fits raters and the blend. fit makes the raters, always as many
// and in the same order; it is called Parts + 1 times, one after the other.
func NewRaterStack(r *Ratings, fit func(*Ratings) ([]Rater, error), opt RaterStackOptions) (*RaterStack, error) {
	raters, err := fit(r)
	if err != nil {
		return nil, err
	}
	m := &RaterStack{ratings: r, raters: raters, weights: make([]float64, len(raters))}
	if len(raters) == 0 {
		return nil, fmt.Errorf("recsys: a stack of no raters; give it at least one")
	}
	parts := min(cmp.Or(opt.Parts, 5), r.Len())
	if parts < 2 { // nothing can be held out: a plain mean
		for k := range m.weights {
			m.weights[k] = 1 / float64(len(raters))
		}
		return m, nil
	}
	// Parts of the same size: a shuffled list is dealt out.
	part := make([]int, r.Len())
	for at, n := range rand.New(rand.NewPCG(opt.Seed, 0)).Perm(r.Len()) {
		part[n] = at % parts
	}
	predicted := make([][]float64, r.Len())
	for p := range parts {
		some, err := fit(r.part(func(n int) bool { return part[n] != p }))
		if err != nil {
			return nil, err
		}
		if len(some) != len(raters) {
			return nil, fmt.Errorf("recsys: a stack of %d raters, of which a part has %d; fit must always make as many", len(raters), len(some))
		}
		Each(r.Len(), func(n int) {
			if part[n] == p {
				predicted[n] = m.ask(some, r.Customers[r.cells[n].customer], r.Items[r.cells[n].item])
			}
		})
	}
	return m, m.blend(predicted, cmp.Or(opt.Ridge, 1e-4))
}

// ask gives what each rater predicts.
func (m *RaterStack) ask(raters []Rater, customer, item string) []float64 {
	out := make([]float64, len(raters))
	for k, x := range raters {
		out[k] = x.Predict(customer, item)
	}
	return out
}

// blend solves for the weights. The ridge pulls towards the same weight for
// all, which sum to 1: what predictions so alike as these cannot tell apart, it
// shares out.
func (m *RaterStack) blend(predicted [][]float64, ridge float64) error {
	k, n := len(m.raters), float64(len(predicted))
	means := make([]float64, k)
	for _, row := range predicted {
		for a, x := range row {
			means[a] += x / n
		}
	}
	gram, right := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for at, row := range predicted {
		x := slices.Clone(row)
		even := 0.0
		for a := range x {
			x[a] -= means[a]
			even += x[a] / float64(k)
		}
		rest := m.ratings.cells[at].value - m.ratings.Mean - even
		for a := range x {
			right.SetVec(a, right.AtVec(a)+x[a]*rest)
			for b := a; b < k; b++ {
				gram.SetSym(a, b, gram.At(a, b)+x[a]*x[b])
			}
		}
	}
	for a := range k {
		gram.SetSym(a, a, gram.At(a, a)+ridge*n*m.ratings.spread*m.ratings.spread)
	}
	var chol mat.Cholesky
	var w mat.VecDense
	if !chol.Factorize(gram) || chol.SolveVecTo(&w, right) != nil {
		return fmt.Errorf("recsys: the weights of %d raters have no solution with a ridge of %g; raise it", k, ridge)
	}
	m.constant = m.ratings.Mean
	for a := range k {
		m.weights[a] = 1/float64(k) + w.AtVec(a)
		m.constant -= m.weights[a] * means[a]
	}
	return nil
}

// Predict blends.
func (m *RaterStack) Predict(customer, item string) float64 {
	x := m.constant
	for k, p := range m.ask(m.raters, customer, item) {
		x += m.weights[k] * p
	}
	return m.ratings.onScale(x)
}

// Raters gives those fitted on all ratings, in the order that fit makes them.
func (m *RaterStack) Raters() []Rater { return slices.Clone(m.raters) }

// Weights gives the weight of each rater, in the order that fit makes them.
func (m *RaterStack) Weights() []float64 { return slices.Clone(m.weights) }
