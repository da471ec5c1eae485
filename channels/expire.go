package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/agent"
	"parley/memory/retention"
)

// Retain gives the rules by which conversations go. A customer's goes alone and
// whole, a guest with all that is kept of them; forget removes what is kept of a
// guest elsewhere. One in which something is still to happen stays, however old.
func (h *Hub) Retain(conversations, guests retention.Age, forget func(ctx context.Context, guest string) error) []retention.Rule {
	return []retention.Rule{
		{
			Kind: "conversations", Of: "entries", Keep: conversations, Old: h.oldConversations,
			Remove: func(ctx context.Context, t retention.Thing) error { return h.remove(ctx, t.ID, t.More.(uint64)) },
		},
		{
			Kind: "guests", Of: "entries", Keep: guests, Old: h.oldGuests,
			Remove: func(ctx context.Context, t retention.Thing) error { return h.removeGuest(ctx, t.ID, forget) },
		},
	}
}

// each conversation that there is, in no order.
func (h *Hub) all(ctx context.Context, fn func(Conversation) error) error {
	ids, err := h.keys.Keys(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c, err := h.Get(ctx, id)
		if errors.Is(err, error(ErrNoConversation)) {
			continue
		}
		if err == nil {
			err = fn(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rested gives when something was last written in a conversation, what its last
// sequence is, and why it must stay, "" when it may go.
func (h *Hub) rested(ctx context.Context, c Conversation, before time.Time) (at time.Time, last uint64, held string, err error) {
	if last, err = h.cfg.Store.Last(ctx, c.ID); err != nil || last == 0 {
		return c.Created, 0, "", err
	}
	items, err := h.cfg.Store.Read(ctx, c.ID, last-1, 1)
	if err != nil || len(items) == 0 {
		return c.Created, last, "", err
	}
	if at = items[0].At; !at.Before(before) {
		return at, last, "", nil
	}
	all, err := h.Entries(ctx, c.ID, 0)
	h.histories.drop(c.ID) // nobody is in it
	if err != nil {
		return at, last, "", err
	}
	held, err = holds(c, all, h.cfg.Now())
	return at, last, held, err
}

// A question waits for its yes for this long before it is taken for unanswered.
const openFor = 30 * 24 * time.Hour

// holds says why a conversation is not over.
func holds(c Conversation, all []Entry, now time.Time) (string, error) {
	switch c.HandOff.State {
	case Requested:
		return "a person was asked for, and nobody has come", nil
	case Claimed:
		return "a person has it", nil
	}
	for i, e := range slices.Backward(all) {
		if asks(e) && waits(all, &all[i], nil) {
			return "a message waits for its answer", nil
		}
		if e.From.Role != RoleAssistant || e.Inside == nil {
			continue
		}
		if len(e.Inside.Pending) == 0 {
			break
		}
		var p agent.Pending
		if err := json.Unmarshal(e.Inside.Pending, &p); err != nil {
			return "", fmt.Errorf("read the open question of entry %d of %s: %w", e.Seq, c.ID, err)
		}
		switch {
		case p.ID == c.Acting:
			return "an act was begun and not finished", nil
		case now.Sub(e.At) < openFor:
			return "a question before an act is open", nil
		}
		break
	}
	return "", nil
}

func (h *Hub) oldConversations(ctx context.Context, before time.Time, each func(retention.Thing) error) error {
	return h.all(ctx, func(c Conversation) error {
		if IsGuest(c.Customer.ID) || !c.Created.Before(before) {
			return ctx.Err()
		}
		at, last, held, err := h.rested(ctx, c, before)
		if err != nil || !at.Before(before) {
			return err
		}
		return each(retention.Thing{ID: c.ID, Count: int(last), Held: held, More: last})
	})
}

// remove deletes a conversation whole, unless something was written to it since.
func (h *Hub) remove(ctx context.Context, id string, last uint64) error {
	c, err := h.Get(ctx, id)
	if errors.Is(err, error(ErrNoConversation)) {
		return nil
	}
	if err != nil {
		return err
	}
	if now, err := h.cfg.Store.Last(ctx, id); err != nil || now != last {
		return err // it lives again
	}
	return h.erase(ctx, c)
}

// erase deletes all of one conversation: the record last but for what names it,
// so that after a crash the rest is found. Where a message came in between, the
// record comes back, and the conversation begins anew with it.
func (h *Hub) erase(ctx context.Context, c Conversation) error {
	err := h.cfg.Store.EraseLog(ctx, c.ID)
	h.histories.drop(c.ID)
	if err == nil {
		err = errors.Join(h.keys.Delete(ctx, c.ID), h.keys.Erase(ctx, c.ID)) // told, and gone
	}
	if err == nil {
		var last uint64
		if last, err = h.cfg.Store.Last(ctx, c.ID); last > 0 {
			var b []byte
			if b, err = h.sealRecord(ctx, c); err == nil {
				_, err = h.keys.Put(ctx, c.ID, b)
			}
			return err
		}
	}
	if err == nil {
		err = h.vault.forget(ctx, c.ID)
	}
	if err == nil {
		err = h.own(ctx, c.Customer.ID, func(o *owned) bool {
			n := len(o.Conversations)
			o.Conversations = slices.DeleteFunc(o.Conversations, func(id string) bool { return id == c.ID })
			return len(o.Conversations) < n
		})
	}
	if err != nil {
		return fmt.Errorf("remove the conversation %s: %w", c.ID, err)
	}
	return nil
}

// oldGuests finds guests by their tokens and by their conversations: of those
// that began elsewhere than on the web there is no token.
func (h *Hub) oldGuests(ctx context.Context, before time.Time, each func(retention.Thing) error) error {
	type seen struct {
		used  time.Time
		count int
		held  string
	}
	guests := map[string]*seen{}
	note := func(id string, at time.Time) *seen {
		g := guests[id]
		if g == nil {
			g = &seen{}
			guests[id] = g
		}
		if at.After(g.used) {
			g.used = at
		}
		return g
	}
	err := h.eachGuest(ctx, func(g guestRecord) error {
		note(g.ID, g.Used)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	err = h.all(ctx, func(c Conversation) error {
		if !IsGuest(c.Customer.ID) {
			return ctx.Err()
		}
		g := note(c.Customer.ID, c.Created)
		if !g.used.Before(before) {
			return ctx.Err()
		}
		at, last, held, err := h.rested(ctx, c, before)
		note(c.Customer.ID, at)
		g.count += int(last)
		if held != "" {
			g.held = held
		}
		return err
	})
	if err != nil {
		return err
	}
	for id, g := range guests {
		if !g.used.Before(before) {
			continue
		}
		if err := each(retention.Thing{ID: id, Count: g.count, Held: g.held}); err != nil {
			return err
		}
	}
	return nil
}

// removeGuest deletes all that is kept of a guest. Their key is dropped too,
// unless somebody signed in to a conversation that was sealed with it.
func (h *Hub) removeGuest(ctx context.Context, id string, forget func(ctx context.Context, guest string) error) error {
	g, err := h.guest(ctx, id)
	known := err == nil
	if err != nil && !errors.Is(err, error(ErrNoGuest)) {
		return err
	}
	if known { // the token first: from then on nobody comes in
		if err := h.changeGuest(ctx, id, func(g *guestRecord) bool { g.Hash = ""; return true }); err != nil {
			return err
		}
	}
	if err := h.each(ctx, id, func(c Conversation) error { return h.erase(ctx, c) }); err != nil {
		return err
	}
	if err := forget(ctx, id); err != nil {
		return err
	}
	if err := errors.Join(h.visits.Erase(ctx, id), h.usage.Erase(ctx, id)); err != nil {
		return fmt.Errorf("remove a guest: %w", err)
	}
	if known && !g.Claimed && h.cfg.Ring != nil {
		if err := h.cfg.Ring.Drop(ctx, id); err != nil {
			return err
		}
	}
	return h.guests.Erase(ctx, id)
}
