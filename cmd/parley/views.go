package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"parley/cmd/parley/demo"
	"parley/memory/seal"
	"parley/memory/store"
)

// views records shop events and remembers, for each customer, the products
// looked at lately, so that a recommendation knows what happened this minute.
type views struct {
	store  store.Store
	ring   *seal.Ring // seals them; nil keeps them in plain
	mu     sync.Mutex
	recent map[string][]string
	past   map[string][]string // of before the start, while it is read
	same   map[string]string   // who a customer is in the shop's events
}

// Kept for each customer, customers kept, and events read at a start, at most.
const (
	viewsEach   = 12
	viewsMost   = 10_000
	viewsReplay = 50_000
)

func newViews(s store.Store, ring *seal.Ring) *views {
	v := &views{store: s, ring: ring, recent: map[string][]string{}, same: map[string]string{}}
	ring.OnDrop(v.forget)
	return v
}

// On stores one event; a repeated one changes nothing.
func (v *views) On(ctx context.Context, e demo.Event) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	id := v.ring.Name("event " + e.MessageID) // who sends it may put anything into it
	if b, err = v.ring.Seal(ctx, e.Who(), "event", b); err != nil {
		return err
	}
	if err := v.store.Record(ctx, id, b); err != nil {
		return err
	}
	v.note(e)
	return nil
}

// readEvent opens a stored event; ok is false for one of somebody who was erased.
func readEvent(ctx context.Context, ring *seal.Ring, i store.Item) (e demo.Event, ok bool, err error) {
	b, err := ring.Open(ctx, "event", i.Data)
	if errors.Is(err, seal.ErrDropped) {
		return e, false, nil
	}
	if err != nil {
		return e, false, err
	}
	return e, json.Unmarshal(b, &e) == nil, nil
}

// Load replays the newest of the stored events. What is looked at meanwhile
// stays the newest.
func (v *views) Load(ctx context.Context) error {
	_, newest, err := v.store.Ends(ctx)
	if err != nil {
		return err
	}
	v.mu.Lock()
	v.past = map[string][]string{}
	v.mu.Unlock()
	err = v.store.Events(ctx, newest-min(newest, viewsReplay), func(i store.Item) error {
		e, ok, err := readEvent(ctx, v.ring, i)
		if ok {
			v.mu.Lock()
			look(v.past, e)
			v.mu.Unlock()
		}
		return err
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	for who, list := range v.past {
		for _, product := range v.recent[who] {
			list = latest(list, product)
		}
		if _, known := v.recent[who]; known || len(v.recent) < viewsMost {
			v.recent[who] = list
		}
	}
	v.past = nil
	return err
}

func (v *views) note(e demo.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	look(v.recent, e)
}

// look adds what an event tells was looked at.
func look(recent map[string][]string, e demo.Event) {
	who, product := e.Who(), e.Product()
	if who == "" || product == "" || (e.Name != "Product Viewed" && e.Name != "Product Added") {
		return
	}
	if _, known := recent[who]; !known && len(recent) >= viewsMost {
		for k := range recent { // any: the bound matters, not whose views go
			delete(recent, k)
			break
		}
	}
	recent[who] = latest(recent[who], product)
}

// latest puts a product at the end of a list, and keeps the newest of it.
func latest(list []string, product string) []string {
	list = append(slices.DeleteFunc(list, func(p string) bool { return p == product }), product)
	return list[max(0, len(list)-viewsEach):]
}

// Link says that a customer of the chat is a visitor of the shop's events.
func (v *views) Link(customer, visitor string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.same) >= viewsMost {
		clear(v.same) // each page that is opened links again
	}
	v.same[customer] = "visitor:" + visitor
}

// Recent returns the products a customer looked at, newest last.
func (v *views) Recent(customer string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := slices.Clone(v.recent[customer])
	if other := v.same[customer]; other != "" && other != customer {
		list = append(slices.Clone(v.recent[other]), list...)
	}
	return list[max(0, len(list)-viewsEach):]
}

// visited notes that a customer of the chat is a visitor of the shop's events, for
// now and for an erasure.
func (a *app) visited(customer, visitor string) {
	a.Views.Link(customer, visitor)
	if err := a.Hub.Browsed(context.Background(), customer, "visitor:"+visitor); err != nil {
		a.Log.Warn("views: whose visits these are is not noted", "error", err)
	}
}

// forget drops what is held of an owner of a dropped key.
func (v *views) forget(name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range v.recent {
		if v.ring.Name(id) == name {
			delete(v.recent, id)
		}
	}
	for id := range v.past {
		if v.ring.Name(id) == name {
			delete(v.past, id)
		}
	}
	for id, visitor := range v.same {
		if v.ring.Name(id) == name || v.ring.Name(visitor) == name {
			delete(v.same, id)
		}
	}
}
