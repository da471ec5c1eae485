package classify

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"
)

// A sample is one text as a vector: the numbers of its n-grams and their values,
// and dense features behind them.
type sample struct {
	index []int32
	value []float32
	dense []float32
}

// svm trains one linear classifier, L2-regularised with squared hinge loss, by
// dual coordinate descent with shrinking (Hsieh et al., ICML 2008, algorithm 3,
// as in LIBLINEAR). positive says which samples are of the class; cost is C for
// each sample. The last weight is the bias.
func svm(x []sample, positive []bool, cost []float64, features, dims int, seed uint64) []float32 {
	const (
		epochs    = 60
		tolerance = .02
	)
	w := make([]float32, features+dims+1)
	bias := features + dims
	dense := vector(w[features:bias])
	alpha := make([]float64, len(x))
	curve := make([]float64, len(x)) // Q_ii, with the loss's diagonal
	diag := make([]float64, len(x))
	active := make([]int32, len(x))
	for i, s := range x {
		active[i] = int32(i)
		diag[i] = .5 / cost[i]
		curve[i] = diag[i] + 1
		for _, v := range s.value {
			curve[i] += float64(v) * float64(v)
		}
		for _, v := range s.dense {
			curve[i] += float64(v) * float64(v)
		}
	}
	draw := rand.New(rand.NewPCG(seed, 0x57a7))
	high := math.Inf(1)
	n := len(active)
	for range epochs {
		draw.Shuffle(n, func(i, j int) { active[i], active[j] = active[j], active[i] })
		newHigh, newLow := math.Inf(-1), math.Inf(1)
		for k := 0; k < n; k++ {
			i := active[k]
			y := float32(-1)
			if positive[i] {
				y = 1
			}
			s := &x[i]
			value := s.value[:len(s.index)]
			dot := w[bias]
			for j, f := range s.index {
				dot += w[f] * value[j]
			}
			if dims > 0 {
				dot += blas32.Dot(dense, vector(s.dense))
			}
			grad := float64(y*dot) - 1 + alpha[i]*diag[i]
			projected := grad
			if alpha[i] == 0 {
				if grad > high {
					n--
					active[k], active[n] = active[n], active[k]
					k--
					continue
				}
				projected = min(grad, 0)
			}
			newHigh, newLow = max(newHigh, projected), min(newLow, projected)
			if math.Abs(projected) < 1e-12 {
				continue
			}
			old := alpha[i]
			alpha[i] = max(old-grad/curve[i], 0)
			d := float32(alpha[i]-old) * y
			w[bias] += d
			for j, f := range s.index {
				w[f] += d * value[j]
			}
			if dims > 0 {
				blas32.Axpy(d, vector(s.dense), dense)
			}
		}
		if newHigh-newLow <= tolerance {
			if n == len(active) {
				break
			}
			n, high = len(active), math.Inf(1)
			continue
		}
		if high = newHigh; high <= 0 {
			high = math.Inf(1)
		}
	}
	return w
}

func vector(x []float32) blas32.Vector { return blas32.Vector{N: len(x), Inc: 1, Data: x} }
