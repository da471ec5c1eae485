package demo

import (
	"bytes"
	"fmt"
	"image"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"parley/recsys"
	"parley/tools/catalog"
)

// Features measures the drawn picture of each product, in its first colour, for
// recommendations by picture; by product id. What is drawn alike is measured
// once. A product without a shape to draw is left out.
func Features(products []*catalog.Product) (map[string][]float32, error) {
	d, err := newDrawer()
	if err != nil {
		return nil, err
	}
	type look struct{ shape, color string }
	drawn := map[look][]string{}
	for _, p := range products {
		if p.Shape == "" {
			continue
		}
		l := look{shape: p.Shape}
		if c := p.Colors(); len(c) > 0 {
			l.color = c[0]
		}
		drawn[l] = append(drawn[l], p.ID)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	out := make(map[string][]float32, len(products))
	var failed error
	slots := make(chan struct{}, 8)
	for l, ids := range drawn {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			v, err := d.features(l.shape, l.color)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = err
			}
			for _, id := range ids {
				out[id] = v
			}
		})
	}
	wg.Wait()
	return out, failed
}

// features draws a shape to pixels and measures them.
func (d *drawer) features(shape, color string) ([]float32, error) {
	img, err := raster(d.picture(shape, color, ""))
	if err != nil {
		return nil, fmt.Errorf("cmd/parley/demo/shapes.yaml: draw %q in %q: %w", shape, color, err)
	}
	v, err := recsys.PictureFeatures(img)
	if err != nil {
		return nil, fmt.Errorf("cmd/parley/demo/shapes.yaml: measure %q in %q: %w", shape, color, err)
	}
	return v, nil
}

var (
	strokes = regexp.MustCompile(`stroke-width="([0-9.]+)"`)
	corners = regexp.MustCompile(`(<rect[^>]*) rx="([0-9.]+)"`)
)

// raster draws a picture of ours as 160 by 200 pixels. The rasteriser, oksvg,
// is the one that Fyne draws its icons with; it does not scale strokes, and
// rounds a corner only where both radii are given, so both are written out.
func raster(svg []byte) (image.Image, error) {
	const w, h, scale = 160, 200, .4
	text := corners.ReplaceAllString(string(svg), `$1 rx="$2" ry="$2"`)
	text = strokes.ReplaceAllStringFunc(text, func(s string) string {
		x, _ := strconv.ParseFloat(strokes.FindStringSubmatch(s)[1], 64)
		return fmt.Sprintf(`stroke-width="%g"`, x*scale)
	})
	icon, err := oksvg.ReadIconStream(strings.NewReader(text), oksvg.StrictErrorMode)
	if err != nil {
		return nil, err
	}
	icon.SetTarget(0, 0, w, h)
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	icon.Draw(rasterx.NewDasher(w, h, rasterx.NewScannerGV(w, h, img, img.Bounds())), 1)
	if bytes.Count(img.Pix, img.Pix[:4]) == w*h {
		return nil, fmt.Errorf("nothing was drawn")
	}
	return img, nil
}
