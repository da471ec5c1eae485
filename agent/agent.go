// Package agent runs one turn of a conversation: it gives a model its context,
// runs the tools the model calls, asks the customer before anything is changed,
// and lets no sentence out whose facts no tool result carries. It knows no
// concrete tool, channel or store. Start with [Turn], then [Agent].
package agent

import (
	"encoding/json"
	"time"

	"parley/agent/llm"
)

// A Turn is everything one answer is made from.
type Turn struct {
	ID       string // of the message answered: idempotency keys derive from it
	Customer llm.Customer
	Locale   string // of the shopper's interface; the words decide over it
	Page     *llm.Page
	History  []llm.Message // earlier turns, calls and results included
	Pending  *Pending      // the question the last turn ended with, still unanswered
	Text     string
	Act      string   // "confirm" or "decline" when a button was pressed instead of words
	Of       string   // the question that the button is of; empty: the one that is open
	Facts    []string // consented facts, in words
	Recalled []Recalled
	Brief    string // left by staff when they handed the conversation back
	Angry    int    // angry turns just before this one
	Now      time.Time
	// Thrifty says that the tokens of the day are spent: only models that cost
	// none are asked.
	Thrifty bool
	// Spend is told of the tokens of each request to a model, also of those whose
	// answer never came. Nil for nobody.
	Spend func(llm.Usage)
	// Begun says that the customer said yes to Pending in a turn that never ended:
	// the act may have taken effect, and is carried out whatever was said since.
	Begun bool
	// Traced is told what happened, once, when the turn is over: also when it has
	// no outcome. Nil for nobody.
	Traced func(Trace)
	// Veil keeps contact details from models; nil when there are none to keep.
	Veil Veil
}

// A Recalled is an earlier turn that may matter, fenced as data in the prompt.
type Recalled struct {
	At   time.Time
	Text string
}

// A Pending is an act that waits for the customer's own yes.
type Pending struct {
	ID      string          `json:"id"`
	Call    llm.Call        `json:"call"`
	Preview llm.Preview     `json:"preview"`
	Key     string          `json:"key"` // idempotency key, from conversation, id and arguments
	Asked   time.Time       `json:"asked"`
	Locale  string          `json:"locale,omitempty"`
	Said    []llm.Said      `json:"said,omitempty"` // the customer's messages that it was asked about, the newest last
	Extra   json.RawMessage `json:"extra,omitempty"`
}

// An Event is something that happens during a turn. Exactly one field is set.
type Event struct {
	Status *Status  // ephemeral: what the assistant is doing
	Delta  string   // released text
	Acting *Pending // the customer said yes: this runs as soon as the event is taken
	Done   *Outcome // last
}

// A Status is what the assistant is doing, for people to read.
type Status struct {
	Doing string `json:"doing"`          // "thinking", "looking", "typing"
	What  string `json:"what,omitempty"` // the tool's name
}

// An Outcome is a finished turn: what is shown and what is kept.
type Outcome struct {
	Text     string        // equal to the released deltas joined
	Cards    []llm.Card    // shown after the text
	Pending  *Pending      // the customer must answer before it runs
	Resolved string        // "done", "declined", "dropped": what became of Turn.Pending
	HandOff  *HandOff      // bring in a person
	Suggest  []string      // replies to tap
	Locale   string        // the language answered in
	Messages []llm.Message // user message, calls, results and answer: a valid history
	Mood     float64       // sentiment of the shopper's message, -1..1
	Angry    bool
	Trace    Trace
}

// A HandOff says why a person is wanted.
type HandOff struct {
	Reason  string `json:"reason"` // "requested", "angry", "policy", "stuck", "failed"
	Summary string `json:"summary,omitempty"`
}
