package recsys

import (
	"fmt"
	"image"
	"math"
	"slices"
)

// PictureSize is how many numbers [PictureFeatures] gives.
const PictureSize = colourSize + maskSize + edgeSize

// The parts of a picture's features, each a unit vector before it is scaled:
// what colours, what outline, which edges where.
const (
	hues       = 12
	colourSize = 4 + 2*hues // greys by lightness; hues, dark and light
	maskGrid   = 10
	maskSize   = maskGrid * maskGrid
	edgeGrid   = 4
	edgeBins   = 8
	edgeSize   = edgeGrid * edgeGrid * edgeBins
	colourPart = .4 // of the likeness of two pictures; the rest is shape
	maskPart   = .35
	edgePart   = .25
)

// canvas is the side in pixels of the square that a thing is drawn into before
// it is measured; every picture is first brought to longest pixels at most.
const (
	canvas  = 80
	longest = 160
)

// PictureFeatures measures a product picture: the colours of the thing shown,
// its outline and its edges, without the ground that it stands on, wherever and
// however large it is shown. The ground is what joins the border in one colour,
// a soft shadow included, or is transparent. The result is a unit vector of
// [PictureSize] numbers for [Item.Picture]; the cosine of two, from below 0 to 1,
// says how alike the pictures are.
//
// Colours are a histogram of CIE Lab hue and lightness whose bins overlap, its
// roots taken, so that the cosine is Bhattacharyya's coefficient. Edges are
// histograms of orientation over a grid (Dalal & Triggs 2005), of whichever of L,
// a and b changes most.
func PictureFeatures(img image.Image) ([]float32, error) {
	if img == nil || img.Bounds().Empty() {
		return nil, fmt.Errorf("recsys: a picture without pixels; give one that is decoded")
	}
	p := shrink(img)
	thing, box := p.thing()
	if box.Empty() {
		return nil, fmt.Errorf("recsys: a picture of one colour throughout shows nothing; give one of a thing on a ground")
	}
	out := make([]float32, 0, PictureSize)
	add := func(v []float64, part float64) {
		sum := 0.0
		for _, x := range v {
			sum += x * x
		}
		for _, x := range v {
			if sum > 0 {
				x *= math.Sqrt(part / sum)
			}
			out = append(out, float32(x))
		}
	}
	add(p.colours(thing), colourPart)
	q, mask := p.fit(thing, box)
	add(outline(mask), maskPart)
	add(q.edges(mask), edgePart)
	return out, nil
}

// pixels are a picture in CIE Lab, row by row.
type pixels struct {
	w, h  int
	lab   [][3]float64
	clear []bool // transparent
}

// shrink brings a picture to longest pixels, each the mean of a few of its own.
func shrink(img image.Image) *pixels {
	b := img.Bounds()
	scale := max(1, float64(max(b.Dx(), b.Dy()))/longest)
	p := &pixels{w: max(1, int(float64(b.Dx())/scale)), h: max(1, int(float64(b.Dy())/scale))}
	p.lab, p.clear = make([][3]float64, p.w*p.h), make([]bool, p.w*p.h)
	sides := min(3, int(math.Ceil(scale))) // samples across one pixel
	var last, lastLab [3]float64           // grounds are of one colour; black is 0 in both
	for y := range p.h {
		for x := range p.w {
			var r, g, bl, a float64
			for n := range sides * sides {
				fx := (float64(x) + (float64(n%sides)+.5)/float64(sides)) / float64(p.w)
				fy := (float64(y) + (float64(n/sides)+.5)/float64(sides)) / float64(p.h)
				cr, cg, cb, ca := img.At(b.Min.X+int(fx*float64(b.Dx())), b.Min.Y+int(fy*float64(b.Dy()))).RGBA()
				r, g, bl, a = r+float64(cr), g+float64(cg), bl+float64(cb), a+float64(ca)
			}
			n := y*p.w + x
			if p.clear[n] = a < float64(sides*sides)*0xffff/2; !p.clear[n] {
				if c := [3]float64{r / a, g / a, bl / a}; c != last { // colours come multiplied by alpha
					last, lastLab = c, lab(c)
				}
				p.lab[n] = lastLab
			}
		}
	}
	return p
}

// lab converts sRGB, 0 to 1, to CIE L*a*b* under D65.
func lab(rgb [3]float64) [3]float64 {
	line := func(c float64) float64 {
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	r, g, b := line(rgb[0]), line(rgb[1]), line(rgb[2])
	f := func(t float64) float64 {
		if t > 216./24389 {
			return math.Cbrt(t)
		}
		return (24389./27*t + 16) / 116
	}
	x := f((.4124564*r + .3575761*g + .1804375*b) / .95047)
	y := f(.2126729*r + .7151522*g + .0721750*b)
	z := f((.0193339*r + .1191920*g + .9503041*b) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// Of the ground: how far its colour may be from that of the border, and how much
// darker a shadow on it may be, in CIE 1976 ΔE.
const (
	groundNear = 4
	shadowDeep = 16
)

// thing tells the pixels that are not ground, and the box that holds them.
func (p *pixels) thing() ([]bool, image.Rectangle) {
	var border []int
	for x := range p.w {
		border = append(border, x, (p.h-1)*p.w+x)
	}
	for y := range p.h {
		border = append(border, y*p.w, y*p.w+p.w-1)
	}
	ground := p.median(border)
	is := func(n int) bool {
		if p.clear[n] {
			return true
		}
		c := p.lab[n]
		near := math.Hypot(c[1]-ground[1], c[2]-ground[2])
		dark := ground[0] - c[0]
		return near < groundNear && dark < shadowDeep && dark > -groundNear
	}
	out := make([]bool, len(p.lab))
	for n := range out {
		out[n] = true
	}
	for len(border) > 0 { // what of it can be reached from the border
		n := border[len(border)-1]
		border = border[:len(border)-1]
		if !out[n] || !is(n) {
			continue
		}
		out[n] = false
		x, y := n%p.w, n/p.w
		for _, m := range [4][2]int{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
			if m[0] >= 0 && m[0] < p.w && m[1] >= 0 && m[1] < p.h {
				border = append(border, m[1]*p.w+m[0])
			}
		}
	}
	var box image.Rectangle
	count := 0
	for n, in := range out {
		if in {
			count++
			box = box.Union(image.Rect(n%p.w, n/p.w, n%p.w+1, n/p.w+1))
		}
	}
	if count < len(out)/2000+1 { // a speck
		return out, image.Rectangle{}
	}
	return out, box
}

// median is the middle colour of some pixels, each channel by itself.
func (p *pixels) median(of []int) (out [3]float64) {
	for c := range out {
		var v []float64
		for _, n := range of {
			if !p.clear[n] {
				v = append(v, p.lab[n][c])
			}
		}
		if slices.Sort(v); len(v) > 0 {
			out[c] = v[len(v)/2]
		}
	}
	return out
}
