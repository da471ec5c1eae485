package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// events are what the shop's pages tell beside the chat.
type events struct {
	crowd *Crowd

	mu    sync.Mutex
	acked map[string]bool // by message id: whether it was acknowledged
}

// An event in the words of Segment's e-commerce spec.
type event struct {
	Name        string         `json:"event"`
	MessageID   string         `json:"messageId"`
	AnonymousID string         `json:"anonymousId"`
	Properties  map[string]any `json:"properties"`
}

func (e *events) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, ok := range e.acked {
		if ok {
			n++
		}
	}
	return n
}

// run sends batch after batch, each until it is acknowledged, some of them once
// more, until the crowd rests.
func (e *events) run(ctx context.Context) {
	rng := rand.New(rand.NewPCG(e.crowd.cfg.Seed, 1<<40))
	for ctx.Err() == nil && !e.crowd.rests() {
		batch := make([]event, 1+rng.IntN(3))
		for i := range batch {
			batch[i] = event{"Product Viewed", fmt.Sprintf("e%d", e.crowd.next()), fmt.Sprintf("page%d", rng.IntN(20)), map[string]any{"product_id": "crowd"}}
		}
		e.note(batch, false)
		for again := rng.IntN(8) / 7; again >= 0; again-- {
			for n := rng.IntN(1 << 20); ctx.Err() == nil && e.post(ctx, n, batch) != nil; n++ {
				pause(ctx, 20*time.Millisecond)
			}
		}
		if ctx.Err() == nil {
			e.note(batch, true)
		}
		pause(ctx, 10*time.Millisecond) // a page is not a flood
	}
}

func (e *events) note(batch []event, acked bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range batch {
		e.acked[x.MessageID] = acked
	}
}

func (e *events) post(ctx context.Context, n int, batch []event) error {
	address, err := e.crowd.address(n)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"batch": batch})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/v1/events", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := e.crowd.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("events: %s", res.Status)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
