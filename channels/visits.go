package channels

import (
	"context"
	"slices"
	"time"
)

// A Visit is one conversation as its own customer sees it: without notes of
// staff, and without what the assistant went by.
type Visit struct {
	ID        string    `json:"id"`
	Begun     time.Time `json:"begun"`
	Last      time.Time `json:"last"` // of the newest entry
	Transport string    `json:"transport,omitempty"`
	Locale    string    `json:"locale,omitempty"`
	Messages  int       `json:"messages"` // that the customer wrote
	Entries   []Entry   `json:"entries,omitempty"`
}

// Visits are the conversations of a customer in which something was said, the
// newest first. only, where it is not empty, names the one that is wanted;
// whole says that their entries are.
func (h *Hub) Visits(ctx context.Context, customer, only string, whole bool) ([]Visit, error) {
	var out []Visit
	err := h.each(ctx, customer, func(c Conversation) error {
		if only != "" && c.ID != only {
			return nil
		}
		all, err := h.Entries(ctx, c.ID, 0)
		if err != nil || len(all) == 0 {
			return err
		}
		v := Visit{ID: c.ID, Begun: c.Created, Last: all[len(all)-1].At, Transport: c.Transport, Locale: c.Locale}
		for _, e := range all {
			if e.From.Role == RoleShopper && e.Kind == KindText {
				v.Messages++
			}
			if shown, ok := h.Shown(ctx, c.ID, e); ok && whole {
				v.Entries = append(v.Entries, shown)
			}
		}
		out = append(out, v)
		return nil
	})
	slices.SortStableFunc(out, func(a, b Visit) int { return b.Last.Compare(a.Last) })
	return out, err
}
