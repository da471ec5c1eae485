package seal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"parley/memory/store"
)

// Where keys lie: the bucket "keyring" says which master key is in use, and
// "keyring-ID" holds what that one wraps. A rotation copies from one of these to
// the next and deletes the first with its files, so that no key wrapped by the
// old master is left.
const (
	pointerBucket = "keyring"
	pointerKey    = "master"
	secretKey     = "secret"
)

// Bucket says whether a bucket is of a keyring: a backup keeps these apart, and
// only the newest of them.
func Bucket(name string) bool {
	return name == pointerBucket || strings.HasPrefix(name, pointerBucket+"-")
}

// A pointer says which master keys are in use, by their ids.
type pointer struct {
	Master string `json:"master"`
	Next   string `json:"next,omitempty"` // a rotation to it has begun
	Left   string `json:"left,omitempty"` // its bucket is to be deleted
}

func readPointer(ctx context.Context, b store.Bucket) (p pointer, rev uint64, err error) {
	text, rev, err := b.Get(ctx, pointerKey)
	if errors.Is(err, store.ErrNotFound) {
		return p, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, 0, fmt.Errorf("read which key seals: %w", err)
	}
	return p, rev, nil
}

func writePointer(ctx context.Context, b store.Bucket, p pointer, rev uint64) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if rev == 0 {
		_, err = b.Create(ctx, pointerKey, text)
	} else {
		_, err = b.Update(ctx, pointerKey, text, rev)
	}
	if err != nil {
		return fmt.Errorf("note which key seals: %w", err)
	}
	return nil
}

// Begun says whether a store has a keyring already, whose key must then be given.
func Begun(ctx context.Context, st store.Store) (bool, error) {
	b, err := st.Bucket(ctx, pointerBucket)
	if err != nil {
		return false, err
	}
	_, rev, err := readPointer(ctx, b)
	return rev != 0, err
}

// Open opens the keyring of a store, and makes it where there is none.
// ErrWrongKey: it was made with another master key; nothing is written then.
func Open(ctx context.Context, cfg Config) (*Ring, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Key) != 32 || cfg.Old != nil && len(cfg.Old) != 32 {
		return nil, errors.New("seal: a master key has 32 bytes")
	}
	b, err := cfg.Store.Bucket(ctx, pointerBucket)
	if err != nil {
		return nil, err
	}
	for {
		p, rev, err := readPointer(ctx, b)
		if err != nil {
			return nil, err
		}
		r, err := cfg.at(ctx, b, p, rev)
		if errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			continue // another process began at the same time
		}
		if err != nil {
			return nil, err
		}
		r.stop, err = cfg.Store.Listen(droppedSubject, func(name []byte) { r.gone(string(name)) })
		return r, err
	}
}

// at opens what the pointer says, if the keys at hand are the ones it wants.
func (cfg Config) at(ctx context.Context, b store.Bucket, p pointer, rev uint64) (*Ring, error) {
	mine, before := idOf(cfg.Key), ""
	if cfg.Old != nil {
		before = idOf(cfg.Old)
	}
	switch {
	case rev == 0:
		secret := make([]byte, 32)
		rand.Read(secret)
		r, err := cfg.ring(ctx, cfg.Key, secret)
		if err != nil {
			return nil, err
		}
		return r, writePointer(ctx, b, pointer{Master: mine}, 0)
	case p.Master == mine && p.Next == "":
		if p.Left != "" {
			if err := cfg.leave(ctx, b, p, rev); err != nil {
				return nil, err
			}
		}
		return cfg.ring(ctx, cfg.Key, nil)
	case p.Master == before && (p.Next == "" || p.Next == mine):
		old, err := cfg.ring(ctx, cfg.Old, nil)
		if err != nil {
			return nil, err
		}
		r, err := cfg.ring(ctx, cfg.Key, old.secret)
		if err != nil {
			return nil, err
		}
		r.old = old
		if p.Next == "" {
			err = writePointer(ctx, b, pointer{Master: before, Next: mine}, rev)
		}
		return r, err
	case p.Next == mine || p.Master == mine:
		return nil, fmt.Errorf("%w: the change from key %s to key %s is not finished, and only one of them was given: `parley keys rotate` with both goes on", ErrWrongKey, p.Master, p.Next)
	}
	return nil, fmt.Errorf("%w: what is kept was sealed with the key %s, and the one given is %s; give the file of that key with --key-file. Nothing was changed", ErrWrongKey, p.Master, mine)
}

// ring opens the bucket of one master key. With a secret the bucket may be new.
func (cfg Config) ring(ctx context.Context, master, secret []byte) (*Ring, error) {
	r := &Ring{cfg: cfg, store: cfg.Store, master: gcm(master), cache: map[string]held{}}
	var err error
	if r.keys, err = cfg.Store.Bucket(ctx, pointerBucket+"-"+idOf(master)); err != nil {
		return nil, err
	}
	text, _, err := r.keys.Get(ctx, secretKey)
	if errors.Is(err, store.ErrNotFound) && secret != nil {
		if _, err = r.keys.Create(ctx, secretKey, wrap(r.master, secret, secretKey)); err == nil || errors.Is(err, store.ErrConflict) {
			text, _, err = r.keys.Get(ctx, secretKey)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret of the keyring: %w", err)
	}
	r.secret, err = unwrap(r.master, text, secretKey)
	return r, err
}

// elsewhere gives the reason when a key is not found, or cannot be made, because
// the master key was changed since this process started; else the error itself.
func (r *Ring) elsewhere(ctx context.Context, err error) error {
	b, failed := r.store.Bucket(ctx, pointerBucket)
	if failed != nil {
		return errors.Join(err, failed)
	}
	p, _, failed := readPointer(ctx, b)
	mine := idOf(r.cfg.Key)
	switch {
	case failed != nil:
		return errors.Join(err, failed)
	case p.Master == mine && p.Next == "", p.Next == mine:
		return err
	}
	return fmt.Errorf("%w: the key was changed while this process ran: start it again with the new --key-file", ErrWrongKey)
}

// rotated says that the rotation this ring was opened in is over.
func (r *Ring) rotated(ctx context.Context) bool {
	b, err := r.store.Bucket(ctx, pointerBucket)
	if err != nil {
		return false
	}
	p, _, err := readPointer(ctx, b)
	return err == nil && p.Master == idOf(r.cfg.Key)
}

// leave deletes what a finished rotation has left.
func (cfg Config) leave(ctx context.Context, b store.Bucket, p pointer, rev uint64) error {
	if err := cfg.Store.DeleteBucket(ctx, pointerBucket+"-"+p.Left); err != nil {
		return err
	}
	return writePointer(ctx, b, pointer{Master: p.Master}, rev)
}

// Rotate wraps all data keys with the ring's new key, of a ring that was opened
// with the old one beside it, and deletes what the old one wrapped. It returns
// how many keys there are. What it was interrupted in goes on when it is called
// again. Until it is through both keys are needed to open the ring.
func (r *Ring) Rotate(ctx context.Context) (int, error) {
	if r.old == nil {
		return 0, errors.New("seal: this key is in use already: there is nothing to rotate")
	}
	names, err := r.old.keys.Keys(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, key := range names {
		name, ok := strings.CutPrefix(key, keyOf(""))
		if !ok {
			continue
		}
		if err := r.move(ctx, name); err != nil {
			return n, err
		}
		n++
	}
	b, err := r.store.Bucket(ctx, pointerBucket)
	if err != nil {
		return n, err
	}
	p, rev, err := readPointer(ctx, b)
	if err != nil {
		return n, err
	}
	done := pointer{Master: idOf(r.cfg.Key), Left: p.Master}
	if err := writePointer(ctx, b, done, rev); err != nil {
		return n, err
	}
	_, rev, err = readPointer(ctx, b)
	if err != nil {
		return n, err
	}
	return n, r.cfg.leave(ctx, b, done, rev)
}

// move wraps one key anew. One that is dropped meanwhile stays dropped.
func (r *Ring) move(ctx context.Context, name string) error {
	h, err := r.old.load(ctx, name)
	if errors.Is(err, ErrDropped) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wrap a key anew: %w", err)
	}
	b, err := json.Marshal(record{h.ref.mark, wrap(r.master, h.key, h.ref.String())})
	if err != nil {
		return err
	}
	if _, err := r.keys.Create(ctx, keyOf(name), b); err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("wrap a key anew: %w", err)
	}
	if _, _, err := r.old.keys.Get(ctx, keyOf(name)); errors.Is(err, store.ErrNotFound) {
		return r.keys.Erase(ctx, keyOf(name))
	} else if err != nil {
		return fmt.Errorf("wrap a key anew: %w", err)
	}
	return nil
}
