package recsys

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// definite makes a symmetric positive definite matrix of n rows, Gram matrix
// of random rows plus lambda.
func definite(n int, lambda float64) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(n+3, n, nil)
	for i := range n + 3 {
		for j := range n {
			if r.IntN(4) == 0 {
				x.Set(i, j, r.NormFloat64())
			}
		}
	}
	var g mat.Dense
	g.Mul(x.T(), x)
	a := make([]float64, n*n)
	for i := range n {
		for j := range n {
			a[i*n+j] = g.At(i, j)
		}
		a[i*n+i] += lambda
	}
	return a
}

func TestInverseTimesMatrixIsOne(t *testing.T) {
	for _, n := range []int{1, 2, 23, 24, 25, 73, 120} {
		a := definite(n, 1)
		inv := slices.Clone(a)
		for i := range n {
			for j := i + 1; j < n; j++ {
				inv[i*n+j] = math.NaN() // only the lower triangle may be read
			}
		}
		if !inverse(inv, n, dot64) {
			t.Fatalf("%d rows: not positive definite", n)
		}
		single := make([]float32, n*n)
		for k, x := range a {
			single[k] = float32(x)
		}
		if !inverse(single, n, dot32) {
			t.Fatalf("%d rows, single precision: not positive definite", n)
		}
		for i := range n {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += a[i*n+k] * inv[k*n+j]
				}
				want := 0.0
				if i == j {
					want = 1
				}
				if math.Abs(sum-want) > 1e-9 {
					t.Fatalf("%d rows: the product is %g at %d, %d", n, sum, i, j)
				}
				if math.Abs(float64(single[i*n+j])-inv[i*n+j]) > 1e-4 {
					t.Fatalf("%d rows: single precision gives %g, double %g", n, single[i*n+j], inv[i*n+j])
				}
			}
		}
	}
}

func TestInverseRefusesWhatIsNotPositiveDefinite(t *testing.T) {
	for name, a := range map[string][]float64{
		"zero":       {0, 0, 0, 0},
		"indefinite": {1, 2, 2, 1},
		"no number":  {1, math.NaN(), math.NaN(), 1},
		"infinite":   {math.Inf(1), 0, 0, 1},
	} {
		if inverse(a, 2, dot64) {
			t.Errorf("%s: inverted", name)
		}
	}
}

func TestInverseIsTheSameOnAnyNumberOfCores(t *testing.T) {
	const n = 130
	a, b := make([]float32, n*n), make([]float32, n*n)
	for k, x := range definite(n, 2) {
		a[k], b[k] = float32(x), float32(x)
	}
	inverse(a, n, dot32)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	inverse(b, n, dot32)
	if !slices.Equal(a, b) {
		t.Error("one core and several give different numbers")
	}
}

func BenchmarkInverse1700(b *testing.B) {
	const n = 1700
	a := make([]float32, n*n)
	for i := range n {
		for j := range i {
			a[i*n+j] = float32((i*j)%7) * .01
		}
		a[i*n+i] = 30
	}
	for b.Loop() {
		if !inverse(slices.Clone(a), n, dot32) {
			b.Fatal("not positive definite")
		}
	}
}
