package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
)

// RecallOptions narrow a recall.
type RecallOptions struct {
	K    int    // how many; 0 means 5
	Skip string // a conversation that is known already
}

// A Hit is a turn recalled.
type Hit struct {
	Turn  Turn
	Score float64
}

// Recall ranks a customer's earlier turns for a text. Turns that share neither
// a word with it nor its meaning are left out.
func (m *Memory) Recall(ctx context.Context, customer, text string, opt RecallOptions) ([]Hit, error) {
	if m.cfg.Turns == nil {
		return nil, nil
	}
	turns, err := m.cfg.Turns(ctx, customer)
	if err != nil {
		return nil, err
	}
	turns = slices.DeleteFunc(turns, func(t Turn) bool { return t.Conversation == opt.Skip })
	if len(turns) == 0 {
		return nil, nil
	}
	x, err := m.indexes.get(ctx, customer+"\x00"+opt.Skip, turns)
	if err != nil {
		return nil, err
	}
	hits, err := x.rank(ctx, text)
	return hits[:min(cmp.Or(opt.K, 5), len(hits))], err
}

// indexes keeps the indexes of the customers who are about, the least lately
// used going first. They are rebuilt from what is stored, and never written.
type indexes struct {
	mu   sync.Mutex
	byID map[string]*index
	used []string // oldest first
}

// Kept at most: at 600 turns each, about 1 MB an index.
const mostIndexes = 256

func (c *indexes) get(ctx context.Context, id string, turns []Turn) (*index, error) {
	c.mu.Lock()
	x := c.byID[id]
	c.mu.Unlock()
	if x == nil || !slices.Equal(x.turns, turns) {
		var err error
		if x, err = newIndex(ctx, turns); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]*index{}
	}
	c.byID[id] = x
	c.used = append(slices.DeleteFunc(c.used, func(u string) bool { return u == id }), id)
	if len(c.used) > mostIndexes {
		delete(c.byID, c.used[0])
		c.used = c.used[1:]
	}
	return x, nil
}

// forget drops what is held of a customer.
func (c *indexes) forget(customer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := func(id string) bool { return strings.HasPrefix(id, customer+"\x00") }
	for id := range c.byID {
		if gone(id) {
			delete(c.byID, id)
		}
	}
	c.used = slices.DeleteFunc(c.used, gone)
}
