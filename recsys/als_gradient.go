package recsys

import "gonum.org/v1/gonum/blas/blas32"

// step does for the factors of one side what sweep does, not to the end: a few
// steps of conjugate gradients from where the last sweep left them. A step takes
// time of the order of events × factors, where solving takes events × factors².
//
// Source: Takács, Pilászy, Tikk 2011, "Applications of the conjugate gradient
// method for implicit feedback collaborative filtering", algorithm 1.
func (m *ALS) step(x, y []float32, rows [][]sured, lambda float64, steps int) {
	k := m.k
	g := make([]float32, k*k) // the whole of YᵀY + λI
	for i, v := range gramOf(y, k, lambda) {
		if r, c := i/k, i%k; c <= r {
			g[i], g[c*k+r] = float32(v), float32(v)
		}
	}
	Each(len(rows), func(u int) {
		to := x[u*k : (u+1)*k]
		if len(rows[u]) == 0 {
			clear(to)
			return
		}
		descend(g, y, rows[u], to, steps)
	})
}

// descend takes steps towards the x of (G + Σ c·y·yᵀ) x = Σ (1+c) y.
func descend(g, y []float32, row []sured, x []float32, steps int) {
	k := len(x)
	buf := make([]float32, 3*k)
	r, p, ap := buf[:k], buf[k:2*k], buf[2*k:]
	times := func(v, out []float32) {
		for i := range k {
			out[i] = dot32(g[i*k:(i+1)*k], v)
		}
		for _, c := range row {
			f := y[int(c.of)*k : int(c.of+1)*k]
			axpy32(c.c*dot32(f, v), f, out)
		}
	}
	times(x, r)
	for i := range r {
		r[i] = -r[i]
	}
	for _, c := range row {
		axpy32(1+c.c, y[int(c.of)*k:int(c.of+1)*k], r)
	}
	copy(p, r)
	left := dot32(r, r)
	for range steps {
		if left < 1e-20 {
			return
		}
		times(p, ap)
		a := left / dot32(p, ap)
		axpy32(a, p, x)
		axpy32(-a, ap, r)
		now := dot32(r, r)
		for i := range p {
			p[i] = r[i] + now/left*p[i]
		}
		left = now
	}
}

// axpy32 adds a times x to y.
func axpy32(a float32, x, y []float32) {
	blas32.Implementation().Saxpy(len(x), a, x, 1, y, 1)
}
