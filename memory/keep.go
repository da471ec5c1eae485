package memory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"parley/memory/facts"
	"parley/memory/redact"
)

// A Refusal says why something is not kept, whoever asks for it: address,
// contact, secret, health or private.
type Refusal struct{ Why string }

func (r *Refusal) Error() string { return "this is never kept: " + r.Why }

var errUnconsented = errors.New("a fact is kept only with the customer's own words and their consent")

// Keep stores a fact. One that says otherwise of the same thing, a new size or
// wool that is liked after all, takes the old one's place, which becomes history;
// the same one stated again only is stated again; the same Source is kept once. A
// fact without a quote or consent is refused, and so is with a [Refusal] what
// tells a secret, how to reach a person, or of a life what no shop needs.
func (m *Memory) Keep(ctx context.Context, customer string, f Fact) (Fact, error) {
	list, err := m.KeepAll(ctx, customer, []Fact{f}, nil)
	if err != nil {
		return f, err
	}
	return list[0], nil
}

// KeepAll stores facts, and with them the consent that covers later ones, when
// one is given.
func (m *Memory) KeepAll(ctx context.Context, customer string, list []Fact, consent *Consent) ([]Fact, error) {
	list = slices.Clone(list)
	for i := range list {
		f := &list[i]
		if strings.TrimSpace(f.Quote) == "" || f.Consent == "" {
			return nil, errUnconsented
		}
		if why := m.Refuses(*f); why != "" {
			return nil, &Refusal{why}
		}
		f.Value, f.Quote = redact.Text(redact.Unnumbered(f.Value)), redact.Text(redact.Unnumbered(f.Quote))
		if f.Since.IsZero() {
			f.Since = m.cfg.Now()
		}
	}
	var kept []Fact
	err := m.change(ctx, customer, func(p *Profile) {
		kept = kept[:0]
		p.drop(m.cfg.Now())
		for _, f := range list {
			kept = append(kept, p.keep(f))
		}
		if consent != nil {
			p.Consent = consent
		}
	})
	return kept, err
}

// Refuses says why a fact is never kept, "" when it may be.
func (m *Memory) Refuses(f Fact) string {
	if found := redact.Text(f.Value); found != f.Value || redact.Numbered([]byte(f.Value)) {
		switch {
		case strings.Contains(found, "[address"):
			return "address"
		case strings.Contains(found, "[email"), strings.Contains(found, "[phone"):
			return "contact"
		}
		return "secret"
	}
	if f.Kind == "allergy" {
		return ""
	}
	return m.facts.Refused(f.Value)
}

// keep puts a fact in its place and returns it as it is kept.
func (p *Profile) keep(f Fact) Fact {
	for _, old := range p.Facts {
		if old.Source != "" && old.Source == f.Source && old.statement() == f.statement() {
			return old
		}
	}
	for i, old := range p.Facts {
		if !old.statement().Same(f.statement()) {
			continue
		}
		if strings.EqualFold(old.Value, f.Value) && old.Against == f.Against {
			p.Facts[i].Again, p.Facts[i].Source = f.Since, f.Source
			return p.Facts[i]
		}
		f.Replaces = old.Value
		p.past(old, Past{Until: f.Since, Why: "replaced", Words: f.Quote})
		p.Facts = slices.Delete(p.Facts, i, i+1)
		break
	}
	f.ID = "f" + random()
	p.Facts = append(p.Facts, f)
	return f
}

func (p *Profile) past(f Fact, how Past) {
	how.Fact = f
	p.Past = append(p.Past, how)
	p.Past = p.Past[max(0, len(p.Past)-mostPast):]
}

// drop lets go of what holds no longer: the gift of an occasion that is over.
func (p *Profile) drop(now time.Time) {
	p.Facts = slices.DeleteFunc(p.Facts, func(f Fact) bool { return f.Strength(now) == 0 })
}

// TakeBack ends the fact that a statement takes back, by the customer's words,
// and returns it: "I'm not allergic to wool after all".
func (m *Memory) TakeBack(ctx context.Context, customer string, s facts.Statement) (old Fact, found bool, err error) {
	err = m.change(ctx, customer, func(p *Profile) {
		found = false
		for i, f := range p.Facts {
			if f.statement().Same(s) {
				old, found = f, true
				p.past(f, Past{Until: m.cfg.Now(), Why: "taken back", Words: s.Quote})
				p.Facts = slices.Delete(p.Facts, i, i+1)
				return
			}
		}
	})
	return old, found, err
}

// Forget deletes the facts that words mean in a conversation, see [Find], with
// their history, and counts them.
func (m *Memory) Forget(ctx context.Context, customer, what, conversation string) (int, error) {
	n := 0
	err := m.change(ctx, customer, func(p *Profile) {
		gone := Find(p.Facts, what, conversation)
		n = len(gone)
		one := func(f Fact) bool {
			return slices.ContainsFunc(gone, func(g Fact) bool {
				return g.ID == f.ID || g.statement().Same(f.statement())
			})
		}
		p.Facts = slices.DeleteFunc(p.Facts, func(f Fact) bool { return slices.ContainsFunc(gone, func(g Fact) bool { return g.ID == f.ID }) })
		p.Past = slices.DeleteFunc(p.Past, func(f Past) bool { return one(f.Fact) })
	})
	return n, err
}

// Use notes that facts went into an answer. It writes at most once a day for
// each of them.
func (m *Memory) Use(ctx context.Context, customer string, p *Profile, ids []string) error {
	now := m.cfg.Now()
	stale := func(f Fact) bool { return slices.Contains(ids, f.ID) && now.Sub(f.Used) > day }
	if !slices.ContainsFunc(p.Facts, stale) {
		return nil
	}
	return m.change(ctx, customer, func(p *Profile) {
		for i := range p.Facts {
			if stale(p.Facts[i]) {
				p.Facts[i].Used = now
			}
		}
	})
}
