// Package memory is what is kept about a customer beyond a conversation: facts
// they stated and agreed to have kept, and recall over what was said before. It
// takes facts only from the customer's own words. Start with [Memory].
package memory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/memory/facts"
	"parley/memory/seal"
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

// A Config says what a memory works with.
type Config struct {
	Store store.Store
	Ring  *seal.Ring // seals what is kept of a customer; nil keeps it in plain
	// Turns tells of each conversation of a customer what was said in it after
	// a sequence, for recall.
	Turns    func(ctx context.Context, customer string, after map[string]uint64) ([]Talk, error)
	Embedder *Embedder // of turns; nil for the table in the binary alone
	Now      func() time.Time
	Log      *slog.Logger
}

// A Memory keeps facts in the store and recalls turns. It is safe for
// concurrent use.
type Memory struct {
	cfg      Config
	keys     store.Bucket
	facts    *facts.Reader
	meanings *meanings
	indexes  indexes
}

// New opens what is kept of customers.
func New(cfg Config) (*Memory, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	keys, err := cfg.Store.Bucket(context.Background(), bucketFacts)
	if err != nil {
		return nil, err
	}
	reader, err := facts.Default()
	if err != nil {
		return nil, err
	}
	from, err := newMeanings(cfg)
	if err != nil {
		return nil, err
	}
	m := &Memory{
		cfg: cfg, keys: cfg.Ring.Owned(bucketFacts, keys), facts: reader, meanings: from, indexes: indexes{most: mostIndexes, mostBytes: mostIndexBytes},
	}
	cfg.Ring.OnDrop(func(string) { m.indexes.clear() })
	return m, nil
}

// Profile is all that is kept of a customer: an empty one when that is nothing.
func (m *Memory) Profile(ctx context.Context, customer string) (*Profile, error) {
	b, _, err := m.keys.Get(ctx, customer)
	if errors.Is(err, store.ErrNotFound) {
		return &Profile{}, nil
	}
	if err != nil {
		return nil, err
	}
	var p Profile
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("read what is kept of a customer: %w", err)
	}
	return &p, nil
}

func (m *Memory) change(ctx context.Context, customer string, fn func(*Profile)) error {
	return store.Update(ctx, m.keys, customer, func(old []byte) ([]byte, error) {
		var p Profile
		if old != nil {
			if err := json.Unmarshal(old, &p); err != nil {
				return nil, err
			}
		}
		p.Customer = customer
		fn(&p)
		if old == nil && p.empty() { // as of one who was erased meanwhile
			return nil, nil
		}
		return json.Marshal(p)
	})
}

// Facts returns the facts that still hold of a customer, oldest first.
func (m *Memory) Facts(ctx context.Context, customer string) ([]Fact, error) {
	p, err := m.Profile(ctx, customer)
	if err != nil {
		return nil, err
	}
	return p.Live(m.cfg.Now()), nil
}

// Erase removes all that is kept of a customer. Their conversations are kept
// elsewhere: see [parley/memory/erasure] for all of a customer.
func (m *Memory) Erase(ctx context.Context, customer string) error {
	m.indexes.forget(customer)
	return m.keys.Erase(ctx, customer)
}

func random() string {
	b := make([]byte, 4)
	rand.Read(b)
	return hex.EncodeToString(b)
}
