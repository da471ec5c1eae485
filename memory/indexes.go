package memory

import (
	"slices"
	"sync"
)

// indexes keeps the indexes of the customers who are about, the least lately
// used going first. They are made from what is stored, and never written.
type indexes struct {
	most      int   // held at most
	mostBytes int64 // that they may take together, about

	mu    sync.Mutex
	byID  map[string]*held
	used  []string // oldest first
	bytes int64
}

// Bounds of what is held. 600 turns take about 0.9 MB.
const (
	mostIndexes    = 256
	mostIndexBytes = 256 << 20
)

// hold is a customer's index, the newest in use; empty when there was none.
func (c *indexes) hold(customer string) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]*held{}
	}
	h := c.byID[customer]
	if h == nil {
		h = &held{}
		c.byID[customer] = h
	}
	c.used = append(slices.DeleteFunc(c.used, func(u string) bool { return u == customer }), customer)
	for len(c.used) > c.most {
		c.drop(c.used[0])
	}
	return h
}

// weigh notes how much an index takes now, and lets the oldest go until all
// fit. One that is too large alone is used and not kept.
func (c *indexes) weigh(customer string, h *held) {
	size := h.index.bytes + h.index.vectors.size()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID[customer] != h { // it went meanwhile
		return
	}
	c.bytes += size - h.bytes
	h.bytes = size
	for c.bytes > c.mostBytes && len(c.used) > 0 {
		c.drop(c.used[0])
	}
}

func (c *indexes) drop(customer string) {
	if h := c.byID[customer]; h != nil {
		c.bytes -= h.bytes
		delete(c.byID, customer)
	}
	c.used = slices.DeleteFunc(c.used, func(u string) bool { return u == customer })
}

// forget drops what is held of a customer.
func (c *indexes) forget(customer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(customer)
}

// clear drops what is held of everybody: somebody was erased, maybe by another
// process.
func (c *indexes) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.byID)
	c.used, c.bytes = nil, 0
}
