package memory

import (
	"context"
	"slices"
	"strings"
)

// Join gives a customer what is kept of a guest who they turned out to be, and
// says how many facts that were. Where the two contradict each other, what was
// stated last holds, and the other becomes history. Nothing is left of the guest.
// Again, after a crash, it goes on where it was.
func (m *Memory) Join(ctx context.Context, guest, customer string) (int, error) {
	from, err := m.Profile(ctx, guest)
	if err != nil {
		return 0, err
	}
	n := 0
	if !from.empty() {
		err = m.change(ctx, customer, func(p *Profile) {
			n = 0
			for _, f := range from.Live(m.cfg.Now()) {
				p.join(f)
				n++
			}
			for _, f := range from.Past {
				if !p.knows(f.ID) {
					p.past(f.Fact, f)
				}
			}
			slices.SortStableFunc(p.Facts, func(a, b Fact) int { return a.Since.Compare(b.Since) })
			if p.Consent == nil {
				p.Consent = from.Consent
			}
		})
		if err != nil {
			return 0, err
		}
	}
	m.indexes.forget(customer)
	m.indexes.forget(guest)
	// The guest's key stays: conversations that go over are sealed with it.
	return n, m.keys.Erase(ctx, guest)
}

// knows says that a fact with an id is among the facts or in their history.
func (p *Profile) knows(id string) bool {
	return slices.ContainsFunc(p.Facts, func(f Fact) bool { return f.ID == id }) ||
		slices.ContainsFunc(p.Past, func(f Past) bool { return f.ID == id })
}

func (p *Profile) join(f Fact) {
	if p.knows(f.ID) {
		return
	}
	for i, old := range p.Facts {
		switch {
		case !old.statement().Same(f.statement()):
			continue
		case strings.EqualFold(old.Value, f.Value) && old.Against == f.Against:
			if f.stated().After(old.stated()) {
				p.Facts[i].Again = f.stated()
			}
		case f.stated().After(old.stated()):
			f.Replaces = old.Value
			p.past(old, Past{Until: f.stated(), Why: "replaced", Words: f.Quote})
			p.Facts[i] = f
		default:
			p.past(f, Past{Until: old.stated(), Why: "replaced", Words: old.Quote})
		}
		return
	}
	p.Facts = append(p.Facts, f)
}
