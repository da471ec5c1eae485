package channels

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"parley/agent/llm"
	"parley/memory/store"
)

// DailyTokens bound what the models may use in a day (UTC), prompts and answers
// together. Over it, only models that cost nothing answer.
type DailyTokens struct {
	Customer int // each customer or visitor; 0: no bound
	Shop     int // all together; 0: no bound
}

// A meter counts the tokens of one turn, also of requests that were cut off.
type meter struct {
	mu   sync.Mutex
	used int
}

func (m *meter) add(u llm.Usage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used += u.Prompt + u.Generated
}

func (m *meter) total() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// spent is what was used on one day.
type spent struct {
	Day    string `json:"day"`
	Tokens int    `json:"tokens"`
}

// everybody is the key under which the shop's own sum is kept.
const everybody = "* all together"

// Used gives the tokens that were used today for a customer, or with "" for all
// customers together.
func (h *Hub) Used(ctx context.Context, customer string) (int, error) {
	in, key := h.shared, everybody
	if customer != "" {
		in, key = h.usage, customer
	}
	b, _, err := in.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var s spent
	if err := json.Unmarshal(b, &s); err != nil || s.Day != h.today() {
		return 0, err
	}
	return s.Tokens, nil
}

func (h *Hub) today() string { return h.cfg.Now().UTC().Format(time.DateOnly) }

// thrifty says that the tokens of the day are spent. What cannot be read is
// told in the log, and nobody is refused for it.
func (h *Hub) thrifty(ctx context.Context, customer string) bool {
	over := func(customer string, most int) bool {
		if most == 0 {
			return false
		}
		used, err := h.Used(ctx, customer)
		if err != nil {
			h.cfg.Log.Warn("hub: the tokens of the day are not known", "error", err)
		}
		return used >= most
	}
	return over(customer, h.cfg.Tokens.Customer) || over("", h.cfg.Tokens.Shop)
}

// spend adds what a turn of a conversation used. A turn that used nothing writes
// nothing, and one that erased its customer nothing of them.
func (h *Hub) spend(ctx context.Context, c Conversation, used int) {
	if used == 0 {
		return
	}
	ctx = context.WithoutCancel(ctx)
	spenders := map[string]store.Bucket{everybody: h.shared}
	if _, err := h.Get(ctx, c.ID); err == nil {
		spenders[c.Customer.ID] = h.usage
	}
	for key, in := range spenders {
		err := store.Update(ctx, in, key, func(old []byte) ([]byte, error) {
			s := spent{Day: h.today()}
			if old != nil {
				if err := json.Unmarshal(old, &s); err != nil {
					return nil, err
				}
			}
			if s.Day != h.today() {
				s = spent{Day: h.today()}
			}
			s.Tokens += used
			return json.Marshal(s)
		})
		if err != nil {
			h.cfg.Log.Warn("hub: tokens that were used are not noted", "tokens", used, "error", err)
		}
	}
}
