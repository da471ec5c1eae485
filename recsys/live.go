package recsys

import (
	"context"
	"sync/atomic"
)

// A Live holds the Engine in use and lets it be replaced while it is asked: an
// answer under way is finished by the engine that began it. It is safe for
// concurrent use.
type Live struct{ at atomic.Pointer[Engine] }

// NewLive begins with an engine.
func NewLive(e *Engine) *Live {
	l := &Live{}
	l.at.Store(e)
	return l
}

// Engine is the one in use.
func (l *Live) Engine() *Engine { return l.at.Load() }

// Swap puts another in its place and returns the old one.
func (l *Live) Swap(e *Engine) *Engine { return l.at.Swap(e) }

// Shelf is a Recommender that asks whatever engine is in use for one of its
// shelves: live.Shelf((*Engine).AlsoLike).
func (l *Live) Shelf(pick func(*Engine) Recommender) Recommender { return shelf{l, pick} }

type shelf struct {
	live *Live
	pick func(*Engine) Recommender
}

func (s shelf) Recommend(ctx context.Context, q Query) ([]Scored, error) {
	return s.pick(s.live.Engine()).Recommend(ctx, q)
}
