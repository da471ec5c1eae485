// Package erasure removes all that is kept of a customer and proves it: the key
// that seals their data is dropped first, then each part clears its place, and a
// receipt says what went and what stays. It knows no place itself; it never stops
// half way, for what was begun is noted and carried on. Start with [Eraser].
package erasure

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

// A Subject is who is erased, and by what their things are found.
type Subject struct {
	Customer      string   `json:"customer"`
	Joined        []string `json:"joined,omitempty"` // ids that they had as a guest
	Conversations []string `json:"conversations,omitempty"`
}

// IDs are all the ids of the one who is erased.
func (s Subject) IDs() []string { return append([]string{s.Customer}, s.Joined...) }

// A Part is one place where something is kept of a customer.
type Part struct {
	Kind string // what is kept there, as the receipt calls it: "facts"
	// Count says how many there are, before the key is dropped. Where it is nil
	// they are counted as they are erased.
	Count func(ctx context.Context, s Subject) (int, error)
	// Erase removes them, and what another one was interrupted in. It must do no
	// harm twice, and read nothing that is sealed for the subject. Where it is nil
	// they go with another part.
	Erase func(ctx context.Context, s Subject) (int, error)
	// Remains is said in the receipt where there were some: a copy that is out of
	// reach.
	Remains string
}

// A Config says what an eraser works with.
type Config struct {
	Store store.Store
	Ring  *seal.Ring
	// Find gives what a customer's things are found by.
	Find  func(ctx context.Context, customer string) (Subject, error)
	Parts []Part
	// Dropped is told the names whose keys are dropped, so that copies of the keys
	// go too. It may be told twice.
	Dropped func(ctx context.Context, name string) error
	Remains []string // what stays for every customer, and why
	Books   []string // buckets that are the shop's own and name customers; Verify lets them be
	Now     func() time.Time
	Log     *slog.Logger

	fault func(step string) error // in tests: fails, as a kill would, before a step
}

// An Eraser erases customers. It is safe for concurrent use, also by several
// processes.
type Eraser struct {
	cfg      Config
	begun    store.Bucket // by the customer's name
	receipts store.Bucket // by number
	mu       sync.Mutex   // one at a time
}

// New opens an eraser. Call Resume before anything is served.
func New(ctx context.Context, cfg Config) (*Eraser, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	begun, err := cfg.Store.Bucket(ctx, "erasures")
	if err != nil {
		return nil, err
	}
	receipts, err := cfg.Store.Bucket(ctx, "receipts")
	if err != nil {
		return nil, err
	}
	return &Eraser{cfg: cfg, begun: begun, receipts: receipts}, nil
}

// A Removed says how many of a kind went.
type Removed struct {
	Kind string `json:"kind"`
	N    int    `json:"n"`
}

// A Receipt says what was erased, of whom only by names that tell nothing to who
// has not the ring.
type Receipt struct {
	ID      string    `json:"id"`
	Names   []string  `json:"names"`          // the customer's first, then those of guests they were
	Keys    []string  `json:"keys,omitempty"` // that were dropped: what is sealed with others came later
	By      string    `json:"by"`             // who asked: chat, page, command, retention
	Begun   time.Time `json:"begun"`
	Done    time.Time `json:"done"`
	Removed []Removed `json:"removed"`
	Remains []string  `json:"remains,omitempty"`
	MAC     string    `json:"mac"` // over the receipt without it
}

func (r Receipt) mac(ring *seal.Ring) string {
	r.MAC = ""
	b, _ := json.Marshal(r) // of plain fields: cannot fail
	h := hmac.New(sha256.New, ring.Derive("receipts"))
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

// Sum is how many there were, of one kind.
func (r Receipt) Sum(kind string) int {
	for _, x := range r.Removed {
		if x.Kind == kind {
			return x.N
		}
	}
	return 0
}

// An erasure under way.
type underway struct {
	Subject Subject        `json:"subject"`
	ID      string         `json:"id"`
	By      string         `json:"by"`
	Begun   time.Time      `json:"begun"`
	Counts  map[string]int `json:"counts"`
	Keys    []string       `json:"keys,omitempty"`
	Dropped bool           `json:"dropped"` // the keys are gone
	Done    []string       `json:"done,omitempty"`
}

// Erase removes all that is kept of a customer. When it returns without an error
// nothing can be read any more, here or in a backup. After an error some may be
// left, which Resume, or another Erase, removes.
func (e *Eraser) Erase(ctx context.Context, customer, by string) (Receipt, error) {
	ctx = context.WithoutCancel(ctx) // it is carried to its end
	e.mu.Lock()
	defer e.mu.Unlock()
	name := e.cfg.Ring.Name(customer)
	u, err := e.load(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		u, err = e.begin(ctx, customer, by)
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("erase a customer: %w", err)
	}
	return e.carry(ctx, name, u)
}

// begin notes what is to be removed, while it can still be found.
func (e *Eraser) begin(ctx context.Context, customer, by string) (u underway, err error) {
	s, err := e.cfg.Find(ctx, customer)
	if err != nil {
		return u, err
	}
	number := make([]byte, 5)
	rand.Read(number)
	u = underway{Subject: s, ID: "E-" + strings.ToUpper(hex.EncodeToString(number)), By: by, Begun: e.cfg.Now().UTC(), Counts: map[string]int{}}
	for _, p := range e.cfg.Parts {
		if p.Count == nil {
			continue
		}
		if u.Counts[p.Kind], err = p.Count(ctx, s); err != nil {
			return u, fmt.Errorf("count the %s: %w", p.Kind, err)
		}
	}
	for _, id := range s.IDs() {
		ref, has, err := e.cfg.Ring.Held(ctx, e.cfg.Ring.Name(id))
		if err != nil {
			return u, err
		}
		if has {
			u.Keys = append(u.Keys, ref.String())
		}
	}
	return u, e.note(ctx, e.cfg.Ring.Name(customer), u)
}

// carry takes the steps that are left.
func (e *Eraser) carry(ctx context.Context, name string, u underway) (Receipt, error) {
	r := Receipt{ID: u.ID, By: u.By, Begun: u.Begun, Keys: u.Keys, Removed: []Removed{}}
	for _, id := range u.Subject.IDs() {
		r.Names = append(r.Names, e.cfg.Ring.Name(id))
	}
	fail := func(step string, err error) (Receipt, error) {
		return r, fmt.Errorf("erase a customer (%s, %s): %w; what is left is erased at the next start, or when it is asked for again", u.ID, step, err)
	}
	if !u.Dropped {
		for _, n := range r.Names {
			err := e.before("drop the key")
			if err == nil {
				err = e.cfg.Ring.DropName(ctx, n)
			}
			if err == nil && e.cfg.Dropped != nil {
				err = e.cfg.Dropped(ctx, n)
			}
			if err != nil {
				return fail("drop the key", err)
			}
		}
		u.Dropped = true
		if err := e.note(ctx, name, u); err != nil {
			return fail("drop the key", err)
		}
	}
	for _, p := range e.cfg.Parts {
		if slices.Contains(u.Done, p.Kind) {
			continue
		}
		err := e.before(p.Kind)
		n := 0
		if err == nil && p.Erase != nil {
			n, err = p.Erase(ctx, u.Subject)
		}
		if err != nil {
			return fail(p.Kind, err)
		}
		if p.Count == nil {
			u.Counts[p.Kind] += n
		}
		u.Done = append(u.Done, p.Kind)
		if err := e.note(ctx, name, u); err != nil {
			return fail(p.Kind, err)
		}
	}
	for _, p := range e.cfg.Parts {
		n := u.Counts[p.Kind]
		r.Removed = append(r.Removed, Removed{p.Kind, n})
		if n > 0 && p.Remains != "" {
			r.Remains = append(r.Remains, p.Remains)
		}
	}
	r.Remains = append(r.Remains, e.cfg.Remains...)
	r.Done = e.cfg.Now().UTC()
	r.MAC = r.mac(e.cfg.Ring)
	b, err := json.Marshal(r)
	if err == nil {
		err = e.before("receipt")
	}
	if err == nil {
		_, err = e.receipts.Put(ctx, r.ID, b)
	}
	if err == nil {
		err = e.before("end")
	}
	if err == nil {
		err = e.cfg.Ring.DropUntold(ctx, noteOf(name))
	}
	if err == nil {
		err = e.begun.Erase(ctx, name)
	}
	if err != nil {
		return fail("receipt", err)
	}
	return r, nil
}

func (e *Eraser) before(step string) error {
	if e.cfg.fault == nil {
		return nil
	}
	return e.cfg.fault(step)
}

func (e *Eraser) load(ctx context.Context, name string) (u underway, err error) {
	box, _, err := e.begun.Get(ctx, name)
	if err != nil {
		return u, err
	}
	b, err := e.cfg.Ring.Open(ctx, noteOf(name), box)
	if errors.Is(err, seal.ErrDropped) { // it has ended, but for this
		if err = e.begun.Erase(ctx, name); err == nil {
			err = store.ErrNotFound
		}
		return u, err
	}
	if err == nil {
		err = json.Unmarshal(b, &u)
	}
	if err != nil {
		return u, fmt.Errorf("read what an erasure has done: %w", err)
	}
	return u, nil
}

func noteOf(name string) string { return "erasure of " + name }

// note keeps how far an erasure is. It is sealed with a key of its own, which is
// dropped in the end: the customer's is gone before.
func (e *Eraser) note(ctx context.Context, name string, u underway) error {
	b, err := json.Marshal(u)
	if err == nil {
		b, err = e.cfg.Ring.Seal(ctx, noteOf(name), noteOf(name), b)
	}
	if err == nil {
		_, err = e.begun.Put(ctx, name, b)
	}
	return err
}

// Resume carries on what was begun and not ended, as after a crash. It returns
// how many those were.
func (e *Eraser) Resume(ctx context.Context) (int, error) {
	names, err := e.begun.Keys(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for erasures that were begun: %w", err)
	}
	n := 0
	var failed []error
	for _, name := range names {
		e.mu.Lock()
		u, err := e.load(ctx, name)
		if err == nil {
			_, err = e.carry(ctx, name, u)
		}
		e.mu.Unlock()
		if errors.Is(err, store.ErrNotFound) {
			continue // another process has ended it
		}
		n++
		failed = append(failed, err)
	}
	return n, errors.Join(failed...)
}
