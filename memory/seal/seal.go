// Package seal encrypts what is kept of a customer with a key of their own, so
// that dropping the key makes all of it unreadable, wherever a copy of it lies.
// It never sees what the values mean, and keeps no customer's id: names of keys
// are a MAC. Start with [Ring].
package seal

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"parley/memory/store"
)

// Sentinels that callers branch on.
var (
	ErrDropped  = errors.New("seal: the key was dropped: this was erased") // nobody can read it any more
	ErrWrongKey = errors.New("seal: sealed with another key")
	ErrNoRing   = errors.New("seal: this is sealed, and no key was given")
)

// A Config says what a ring works with.
type Config struct {
	Store store.Store
	// Key is the master key, 32 bytes. It wraps the data keys. Old is the one
	// before, while a rotation is under way.
	Key, Old []byte
	Now      func() time.Time
	Log      *slog.Logger
}

// A Ring holds one data key (AES-256) for each owner, a customer or a visitor,
// wrapped by the master key, in the store. What it has sealed for an owner can be
// read until the owner's key is dropped. It is safe for concurrent use; any
// number of processes may have one on the same store.
//
// A nil Ring seals nothing: Seal gives back what it is given, and Open refuses
// what is sealed. That is for tests and tools on a store in memory.
type Ring struct {
	cfg    Config
	store  store.Store
	keys   store.Bucket // wrapped keys, by the owner's name, and the secret
	master cipher.AEAD
	old    *Ring // of the key before, while a rotation is under way
	secret []byte
	stop   func()

	mu      sync.Mutex
	cache   map[string]held // by name
	dropped []func(name string)
}

// held is a data key in memory. Another process may drop it: that is told at
// once, and for when the telling was lost it is looked at again after a while.
type held struct {
	ref   Ref
	key   []byte
	until time.Time
}

const (
	mostHeld = 100_000 // about 25 MB
	holdFor  = time.Minute
)

// Name is what an owner is called wherever their id must not stand: 32 hex
// digits, always the same for this ring, and telling nothing to who has not its
// secret.
func (r *Ring) Name(owner string) string {
	if r == nil {
		return owner
	}
	return hex.EncodeToString(r.mac("name", owner)[:16])
}

func (r *Ring) mac(what, text string) []byte {
	h := hmac.New(sha256.New, r.secret)
	h.Write([]byte(what + "\x00" + text))
	return h.Sum(nil)
}

// Derive gives a secret of 32 bytes for one purpose. It stays through rotations.
func (r *Ring) Derive(purpose string) []byte {
	if r == nil {
		return nil
	}
	return r.mac("derive", purpose)
}

// KeyName is what an owner's key is called in the buckets of the keyring.
func KeyName(name string) string { return keyOf(name) }

// Seal encrypts a value for an owner, whose key is made where there is none. The
// context says what the value is, as in "log c12 7": it opens only as that. The
// box is JSON: {"sealed":"..."}.
func (r *Ring) Seal(ctx context.Context, owner, context string, plain []byte) ([]byte, error) {
	if r == nil {
		return plain, nil
	}
	h, err := r.made(ctx, r.Name(owner))
	if err != nil {
		return nil, err
	}
	return h.seal(context, plain)
}

// SealAs encrypts with the key that another box was sealed with. ErrDropped: it
// was dropped since, and what is written now would be after an erasure.
func (r *Ring) SealAs(ctx context.Context, ref Ref, context string, plain []byte) ([]byte, error) {
	if r == nil {
		return plain, nil
	}
	h, err := r.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return h.seal(context, plain)
}

// Ref is the key that Seal uses for an owner, made where there is none.
func (r *Ring) Ref(ctx context.Context, owner string) (Ref, error) {
	if r == nil {
		return Ref{}, nil
	}
	h, err := r.made(ctx, r.Name(owner))
	return h.ref, err
}

// Open decrypts a box. A value in plain, of a parley that sealed nothing, is
// given back as it is. ErrDropped: its owner was erased.
func (r *Ring) Open(ctx context.Context, context string, value []byte) ([]byte, error) {
	ref, text, ok := split(value)
	switch {
	case !ok && Sealed(value):
		return nil, fmt.Errorf("open %s: the box is damaged", context)
	case !ok:
		return value, nil
	case r == nil:
		return nil, ErrNoRing
	}
	h, err := r.find(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", context, err)
	}
	box := make([]byte, base64.RawURLEncoding.DecodedLen(len(text)))
	n, err := base64.RawURLEncoding.Decode(box, text)
	if err == nil && n < nonceSize {
		err = errors.New("it is too short")
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: the box is damaged: %w", context, err)
	}
	plain, err := gcm(h.key).Open(box[nonceSize:nonceSize], box[:nonceSize], box[nonceSize:n], h.bound(context))
	if err != nil {
		return nil, fmt.Errorf("open %s: the box is damaged, or was sealed as something else", context)
	}
	return plain, nil
}

func (r *Ring) cached(name string) (held, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, ok := r.cache[name]
	return h, ok && r.cfg.Now().Before(h.until)
}

func (r *Ring) hold(h held) held {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.cache) >= mostHeld {
		for k := range r.cache { // any: the bound matters, not whose key goes
			delete(r.cache, k)
			break
		}
	}
	h.until = r.cfg.Now().Add(holdFor)
	r.cache[h.ref.name] = h
	return h
}

// load reads an owner's key from the store.
func (r *Ring) load(ctx context.Context, name string) (held, error) {
	b, _, err := r.keys.Get(ctx, keyOf(name))
	if errors.Is(err, store.ErrNotFound) {
		r.forget(name)
		if r.old != nil {
			h, err := r.old.load(ctx, name)
			if err != nil && r.rotated(ctx) {
				err = ErrDropped
			}
			return h, err
		}
		return held{}, ErrDropped
	}
	if err != nil {
		return held{}, err
	}
	var rec record
	if err := json.Unmarshal(b, &rec); err != nil {
		return held{}, fmt.Errorf("read a data key: %w", err)
	}
	key, err := unwrap(r.master, rec.Key, name+"."+rec.Mark)
	if err != nil {
		return held{}, err
	}
	return r.hold(held{ref: Ref{name, rec.Mark}, key: key}), nil
}

// find gives the key of a box, or ErrDropped.
func (r *Ring) find(ctx context.Context, ref Ref) (held, error) {
	h, ok := r.cached(ref.name)
	if !ok {
		var err error
		if h, err = r.load(ctx, ref.name); err != nil {
			return h, r.elsewhere(ctx, err)
		}
	}
	if h.ref != ref {
		return held{}, ErrDropped // the owner was erased, and came back
	}
	return h, nil
}

// made gives an owner's key, and makes it where there is none.
func (r *Ring) made(ctx context.Context, name string) (held, error) {
	if h, ok := r.cached(name); ok {
		return h, nil
	}
	for {
		h, err := r.load(ctx, name)
		if !errors.Is(err, ErrDropped) {
			return h, err
		}
		if err := r.elsewhere(ctx, nil); err != nil {
			return h, err
		}
		mark := make([]byte, 4)
		rand.Read(mark)
		h = held{ref: Ref{name, hex.EncodeToString(mark)}, key: make([]byte, 32)}
		rand.Read(h.key)
		b, err := json.Marshal(record{h.ref.mark, wrap(r.master, h.key, h.ref.String())})
		if err != nil {
			return h, err
		}
		if _, err = r.keys.Create(ctx, keyOf(name), b); errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			continue // another process was faster
		}
		if err != nil {
			return h, fmt.Errorf("make a data key: %w", err)
		}
		return r.hold(h), nil
	}
}

// Held is the key that the owner of a name has now; false for none.
func (r *Ring) Held(ctx context.Context, name string) (Ref, bool, error) {
	if r == nil {
		return Ref{}, false, nil
	}
	h, err := r.load(ctx, name)
	if errors.Is(err, ErrDropped) {
		return Ref{}, false, nil
	}
	return h.ref, err == nil, err
}

// Has says whether an owner has a key.
func (r *Ring) Has(ctx context.Context, owner string) (bool, error) {
	_, has, err := r.Held(ctx, r.Name(owner))
	return has, err
}

// Close stops listening for what other processes drop.
func (r *Ring) Close() {
	if r != nil && r.stop != nil {
		r.stop()
	}
}

func keyOf(name string) string { return "of " + name }

// ids in hexadecimal, short enough for a person.
func idOf(master []byte) string {
	h := hmac.New(sha256.New, master)
	h.Write([]byte("parley keyring"))
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// ParseKey reads a master key: 64 hexadecimal digits.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("a key has 64 hexadecimal digits, and this has %d characters: `openssl rand -hex 32` makes one", len(text))
	}
	return key, nil
}
