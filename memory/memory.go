// Package memory is what is kept about a customer beyond a conversation: facts
// they stated and agreed to have kept, and recall over what was said before. It
// takes facts only from the customer's own words. Start with [Memory].
package memory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"parley/memory/redact"
	"parley/memory/store"
)

// A Turn is something said in a conversation.
type Turn struct {
	Conversation string
	Seq          uint64
	Speaker      string // shopper, assistant, staff
	Text         string
	At           time.Time
}

// A Fact is one thing a customer stated and agreed to have kept.
type Fact struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"` // size, allergy, taste, fit, gift, other
	Value        string    `json:"value"`
	Quote        string    `json:"quote"` // the customer's own words
	Conversation string    `json:"conversation,omitempty"`
	Consent      string    `json:"consent"` // how and when it was given
	Since        time.Time `json:"since"`
	Source       string    `json:"source,omitempty"` // idempotency key: the same one is kept once
	Replaces     string    `json:"replaces,omitempty"`
}

// A Config says what a memory works with.
type Config struct {
	Store store.Store
	Turns func(ctx context.Context, customer string) ([]Turn, error) // all that was said, for recall
	Now   func() time.Time
	Log   *slog.Logger
}

// A Memory keeps facts in the store and recalls turns. It is safe for
// concurrent use.
type Memory struct {
	cfg     Config
	keys    store.Bucket
	indexes indexes
}

// New opens the customers bucket.
func New(cfg Config) (*Memory, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	keys, err := cfg.Store.Bucket(context.Background(), "customers")
	if err != nil {
		return nil, err
	}
	return &Memory{cfg: cfg, keys: keys}, nil
}

type profile struct {
	Facts []Fact `json:"facts"`
}

// Facts returns what is kept of a customer, oldest first.
func (m *Memory) Facts(ctx context.Context, customer string) ([]Fact, error) {
	b, _, err := m.keys.Get(ctx, customer)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p profile
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("read what is kept of a customer: %w", err)
	}
	return p.Facts, nil
}

// Keep stores a fact. A new size takes the old one's place; the same Source is
// kept once. A fact without a quote or consent is refused. What tells a secret or
// how to reach a person is redacted.
func (m *Memory) Keep(ctx context.Context, customer string, f Fact) (Fact, error) {
	if strings.TrimSpace(f.Quote) == "" || f.Consent == "" {
		return f, errors.New("a fact is kept only with the customer's own words and their consent")
	}
	f.Value, f.Quote = redact.Text(redact.Unnumbered(f.Value)), redact.Text(redact.Unnumbered(f.Quote))
	err := m.change(ctx, customer, func(p *profile) {
		for _, old := range p.Facts {
			if old.Source != "" && old.Source == f.Source {
				f = old
				return
			}
		}
		f.ID = "f" + random()
		p.Facts = slices.DeleteFunc(p.Facts, func(old Fact) bool {
			same := old.Kind == f.Kind && (f.Kind == "size" || f.Kind == "fit" || strings.EqualFold(old.Value, f.Value))
			if same && old.Value != f.Value {
				f.Replaces = old.Value
			}
			return same
		})
		p.Facts = append(p.Facts, f)
	})
	return f, err
}

func (m *Memory) change(ctx context.Context, customer string, fn func(*profile)) error {
	return store.Update(ctx, m.keys, customer, func(old []byte) ([]byte, error) {
		var p profile
		if old != nil {
			if err := json.Unmarshal(old, &p); err != nil {
				return nil, err
			}
		}
		fn(&p)
		return json.Marshal(p)
	})
}

// Match finds the kept fact that words mean: its id, kind or value.
func Match(facts []Fact, what string) (Fact, bool) {
	w := strings.ToLower(strings.TrimSpace(what))
	for _, f := range facts {
		if w != "" && (f.ID == what || strings.EqualFold(f.Kind, w) || strings.Contains(strings.ToLower(f.Value), w) || strings.Contains(w, strings.ToLower(f.Value))) {
			return f, true
		}
	}
	return Fact{}, false
}

// Forget deletes the facts that words mean, and counts them.
func (m *Memory) Forget(ctx context.Context, customer, what string) (int, error) {
	n := 0
	err := m.change(ctx, customer, func(p *profile) {
		n = 0
		p.Facts = slices.DeleteFunc(p.Facts, func(f Fact) bool {
			_, ok := Match([]Fact{f}, what)
			if ok {
				n++
			}
			return ok
		})
	})
	return n, err
}

// A Receipt says what was erased, of whom by a hash only.
type Receipt struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"` // SHA-256 of the id
	At       time.Time `json:"at"`
}

// Erase deletes all facts of a customer.
func (m *Memory) Erase(ctx context.Context, customer string) (Receipt, error) {
	m.indexes.forget(customer)
	if err := m.keys.Delete(ctx, customer); err != nil {
		return Receipt{}, err
	}
	h := sha256.Sum256([]byte(customer))
	return Receipt{ID: "E-" + strings.ToUpper(random()), Customer: hex.EncodeToString(h[:]), At: m.cfg.Now()}, nil
}

func random() string {
	b := make([]byte, 4)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Sentence says a fact in words, in English or Chinese.
func Sentence(f Fact, locale string) string {
	zh := strings.HasPrefix(locale, "zh")
	pick := func(en, chinese string) string {
		if zh {
			return chinese
		}
		return en
	}
	switch f.Kind {
	case "size":
		return pick("you wear size "+f.Value, "您穿"+f.Value+"码")
	case "allergy":
		return pick("you are allergic to "+f.Value, "您对"+f.Value+"过敏")
	case "taste":
		return pick("you like "+f.Value, "您喜欢"+f.Value)
	case "fit":
		return pick("you like it "+f.Value, "您喜欢"+f.Value+"的版型")
	case "gift":
		return pick("you were looking for a gift: "+f.Value, "您在找礼物："+f.Value)
	}
	return pick("you said: “"+f.Value+"”", "您说过「"+f.Value+"」")
}
