// Package tools binds the services below it (catalogue, orders, recommender,
// memory, sentiment) to tools that a model can call, each closed over the
// customer who asks. It decides nothing about a conversation and never takes a
// customer's id from a model. Start with [Tools], then [ProductCard].
package tools

import (
	"context"
	"time"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/facts"
	"parley/recsys"
	"parley/tools/catalog"
	"parley/tools/orders"
	"parley/tools/sentiment"
)

// A Config names the services. Catalog is needed; a tool whose service is
// missing is not offered.
type Config struct {
	Catalog   *catalog.Catalog
	Orders    orders.Service
	Proofs    *orders.Proofs // of guests; nil: orders are for who is signed in
	Memory    *memory.Memory
	Sentiment *sentiment.Analyzer
	AlsoLike  recsys.Recommender // for a customer, or around a product
	Together  recsys.Recommender // goes into the same basket
	Look      recsys.Recommender // completes an outfit or a set; nil: what goes into the same basket
	Again     recsys.Recommender // what a customer may need again; nil: by the orders' own pace
	Popular   recsys.Recommender // what sells now; nil: AlsoLike for nobody in particular
	Picture   recsys.Recommender // looks like a product; nil: the nearest of its category
	Instead   recsys.Recommender // stands in for a product; nil: the nearest of its category
	// Recent returns the products a customer looked at lately, newest last.
	Recent func(customer string) []string
	// Conversations counts a customer's conversations, for memory_show.
	Conversations func(ctx context.Context, customer string) (int, error)
	// Erase removes all that is kept of a customer; nil removes the facts alone.
	Erase func(ctx context.Context, customer string) (Erased, error)
	// Join gives a customer what is kept of who.Guest; nil: nobody is asked to.
	Join func(ctx context.Context, who llm.Customer) (facts, conversations int, err error)
	// Hours says in a locale when people answer.
	Hours func(locale string) string
	Now   func() time.Time
}

// Erased says what an erasure removed.
type Erased struct {
	Receipt        string // its number
	Facts, Entries int
}

// Tools makes the tools of one shop.
type Tools struct {
	Config
	phrases phrases
	facts   *facts.Reader
}

// New checks the configuration and loads the phrases.
func New(cfg Config) (*Tools, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Hours == nil {
		cfg.Hours = func(string) string { return "" }
	}
	if cfg.Recent == nil {
		cfg.Recent = func(string) []string { return nil }
	}
	p, err := loadPhrases()
	if err != nil {
		return nil, err
	}
	reader, err := facts.Default()
	if err != nil {
		return nil, err
	}
	return &Tools{Config: cfg, phrases: p, facts: reader}, nil
}

// For gives the tools that a customer may use. It is a [llm.Toolset].
func (t *Tools) For(c llm.Customer) []llm.Tool {
	s := session{Tools: t, who: c}
	list := []llm.Tool{s.searchProducts(), s.getProduct(), s.compareProducts(), s.storePolicy(), s.handOff()}
	if t.AlsoLike != nil {
		list = append(list, s.recommend())
	}
	if t.Together != nil {
		list = append(list, s.boughtTogether())
	}
	if t.Sentiment != nil {
		list = append(list, s.sentiment())
	}
	if t.Orders != nil {
		list = append(list, s.orderTools()...)
	}
	if t.Memory != nil {
		list = append(list, s.remember(), s.memoryShow(), s.memoryRecall(), s.forget(), s.consent())
	}
	if t.Join != nil && t.Memory != nil && c.Authenticated && c.Guest != "" {
		list = append(list, s.joinGuest())
	}
	return list
}

// A session is the tools in the hands of one customer.
type session struct {
	*Tools
	who llm.Customer
}

// locale is the language a card or question is written in.
func (s session) locale() string {
	if s.who.Locale == "" {
		return "en"
	}
	return s.who.Locale
}

func (s session) say(key string, args ...any) string {
	return s.phrases.say(s.locale(), key, args...)
}
