package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/memory/seal"
	"parley/memory/store"
)

// ForContacts is the purpose that a ring's secret for contact details is derived
// for: see [Config].SealKey.
const ForContacts = "contact details"

// Where a hub keeps what is not in a log.
const (
	bucketRecords  = "records"  // of conversations, by their id
	bucketOwned    = "owned"    // whose conversations these are, by customer
	bucketSpent    = "spent"    // tokens, by customer
	bucketContacts = "contacts" // contact details, by conversation
	bucketGuests   = "guests"   // tokens of guests, by their id
)

// SealConversations brings what an older parley kept in plain to where it is
// sealed, and deletes the files it was in. Entries in logs stay as they are: they
// are read in plain, and overwritten when their customer is erased. sealKey is
// what contact details were sealed with. It may be interrupted and run again.
func SealConversations(ctx context.Context, st store.Store, ring *seal.Ring, sealKey []byte) error {
	h, err := New(Config{Store: st, Ring: ring, SealKey: ring.Derive(ForContacts)})
	if err != nil {
		return err
	}
	before, err := openVault(Config{Store: st, SealKey: sealKey, Now: h.cfg.Now})
	if err != nil {
		return err
	}
	for _, a := range []struct {
		plain string
		keep  func(ctx context.Context, key string, value []byte) error
	}{
		// The visits first: a record that is there can be erased.
		{"visits", func(ctx context.Context, customer string, value []byte) error {
			return seal.Create(ctx, h.visits, customer, value)
		}},
		{"conversations", func(ctx context.Context, id string, value []byte) error {
			var c Conversation
			if err := json.Unmarshal(value, &c); err != nil {
				return fmt.Errorf("the record of %s: %w", id, err)
			}
			box, err := h.sealRecord(ctx, c)
			if err != nil {
				return err
			}
			return seal.Create(ctx, h.keys, id, box)
		}},
		{"usage", func(ctx context.Context, key string, value []byte) error {
			customer, ok := strings.CutPrefix(key, "of ")
			if !ok {
				return seal.Create(ctx, h.shared, everybody, value)
			}
			return seal.Create(ctx, h.usage, customer, value)
		}},
		{"sealed", func(ctx context.Context, id string, value []byte) error {
			var d drawer
			if err := json.Unmarshal(value, &d); err != nil {
				return fmt.Errorf("the contact details of %s: %w", id, err)
			}
			c, err := h.Get(ctx, id)
			if err != nil {
				return nil // erased
			}
			d.Kept = slices.DeleteFunc(d.Kept, func(s sealed) bool { _, ok := before.open(id, s); return !ok })
			for i, s := range d.Kept {
				value, _ := before.open(id, s)
				d.Kept[i].Box = h.vault.boxed(id, value)
			}
			b, err := json.Marshal(d)
			if err == nil {
				b, err = h.seal(ctx, c, asDrawer(id), b)
			}
			if err != nil {
				return err
			}
			return seal.Create(ctx, h.vault.keys, id, b)
		}},
	} {
		if err := ring.Adopt(ctx, st, a.plain, a.keep); err != nil {
			return err
		}
	}
	return nil
}
