package main

import (
	"context"
	"encoding/json"
	"time"

	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/store"
)

// An export is all that is kept of one customer, as `parley customer export` and
// the page /privacy give it: one JSON object, times in RFC 3339, lists with the
// oldest first but for the conversations. What a customer wrote about how to
// reach them is there while it is kept, which is a day. Orders are the shop's.
type export struct {
	Format        string           `json:"format"` // "parley-customer-1"
	Made          time.Time        `json:"made"`
	Shop          string           `json:"shop"`
	Customer      string           `json:"customer"` // the shop's id, or "visitor:..." of a guest
	Memory        *memory.Profile  `json:"memory"`   // facts, those that hold no longer, and the consent
	Conversations []channels.Visit `json:"conversations"`
	Events        []demo.Event     `json:"events"` // what they looked at while signed in
}

func (a *app) export(ctx context.Context, customer string) (*export, error) {
	out := &export{Format: "parley-customer-1", Made: a.Now().UTC(), Shop: a.Shop.Name, Customer: customer, Events: []demo.Event{}}
	var err error
	if out.Memory, err = a.Memory.Profile(ctx, customer); err != nil {
		return nil, err
	}
	if out.Conversations, err = a.Hub.Visits(ctx, customer, "", true); err != nil {
		return nil, err
	}
	err = a.Store.Events(ctx, 0, func(i store.Item) error {
		var e demo.Event
		if json.Unmarshal(i.Data, &e) == nil && e.Who() == customer {
			out.Events = append(out.Events, e)
		}
		return nil
	})
	return out, err
}
