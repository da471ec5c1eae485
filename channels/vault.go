package channels

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/memory/redact"
	"parley/memory/seal"
	"parley/memory/store"
)

// A vault keeps what placeholders stand for. Nothing that a shopper wrote about
// how to reach them stands in a log, a trace or a prompt: there it is [email 1],
// and the e-mail address lies here, encrypted, for as long as a turn may need it.
// Card numbers, secrets and the like are not even here.
type vault struct {
	keys store.Bucket
	box  cipher.AEAD
	life time.Duration
	now  func() time.Time
	// Of the hub: the record of a conversation that there is, and its seal.
	record func(ctx context.Context, id string) (Conversation, error)
	ring   *seal.Ring
	seal   func(ctx context.Context, c Conversation, as string, plain []byte) ([]byte, error)
}

// How long a contact detail is kept for the tools of its conversation.
const contactLife = 24 * time.Hour

// A drawer is what is kept for one conversation. A number is never given twice,
// so that a question which waits for its yes cannot come to mean another value.
type drawer struct {
	Last map[redact.Kind]int `json:"last"`
	Kept []sealed            `json:"kept,omitempty"`
}

type sealed struct {
	Kind   redact.Kind `json:"kind"`
	Number int         `json:"number"`
	At     time.Time   `json:"at"`
	Box    []byte      `json:"box"` // nonce and AES-GCM
}

// openVault opens the bucket. Without a key one is made that dies with the
// process, and what it sealed then cannot be read any more.
func openVault(cfg Config) (*vault, error) {
	keys, err := cfg.Store.Bucket(context.Background(), bucketContacts)
	if err != nil {
		return nil, err
	}
	key := cfg.SealKey
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the key for contact details has %d bytes, it wants 32: %w", len(key), err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &vault{keys: keys, box: box, life: contactLife, now: cfg.Now}, nil
}

func (v *vault) boxed(conversation, value string) []byte {
	nonce := make([]byte, v.box.NonceSize())
	rand.Read(nonce)
	return v.box.Seal(nonce, nonce, []byte(value), []byte(conversation))
}

// open gives a sealed value, or false for one that is too old or was sealed
// with another key.
func (v *vault) open(conversation string, s sealed) (string, bool) {
	n := v.box.NonceSize()
	if v.now().Sub(s.At) > v.life || len(s.Box) < n {
		return "", false
	}
	b, err := v.box.Open(nil, s.Box[:n], s.Box[n:], []byte(conversation))
	return string(b), err == nil
}

func asDrawer(conversation string) string { return "contact details of " + conversation }

func (v *vault) load(ctx context.Context, conversation string) (d drawer, rev uint64, err error) {
	b, rev, err := v.keys.Get(ctx, conversation)
	if errors.Is(err, store.ErrNotFound) {
		return drawer{Last: map[redact.Kind]int{}}, 0, nil
	}
	b, err = v.ring.Open(ctx, asDrawer(conversation), b)
	if errors.Is(err, seal.ErrDropped) { // the guest's, who was erased
		return drawer{Last: map[redact.Kind]int{}}, rev, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		return d, 0, fmt.Errorf("read the contact details of a conversation: %w", err)
	}
	if d.Last == nil {
		d.Last = map[redact.Kind]int{}
	}
	return d, rev, nil
}

// conceal runs fn, which replaces values by the numbers that it is given, and
// keeps the values that are new. When another process numbered at the same time
// fn runs again. The vault is asked only when there is something to number.
func (v *vault) conceal(ctx context.Context, c Conversation, fn func(number func(redact.Kind, string) int)) error {
	for {
		var d drawer
		var rev uint64
		var failed error
		loaded, changed := false, false
		fn(func(k redact.Kind, value string) int {
			if !k.Contact() {
				return 0
			}
			if !loaded {
				loaded = true
				d, rev, failed = v.load(ctx, c.ID)
			}
			if failed != nil {
				return 0
			}
			for i, s := range d.Kept {
				if old, ok := v.open(c.ID, s); ok && s.Kind == k && redact.Same(k, old, value) {
					if v.now().Sub(s.At) > v.life/2 { // said again: it lives on
						d.Kept[i].At, changed = v.now(), true
					}
					return s.Number
				}
			}
			changed = true
			d.Last[k]++
			d.Kept = append(d.Kept, sealed{k, d.Last[k], v.now(), v.boxed(c.ID, value)})
			return d.Last[k]
		})
		if failed != nil || !changed {
			return failed
		}
		if _, err := v.record(ctx, c.ID); errors.Is(err, error(ErrNoConversation)) {
			return nil // erased meanwhile: nothing of it is kept
		}
		err := v.write(ctx, c, v.fresh(d), rev)
		if errors.Is(err, error(ErrNoConversation)) {
			return nil
		}
		if errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			continue
		}
		return err
	}
}

// fresh is a drawer without what is too old, and with the newest 50 at most.
func (v *vault) fresh(d drawer) drawer {
	kept := d.Kept[:0:0]
	for _, s := range d.Kept {
		if v.now().Sub(s.At) <= v.life {
			kept = append(kept, s)
		}
	}
	d.Kept = kept[max(0, len(kept)-50):]
	return d
}

func (v *vault) write(ctx context.Context, c Conversation, d drawer, rev uint64) error {
	b, err := json.Marshal(d)
	if err == nil {
		b, err = v.seal(ctx, c, asDrawer(c.ID), b)
	}
	if err != nil {
		return err
	}
	if rev == 0 {
		_, err = v.keys.Create(ctx, c.ID, b)
	} else {
		_, err = v.keys.Update(ctx, c.ID, b, rev)
	}
	if err != nil {
		return fmt.Errorf("keep the contact details of a conversation: %w", err)
	}
	return nil
}

// reveal gives a function that looks up what a placeholder stands for. It reads
// the vault when it is first asked.
func (v *vault) reveal(ctx context.Context, conversation string) func(redact.Kind, int) (string, bool) {
	var d drawer
	var failed error
	loaded := false
	return func(k redact.Kind, number int) (string, bool) {
		if !loaded {
			loaded = true
			d, _, failed = v.load(ctx, conversation)
		}
		if failed != nil {
			return "", false
		}
		for _, s := range d.Kept {
			if s.Kind == k && s.Number == number {
				return v.open(conversation, s)
			}
		}
		return "", false
	}
}

// forget removes all that is kept for a conversation.
func (v *vault) forget(ctx context.Context, conversation string) error {
	return v.keys.Erase(ctx, conversation)
}

// tidy removes what is too old, and all of conversations that are gone. The
// numbers given stay.
func (v *vault) tidy(ctx context.Context) error {
	names, err := v.keys.Keys(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		c, err := v.record(ctx, name)
		if errors.Is(err, error(ErrNoConversation)) {
			if err := v.forget(ctx, name); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		d, rev, err := v.load(ctx, name)
		if err != nil {
			return err
		}
		clean := v.fresh(d)
		if len(clean.Kept) == len(d.Kept) || rev == 0 {
			continue
		}
		if err := v.write(ctx, c, clean, rev); err != nil && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}
