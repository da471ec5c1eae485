package recsys

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
)

// inverse overwrites a symmetric positive definite n×n matrix, row-major, of
// which only the lower triangle is read, with its whole inverse. It tells
// whether the matrix was positive definite to the precision of its numbers; if
// not, what is left in it has no meaning. Time: n³ multiplications and as many
// additions, halved; no memory beside the matrix but n numbers.
//
// Every entry of the three steps (the factor, the factor's inverse, its square)
// is one dot product of two runs that lie whole in memory: gonum has these in
// vector instructions, and an entry's value does not depend on how many cores
// share the work.
func inverse[T float32 | float64](a []T, n int, dot func(x, y []T) T) bool {
	const tile = 24 // rows that stay near while others pass
	tiles := (n + tile - 1) / tile
	diag := make([]T, n) // of the factor L, inverted
	// A = L Lᵀ, L in the lower triangle, its diagonal in diag.
	for b := range tiles {
		from, to := b*tile, min((b+1)*tile, n)
		for i := from; i < to; i++ {
			for j := from; j < i; j++ {
				a[i*n+j] = (a[i*n+j] - dot(a[i*n:i*n+j], a[j*n:j*n+j])) * diag[j]
			}
			pivot := a[i*n+i] - dot(a[i*n:i*n+i], a[i*n:i*n+i])
			if !(pivot > 0) || math.IsInf(float64(pivot), 1) {
				return false
			}
			diag[i] = T(1 / math.Sqrt(float64(pivot)))
		}
		Each(tiles-b-1, func(k int) {
			below := (b + 1 + k) * tile
			for i := below; i < min(below+tile, n); i++ {
				for j := from; j < to; j++ {
					a[i*n+j] = (a[i*n+j] - dot(a[i*n:i*n+j], a[j*n:j*n+j])) * diag[j]
				}
			}
		})
	}
	// L⁻¹, its columns as rows of the upper triangle.
	Each(tiles, func(b int) {
		from, to := b*tile, min((b+1)*tile, n)
		for j := from; j < to; j++ {
			a[j*n+j] = diag[j]
		}
		for i := from + 1; i < n; i++ {
			for j := from; j < min(to, i); j++ {
				a[j*n+i] = -dot(a[i*n+j:i*n+i], a[j*n+j:j*n+i]) * diag[i]
			}
		}
	})
	// A⁻¹ = L⁻ᵀ L⁻¹ into the lower triangle, its diagonal in diag.
	Each(tiles, func(b int) {
		from, to := b*tile, min((b+1)*tile, n)
		for j := range to {
			for i := max(from, j); i < to; i++ {
				x := dot(a[i*n+i:i*n+n], a[j*n+i:j*n+n])
				if i == j {
					diag[i] = x
				} else {
					a[i*n+j] = x
				}
			}
		}
	})
	Each(n, func(i int) {
		a[i*n+i] = diag[i]
		for j := range i {
			a[j*n+i] = a[i*n+j]
		}
	})
	return true
}

func dot32(x, y []float32) float32 {
	return blas32.Implementation().Sdot(len(x), x, 1, y, 1)
}

func dot64(x, y []float64) float64 {
	return blas64.Implementation().Ddot(len(x), x, 1, y, 1)
}
