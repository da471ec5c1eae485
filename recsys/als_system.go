package recsys

import "math"

// system is the k linear equations that give one row of factors.
type system struct {
	a []float64 // k by k, the lower triangle; after solve its Cholesky factor
	b []float64 // right side; after solve the solution
	k int
}

func newSystem(gram []float64, k int) *system {
	s := &system{a: make([]float64, k*k), b: make([]float64, k), k: k}
	copy(s.a, gram)
	return s
}

// add puts in one row of the other side, taken, with c of confidence above 1.
func (s *system) add(y []float32, c float64) {
	for i, v := range y {
		v := float64(v)
		s.b[i] += (1 + c) * v
		w := c * v
		to := s.a[i*s.k : i*s.k+i+1]
		for j, x := range y[:len(to)] {
			to[j] += w * float64(x)
		}
	}
}

// solve factors the matrix, which lambda keeps positive definite, and leaves
// the solution in b.
func (s *system) solve() {
	for i := range s.k {
		ri := s.a[i*s.k : i*s.k+i+1]
		for j := range i {
			rj := s.a[j*s.k : j*s.k+j+1]
			ri[j] = (ri[j] - dotGo(ri[:j], rj)) / rj[j]
		}
		ri[i] = math.Sqrt(ri[i] - dotGo(ri[:i], ri))
	}
	s.apply(s.b)
}

// apply multiplies x with the inverse of the solved matrix.
func (s *system) apply(x []float64) {
	for i := range s.k {
		r := s.a[i*s.k : i*s.k+i+1]
		x[i] = (x[i] - dotGo(r[:i], x)) / r[i]
	}
	for i := s.k - 1; i >= 0; i-- {
		r := s.a[i*s.k : i*s.k+i+1]
		x[i] /= r[i]
		for j, v := range r[:i] {
			x[j] -= v * x[i]
		}
	}
}

// dotGo is the product of x with as many of y: for runs too short to be worth
// a call.
func dotGo(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

// gramOf gives YᵀY + λI of rows of k. Rows are summed in fixed runs, so that
// the sum does not depend on how many cores there are.
func gramOf(y []float32, k int, lambda float64) []float64 {
	const run = 512
	n := len(y) / k
	parts := make([]*system, (n+run-1)/run)
	zero := make([]float64, k*k)
	Each(len(parts), func(p int) {
		s := newSystem(zero, k)
		for i := p * run; i < min(n, (p+1)*run); i++ {
			s.add(y[i*k:(i+1)*k], 1)
		}
		parts[p] = s
	})
	g := make([]float64, k*k)
	for _, s := range parts {
		for i, x := range s.a {
			g[i] += x
		}
	}
	for i := range k {
		g[i*k+i] += lambda
	}
	return g
}
