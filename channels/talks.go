package channels

import (
	"context"
	"time"

	"parley/memory/redact"
)

// A Turn is something said.
type Turn struct {
	Seq     uint64
	Speaker string
	Text    string
	At      time.Time
}

// A Talk is what was said in one conversation behind a place in it.
type Talk struct {
	Conversation string
	Last         uint64 // the sequence that the conversation has got to
	Turns        []Turn
}

// Talks returns every conversation of a customer, the oldest first, with what
// was said in each after a sequence: so recall reads on where it stopped.
func (h *Hub) Talks(ctx context.Context, customer string, after map[string]uint64) ([]Talk, error) {
	var out []Talk
	err := h.each(ctx, customer, func(c Conversation) error {
		have := after[c.ID]
		entries, err := h.Entries(ctx, c.ID, 0)
		if err != nil {
			return err
		}
		t := Talk{Conversation: c.ID, Last: uint64(len(entries))}
		for _, e := range entries[min(have, t.Last):] {
			if text := textOf(e); text != "" && e.Kind == KindText {
				t.Turns = append(t.Turns, Turn{e.Seq, string(e.From.Role), redact.Unnumbered(text), e.At})
			}
		}
		out = append(out, t)
		return nil
	})
	return out, err
}
