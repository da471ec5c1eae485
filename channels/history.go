package channels

import (
	"cmp"
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

func (c *histories) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.byID)
	c.used = nil
}

// Entries returns a conversation's entries after a sequence. They are shared:
// nobody may change them.
func (h *Hub) Entries(ctx context.Context, conversation string, after uint64) ([]Entry, error) {
	last, err := h.cfg.Store.Last(ctx, conversation)
	if err != nil {
		return nil, err
	}
	all := h.histories.get(conversation)
	if endOf(all) > last { // erased since
		h.histories.drop(conversation)
		all = nil
	}
	if have := endOf(all); have < last {
		items, err := h.cfg.Store.Read(ctx, conversation, have, 0)
		if err != nil {
			return nil, err
		}
		all = slices.Clip(all)
		for _, item := range items {
			e, err := h.opened(ctx, conversation, item)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
		h.histories.put(conversation, all)
	}
	from, _ := slices.BinarySearchFunc(all, after+1, func(e Entry, seq uint64) int { return cmp.Compare(e.Seq, seq) })
	return all[from:], nil
}

// written keeps entries that were just stored after all others, as they will be
// read, so that nobody need read them.
func (h *Hub) written(ctx context.Context, conversation string, all []Entry, items []json.RawMessage) {
	all = slices.Clip(all)
	for _, data := range items {
		e, err := h.opened(ctx, conversation, store.Item{Seq: endOf(all) + 1, Data: data})
		if err != nil {
			return // it is read, and told, when it is needed
		}
		all = append(all, e)
	}
	h.histories.put(conversation, all)
}

// endOf is the sequence of the last entry. It may be more than there are: of a
// damaged store entries can be missing.
func endOf(all []Entry) uint64 {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// owned is what a customer's things are found by.
type owned struct {
	Conversations []string `json:"conversations,omitempty"` // the oldest first
	// Joined are the ids that the customer had as a guest, in the chat or on the
	// shop's pages: erasing them erases these.
	Joined []string `json:"joined,omitempty"`
}

func readOwned(b []byte) (o owned, err error) {
	if len(b) > 0 && b[0] == '[' { // of before there were joined ids
		err = json.Unmarshal(b, &o.Conversations)
	} else {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		err = fmt.Errorf("the conversations of a customer: %w", err)
	}
	return o, err
}

// Owned gives the ids of a customer's conversations, and those that the customer
// had as a guest.
func (h *Hub) Owned(ctx context.Context, customer string) (conversations, joined []string, err error) {
	b, _, err := h.visits.Get(ctx, customer)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	o, err := readOwned(b)
	return o.Conversations, o.Joined, err
}

func (h *Hub) own(ctx context.Context, customer string, add func(*owned) bool) error {
	return store.Update(ctx, h.visits, customer, func(old []byte) ([]byte, error) {
		var o owned
		if old != nil {
			var err error
			if o, err = readOwned(old); err != nil {
				return nil, err
			}
		}
		if !add(&o) {
			return nil, nil
		}
		return json.Marshal(o)
	})
}

// visit notes that a conversation is of a customer.
func (h *Hub) visit(ctx context.Context, customer, conversation string) error {
	return h.own(ctx, customer, func(o *owned) bool {
		if slices.Contains(o.Conversations, conversation) {
			return false
		}
		o.Conversations = append(o.Conversations, conversation)
		return true
	})
}

// Join notes that a customer was known by another id before they signed in.
func (h *Hub) Join(ctx context.Context, customer, guest string) error {
	return h.own(ctx, customer, func(o *owned) bool {
		if guest == customer || slices.Contains(o.Joined, guest) {
			return false
		}
		o.Joined = append(o.Joined, guest)
		return true
	})
}

// Browsed notes by which id the shop's pages know a customer, for an erasure. It is
// the page's word: an id with conversations is a guest's of the chat, and stays
// out of anybody else's.
func (h *Hub) Browsed(ctx context.Context, customer, visitor string) error {
	talks, _, err := h.Owned(ctx, visitor)
	if err != nil || len(talks) > 0 {
		return err
	}
	return h.Join(ctx, customer, visitor)
}

// each calls fn for every conversation of a customer, the oldest first.
func (h *Hub) each(ctx context.Context, customer string, fn func(Conversation) error) error {
	ids, _, err := h.Owned(ctx, customer)
	if err != nil {
		return err
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
