package memory

import (
	"math"
	"slices"
	"strings"
	"time"

	"parley/memory/facts"
)

// A Fact is one thing a customer stated and agreed to have kept.
type Fact struct {
	ID           string    `json:"id"`
	Kind         string    `json:"kind"`              // size, allergy, taste, fit, household, activity, budget, gift, other
	Of           string    `json:"of,omitempty"`      // what part of a kind: shoes, trousers, clothes; diet; feet, height
	Value        string    `json:"value"`             // in one form, whatever the language: M, EU 42, wool
	Against      bool      `json:"against,omitempty"` // of a taste: it is not wanted
	For          string    `json:"for,omitempty"`     // whom it is about, as daughter; "" for the customer
	Quote        string    `json:"quote"`             // the customer's own words
	Conversation string    `json:"conversation,omitempty"`
	Seq          uint64    `json:"seq,omitempty"` // of the message that the quote stands in
	Consent      string    `json:"consent"`       // how and when it was given
	Since        time.Time `json:"since"`
	Again        time.Time `json:"again,omitzero"`   // when it was last stated again
	Used         time.Time `json:"used,omitzero"`    // when it last went into an answer
	Source       string    `json:"source,omitempty"` // idempotency key: the same one is kept once
	Replaces     string    `json:"replaces,omitempty"`
}

// A Past is a fact that holds no longer: history for the customer and for staff.
type Past struct {
	Fact
	Until time.Time `json:"until"`
	Why   string    `json:"why"` // replaced, taken back
	Words string    `json:"words,omitempty"`
}

// A Profile is all that is kept of a customer beside the conversations.
type Profile struct {
	Customer string   `json:"customer,omitempty"`
	Facts    []Fact   `json:"facts"`
	Past     []Past   `json:"past,omitempty"`
	Consent  *Consent `json:"consent,omitempty"`
}

func (p *Profile) empty() bool { return len(p.Facts)+len(p.Past) == 0 && p.Consent == nil }

// What is no longer true is kept for this long a list.
const mostPast = 20

// lives are how long facts of a kind hold: for good, once, or fading.
var lives = map[string]struct{ whole, half time.Duration }{
	"gift":     {whole: 60 * day}, // for one occasion
	"taste":    {half: 180 * day},
	"fit":      {half: 365 * day},
	"activity": {half: 365 * day},
	"budget":   {half: 120 * day},
	"other":    {half: 365 * day},
}

const day = 24 * time.Hour

// Faded is the strength below which a fact is not used any more.
const Faded = .25

// Strength is how much a fact still weighs at a time: 1 when it was just stated,
// always 1 for a size or an allergy, half of it after the half-life of a taste,
// 0 for a gift of two months ago.
func (f Fact) Strength(now time.Time) float64 {
	life := lives[f.Kind]
	age := max(0, now.Sub(f.stated()))
	switch {
	case life.whole > 0 && age > life.whole:
		return 0
	case f.fades():
		return math.Pow(.5, age.Hours()/life.half.Hours())
	}
	return 1
}

// stated is when a fact was last said.
func (f Fact) stated() time.Time {
	if f.Again.After(f.Since) {
		return f.Again
	}
	return f.Since
}

// fades says that a fact weighs less with time. A diet is no taste that does.
func (f Fact) fades() bool {
	return lives[f.Kind].half > 0 && !(f.Kind == "taste" && f.Of == "diet")
}

// Live are the facts that still hold, faded ones included, the oldest first.
func (p *Profile) Live(now time.Time) []Fact {
	return slices.DeleteFunc(slices.Clone(p.Facts), func(f Fact) bool { return f.Strength(now) == 0 })
}

func (f Fact) statement() facts.Statement {
	return facts.Statement{Kind: f.Kind, Of: f.Of, Value: f.Value, Against: f.Against, For: f.For}
}

// Stated makes a fact of a statement, without its consent.
func Stated(s facts.Statement) Fact {
	return Fact{Kind: s.Kind, Of: s.Of, Value: s.Value, Against: s.Against, For: s.For, Quote: s.Quote}
}

// Sentence says a fact in words, in English or Chinese.
func Sentence(f Fact, locale string) string {
	r, err := facts.Default()
	if err != nil {
		return f.Value
	}
	return r.Sentence(f.statement(), locale)
}

// Find gives the facts that words mean: an id, the one last kept in a
// conversation ("last"; in any, where none is given), a value in either language,
// a kind, a kind of somebody ("my daughter's size").
func Find(list []Fact, what, conversation string) []Fact {
	r, err := facts.Default()
	w := strings.ToLower(strings.TrimSpace(what))
	if err != nil || w == "" {
		return nil
	}
	pick := func(is func(Fact) bool) []Fact {
		return slices.DeleteFunc(slices.Clone(list), func(f Fact) bool { return !is(f) })
	}
	if found := pick(func(f Fact) bool { return f.ID == what }); len(found) > 0 {
		return found
	}
	if w == "last" {
		found := pick(func(f Fact) bool { return conversation == "" || f.Conversation == conversation })
		if len(found) == 0 {
			found = list
		}
		return slices.Clone(found[max(0, len(found)-1):])
	}
	who := r.Person(w)
	mine := func(f Fact) bool { return who == "" || f.For == who }
	named := func(f Fact) bool {
		for _, locale := range []string{"en", "zh"} {
			v := strings.ToLower(r.Name(f.Value, locale))
			if len(v) > 1 && strings.Contains(w, v) || v == w {
				return true
			}
		}
		return r.Thing(w) == f.Value || len(w) > 2 && strings.Contains(strings.ToLower(f.Value), w)
	}
	if found := pick(func(f Fact) bool { return mine(f) && named(f) }); len(found) > 0 {
		return found
	}
	for _, s := range r.Read(what) { // "forget that I wear M"
		if found := pick(func(f Fact) bool { return f.statement().Same(s) }); len(found) > 0 {
			return found
		}
	}
	kind, of := r.KindOf(w)
	found := pick(func(f Fact) bool {
		return kind != "" && mine(f) && f.Kind == kind && (of == "" || f.Of == of)
	})
	if own := slices.DeleteFunc(slices.Clone(found), func(f Fact) bool { return f.For != "" }); who == "" && len(own) > 0 {
		return own // "my size" is not my daughter's
	}
	if len(found) == 0 && who != "" && kind == "" {
		return pick(mine)
	}
	return found
}
