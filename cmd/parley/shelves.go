package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
	"parley/recsys"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// shelves are what the shop recommends from: the engine in use, replaced by a
// newer artefact when one comes.
type shelves struct {
	*recsys.Live
	kept    artefacts // nil: none are looked for
	orders  []recsys.Interaction
	catalog *catalog.Catalog
	store   store.Store
	ring    *seal.Ring // opens events
	now     func() time.Time
	log     *slog.Logger
}

// artefacts are where trained engines lie: a folder, or a cluster.
type artefacts interface {
	// Look gives the newest that came since the one it gave before, nil for
	// none; the error tells of those that cannot be used.
	Look(context.Context) (*recsys.Engine, error)
	Put(context.Context, *recsys.Engine) error
}

// lookEvery is how long a new artefact may wait to be found.
const lookEvery = 3 * time.Second

// quickBlend is what the shop begins with where no artefact is found: it is not
// chosen on customers held out, so that the start is quick.
var quickBlend = map[string]float64{"itemknn": .3, "ease": .7}

// openShelves takes the newest artefact that is for this catalogue, or trains
// from the orders.
func openShelves(ctx context.Context, cfg appConfig, c *catalog.Catalog) (*shelves, error) {
	s := &shelves{Live: recsys.NewLive(cfg.Engine), orders: purchases(cfg.Shop), catalog: c, store: cfg.Store, ring: cfg.Ring, now: cfg.Now, log: cfg.Log}
	switch {
	case cfg.Artefacts != "":
		s.kept = &recsys.Folder{Dir: cfg.Artefacts, Fits: s.fits}
	case cfg.Shared:
		s.kept = &sharedArtefacts{store: cfg.Store, fits: s.fits}
	}
	s.look(ctx)
	if s.Engine() != nil {
		return s, nil
	}
	e, err := recsys.Train(ctx, recsys.TrainConfig{Interactions: s.orders, Items: itemsOf(c), Blend: quickBlend})
	if err != nil {
		return nil, err
	}
	s.Swap(e)
	return s, nil
}

// look puts a newer artefact in use; the old one stays where there is none.
func (s *shelves) look(ctx context.Context) (swapped bool) {
	if s.kept == nil {
		return false
	}
	e, err := s.kept.Look(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("an artefact was left alone, what is in use stays", "reason", err)
	}
	if e == nil {
		return false
	}
	s.Swap(e)
	s.log.Info("recommend from a new artefact", "name", e.FileName(), "until", e.Until, "interactions", e.Interactions)
	return true
}

// fits refuses an engine of another shop: most of its items are to be ours.
func (s *shelves) fits(e *recsys.Engine) error {
	known := 0
	for _, id := range e.ItemIDs() {
		if s.catalog.Product(id) != nil {
			known++
		}
	}
	if n := len(e.ItemIDs()); 2*known < n || known == 0 {
		return fmt.Errorf("only %d of its %d items are in this shop's catalogue: it was trained for another", known, n)
	}
	return nil
}

// run looks for newer artefacts, and trains one when enough has happened, until
// ctx ends.
func (s *shelves) run(ctx context.Context) {
	if s.kept == nil {
		return
	}
	r := refresh{shelves: s}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.wait()
			return
		case <-tick.C:
		}
		if s.look(ctx) {
			r.begin()
		}
		r.maybe(ctx)
	}
}

// purchases are the orders, without those that came back.
func purchases(s *shop) []recsys.Interaction {
	var in []recsys.Interaction
	for _, o := range s.Orders {
		if o.Status == orders.Cancelled || o.Status == orders.Returned {
			continue
		}
		for _, l := range o.Lines {
			in = append(in, recsys.Interaction{Customer: o.Customer, Item: l.Product, At: o.Placed, Basket: o.ID})
		}
	}
	return in
}

// itemsOf is the catalogue as recommenders know it.
func itemsOf(c *catalog.Catalog) []recsys.Item {
	var out []recsys.Item
	for _, p := range c.All() {
		x := recsys.Item{ID: p.ID, Title: p.Title, Text: p.Description, Price: float64(p.Price) / 100, InStock: p.InStock(), Pairs: p.BoughtTogether, Attributes: map[string][]string{}}
		if len(p.Categories) > 0 {
			x.Category = p.Categories[0]
		}
		for _, a := range p.Attributes {
			x.Attributes[a.Name] = a.Values
		}
		if p.Brand != "" {
			x.Attributes["brand"] = []string{p.Brand}
		}
		if len(p.Gender) > 0 {
			x.Attributes["for"] = p.Gender
		}
		if colors := p.Colors(); len(colors) > 0 {
			x.Attributes["colour"] = colors
		}
		out = append(out, x)
	}
	return out
}

// artefactDir is where the artefacts of a data folder lie. It is not of the
// store, so that training needs no lock.
func artefactDir(data string) string { return filepath.Join(data, "artefacts") }

// sharedArtefacts keeps the newest artefact in the objects of a cluster, and its
// hash, by which it is announced, under a key.
type sharedArtefacts struct {
	store store.Store
	fits  func(*recsys.Engine) error
	seen  uint64 // revision of the announcement
}

const (
	sharedBucket = "artefacts"
	sharedKey    = "recsys"
	sharedObject = "recsys.parley"
)

type announcement struct{ Name, Hash string }

func (a *sharedArtefacts) Look(ctx context.Context) (*recsys.Engine, error) {
	b, err := a.store.Bucket(ctx, sharedBucket)
	if err != nil {
		return nil, err
	}
	text, rev, err := b.Get(ctx, sharedKey)
	if errors.Is(err, store.ErrNotFound) || err == nil && rev == a.seen {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var said announcement
	if err := json.Unmarshal(text, &said); err != nil {
		a.seen = rev
		return nil, fmt.Errorf("read the announcement of an artefact: %w", err)
	}
	data, err := a.store.GetObject(ctx, sharedObject)
	if err != nil {
		return nil, err // looked for again
	}
	e, err := recsys.ReadEngine(data)
	if err == nil && e.Hash != said.Hash {
		return nil, nil // the next one is on its way
	}
	a.seen = rev
	if err == nil && a.fits != nil {
		err = a.fits(e)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", said.Name, err)
	}
	return e, nil
}

func (a *sharedArtefacts) Put(ctx context.Context, e *recsys.Engine) error {
	data, err := e.Bytes()
	if err != nil {
		return err
	}
	b, err := a.store.Bucket(ctx, sharedBucket)
	if err != nil {
		return err
	}
	if err := a.store.PutObject(ctx, sharedObject, data); err != nil {
		return err
	}
	text, err := json.Marshal(announcement{e.FileName(), e.Hash})
	if err != nil {
		return err
	}
	_, err = b.Put(ctx, sharedKey, text)
	return err
}
