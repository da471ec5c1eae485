// Package recsys recommends: popularity, item neighbours, bought together. It
// reads interactions and gives items with scores and true reasons; it knows no
// shop, no socket and no model. Start with [Dataset], then [Recommender].
package recsys

import (
	"context"
	"time"
)

// An Interaction is one thing a customer did with an item.
type Interaction struct {
	Customer, Item string
	At             time.Time
	Value          float64 // weight or rating; 0 means 1
	Basket         string  // groups what was bought together; empty when unknown
}

// A Query asks for items.
type Query struct {
	Customer string            // "" for one not known
	Recent   []string          // items of this session, newest last: folded in without retraining
	Exclude  []string          // never returned
	K        int               // how many; 0 means 10
	Filter   func(string) bool // nil means all
}

// A Scored is one recommended item.
type Scored struct {
	Item    string   `json:"item"`
	Score   float64  `json:"score"`
	Reasons []Reason `json:"reasons,omitempty"` // strongest first
}

// A Reason is something true that made an item score.
type Reason struct {
	Kind   string  `json:"kind"`           // "bought", "viewed", "basket", "popular", "segment", "attribute"
	Item   string  `json:"item,omitempty"` // the neighbour it came through
	Count  int     `json:"count,omitempty"`
	Weight float64 `json:"weight"`
}

// A Recommender ranks items for a query, best first, ties by item id. It is
// safe for concurrent use and deterministic.
type Recommender interface {
	Recommend(ctx context.Context, q Query) ([]Scored, error)
}
