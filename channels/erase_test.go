package channels

import (
	"context"
	"errors"
)

// eraseCustomer is what an erasure has a hub do, but for the customer's key: it
// returns how many entries went.
func (h *Hub) eraseCustomer(ctx context.Context, customer string) (int, error) {
	ids, conversations, err := h.Belongings(ctx, customer)
	if err != nil {
		return 0, err
	}
	n, err := h.CountEntries(ctx, conversations)
	return n, errors.Join(err, h.EraseConversations(ctx, conversations), h.EraseOwners(ctx, ids))
}
