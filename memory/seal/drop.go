package seal

import (
	"context"
	"fmt"
)

// Drop destroys an owner's key. When it returns nobody can read what was sealed
// for them, here or in any copy, but who has a copy of the key as well: see the
// README on backups. Dropping again is no error.
func (r *Ring) Drop(ctx context.Context, owner string) error {
	if r == nil {
		return nil
	}
	return r.DropName(ctx, r.Name(owner))
}

// DropName is Drop for one whose name alone is known.
func (r *Ring) DropName(ctx context.Context, name string) error {
	if r == nil {
		return nil
	}
	if err := r.drop(ctx, name); err != nil {
		return err
	}
	r.gone(name)
	if err := r.store.Publish(droppedSubject, []byte(name)); err != nil {
		r.cfg.Log.Warn("seal: other processes hear later that a key was dropped", "within", holdFor, "error", err)
	}
	return nil
}

// DropUntold is Drop for an owner who is no customer, and of whom nobody holds
// anything in memory: nobody is told.
func (r *Ring) DropUntold(ctx context.Context, owner string) error {
	if r == nil {
		return nil
	}
	return r.drop(ctx, r.Name(owner))
}

func (r *Ring) drop(ctx context.Context, name string) error {
	if r.old != nil { // first: a rotation looks there whether a key is still to be moved
		if err := r.old.keys.Erase(ctx, keyOf(name)); err != nil {
			return fmt.Errorf("drop a data key: %w", err)
		}
	}
	if err := r.keys.Erase(ctx, keyOf(name)); err != nil {
		return fmt.Errorf("drop a data key: %w", err)
	}
	r.forget(name)
	return nil
}

// OnDrop has fn called with the owner's name whenever a key is dropped, by this
// process or another, so that what is held in memory goes too. fn must not block.
func (r *Ring) OnDrop(fn func(name string)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dropped = append(r.dropped, fn)
}

// droppedSubject carries names of dropped keys to other processes.
const droppedSubject = "keyring dropped"

func (r *Ring) gone(name string) {
	r.forget(name)
	r.mu.Lock()
	list := r.dropped
	r.mu.Unlock()
	for _, fn := range list {
		fn(name)
	}
}

func (r *Ring) forget(name string) {
	r.mu.Lock()
	delete(r.cache, name)
	r.mu.Unlock()
	if r.old != nil {
		r.old.forget(name)
	}
}
