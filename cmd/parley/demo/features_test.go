package demo

import (
	"slices"
	"strings"
	"testing"

	"parley/recsys"
)

func TestLikeThisPictureFindsTheSameThingFirst(t *testing.T) {
	s, _, _, err := Fernhill(now)
	if err != nil {
		t.Fatal(err)
	}
	features, err := Features(s.Products)
	if err != nil {
		t.Fatal(err)
	}
	var list []recsys.Item
	var ids []string
	shape := map[string]string{}
	for _, p := range s.Products {
		ids = append(ids, p.ID)
		shape[p.ID] = p.Shape
		list = append(list, recsys.Item{ID: p.ID, Picture: features[p.ID]})
	}
	if len(features) != len(s.Products) {
		t.Errorf("%d of %d products have a picture", len(features), len(s.Products))
	}
	m, err := recsys.NewPictures(recsys.NewDataset(nil, ids...), list, recsys.PicturesOptions{Colour: -1})
	if err != nil {
		t.Fatal(err)
	}
	hit, of := 0, 0
	for _, p := range s.Products {
		if n := len(slices.DeleteFunc(slices.Clone(ids), func(i string) bool { return shape[i] != p.Shape })); n < 2 {
			continue
		}
		got, err := m.Recommend(t.Context(), recsys.Query{Recent: []string{p.ID}, K: 1})
		if err != nil {
			t.Fatal(err)
		}
		if of++; len(got) > 0 && shape[got[0].Item] == p.Shape {
			hit++
		}
	}
	if of < 100 || hit < of*97/100 {
		t.Errorf("by shape the nearest is drawn alike for %d of %d products, want .97 of them", hit, of)
	}
}

func TestEveryDrawingCanBeMeasured(t *testing.T) {
	d, err := newDrawer()
	if err != nil {
		t.Fatal(err)
	}
	for shape := range d.Shapes {
		for _, color := range []string{"white", "black"} { // the hardest against the ground and its shadow
			if _, err := d.features(shape, color); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := raster([]byte(strings.Repeat("<svg>", 3))); err == nil {
		t.Error("a broken picture was drawn")
	}
}
