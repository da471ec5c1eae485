package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/memory/store"
)

// A message that is stored and not queued would never be answered: a crash came
// between the two, or the queue was full. The sweep finds it. It looks only at
// conversations that something was written to since the mark up to which all was
// looked at before, at the start and then every minute.
const (
	sweepEvery = time.Minute
	sweepAgain = time.Second
	sweptKey   = "swept"
)

// Swept is closed when a hub that runs has looked for what was left before it.
func (h *Hub) Swept() <-chan struct{} { return h.swept }

// sweeps looks until ctx ends. Up to the end of the first look a message may
// wait for its answer that an earlier process left; what is posted now does not.
func (h *Hub) sweeps(ctx context.Context) error {
	until, _, err := h.cfg.Store.Ends(ctx)
	if err != nil {
		return err
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for first := true; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		// What was written a minute ago and more is queued by now, or will never
		// be: the end as it is now is for the next look.
		now, _, err := h.cfg.Store.Ends(ctx)
		if err == nil {
			err = h.sweep(ctx, until)
		}
		next := sweepEvery
		if err == nil {
			until, first = now, false
			h.first.Do(func() { close(h.swept) })
		} else {
			full := errors.Is(err, store.ErrBusy) // the queue is being worked off
			if full || first {
				next = sweepAgain
			}
			if !full && ctx.Err() == nil {
				h.cfg.Log.Warn("hub: messages that were left are not looked for; tried again", "in", next, "error", err)
			}
		}
		pause.Reset(next)
	}
}

// sweep queues the messages from the mark up to a place that nobody answered,
// and moves the mark.
func (h *Hub) sweep(ctx context.Context, until store.Place) error {
	here, err := h.cfg.Store.Bucket(ctx, store.Here)
	if err != nil {
		return err
	}
	b, rev, err := here.Get(ctx, sweptKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	var mark store.Place
	if err == nil {
		if err := json.Unmarshal(b, &mark); err != nil {
			return fmt.Errorf("read what was swept: %w", err)
		}
	}
	if mark == until {
		return nil
	}
	if mark > until {
		if end, _, err := h.cfg.Store.Ends(ctx); err != nil || mark <= end {
			return err // another process has looked already
		}
		mark = 0 // of a store that had more, and lost it: look at all of this one
	}
	left, err := h.unanswered(ctx, mark, until)
	if err != nil {
		return err
	}
	for id, message := range left {
		if err := h.cfg.Store.Enqueue(ctx, id, "again:"+message, []byte(message)); err != nil {
			return err
		}
	}
	text, err := json.Marshal(until)
	if err != nil {
		return err
	}
	if rev == 0 {
		_, err = here.Create(ctx, sweptKey, text)
	} else {
		_, err = here.Update(ctx, sweptKey, text, rev)
	}
	if errors.Is(err, store.ErrConflict) {
		return nil // another process looked at the same time
	}
	return err
}

// Unanswered gives the newest message of each conversation in which it waits for
// an answer of the assistant: in the queue, or to be found by a sweep.
func (h *Hub) Unanswered(ctx context.Context) (messages map[string]string, err error) {
	end, _, err := h.cfg.Store.Ends(ctx)
	if err != nil {
		return nil, err
	}
	return h.unanswered(ctx, 0, end)
}

// unanswered looks at what was written after one place and up to another.
func (h *Hub) unanswered(ctx context.Context, mark, until store.Place) (map[string]string, error) {
	left := map[string]string{} // the newest message of a conversation, if it waits
	err := h.cfg.Store.Changed(ctx, mark, func(id string, at store.Place, items []store.Item) error {
		for _, i := range items {
			e, err := h.opened(ctx, id, i)
			switch {
			case err != nil:
				return err
			case asks(e) && at <= until:
				left[id] = e.ID
			case asks(e), e.Answers != "" && e.Answers == left[id], e.From.Role == RoleStaff:
				delete(left, id)
			}
		}
		return nil
	})
	return left, err
}
