package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/memory/redact"
)

// A veil covers one turn of a conversation. It is an agent.Veil.
type veil struct {
	hub          *Hub
	conversation Conversation

	mu     sync.Mutex
	values map[string]string // handed to tools in this turn: their placeholders
}

func (v *veil) Reveal(ctx context.Context, args json.RawMessage) (json.RawMessage, []string) {
	look := v.hub.vault.reveal(ctx, v.conversation.ID)
	return redact.RevealJSON(args, func(k redact.Kind, n int) (string, bool) {
		value, ok := look(k, n)
		if ok {
			v.mu.Lock()
			v.values[value] = redact.Placeholder(k, value, n)
			v.mu.Unlock()
		}
		return value, ok
	})
}

// Conceal covers the values that were handed out to the letter, also where
// nothing else would find them, and then whatever is found.
func (v *veil) Conceal(ctx context.Context, value json.RawMessage) json.RawMessage {
	v.mu.Lock()
	known := maps.Clone(v.values)
	v.mu.Unlock()
	for _, text := range slices.SortedFunc(maps.Keys(known), func(a, b string) int { return len(b) - len(a) }) {
		if b, err := json.Marshal(text); err == nil && len(text) >= 5 {
			value = bytes.ReplaceAll(value, b[1:len(b)-1], []byte(known[text]))
		}
	}
	out, err := v.hub.concealed(ctx, v.conversation, value)
	if err != nil {
		v.hub.cfg.Log.Error("hub: contact details of a turn could not be kept; they are left out", "conversation", v.conversation.ID, "error", err)
		return v.hub.cfg.Public.JSON(value)
	}
	return out
}

// concealed puts placeholders into a JSON value, and keeps the contact details
// behind them.
func (h *Hub) concealed(ctx context.Context, c Conversation, value json.RawMessage) (out json.RawMessage, err error) {
	err = h.vault.conceal(ctx, c, func(number func(redact.Kind, string) int) {
		out = h.cfg.Public.ReplaceJSON(value, number)
	})
	return out, err
}

// stored is an entry as it is written: nothing in it tells a secret or how to
// reach a person, and it is sealed.
func (h *Hub) stored(ctx context.Context, c Conversation, e *Entry) (json.RawMessage, error) {
	var err error
	if e.Body, err = h.concealed(ctx, c, e.Body); err != nil {
		return nil, err
	}
	written := struct {
		Entry
		Inside json.RawMessage `json:"inside,omitempty"`
	}{Entry: *e}
	if e.Inside != nil {
		if written.Inside, err = json.Marshal(e.Inside); err != nil {
			return nil, err
		}
		if written.Inside, err = h.concealed(ctx, c, written.Inside); err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(written)
	if err != nil {
		return nil, err
	}
	return h.seal(ctx, c, asEntry(c.ID, e.Seq), b)
}

// Shown gives an entry as its own shopper may see it: as [Public] does, with the
// contact details that they gave while these are kept. ok is false for an entry
// that is not for shoppers.
func (h *Hub) Shown(ctx context.Context, conversation string, e Entry) (shown Entry, ok bool) {
	if e, ok = Public(e); ok {
		e.Body, _ = redact.RevealJSON(e.Body, h.vault.reveal(ctx, conversation))
	}
	return e, ok
}

// tidy empties the vault of what is too old, now and every hour until ctx ends.
func (h *Hub) tidy(ctx context.Context) {
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	for {
		if err := h.vault.tidy(ctx); err != nil && ctx.Err() == nil {
			h.cfg.Log.Warn("hub: old contact details are still there; tried again in an hour", "error", err)
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}
