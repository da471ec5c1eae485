package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parley/memory/seal"
	"parley/memory/store"
)

// What is kept of a conversation is sealed with the key of the customer whose it
// is: its record, its entries, its contact details. A conversation that its guest
// has signed in to is sealed with the customer's key from there on; what was
// written before stays under the guest's, which is dropped with it.

// KindErased stands in place of an entry whose writer was erased since. It is
// never sent to shoppers.
const KindErased Kind = "erased"

// seal encrypts something of a conversation. When the customer was erased since
// the record was read it gives [ErrNoConversation], so that a turn which was
// under way writes nothing after an erasure.
func (h *Hub) seal(ctx context.Context, c Conversation, as string, plain []byte) ([]byte, error) {
	owner := c.Customer.ID
	if c.ref == (seal.Ref{}) || !c.ref.Of(h.cfg.Ring.Name(owner)) { // a new one, or one that was kept in plain, or that somebody signed in to
		return h.cfg.Ring.Seal(ctx, owner, as, plain)
	}
	box, err := h.cfg.Ring.SealAs(ctx, c.ref, as, plain)
	if errors.Is(err, seal.ErrDropped) {
		return nil, ErrNoConversation
	}
	return box, err
}

func asRecord(id string) string { return "conversation " + id }

func (h *Hub) sealRecord(ctx context.Context, c Conversation) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return h.seal(ctx, c, asRecord(c.ID), b)
}

// openRecord reads a record. One of an erased customer gives [ErrNoConversation].
func (h *Hub) openRecord(ctx context.Context, id string, box []byte) (c Conversation, err error) {
	b, err := h.cfg.Ring.Open(ctx, asRecord(id), box)
	if errors.Is(err, seal.ErrDropped) {
		return c, ErrNoConversation
	}
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, fmt.Errorf("the record of %s: %w", id, err)
	}
	c.ref, _ = seal.RefOf(box)
	return c, nil
}

func asEntry(conversation string, seq uint64) string {
	return fmt.Sprintf("log %s %d", conversation, seq)
}

// opened reads an entry.
func (h *Hub) opened(ctx context.Context, conversation string, i store.Item) (e Entry, err error) {
	b, err := h.cfg.Ring.Open(ctx, asEntry(conversation, i.Seq), i.Data)
	if errors.Is(err, seal.ErrDropped) {
		return Entry{Seq: i.Seq, ID: fmt.Sprintf("erased/%d", i.Seq), From: From{Role: RoleSystem}, Kind: KindErased, Body: json.RawMessage("{}"), At: i.At}, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	if err != nil {
		return e, fmt.Errorf("entry %d of %s: %w", i.Seq, conversation, err)
	}
	e.Seq = i.Seq
	return e, nil
}
