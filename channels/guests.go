package channels

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

// GuestLife is how long what is kept of a guest outlives the last use of their
// token, where nothing else is set.
const GuestLife = 30 * 24 * time.Hour

// ErrNoGuest says that a guest's token opens nothing: it is wrong, too old, or
// what it stood for was erased or joined to an account.
var ErrNoGuest = &Error{"no_guest", "This visit is over. A new one has begun."}

// A guestRecord is of somebody who has not signed in: whoever holds the token.
// What is kept of them ends with it.
type guestRecord struct {
	ID   string    `json:"id"`
	Hash string    `json:"hash"` // of the token's secret
	Used time.Time `json:"used"` // to half a day
	// Asked are the customers who were asked to take over what is kept of this
	// guest: nobody is asked twice.
	Asked []string `json:"asked,omitempty"`
	// Claimed says that somebody signed in to a conversation of theirs, which is
	// sealed with the guest's key up to there.
	Claimed bool `json:"claimed,omitempty"`
}

// Guest gives the id of a token's guest, and keeps their visit alive. A token
// that was not used for the guests' life gives [ErrNoGuest].
func (h *Hub) Guest(ctx context.Context, token string) (string, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || !IsGuest(id) || len(token) > 200 {
		return "", ErrNoGuest
	}
	g, err := h.guest(ctx, id)
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(g.Hash), []byte(hashToken(secret))) != 1 || h.cfg.Now().Sub(g.Used) > h.GuestLife() {
		return "", ErrNoGuest
	}
	if h.cfg.Now().Sub(g.Used) < 12*time.Hour {
		return id, nil
	}
	return id, h.changeGuest(ctx, id, func(g *guestRecord) bool { g.Used = h.cfg.Now().UTC(); return true })
}

// GiveToken makes a guest's token, in place of any earlier one. The caller has
// made sure that it is theirs.
func (h *Hub) GiveToken(ctx context.Context, id string) (token string, err error) {
	if !IsGuest(id) {
		return "", fmt.Errorf("give a guest's token: %q is no guest", id)
	}
	secret := newID("")
	err = store.Update(ctx, h.guests, id, func(old []byte) ([]byte, error) {
		var g guestRecord
		if old != nil {
			if err := json.Unmarshal(old, &g); err != nil {
				return nil, err
			}
		}
		g.ID, g.Hash, g.Used = id, hashToken(secret), h.cfg.Now().UTC()
		return json.Marshal(g)
	})
	if err != nil {
		return "", fmt.Errorf("give a guest's token: %w", err)
	}
	return id + "." + secret, nil
}

// IsGuest says whether an id is of somebody who has not signed in.
func IsGuest(customer string) bool { return strings.HasPrefix(customer, "visitor:") }

// NewGuest makes an id for one.
func NewGuest() string { return "visitor:" + newID("") }

// GuestLife is how long a guest's token lives after its last use.
func (h *Hub) GuestLife() time.Duration { return cmp.Or(h.cfg.GuestLife, GuestLife) }

func (h *Hub) guest(ctx context.Context, id string) (g guestRecord, err error) {
	b, _, err := h.guests.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return g, ErrNoGuest
	}
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	if err != nil {
		return g, fmt.Errorf("read a guest: %w", err)
	}
	return g, nil
}

// changeGuest changes a guest that there is; fn gives false for no change.
func (h *Hub) changeGuest(ctx context.Context, id string, fn func(*guestRecord) bool) error {
	err := store.Update(ctx, h.guests, id, func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, ErrNoGuest
		}
		var g guestRecord
		if err := json.Unmarshal(old, &g); err != nil {
			return nil, err
		}
		if !fn(&g) {
			return nil, nil
		}
		return json.Marshal(g)
	})
	if err != nil && !errors.Is(err, error(ErrNoGuest)) {
		return fmt.Errorf("change a guest: %w", err)
	}
	return err
}

// eachGuest calls fn for every guest with a token.
func (h *Hub) eachGuest(ctx context.Context, fn func(guestRecord) error) error {
	return seal.Each(ctx, h.guests, func(value []byte) error {
		var g guestRecord
		if err := json.Unmarshal(value, &g); err != nil {
			return fmt.Errorf("read a guest: %w", err)
		}
		return fn(g)
	})
}
