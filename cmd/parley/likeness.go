package main

import (
	"parley/cmd/parley/demo"
	"parley/recsys"
	"parley/tools/catalog"
)

// likeness is what follows from the catalogue itself: what makes a set, what
// stands in for what, what looks alike. It is made once for a shop.
type likeness struct{ look, instead, picture recsys.Recommender }

func newLikeness(in []recsys.Interaction, c *catalog.Catalog) (*likeness, error) {
	items, ids := itemsOf(c), make([]string, 0, len(c.All()))
	features, err := demo.Features(c.All())
	if err != nil {
		return nil, err
	}
	for i := range items {
		items[i].Picture = features[items[i].ID]
		ids = append(ids, items[i].ID)
	}
	data := recsys.NewDataset(in, ids...)
	l := &likeness{look: recsys.NewLook(data, items, recsys.LookOptions{})}
	if l.instead, err = recsys.NewInstead(data, items, recsys.InsteadOptions{Content: recsys.NewContent(data, items, recsys.ContentOptions{Neighbours: -1})}); err != nil {
		return nil, err
	}
	if len(features) > 0 {
		l.picture, err = recsys.NewPictures(data, items, recsys.PicturesOptions{})
	}
	return l, err
}

// varied spreads what is popular over the categories: one thing that everybody
// uses up would fill the shelf.
func varied(r recsys.Recommender, c *catalog.Catalog) (recsys.Recommender, error) {
	return recsys.NewRuled(r, itemsOf(c), recsys.Rules{Owned: true, OutOfStock: true, Diversify: .4}, nil)
}
