package main

import (
	"context"
	"slices"
	"sync"

	"parley/cmd/parley/demo"
	"parley/recsys"
	"parley/tools/catalog"
)

// likeness is what follows from the catalogue itself: what makes a set, what
// stands in for what, what looks alike. It is made once for a shop.
type likeness struct {
	look, instead, picture recsys.Recommender
	seen                   func() (pictured, error)
}

// pictured are the recommenders that look at pictures. Drawing and measuring
// them is most of what a start would take, so that it is done when first asked
// for, or by ready.
type pictured struct{ instead, picture recsys.Recommender }

func newLikeness(in []recsys.Interaction, c *catalog.Catalog) (*likeness, error) {
	items, ids := itemsOf(c), make([]string, 0, len(c.All()))
	for i := range items {
		ids = append(ids, items[i].ID)
	}
	data := recsys.NewDataset(in, ids...)
	l := &likeness{look: recsys.NewLook(data, items, recsys.LookOptions{})}
	l.seen = sync.OnceValues(func() (p pictured, err error) {
		features, err := demo.Features(c.All())
		if err != nil {
			return p, err
		}
		for i := range items {
			items[i].Picture = features[items[i].ID]
		}
		if p.instead, err = recsys.NewInstead(data, items, recsys.InsteadOptions{Content: recsys.NewContent(data, items, recsys.ContentOptions{Neighbours: -1})}); err != nil {
			return p, err
		}
		if len(features) > 0 {
			p.picture, err = recsys.NewPictures(data, items, recsys.PicturesOptions{})
		}
		return p, err
	})
	l.instead = onceSeen(func() (recsys.Recommender, error) { p, err := l.seen(); return p.instead, err })
	if slices.ContainsFunc(c.All(), func(p *catalog.Product) bool { return p.Shape != "" }) {
		l.picture = onceSeen(func() (recsys.Recommender, error) { p, err := l.seen(); return p.picture, err })
	}
	return l, nil
}

// ready looks at the pictures now, so that nobody waits for it later.
func (l *likeness) ready() error {
	_, err := l.seen()
	return err
}

// onceSeen is a recommender that is made when it is first asked.
type onceSeen func() (recsys.Recommender, error)

func (f onceSeen) Recommend(ctx context.Context, q recsys.Query) ([]recsys.Scored, error) {
	r, err := f()
	if err != nil {
		return nil, err
	}
	return r.Recommend(ctx, q)
}

// varied spreads what is popular over the categories: one thing that everybody
// uses up would fill the shelf.
func varied(r recsys.Recommender, c *catalog.Catalog) (recsys.Recommender, error) {
	return recsys.NewRuled(r, itemsOf(c), recsys.Rules{Owned: true, OutOfStock: true, Diversify: .4}, nil)
}
