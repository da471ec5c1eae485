package recsys

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	paper  = color.RGBA{239, 236, 230, 255}
	night  = color.RGBA{24, 28, 60, 255}
	red    = color.RGBA{181, 64, 58, 255}
	teal   = color.RGBA{45, 125, 128, 255}
	silver = color.RGBA{190, 190, 190, 255}
)

// Outlines of things within -1..1.
var outlines = map[string]func(x, y float64) bool{
	"ball": func(x, y float64) bool { return x*x+y*y < 1 },
	"tent": func(x, y float64) bool { return y < .8 && math.Abs(x) < (y+.9)/1.7 && y > -.9 },
	"boot": func(x, y float64) bool {
		return math.Abs(y) < .9 && x > -.6 && x < .1 || y > .3 && y < .9 && x > -.6 && x < .9
	},
	"bottle": func(x, y float64) bool {
		return math.Abs(x) < .35 && y > -.5 && y < 1 || math.Abs(x) < .15 && math.Abs(y) < 1
	},
}

type scene struct {
	outline string
	main    color.Color
	ground  color.Color // nil: transparent
	size    int         // of the picture
	at      [2]float64  // of the middle, as a share of the size
	scale   float64     // half of the thing, as a share of the size
	shadow  bool
}

// draw paints a thing with a stripe and a darker side on a ground.
func (s scene) draw() image.Image {
	img := image.NewNRGBA(image.Rect(7, 3, 7+s.size, 3+s.size))
	for py := range s.size {
		for px := range s.size {
			x := (float64(px)/float64(s.size) - s.at[0]) / s.scale
			y := (float64(py)/float64(s.size) - s.at[1]) / s.scale
			c := s.ground
			switch {
			case outlines[s.outline](x, y):
				c = s.main
				r, g, b, _ := s.main.RGBA()
				if x > .05 {
					c = color.RGBA{uint8(r >> 8 * 7 / 10), uint8(g >> 8 * 7 / 10), uint8(b >> 8 * 7 / 10), 255}
				}
				if y > .4 && y < .5 {
					c = color.RGBA{244, 239, 230, 255}
				}
			case s.shadow && x*x+(y-1)*(y-1)*30 < 1 && s.ground != nil:
				r, g, b, _ := s.ground.RGBA()
				c = color.RGBA{uint8(r >> 8 * 9 / 10), uint8(g >> 8 * 9 / 10), uint8(b >> 8 * 9 / 10), 255}
			}
			if c != nil {
				img.Set(7+px, 3+py, c)
			}
		}
	}
	return img
}

func plainScene(outline string, main color.Color) scene {
	return scene{outline, main, paper, 200, [2]float64{.5, .5}, .4, false}
}

func features(t *testing.T, s scene) []float32 {
	t.Helper()
	v, err := PictureFeatures(s.draw())
	if err != nil {
		t.Fatal(err)
	}
	if len(v) != PictureSize || math.Abs(float64(dot32(v, v))-1) > 1e-3 {
		t.Fatalf("features of %v: %d numbers of length %v, want %d of length 1", s, len(v), dot32(v, v), PictureSize)
	}
	return v
}

func TestAPictureIsKnownAgainInOtherSizePlaceAndGround(t *testing.T) {
	plain := map[string][]float32{}
	for outline := range outlines {
		plain[outline] = features(t, plainScene(outline, red))
	}
	for outline, want := range plain {
		for name, change := range map[string]func(*scene){
			"smaller":      func(s *scene) { s.scale = .18 },
			"aside":        func(s *scene) { s.scale, s.at = .25, [2]float64{.3, .66} },
			"more pixels":  func(s *scene) { s.size = 500 },
			"fewer pixels": func(s *scene) { s.size = 90 },
			"dark ground":  func(s *scene) { s.ground = night },
			"white ground": func(s *scene) { s.ground = color.White },
			"no ground":    func(s *scene) { s.ground = nil },
			"a shadow":     func(s *scene) { s.shadow = true },
		} {
			s := plainScene(outline, red)
			change(&s)
			same := dot32(want, features(t, s))
			for other, v := range plain {
				if x := dot32(want, v); other != outline && x >= same {
					t.Errorf("%s, %s: likeness %.3f to itself, %.3f to a %s of its colour", outline, name, same, x, other)
				}
			}
			if same < .93 {
				t.Errorf("%s, %s: likeness %.3f to itself, want .93", outline, name, same)
			}
		}
	}
}

// gallery has every outline in three colours.
func gallery(t *testing.T) (*Dataset, []Item) {
	var list []Item
	for outline := range outlines {
		for name, c := range map[string]color.Color{"red": red, "teal": teal, "silver": silver} {
			s := plainScene(outline, c)
			s.scale = .3
			list = append(list, Item{ID: name + " " + outline, Picture: features(t, s)})
		}
	}
	return NewDataset(nil, append(offered(list), "no picture")...), list
}

func pictures(t *testing.T, opt PicturesOptions) *Pictures {
	t.Helper()
	d, list := gallery(t)
	m, err := NewPictures(d, list, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShapeAndColourAreToldApart(t *testing.T) {
	shape, colour, both := pictures(t, PicturesOptions{Colour: -1, Least: -1}), pictures(t, PicturesOptions{Shape: -1, Least: -1}), pictures(t, PicturesOptions{Least: -1})
	for outline := range outlines {
		q := Query{Recent: []string{"red " + outline}, K: 20}
		byShape, byColour, byBoth := recommend(t, shape, q), recommend(t, colour, q), recommend(t, both, q)
		for _, x := range byShape[:2] {
			if !strings.HasSuffix(x.Item, outline) || x.Reasons[0].Name != "shape" {
				t.Errorf("by shape, like a red %s: %+v", outline, x)
			}
		}
		for _, x := range byColour[:3] {
			if !strings.HasPrefix(x.Item, "red") || x.Reasons[0].Name != "colour" {
				t.Errorf("by colour, like a red %s: %+v", outline, x)
			}
		}
		for _, x := range byBoth[:5] { // two of its outline, three of its colour
			if !strings.HasSuffix(x.Item, outline) && !strings.HasPrefix(x.Item, "red") {
				t.Errorf("like a red %s: %s before one that shares shape or colour", outline, x.Item)
			}
		}
	}
}

func TestLikeAPictureThatWasSent(t *testing.T) {
	m := pictures(t, PicturesOptions{})
	s := plainScene("boot", teal)
	s.ground, s.size, s.scale = night, 500, .2
	like, err := m.Like(features(t, s))
	if err != nil {
		t.Fatal(err)
	}
	got := recommend(t, like, Query{})
	if got[0].Item != "teal boot" || got[0].Score < .93 || len(got[0].Reasons) != 2 || got[0].Reasons[0].Item != "" {
		t.Errorf("like the teal boot that was sent: %+v", got[0])
	}
	sum := got[0].Reasons[0].Weight + got[0].Reasons[1].Weight
	if math.Abs(sum-got[0].Score) > 1e-4 {
		t.Errorf("reasons of %v make a score of %v", sum, got[0].Score)
	}
	if got := recommend(t, m, Query{Recent: []string{"no picture"}}); len(got) != 0 {
		t.Errorf("like an item without a picture: %v", items(got))
	}
	for _, x := range recommend(t, m, Query{Recent: []string{"red boot"}, K: 50}) {
		if x.Item == "red boot" || x.Item == "no picture" || x.Score < .5 {
			t.Errorf("like the red boot: %+v", x)
		}
	}
}

func TestPicturesThatShowNothingAreRefused(t *testing.T) {
	blank := image.NewRGBA(image.Rect(0, 0, 50, 50))
	for name, img := range map[string]image.Image{"none": nil, "no pixels": image.NewRGBA(image.Rectangle{}), "transparent": blank, "one colour": image.NewUniform(red)} {
		if name == "one colour" {
			white := image.NewGray(image.Rect(0, 0, 40, 40))
			for n := range white.Pix {
				white.Pix[n] = 200
			}
			img = white
		}
		if v, err := PictureFeatures(img); err == nil {
			t.Errorf("%s: %d features and no error", name, len(v))
		}
	}
	if _, err := PictureFeatures(plainScene("ball", red).draw()); err != nil {
		t.Error(err)
	}
	d := NewDataset(nil, "a", "b")
	for _, c := range []struct {
		a, b []float32
		opt  PicturesOptions
		want string
	}{
		{[]float32{1, 0}, []float32{1}, PicturesOptions{}, `"b": it has 1 numbers where others have 2`},
		{[]float32{1, 0}, []float32{1, float32(math.NaN())}, PicturesOptions{}, "no number"},
		{nil, nil, PicturesOptions{Least: 1}, "least is 1"},
		{nil, nil, PicturesOptions{Colour: -1, Shape: -1}, "give at least one"},
	} {
		_, err := NewPictures(d, []Item{{ID: "a", Picture: c.a}, {ID: "b", Picture: c.b}}, c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	m, err := NewPictures(d, []Item{{ID: "a", Picture: []float32{3, 4}}, {ID: "b", Picture: []float32{4, 3}}}, PicturesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := recommend(t, m, Query{Recent: []string{"a"}}); !cmp.Equal(items(got), []string{"b"}) || math.Abs(got[0].Score-.96) > 1e-6 {
		t.Errorf("another model's pictures: %+v, want b at .96", got)
	}
	if _, err := m.Like([]float32{1}); err == nil {
		t.Error("a picture of another length was compared")
	}
	if m, _ = NewPictures(d, nil, PicturesOptions{}); m != nil {
		if _, err := m.Like([]float32{1}); err == nil {
			t.Error("there is no picture to compare with, and no error")
		}
	}
}

func BenchmarkPictures(b *testing.B) {
	d := NewDataset(nil)
	m := &Pictures{data: d, of: make([][]float32, 50_000), size: PictureSize, least: .5}
	for i := range m.of {
		m.of[i] = make([]float32, PictureSize)
		m.of[i][i%PictureSize] = 1
	}
	out := make([]float64, len(m.of))
	for b.Loop() {
		m.score(m.of[0], out)
	}
}
