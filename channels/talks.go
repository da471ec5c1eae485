package channels

import (
	"context"
	"errors"
	"sync"
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

// How many conversations are asked side by side whether they have grown: with a
// store elsewhere each question is a way there and back.
const askedAtOnce = 8

// Talks returns every conversation of a customer, the oldest first, with what
// was said in each after a sequence: so recall reads on where it stopped.
func (h *Hub) Talks(ctx context.Context, customer string, after map[string]uint64) ([]Talk, error) {
	ids, _, err := h.Owned(ctx, customer)
	if err != nil {
		return nil, err
	}
	talks, errs := make([]*Talk, len(ids)), make([]error, len(ids))
	var wg sync.WaitGroup
	for first := range min(askedAtOnce, len(ids)) {
		wg.Go(func() {
			for i := first; i < len(ids); i += askedAtOnce {
				talks[i], errs[i] = h.talk(ctx, customer, ids[i], after[ids[i]])
			}
		})
	}
	wg.Wait()
	var out []Talk
	for _, t := range talks {
		if t != nil {
			out = append(out, *t)
		}
	}
	return out, errors.Join(errs...)
}

// talk is one conversation, nil when it is gone or of somebody else by now.
func (h *Hub) talk(ctx context.Context, customer, id string, after uint64) (*Talk, error) {
	c, err := h.Get(ctx, id)
	if errors.Is(err, error(ErrNoConversation)) {
		return nil, nil
	}
	if err != nil || c.Customer.ID != customer { // somebody signed in since
		return nil, err
	}
	entries, err := h.Entries(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	t := &Talk{Conversation: id}
	for _, e := range entries {
		t.Last = e.Seq
		if e.Seq <= after || e.Kind != KindText {
			continue
		}
		if text := textOf(e); text != "" {
			t.Turns = append(t.Turns, Turn{e.Seq, string(e.From.Role), redact.Unnumbered(text), e.At})
		}
	}
	return t, nil
}
