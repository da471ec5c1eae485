// Package channels owns the conversation: it stores every entry before it is
// acknowledged, hands messages to the agent one at a time, and routes what is
// said between shopper, assistant, staff and the transports in the folders
// below. What it stores is redacted: a turn reads placeholders such as [email 1],
// and only its tools get what they stand for. It never talks to a socket itself.
// Start with [Entry], then [Hub].
package channels

import (
	"encoding/json"
	"time"

	"parley/agent/llm"
)

// A Role says who an entry is from.
type Role string

// Who can write an entry.
const (
	RoleShopper   Role = "shopper"
	RoleAssistant Role = "assistant"
	RoleStaff     Role = "staff"
	RoleSystem    Role = "system"
)

// From is the writer of an entry.
type From struct {
	Role Role   `json:"role"`
	ID   string `json:"id,omitempty"`   // staff: the transport's own id, never shown to shoppers
	Name string `json:"name,omitempty"` // shown
}

// A Kind says what an entry holds.
type Kind string

// The kinds of entry and the shape of their bodies.
const (
	KindText     Kind = "text"     // {text, suggest?: [string]}
	KindProducts Kind = "products" // {products: [card], title?, total?}; card: see tools.ProductCard
	KindCompare  Kind = "comparison"
	KindConfirm  Kind = "confirm" // {id, question, yes, no, state: open|done|declined|dropped}
	KindOrder    Kind = "order"
	KindHandOff  Kind = "handoff" // {state: requested|claimed|returned, reason?, who?, text}
	KindConsent  Kind = "consent" // {id, question, yes, no, fact}
	KindRating   Kind = "rating"
	KindNotice   Kind = "notice" // {text, code?}
	KindAct      Kind = "act"    // a button the shopper pressed: {of, value, text}
	KindNote     Kind = "note"   // staff only; never sent to shoppers
)

// An Entry is one durable thing in a conversation. Seq begins at 1, without gaps.
type Entry struct {
	// Seq is 0 for an entry that is shown and not kept: the answer to an erasure.
	Seq  uint64          `json:"seq"`
	ID   string          `json:"id"`
	From From            `json:"from"`
	Kind Kind            `json:"kind"`
	Body json.RawMessage `json:"body"`
	At   time.Time       `json:"at"`
	// Answers names the entry whose message this answers. All entries of one
	// answer are appended in one atomic step.
	Answers string `json:"answers,omitempty"`
	// Inside is never sent to a shopper: what the model said and was told.
	Inside *Inside `json:"inside,omitempty"`
}

// Inside is what an answer rests on. It stands on the last entry of an answer.
type Inside struct {
	Messages []llm.Message   `json:"messages,omitempty"` // the turn's model messages, calls and results
	Pending  json.RawMessage `json:"pending,omitempty"`  // agent.Pending, when the turn ended with a question to confirm
	Trace    json.RawMessage `json:"trace,omitempty"`
	Page     *llm.Page       `json:"page,omitempty"` // on a shopper's entry: where it was written
	Locale   string          `json:"locale,omitempty"`
	Mood     float64         `json:"mood,omitempty"` // of the shopper's message, -1..1
	Angry    bool            `json:"angry,omitempty"`
}

// Bodies of entries.
type (
	// A TextBody is words, with short replies to tap.
	TextBody struct {
		Text    string   `json:"text"`
		Suggest []string `json:"suggest,omitempty"`
	}
	// A ConfirmBody is a question before an act. It is stored as open; what
	// became of it is a later entry with the same ID.
	ConfirmBody struct {
		ID       string `json:"id"`
		Question string `json:"question"`
		Yes      string `json:"yes"`
		No       string `json:"no"`
		State    string `json:"state"` // open, done, declined, dropped
	}
	// A HandOffBody says who answers now.
	HandOffBody struct {
		State  string `json:"state"`
		Reason string `json:"reason,omitempty"`
		Who    string `json:"who,omitempty"`
		Text   string `json:"text,omitempty"`
	}
)
