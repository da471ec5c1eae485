package recsys

import (
	"image"
	"math"
)

// colours is the histogram of the thing. A pixel counts as grey or as a hue by
// how strong its colour is, and for the bins on both sides of it.
func (p *pixels) colours(thing []bool) []float64 {
	out := make([]float64, colourSize)
	spread := func(bins []float64, at, w float64, ring bool) {
		low := math.Floor(at)
		share := at - low
		place := func(n int) int {
			if ring {
				return (n + len(bins)) % len(bins)
			}
			return min(max(n, 0), len(bins)-1)
		}
		bins[place(int(low))] += w * (1 - share)
		bins[place(int(low)+1)] += w * share
	}
	for n, in := range thing {
		if !in || p.clear[n] {
			continue
		}
		c := p.lab[n]
		chroma := math.Hypot(c[1], c[2])
		coloured := min(1, max(0, (chroma-6)/12))
		spread(out[:4], c[0]/100*4-.5, 1-coloured, false)
		hue := (math.Atan2(c[2], c[1])/(2*math.Pi) + 1) * hues
		light := min(1, max(0, (c[0]-30)/40))
		spread(out[4:4+hues], hue, coloured*(1-light), true)
		spread(out[4+hues:], hue, coloured*light, true)
	}
	for n := range out {
		out[n] = math.Sqrt(out[n])
	}
	return out
}

// fit draws the thing as large as the canvas takes it, in the middle, on a
// ground of no colour, and tells how much of each pixel is thing.
func (p *pixels) fit(thing []bool, box image.Rectangle) (*pixels, []float64) {
	q := &pixels{w: canvas, h: canvas, lab: make([][3]float64, canvas*canvas)}
	mask := make([]float64, canvas*canvas)
	const room = canvas - 8 // an edge of the thing lies within
	scale := float64(max(box.Dx(), box.Dy())) / room
	left := float64(box.Min.X+box.Max.X)/2 - canvas/2*scale
	top := float64(box.Min.Y+box.Max.Y)/2 - canvas/2*scale
	const sides = 3
	for n := range mask {
		var sum [3]float64
		for s := range sides * sides {
			x := int(math.Floor(left + (float64(n%canvas)+(float64(s%sides)+.5)/sides)*scale))
			y := int(math.Floor(top + (float64(n/canvas)+(float64(s/sides)+.5)/sides)*scale))
			if x >= 0 && x < p.w && y >= 0 && y < p.h && thing[y*p.w+x] {
				mask[n]++
				for c := range sum {
					sum[c] += p.lab[y*p.w+x][c]
				}
			}
		}
		if mask[n] > 0 {
			for c := range sum {
				q.lab[n][c] = sum[c] / mask[n]
			}
		}
		mask[n] /= sides * sides
	}
	return q, mask
}

// outline is how full of thing each field of a grid is, -1 to 1.
func outline(mask []float64) []float64 {
	out := make([]float64, maskSize)
	const side = canvas / maskGrid
	for n, m := range mask {
		out[n/canvas/side*maskGrid+n%canvas/side] += (2*m - 1) / (side * side)
	}
	return out
}

// edges are histograms of edge orientation over a grid, the outline counting as
// an edge of its own. Roots are taken so that a strong edge does not drown weak
// ones.
func (p *pixels) edges(mask []float64) []float64 {
	out := make([]float64, edgeSize)
	const side = canvas / edgeGrid
	for y := 1; y < canvas-1; y++ {
		for x := 1; x < canvas-1; x++ {
			n := y*canvas + x
			// Strength of 100 where thing meets ground, whatever colour it has.
			gx, gy := 100*(mask[n+1]-mask[n-1]), 100*(mask[n+canvas]-mask[n-canvas])
			most := gx*gx + gy*gy
			if mask[n-1]+mask[n+1]+mask[n-canvas]+mask[n+canvas] == 4 {
				for c := range 3 {
					cx, cy := p.lab[n+1][c]-p.lab[n-1][c], p.lab[n+canvas][c]-p.lab[n-canvas][c]
					if s := cx*cx + cy*cy; s > most {
						gx, gy, most = cx, cy, s
					}
				}
			}
			if most < 9 {
				continue
			}
			at := (math.Atan2(gy, gx)/math.Pi + 1) * edgeBins // either way is the same
			low := int(at)
			share := at - float64(low)
			cell := out[(y/side*edgeGrid+x/side)*edgeBins:][:edgeBins]
			w := math.Sqrt(math.Sqrt(most))
			cell[low%edgeBins] += w * (1 - share)
			cell[(low+1)%edgeBins] += w * share
		}
	}
	for n := range out {
		out[n] = math.Sqrt(out[n])
	}
	return out
}
