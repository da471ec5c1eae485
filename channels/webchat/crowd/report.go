package crowd

import (
	"context"
	"time"

	"parley/channels"
)

// A Kind says what was promised and not kept.
type Kind string

// The kinds of violation.
const (
	Lost       Kind = "lost"       // what was acknowledged is not there
	Doubled    Kind = "doubled"    // it is there, or took effect, more than once
	Reordered  Kind = "reordered"  // it stands or was shown in another order, or with a gap
	Unanswered Kind = "unanswered" // a message has no answer, and none that takes its place
	Half       Kind = "half"       // a part of an answer stands without the rest, or without its effect
	Remains    Kind = "remains"    // something is left of what was to be erased
)

// A Violation is one thing that went wrong, and where.
type Violation struct {
	Kind Kind   `json:"kind"`
	What string `json:"what"`
}

func (v Violation) String() string { return string(v.Kind) + ": " + v.What }

// Records are what lasted. They are read when no server runs any more, or none
// has anything left to do.
type Records interface {
	// Entries is the whole log of a conversation, hidden entries too.
	Entries(ctx context.Context, conversation string) ([]channels.Entry, error)
	// HandOff is where a conversation's hand-off stands beside its log.
	HandOff(ctx context.Context, conversation string) (channels.HandOffPhase, error)
	// Took counts how often an errand took effect.
	Took(ctx context.Context, customer, of string) (int, error)
	// Kept counts the facts with a word in them about a conversation's customer.
	Kept(ctx context.Context, conversation, word string) (int, error)
	// Events counts the shop events by message id.
	Events(ctx context.Context) (map[string]int, error)
	// Remains names the places in which something of an erased conversation is left.
	Remains(ctx context.Context, conversation string) ([]string, error)
}

// A Report is what a run came to.
type Report struct {
	Conversations int // begun
	Erased        int // of them, and were to be
	Acknowledged  int // messages, presses and ratings that the server said are stored
	Answered      int // messages with an answer
	Events        int // acknowledged
	Effects       int // errands and facts that a yes brought about
	Violations    []Violation
	Stored        []time.Duration // from the first try until the acknowledgement
	Longest       map[string]time.Duration
	Waits         []Wait // for answers
}

// A Wait is how long something that was said waited for its answer.
type Wait struct {
	Conversation string
	Begun        time.Time
	Took         time.Duration
}

// Count counts the violations of a kind.
func (r *Report) Count(k Kind) int {
	n := 0
	for _, v := range r.Violations {
		if v.Kind == k {
			n++
		}
	}
	return n
}
