package demo

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed shapes.yaml
var shapesFile []byte

// A drawer draws product pictures from the shape file.
type drawer struct {
	Colors map[string]string
	Shapes map[string]string
	Titles []struct{ Say, Draw string }
}

func newDrawer() (*drawer, error) {
	var d drawer
	if err := yaml.UnmarshalWithOptions(shapesFile, &d, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("cmd/parley/demo/shapes.yaml: %w", err)
	}
	return &d, nil
}

// shapeOf lets a picture follow the title where it says more than the category.
func (d *drawer) shapeOf(shape, title string) string {
	for _, t := range d.Titles {
		if strings.Contains(" "+title+" ", " "+t.Say+" ") {
			return t.Draw
		}
	}
	return shape
}

// picture is an SVG of 400 by 500: a shape in a colour on a neutral ground. An
// unknown shape is a parcel, an unknown colour grey. The seed tilts the light.
func (d *drawer) picture(shape, color, seed string) []byte {
	body, ok := d.Shapes[shape]
	if !ok {
		body = d.Shapes["parcel"]
	}
	main, ok := d.Colors[strings.ToLower(color)]
	if !ok {
		main = d.Colors["grey"]
	}
	h := hash(seed)
	accents := []string{"#f4efe6", "#e9c46a", "#e76f51", "#264653"}
	body = strings.NewReplacer("{m}", main, "{d}", mix(main, "#000000", .26+float64(h%3)*.04), "{l}", mix(main, "#ffffff", .45), "{a}", accents[h%len(accents)]).Replace(body)
	return []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 500"><rect width="400" height="500" fill="#efece6"/><ellipse cx="200" cy="412" rx="130" ry="16" fill="#000" opacity=".1"/><g stroke-linejoin="round">` + body + `</g></svg>`)
}

// mix blends two colours: 0 is a, 1 is b.
func mix(a, b string, share float64) string {
	out := "#"
	for i := 1; i < 7; i += 2 {
		x, _ := strconv.ParseUint(a[i:i+2], 16, 8)
		y, _ := strconv.ParseUint(b[i:i+2], 16, 8)
		out += fmt.Sprintf("%02x", int(float64(x)*(1-share)+float64(y)*share))
	}
	return out
}
