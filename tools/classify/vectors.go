package classify

import (
	"math"
	"math/rand/v2"
	"sync"

	"parley/memory/embed"
)

// A text's dense features are its sentence vector (memory/embed), which a linear
// model reads as what the text is about, and waves over it: random Fourier
// features (Rahimi and Recht, NIPS 2007), whose inner product is near to a
// Gaussian kernel, so that the same model also sees which example a text is
// close to. The projections are signs and Hadamard transforms (Yu et al.,
// Orthogonal Random Features, NIPS 2016), which need no matrix.
const (
	vectorDims = 256
	waveDims   = 512
	denseDims  = vectorDims + waveDims

	// bandwidth is the kernel's gamma: chosen on the dev sets of CLINC150 and
	// SMP2017 and by cross-validation on Banking77 and HINT3; 1 to 1.5 are alike.
	bandwidth = 1.25
)

type projection struct {
	signs [waveDims / vectorDims][3][vectorDims]float32
	phase [waveDims]float32
	wave  [1 << 10]float32 // one turn of a cosine
}

var project = sync.OnceValue(func() *projection {
	p := &projection{}
	draw := rand.New(rand.NewPCG(3, 4))
	for b := range p.signs {
		for r := range p.signs[b] {
			for i := range p.signs[b][r] {
				p.signs[b][r][i] = float32(draw.IntN(2)*2 - 1)
			}
		}
	}
	turn := float32(len(p.wave))
	for i := range p.phase {
		p.phase[i] = draw.Float32() * turn
	}
	for i := range p.wave {
		p.wave[i] = float32(math.Cos(2*math.Pi*float64(i)/float64(turn)) / math.Sqrt(waveDims/2))
	}
	return p
})

// meaning fills out, of denseDims, with a text's dense features: two parts of
// length one, each times weight. Both are zero when no token is known.
func meaning(t *embed.Table, text string, weight float32, out []float32) {
	v := t.Vector(opening(text))
	p := project()
	known := false
	for i, x := range v {
		known = known || x != 0
		out[i] = x * weight
	}
	waves := out[vectorDims:]
	if !known {
		clear(waves)
		return
	}
	// Each of the three transforms makes the vector 16 times as long; the last
	// two are undone, the first gives the projections the variance of a normal.
	toTurns := float32(bandwidth * float64(len(p.wave)) / (2 * math.Pi) / 256)
	for b := range p.signs {
		h := waves[b*vectorDims:][:vectorDims]
		copy(h, v)
		for r := range p.signs[b] {
			for i, s := range &p.signs[b][r] {
				h[i] *= s
			}
			hadamard(h)
		}
		for i, x := range h {
			at := int(x*toTurns+p.phase[b*vectorDims+i]+(1<<20)) & (len(p.wave) - 1)
			h[i] = p.wave[at] * weight
		}
	}
}

// hadamard is the fast Walsh-Hadamard transform, without its scale, of a length
// that is a power of four: two steps are taken at once.
func hadamard(h []float32) {
	for n := 1; n < len(h); n *= 4 {
		for i := 0; i < len(h); i += 4 * n {
			part := h[i:][:4*n]
			a, b, c, d := part[:n], part[n:][:n], part[2*n:][:n], part[3*n:][:n]
			for j := range a {
				s, t := a[j]+b[j], a[j]-b[j]
				u, v := c[j]+d[j], c[j]-d[j]
				a[j], b[j], c[j], d[j] = s+u, t+v, s-u, t-v
			}
		}
	}
}
