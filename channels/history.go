package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"parley/memory/store"
)

// histories keeps the entries of active conversations, so that a turn reads
// only what is new. The store stays the truth: its last sequence is asked each
// time, and what another process wrote, or erased, is seen.
type histories struct {
	mu   sync.Mutex
	byID map[string][]Entry
	used []string // oldest first
}

// Conversations kept at most.
const mostHistories = 1000

func (c *histories) get(id string) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID[id]
}

func (c *histories) put(id string, all []Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string][]Entry{}
	}
	if _, known := c.byID[id]; !known {
		c.used = append(c.used, id)
	}
	c.byID[id] = all
	if len(c.used) > mostHistories {
		delete(c.byID, c.used[0])
		c.used = c.used[1:]
	}
}

func (c *histories) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
	c.used = slices.DeleteFunc(c.used, func(u string) bool { return u == id })
}

// Entries returns a conversation's entries after a sequence. They are shared:
// nobody may change them.
func (h *Hub) Entries(ctx context.Context, conversation string, after uint64) ([]Entry, error) {
	last, err := h.cfg.Store.Last(ctx, conversation)
	if err != nil {
		return nil, err
	}
	all := h.histories.get(conversation)
	if n := uint64(len(all)); n > last { // erased since
		h.histories.drop(conversation)
		all = nil
	}
	if have := uint64(len(all)); have < last {
		items, err := h.cfg.Store.Read(ctx, conversation, have, 0)
		if err != nil {
			return nil, err
		}
		all = slices.Clip(all)
		for _, item := range items {
			var e Entry
			if err := json.Unmarshal(item.Data, &e); err != nil {
				return nil, fmt.Errorf("entry %d of %s: %w", item.Seq, conversation, err)
			}
			e.Seq = item.Seq
			all = append(all, e)
		}
		h.histories.put(conversation, all)
	}
	return all[min(int(after), len(all)):], nil
}

// visit notes that a conversation is of a customer.
func (h *Hub) visit(ctx context.Context, customer, conversation string) error {
	return store.Update(ctx, h.visits, customer, func(old []byte) ([]byte, error) {
		var ids []string
		if old != nil {
			if err := json.Unmarshal(old, &ids); err != nil {
				return nil, fmt.Errorf("the conversations of a customer: %w", err)
			}
		}
		if slices.Contains(ids, conversation) {
			return nil, nil
		}
		return json.Marshal(append(ids, conversation))
	})
}

// each calls fn for every conversation of a customer, the oldest first.
func (h *Hub) each(ctx context.Context, customer string, fn func(Conversation) error) error {
	b, _, err := h.visits.Get(ctx, customer)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var ids []string
	if err := json.Unmarshal(b, &ids); err != nil {
		return fmt.Errorf("the conversations of a customer: %w", err)
	}
	for _, id := range ids {
		c, err := h.Get(ctx, id)
		if errors.Is(err, error(ErrNoConversation)) {
			continue
		}
		if err != nil {
			return err
		}
		if c.Customer.ID != customer { // somebody signed in since
			continue
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}
