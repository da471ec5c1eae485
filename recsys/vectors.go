package recsys

import (
	"math"
	"math/rand/v2"
)

// vectors are learned: each item's own, plus those of its traits over the root
// of their number. Only rows that a step touches are moved.
type vectors struct {
	factors int
	traits  [][]int32 // of each item; nil: none
	own, of adam      // of items; of traits
}

func newVectors(items, factors int, traits [][]int32, count int, r *rand.Rand) *vectors {
	return &vectors{factors: factors, traits: traits, own: newAdam(items*factors, r), of: newAdam(count*factors, r)}
}

// gather gives the vectors of items, row by row.
func (v *vectors) gather(items []int32) []float32 {
	k := v.factors
	out := make([]float32, len(items)*k)
	Each(len(items), func(n int) {
		i := int(items[n])
		row := out[n*k : (n+1)*k]
		copy(row, v.own.x[i*k:(i+1)*k])
		if v.traits == nil {
			return
		}
		share := v.share(i)
		for _, t := range v.traits[i] {
			axpy(share, v.of.x[int(t)*k:int(t+1)*k], row)
		}
	})
	return out
}

func (v *vectors) share(i int) float32 {
	return float32(1 / math.Sqrt(float64(max(1, len(v.traits[i])))))
}

// whole gives the vectors of all items.
func (v *vectors) whole() []float32 {
	all := make([]int32, len(v.own.x)/v.factors)
	for i := range all {
		all[i] = int32(i)
	}
	return v.gather(all)
}

// descend moves the vectors of items, each once in the list, against their
// gradients.
func (v *vectors) descend(items []int32, grad []float32, rate float32, step int) {
	k := v.factors
	if v.traits != nil {
		touched := newPicked()
		var sum []float32
		for n, i := range items {
			share := v.share(int(i))
			for _, t := range v.traits[i] {
				at := touched.add(t)
				if at*k == len(sum) {
					sum = append(sum, make([]float32, k)...)
				}
				axpy(share, grad[n*k:(n+1)*k], sum[at*k:(at+1)*k])
			}
		}
		v.of.move(touched.items, k, sum, rate, step)
	}
	v.own.move(items, k, grad, rate, step)
}

// adam keeps the running mean and square of each number's gradient.
//
// Source: Kingma and Ba 2015, "Adam: a method for stochastic optimization",
// algorithm 1, for the rows of a batch alone.
type adam struct{ x, mean, square []float32 }

func newAdam(n int, r *rand.Rand) adam {
	a := adam{make([]float32, n), make([]float32, n), make([]float32, n)}
	if r != nil {
		for i := range a.x {
			a.x[i] = float32(.02 * r.NormFloat64())
		}
	}
	return a
}

func (a *adam) move(rows []int32, k int, grad []float32, rate float32, step int) {
	toMean := float32(1 / (1 - math.Pow(.9, float64(step))))
	toSquare := float32(1 / (1 - math.Pow(.999, float64(step))))
	Each(len(rows), func(n int) {
		at := int(rows[n]) * k
		x, mean, square := a.x[at:at+k], a.mean[at:at+k], a.square[at:at+k]
		for j, g := range grad[n*k : (n+1)*k] {
			mean[j] = .9*mean[j] + .1*g
			square[j] = .999*square[j] + .001*g*g
			x[j] -= rate * mean[j] * toMean / (float32(math.Sqrt(float64(square[j]*toSquare))) + 1e-8)
		}
	})
}
