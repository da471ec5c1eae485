package memory

import (
	"context"
	"slices"
	"time"
)

// A Consent is what a customer agreed to have kept without being asked each
// time: which kinds, when, and by which words.
type Consent struct {
	Given        time.Time `json:"given"`
	Question     string    `json:"question,omitempty"` // what they said yes to
	Words        string    `json:"words"`              // their own
	Conversation string    `json:"conversation,omitempty"`
	Seq          uint64    `json:"seq,omitempty"`
	Kinds        []string  `json:"kinds"`
	Revoked      time.Time `json:"revoked,omitzero"`
	RevokedBy    string    `json:"revoked_by,omitempty"` // their own words
}

// Harmless are the kinds that one consent covers from then on. An allergy is
// about health, a household about other people, and what is of no kind may be
// anything: each of those is asked for by itself.
var harmless = []string{"size", "fit", "taste", "activity", "budget", "gift"}

// Harmless are the kinds of fact that one consent covers.
func Harmless() []string { return slices.Clone(harmless) }

// Consents says that facts of a kind may be kept without asking.
func (p *Profile) Consents(kind string) bool {
	return p.Consent != nil && p.Consent.Revoked.IsZero() && slices.Contains(p.Consent.Kinds, kind)
}

// Stopped says that the customer told us to stop remembering, and nothing since.
func (p *Profile) Stopped() bool { return p.Consent != nil && !p.Consent.Revoked.IsZero() }

// Allow keeps a consent.
func (m *Memory) Allow(ctx context.Context, customer string, c Consent) error {
	return m.change(ctx, customer, func(p *Profile) { p.Consent = &c })
}

// Revoke ends a consent, by the customer's own words: nothing more is kept, and
// nothing is asked for. What is kept already stays until it is forgotten.
func (m *Memory) Revoke(ctx context.Context, customer, words string) error {
	return m.change(ctx, customer, func(p *Profile) {
		if p.Consent == nil {
			p.Consent = &Consent{}
		}
		p.Consent.Revoked, p.Consent.RevokedBy = m.cfg.Now(), words
	})
}
