package main

import (
	"context"
	"time"

	"parley/memory/store"
	"parley/recsys"
)

// refresh trains a new artefact in the background once enough happened since
// the one in use: one at a time, not too often, by one process of a cluster. It
// counts events and keeps none.
type refresh struct {
	*shelves
	after   uint64    // events counted so far
	fresh   int       // of them, about products and newer than the engine
	counted time.Time // when last
	done    chan struct{}
}

// Bounds of a refresh: new events it takes, at least and as a share of what the
// engine learnt from; how often it is looked for and done; events it reads.
const (
	freshLeast   = 200
	freshShare   = 10 // a tenth
	countEvery   = time.Minute
	refreshEvery = 15 * time.Minute
	mostEvents   = 1_000_000
)

// begin counts anew, for another engine.
func (r *refresh) begin() { r.after, r.fresh, r.counted = 0, 0, time.Time{} }

// wait returns when no training is under way.
func (r *refresh) wait() {
	if r.done != nil {
		<-r.done
	}
}

// maybe begins to train if it is time.
func (r *refresh) maybe(ctx context.Context) {
	if r.done != nil {
		select {
		case <-r.done:
			r.done = nil
		default:
			return
		}
	}
	if now := r.now(); now.Sub(r.counted) >= countEvery {
		r.counted = now
		if err := r.count(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("count the shop events", "error", err)
		}
	}
	if r.fresh < max(freshLeast, r.Engine().Interactions/freshShare) || !r.mine(ctx) {
		return
	}
	r.fresh = 0
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		if err := r.train(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("train in the background; what is in use stays", "error", err)
		}
	}()
}

func (r *refresh) count(ctx context.Context) error {
	until := r.Engine().Until
	return r.store.Events(ctx, r.after, func(i store.Item) error {
		r.after = i.Seq
		if !i.At.After(until) {
			return nil
		}
		list, err := r.told(ctx, i)
		r.fresh += len(list)
		return err
	})
}

// told are the interactions that an event tells of. Their time is when the event
// came in: what a browser says of its clock may be wrong.
func (s *shelves) told(ctx context.Context, i store.Item) (out []recsys.Interaction, err error) {
	e, ok, err := readEvent(ctx, s.ring, i)
	if !ok || e.Who() == "" {
		return nil, err
	}
	add := func(id, basket string, k recsys.Kind) {
		if s.catalog.Product(id) != nil {
			out = append(out, recsys.Interaction{Customer: e.Who(), Item: id, At: i.At, Kind: k, Basket: basket})
		}
	}
	switch e.Name {
	case "Product Viewed":
		add(e.Product(), "", recsys.Viewed)
	case "Product Added":
		add(e.Product(), "", recsys.Added)
	case "Order Completed":
		list, _ := e.Properties["products"].([]any)
		for _, x := range list {
			if p, ok := x.(map[string]any); ok {
				id, _ := p["product_id"].(string)
				add(id, e.MessageID, recsys.Bought)
			}
		}
	}
	return out, nil
}

// mine says whether this process is the one to train now.
func (r *refresh) mine(ctx context.Context) bool {
	b, err := r.store.Bucket(ctx, sharedBucket)
	if err != nil {
		return false
	}
	now := r.now().UTC()
	won := false
	err = store.Update(ctx, b, "refreshed", func(old []byte) ([]byte, error) {
		at, err := time.Parse(time.RFC3339, string(old))
		won = err != nil || now.Sub(at) >= refreshEvery || at.After(now)
		if !won {
			return nil, nil
		}
		return []byte(now.Format(time.RFC3339)), nil
	})
	return won && err == nil
}

// train fits an engine to the orders and the newest events, and puts it where
// it is found.
func (s *shelves) train(ctx context.Context) error {
	in, err := s.learnt(ctx)
	if err != nil {
		return err
	}
	e, err := recsys.Train(ctx, recsys.TrainConfig{Interactions: in, Items: itemsOf(s.catalog), Seed: 42})
	if err != nil {
		return err
	}
	return s.kept.Put(ctx, e)
}

// learnt are the orders, and the newest of what shoppers did in the shop.
func (s *shelves) learnt(ctx context.Context) ([]recsys.Interaction, error) {
	var ring []recsys.Interaction
	n := 0
	err := s.store.Events(ctx, 0, func(i store.Item) error {
		list, err := s.told(ctx, i)
		for _, x := range list {
			if len(ring) < mostEvents {
				ring = append(ring, x)
			} else {
				ring[n%mostEvents] = x
				n++
			}
		}
		return err
	})
	return append(ring, s.orders...), err
}
