package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/memory/retention"
	"parley/memory/seal"
)

// Ends is when a fact goes that is not stated again and not used: a fading one
// after an age, the gift of an occasion soon after that, and zero for what holds
// until it is forgotten, as a size or an allergy.
func (f Fact) Ends(unused retention.Age) time.Time {
	life := lives[f.Kind]
	switch {
	case life.whole > 0:
		return f.stated().Add(life.whole)
	case f.fades():
		return unused.After(f.touched())
	}
	return time.Time{}
}

// touched is when a fact was last stated or used.
func (f Fact) touched() time.Time {
	if f.Used.After(f.stated()) {
		return f.Used
	}
	return f.stated()
}

// Retain gives the rule by which facts go: those that fade, once nobody stated or
// used them for an age, those whose occasion is over, and the history of others
// after the same age.
func (m *Memory) Retain(unused retention.Age) retention.Rule {
	return retention.Rule{
		Kind: "facts", Of: "facts", Keep: unused,
		Old: func(ctx context.Context, before time.Time, each func(retention.Thing) error) error {
			return seal.Each(ctx, m.keys, func(value []byte) error {
				var p Profile
				if err := json.Unmarshal(value, &p); err != nil {
					return fmt.Errorf("read what is kept of a customer: %w", err)
				}
				if n := p.retire(before, m.cfg.Now()); n > 0 && p.Customer != "" {
					return each(retention.Thing{ID: p.Customer, Count: n, More: before})
				}
				return ctx.Err()
			})
		},
		Remove: func(ctx context.Context, t retention.Thing) error {
			return m.change(ctx, t.ID, func(p *Profile) { p.retire(t.More.(time.Time), m.cfg.Now()) })
		},
	}
}

// retire lets go of what is old, and counts it.
func (p *Profile) retire(before, now time.Time) int {
	n := len(p.Facts) + len(p.Past)
	p.drop(now)
	p.Facts = slices.DeleteFunc(p.Facts, func(f Fact) bool {
		return f.fades() && f.touched().Before(before)
	})
	p.Past = slices.DeleteFunc(p.Past, func(f Past) bool { return f.Until.Before(before) })
	return n - len(p.Facts) - len(p.Past)
}
