package main

import (
	"context"
	"time"

	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/seal"
	"parley/memory/store"
)

// An export is all that is kept of one customer, as `parley customer export` and
// the page /privacy give it: one JSON object, times in RFC 3339, lists with the
// oldest first but for the conversations. What a customer wrote about how to
// reach them is there while it is kept, which is a day. Orders are the shop's.
type export struct {
	Format        string           `json:"format"` // "parley-customer-1"
	Made          time.Time        `json:"made"`
	Shop          string           `json:"shop,omitempty"`
	Customer      string           `json:"customer"`         // the shop's id, or "visitor:..." of a guest
	Guests        []string         `json:"guests,omitempty"` // ids that they had before they signed in
	Memory        *memory.Profile  `json:"memory"`           // facts, those that hold no longer, and the consent
	Conversations []channels.Visit `json:"conversations"`
	Events        []demo.Event     `json:"events"` // what they looked at while signed in
}

// export collects it; whole with what was said.
func (a *app) export(ctx context.Context, customer string, whole bool) (*export, error) {
	out := &export{Format: "parley-customer-1", Made: a.Now().UTC(), Customer: customer, Conversations: []channels.Visit{}, Events: []demo.Event{}}
	if a.Shop != nil { // a command that opens the data folder alone has none
		out.Shop = a.Shop.Name
	}
	var err error
	if _, out.Guests, err = a.Hub.Owned(ctx, customer); err != nil {
		return nil, err
	}
	if out.Memory, err = a.Memory.Profile(ctx, customer); err != nil {
		return nil, err
	}
	if out.Memory.Facts == nil {
		out.Memory.Facts = []memory.Fact{}
	}
	visits, err := a.Hub.Visits(ctx, customer, "", whole)
	if err != nil {
		return nil, err
	}
	out.Conversations = append(out.Conversations, visits...)
	err = a.Store.Events(ctx, 0, func(i store.Item) error {
		if seal.Sealed(i.Data) && !seal.Of(i.Data, a.Ring.Name(customer)) {
			return nil
		}
		e, ok, err := readEvent(ctx, a.Ring, i)
		if ok && e.Who() == customer {
			out.Events = append(out.Events, e)
		}
		return err
	})
	return out, err
}

// empty says that nothing is kept.
func (e *export) empty() bool {
	return len(e.Memory.Facts)+len(e.Memory.Past)+len(e.Conversations)+len(e.Events) == 0 && e.Memory.Consent == nil
}
