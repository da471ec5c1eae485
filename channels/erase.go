package channels

import (
	"context"
	"errors"
	"slices"

	"parley/memory/seal"
	"parley/memory/store"
)

// Belongings gives what a customer's things are found by: all ids that they had,
// their own first, and the conversations that are theirs now. A guest's that
// somebody else has signed in to is not theirs.
func (h *Hub) Belongings(ctx context.Context, customer string) (ids, conversations []string, err error) {
	ids = []string{customer}
	for i := 0; i < len(ids); i++ {
		list, joined, err := h.Owned(ctx, ids[i])
		if err != nil {
			return nil, nil, err
		}
		for _, id := range joined {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		conversations = append(conversations, list...)
	}
	slices.Sort(conversations)
	theirs := conversations[:0]
	for _, id := range slices.Compact(conversations) {
		c, err := h.Get(ctx, id)
		if err != nil && !errors.Is(err, error(ErrNoConversation)) {
			return nil, nil, err
		}
		if err != nil || slices.Contains(ids, c.Customer.ID) { // one without a record may have a log still
			theirs = append(theirs, id)
		}
	}
	return ids, theirs, nil
}

// CountEntries says how many entries some conversations have.
func (h *Hub) CountEntries(ctx context.Context, conversations []string) (n int, err error) {
	for _, id := range conversations {
		last, err := h.cfg.Store.Last(ctx, id)
		if err != nil {
			return n, err
		}
		n += int(last)
	}
	return n, nil
}

// EraseConversations removes conversations with all that hangs on them. What is in
// plain is overwritten. A turn that is under way writes nothing after it.
func (h *Hub) EraseConversations(ctx context.Context, conversations []string) error {
	for _, id := range conversations {
		// The record first: without it nobody appends.
		if err := h.keys.Erase(ctx, id); err != nil {
			return err
		}
		h.interrupt(id, "")
		h.histories.drop(id)
		if err := h.eraseLog(ctx, id); err != nil {
			return err
		}
		if err := h.vault.forget(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// eraseLog overwrites a log that has an entry in plain. Sealed entries are
// unreadable with the key dropped, and overwriting costs some milliseconds each,
// in which nobody writes.
func (h *Hub) eraseLog(ctx context.Context, id string) error {
	items, err := h.cfg.Store.Read(ctx, id, 0, 0)
	if err != nil {
		return err
	}
	if h.cfg.Ring == nil || slices.ContainsFunc(items, func(i store.Item) bool { return !seal.Sealed(i.Data) }) {
		return h.cfg.Store.EraseLog(ctx, id)
	}
	return h.cfg.Store.DeleteLog(ctx, id)
}

// EraseOwners removes what is kept under ids: whose conversations these are, the
// tokens that were used, and the tokens of guests.
func (h *Hub) EraseOwners(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := errors.Join(h.visits.Erase(ctx, id), h.usage.Erase(ctx, id), h.guests.Erase(ctx, id)); err != nil {
			return err
		}
	}
	return nil
}
