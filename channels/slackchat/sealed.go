package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"parley/memory/seal"
	"parley/memory/store"
)

// Where the desk keeps which thread is of which conversation, and events that
// are not carried out yet. Up to schema 1 it was another bucket, with events in
// plain.
const (
	bucketDesk    = "desk"
	bucketInPlain = "slack"
)

// eventOwner is whose key an event is sealed with: its own, dropped once it is
// carried out, for what staff wrote stands in the log then.
func eventOwner(id string) string { return "slack event " + id }

// SealDesk brings what an older parley kept in plain to where events are sealed.
func SealDesk(ctx context.Context, st store.Store, ring *seal.Ring) error {
	to, err := st.Bucket(ctx, bucketDesk)
	if err != nil {
		return err
	}
	return ring.Adopt(ctx, st, bucketInPlain, func(ctx context.Context, key string, value []byte) error {
		if id, ok := strings.CutPrefix(key, "event "); ok {
			if value, err = ring.Seal(ctx, eventOwner(id), eventOwner(id), value); err != nil {
				return err
			}
		}
		return seal.Create(ctx, to, key, value)
	})
}

// Erase forgets which threads some conversations have, and says how many had one.
// What stands in Slack itself is Slack's.
func Erase(ctx context.Context, st store.Store, conversations []string) (n int, err error) {
	b, err := st.Bucket(ctx, bucketDesk)
	if err != nil {
		return 0, err
	}
	for _, id := range conversations {
		text, _, err := b.Get(ctx, "conversation "+id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return n, err
		}
		var t thread
		if err := json.Unmarshal(text, &t); err != nil {
			return n, err
		}
		if t.TS != "" {
			n++
			if err := b.Erase(ctx, "thread "+t.TS); err != nil {
				return n, err
			}
		}
		if err := b.Erase(ctx, "conversation "+id); err != nil {
			return n, err
		}
	}
	return n, nil
}
