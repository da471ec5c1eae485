package memory

import (
	"cmp"
	"context"
	"slices"
	"sync"
)

// RecallOptions narrow a recall.
type RecallOptions struct {
	K    int    // how many; 0 means 5
	Skip string // a conversation that is known already
	Own  bool   // only the customer's own words
}

// A Hit is a turn recalled.
type Hit struct {
	Turn  Turn
	Score float64
}

// A Talk is what one conversation of a customer holds behind a place in it.
type Talk struct {
	Conversation string
	Last         uint64 // the sequence that it has got to
	Turns        []Turn // in order
}

// Recall ranks a customer's earlier turns, of all conversations, for a text.
// Turns that have too little to do with it are left out: often that is all of
// them.
func (m *Memory) Recall(ctx context.Context, customer, text string, opt RecallOptions) ([]Hit, error) {
	if m.cfg.Turns == nil {
		return nil, nil
	}
	h := m.indexes.hold(customer)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.refresh(ctx, m, customer); err != nil {
		return nil, err
	}
	m.indexes.weigh(customer, h)
	hits, err := h.index.rank(ctx, text, opt.Skip, m.cfg.Now())
	if opt.Own {
		hits = slices.DeleteFunc(hits, func(h Hit) bool { return h.Turn.Speaker != "shopper" })
	}
	return hits[:min(cmp.Or(opt.K, 5), len(hits))], err
}

// held is a customer's index, with who may touch it.
type held struct {
	mu    sync.Mutex
	index *index
	bytes int64 // as last weighed; of indexes
}

// refresh brings the index up to what is stored: what is new is added. Where a
// conversation is gone, or holds less than before, all is read again.
func (h *held) refresh(ctx context.Context, m *Memory, customer string) error {
	if h.index == nil {
		h.index = newIndex(m.meanings)
	}
	after := map[string]uint64{}
	for id, t := range h.index.talks {
		after[id] = t.held
	}
	list, err := m.cfg.Turns(ctx, customer, after)
	if err != nil {
		return err
	}
	if h.index.outlived(list) {
		h.index = newIndex(m.meanings)
		if list, err = m.cfg.Turns(ctx, customer, nil); err != nil {
			return err
		}
	}
	for _, t := range list {
		for _, turn := range t.Turns {
			h.index.add(turn)
		}
		h.index.talk(t.Conversation).held = t.Last
	}
	return h.index.vectors.fill(ctx, h.index.turns)
}

// outlived says that the index holds what is not stored any more.
func (x *index) outlived(list []Talk) bool {
	there := map[string]uint64{}
	for _, t := range list {
		there[t.Conversation] = t.Last
	}
	for id, t := range x.talks {
		if there[id] < t.held {
			return true
		}
	}
	return false
}
