package channels

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/memory/seal"
	"parley/memory/store"
)

// A HandOffPhase is where a hand-off stands.
type HandOffPhase string

// The phases of a hand-off.
const (
	NotHandedOff HandOffPhase = ""
	Requested    HandOffPhase = "requested" // the assistant still answers
	Claimed      HandOffPhase = "claimed"   // a person answers, the assistant is silent
	Returned     HandOffPhase = "returned"
)

// Staff is a person of the shop. ID carries its desk: "slack:U123".
type Staff struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A HandOffState is one conversation's hand-off, now.
type HandOffState struct {
	Conversation string       `json:"conversation"`
	State        HandOffPhase `json:"state"`
	Reason       string       `json:"reason,omitempty"`
	Who          Staff        `json:"who,omitzero"`
	At           time.Time    `json:"at,omitzero"`
	Brief        string       `json:"brief,omitempty"` // left at the return, for the next turn
}

// A Conversation is the record beside a log.
type Conversation struct {
	ID        string       `json:"id"`
	Customer  llm.Customer `json:"customer"`
	Locale    string       `json:"locale"`
	Transport string       `json:"transport"`
	TokenHash string       `json:"token_hash,omitempty"`
	Created   time.Time    `json:"created"`
	HandOff   HandOffState `json:"handoff"`
	Read      uint64       `json:"read,omitempty"` // by the shopper
	// Acting is the question whose act was begun last: while it still stands
	// open in the log, the act may have taken effect.
	Acting string `json:"acting,omitempty"`

	ref seal.Ref // of the key that the record was sealed with
}

// A Visitor is who opens a conversation.
type Visitor struct {
	Customer  llm.Customer
	Locale    string
	Transport string
}

// An Error is a refusal with a code for programs and a sentence for people.
type Error struct{ Code, Text string }

func (e *Error) Error() string { return e.Text }

// Refusals that callers branch on.
var (
	ErrNoConversation = &Error{"not_found", "This conversation does not exist any more."}
	ErrTooLong        = &Error{"too_long", "This message is too long. Please send it in parts of up to 8,000 characters."}
	ErrEmpty          = &Error{"empty", "There is nothing in this message."}
	ErrNotUTF8        = &Error{"not_utf8", "This message is not valid text."}
)

func newID(prefix string) string {
	b := make([]byte, 16)
	rand.Read(b)
	return prefix + hex.EncodeToString(b)
}

func hashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// Start opens a conversation. The token alone opens it again; only its hash is kept.
func (h *Hub) Start(ctx context.Context, v Visitor) (Conversation, string, error) {
	id := newID("c")
	secret := newID("")
	c := Conversation{ID: id, Customer: v.Customer, Locale: v.Locale, Transport: v.Transport, Created: h.cfg.Now(), TokenHash: hashToken(secret)}
	if c.Customer.ID == "" {
		c.Customer.ID = NewGuest()
	}
	c.Customer.Conversation, c.Customer.Locale = id, v.Locale
	c.HandOff.Conversation = id
	b, err := h.sealRecord(ctx, c)
	if err != nil {
		return c, "", err
	}
	// The visit first: a crash between the two leaves a visit to nothing, and no
	// conversation that an erasure would miss.
	if err := h.visit(ctx, c.Customer.ID, id); err != nil {
		return c, "", fmt.Errorf("open a conversation: %w", err)
	}
	if _, err := h.keys.Create(ctx, id, b); err != nil {
		return c, "", fmt.Errorf("open a conversation: %w", err)
	}
	return c, id + "." + secret, nil
}

// Resume opens the conversation of a token, or gives ErrNoConversation.
func (h *Hub) Resume(ctx context.Context, token string) (Conversation, error) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok {
		return Conversation{}, ErrNoConversation
	}
	c, err := h.Get(ctx, id)
	if err != nil {
		return c, err
	}
	if c.TokenHash == "" || c.TokenHash != hashToken(secret) {
		return Conversation{}, ErrNoConversation
	}
	return c, nil
}

// Identify says who a conversation's guest turned out to be. It is theirs from
// here on. One that is another customer's already gives [ErrNoConversation].
func (h *Hub) Identify(ctx context.Context, id string, who llm.Customer) error {
	c, err := h.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := h.visit(ctx, who.ID, id); err != nil {
		return err
	}
	if !c.Customer.Authenticated && c.Customer.ID != who.ID {
		if err := h.Join(ctx, who.ID, c.Customer.ID); err != nil {
			return err
		}
		err := h.changeGuest(ctx, c.Customer.ID, func(g *guestRecord) bool { claimed := g.Claimed; g.Claimed = true; return !claimed })
		if err != nil && !errors.Is(err, error(ErrNoGuest)) {
			return err
		}
	}
	err = h.change(ctx, id, func(c *Conversation) error {
		if c.Customer.Authenticated && c.Customer.ID != who.ID {
			return ErrNoConversation
		}
		who.Conversation, who.Locale = id, c.Locale
		c.Customer = who
		return nil
	})
	if err == nil {
		h.Live(id, Update{Customer: who.ID})
	}
	return err
}

// Get returns a conversation's record.
func (h *Hub) Get(ctx context.Context, id string) (Conversation, error) {
	var c Conversation
	if id == "" || len(id) > 200 {
		return c, ErrNoConversation
	}
	b, _, err := h.keys.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return c, ErrNoConversation
	}
	if err != nil {
		return c, err
	}
	return h.openRecord(ctx, id, b)
}

func (h *Hub) change(ctx context.Context, id string, fn func(*Conversation) error) error {
	return store.Update(ctx, h.keys, id, func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, ErrNoConversation
		}
		c, err := h.openRecord(ctx, id, old)
		if err != nil {
			return nil, err
		}
		if err := fn(&c); err != nil {
			return nil, err
		}
		return h.sealRecord(ctx, c)
	})
}
