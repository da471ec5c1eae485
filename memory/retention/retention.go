// Package retention lets go of what was kept long enough: rule after rule, once a
// day whichever processes run, with a report that counts and never names. It does
// not know what a conversation or a fact is, and removes nothing itself: a [Rule]
// does. Start with [Job].
package retention

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An Age is how long a kind of thing is kept after it was last used. The zero Age
// is for good.
type Age struct{ Months, Days int }

// Before is the time that things must have been used after, to be kept at now.
func (a Age) Before(now time.Time) time.Time { return now.AddDate(0, -a.Months, -a.Days) }

// After is when a thing goes that was last used at a time; zero for never.
func (a Age) After(used time.Time) time.Time {
	if a.ForGood() {
		return time.Time{}
	}
	return used.AddDate(0, a.Months, a.Days)
}

// ForGood says that nothing goes by age.
func (a Age) ForGood() bool { return a == Age{} }

func (a Age) String() string {
	switch {
	case a.ForGood():
		return "forever"
	case a.Days == 0:
		return strconv.Itoa(a.Months) + "mo"
	case a.Months == 0:
		return strconv.Itoa(a.Days) + "d"
	}
	return fmt.Sprintf("%dmo%dd", a.Months, a.Days)
}

// UnmarshalText reads 24mo, 30d, 2y or forever.
func (a *Age) UnmarshalText(text []byte) error {
	s := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(string(text))), " ", "")
	*a = Age{}
	if s == "forever" {
		return nil
	}
	for _, unit := range []struct {
		name string
		is   Age
	}{{"months", Age{Months: 1}}, {"mo", Age{Months: 1}}, {"days", Age{Days: 1}}, {"d", Age{Days: 1}}, {"years", Age{Months: 12}}, {"y", Age{Months: 12}}} {
		if number, ok := strings.CutSuffix(s, unit.name); ok {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 || n > 10_000 {
				break
			}
			*a = Age{n * unit.is.Months, n * unit.is.Days}
			return nil
		}
	}
	return fmt.Errorf("%q is no time to keep something: give days, months or years as in 30d, 24mo or 2y, or forever", text)
}

// A Rule lets go of one kind of thing.
type Rule struct {
	Kind string // "conversations"
	Of   string // what a thing consists of and is counted in: "entries"
	Keep Age
	// Old calls each for every thing of the kind that was last used before a time.
	// It goes on from where things are when an earlier run was cut short. What each
	// returns ends it.
	Old func(ctx context.Context, before time.Time, each func(Thing) error) error
	// Remove removes one whole, and must do no harm when it is removed already.
	Remove func(ctx context.Context, t Thing) error
}

// A Thing is one that is old enough to go.
type Thing struct {
	ID    string // for Remove; it stands in no report
	Count int    // of what it consists of, as entries; for the report
	// Held says why it stays although it is old: "a person has it". Empty: it goes.
	Held string
	More any // for Remove
}

// A Report says what a run did. It names nobody.
type Report struct {
	Began     time.Time `json:"began"`
	Ended     time.Time `json:"ended,omitzero"` // zero: it was cut short, and the next one goes on
	Next      time.Time `json:"next,omitzero"`  // when the next one is due
	Dry       bool      `json:"dry,omitempty"`  // nothing was removed
	Continued int       `json:"continued,omitempty"`
	Kinds     []Kind    `json:"kinds"`
}

// A Kind is what became of the things of one kind.
type Kind struct {
	Kind   string         `json:"kind"`
	Of     string         `json:"of"`               // what is counted
	Keep   string         `json:"keep"`             // for how long after its last use
	Before time.Time      `json:"before,omitzero"`  // what was last used before it goes
	Went   int            `json:"went"`             // things
	Count  int            `json:"count"`            // of what these consisted of
	Held   map[string]int `json:"held,omitempty"`   // things that are old and stay, by why
	Failed int            `json:"failed,omitempty"` // things that could not be removed; tried again at the next run
	Error  string         `json:"error,omitempty"`  // the last failure
}

// Text is the report for a person.
func (r *Report) Text() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	head := "Retention of " + r.Began.UTC().Format("2 January 2006 15:04") + " UTC"
	switch {
	case r.Dry:
		head += ", dry: nothing was removed"
	case r.Ended.IsZero():
		head += ", not finished"
	case r.Continued > 0:
		head += fmt.Sprintf(", cut short %d times and finished %s", r.Continued, r.Ended.UTC().Format("15:04"))
	}
	say("%s", head)
	verb := "went"
	if r.Dry {
		verb = "would go"
	}
	for _, k := range r.Kinds {
		if k.Before.IsZero() {
			say("  %-14s kept %s", k.Kind, k.Keep)
			continue
		}
		what := fmt.Sprintf("%d %s", k.Count, verb) // facts, events
		if k.Of != k.Kind {
			what = fmt.Sprintf("%d %s (%d %s)", k.Went, verb, k.Count, k.Of)
		}
		say("  %-14s kept %-7s last used before %s: %s", k.Kind, k.Keep, k.Before.UTC().Format("2 January 2006"), what)
		for why, n := range k.Held {
			say("  %-14s %d stay: %s", "", n, why)
		}
		if k.Failed > 0 {
			say("  %-14s %d could not be removed and are tried again: %s", "", k.Failed, k.Error)
		} else if k.Error != "" {
			say("  %-14s cut short: %s", "", k.Error)
		}
	}
	if !r.Next.IsZero() {
		say("Next: %s UTC", r.Next.UTC().Format("2 January 2006 15:04"))
	}
	return b.String()
}
