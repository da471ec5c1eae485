// Package recsys recommends from what customers did with items: popularity,
// neighbours, linear models, factors, sequences, content, and blends of them.
// It reads interactions and gives items with scores and true reasons; it knows
// no shop, no socket and no language model. Start with [Dataset], then
// [Recommender] and [Model]; the linear algebra is gonum's.
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
	Kind           Kind
}

// A Kind is what was done with an item.
type Kind uint8

const (
	Bought Kind = iota
	Viewed
	Added // to a basket that is still open
	Rated
)

func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "unknown"
}

var kinds = [...]string{"bought", "viewed", "added", "rated"}

// A Query asks for items.
type Query struct {
	Customer string            // "" for one not known
	Past     []Interaction     // what the dataset does not hold of this customer; Customer is not read
	Recent   []string          // items of this session, newest last: folded in without retraining
	Segment  string            // of the customer, for models that know segments
	Exclude  []string          // never returned
	K        int               // how many; 0 means 10
	Filter   func(string) bool // nil means all
	Now      time.Time         // 0: the newest interaction of the dataset
}

// A Scored is one recommended item.
type Scored struct {
	Item    string   `json:"item"`
	Score   float64  `json:"score"`
	Reasons []Reason `json:"reasons,omitempty"` // strongest first
}

// A Reason is something true that made an item score.
type Reason struct {
	Kind   string  `json:"kind"`           // "bought", "viewed", "basket", "popular", "segment", "attribute", "words", "again", "readers", "set", "pinned", "price", "picture", "differs"
	Item   string  `json:"item,omitempty"` // the neighbour it came through
	Name   string  `json:"name,omitempty"` // of the attribute or segment; the words
	Count  int     `json:"count,omitempty"`
	Days   float64 `json:"days,omitempty"` // usual time between two purchases; of popular: the window counted, 0 for all time
	Weight float64 `json:"weight"`
}

// A Recommender ranks items for a query, best first, ties by item id. It is
// safe for concurrent use and deterministic.
type Recommender interface {
	Recommend(ctx context.Context, q Query) ([]Scored, error)
}
