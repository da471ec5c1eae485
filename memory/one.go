package memory

import (
	"context"
	"slices"
)

// Drop deletes the fact with an id and no other, and says whether there was one.
func (m *Memory) Drop(ctx context.Context, customer, id string) (bool, error) {
	found := false
	err := m.change(ctx, customer, func(p *profile) {
		n := len(p.Facts)
		p.Facts = slices.DeleteFunc(p.Facts, func(f Fact) bool { return f.ID == id })
		found = len(p.Facts) < n
	})
	return found, err
}
