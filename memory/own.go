package memory

import (
	"context"
	"slices"
	"strings"

	"parley/memory/redact"
)

// What a customer does on a page, where each fact has its own buttons: it names
// one by its id, and means no other.

// Drop forgets the fact with an id, with its history, and says whether there was
// one.
func (m *Memory) Drop(ctx context.Context, customer, id string) (found bool, err error) {
	err = m.change(ctx, customer, func(p *Profile) {
		i := slices.IndexFunc(p.Facts, func(f Fact) bool { return f.ID == id })
		if found = i >= 0; !found {
			return
		}
		gone := p.Facts[i].statement()
		p.Facts = slices.Delete(p.Facts, i, i+1)
		p.Past = slices.DeleteFunc(p.Past, func(f Past) bool { return gone.Same(f.statement()) })
	})
	return found, err
}

// Correct puts a customer's own value in the place of the one that is kept, which
// becomes history. What is never kept gives a [Refusal].
func (m *Memory) Correct(ctx context.Context, customer, id, value string) (found bool, err error) {
	value = strings.Join(strings.Fields(value), " ")
	if r := []rune(value); len(r) > mostValue {
		value = string(r[:mostValue])
	}
	var refused error
	err = m.change(ctx, customer, func(p *Profile) {
		i := slices.IndexFunc(p.Facts, func(f Fact) bool { return f.ID == id })
		refused = nil
		if found = i >= 0; !found || value == "" || strings.EqualFold(value, p.Facts[i].Value) {
			return
		}
		old := p.Facts[i]
		now := m.cfg.Now()
		f := old
		switch f.Value = value; f.Kind {
		case "size":
			f.Value = strings.ToUpper(value)
		case "allergy", "taste":
			f.Value = m.facts.Thing(value)
		}
		if why := m.Refuses(f); why != "" {
			refused = &Refusal{why}
			return
		}
		f.Quote, f.Conversation, f.Seq, f.Source = redact.Text(value), "", 0, ""
		f.Since, f.Again, f.Replaces = now, now, old.Value
		p.past(old, Past{Until: now, Why: "corrected", Words: f.Quote})
		p.Facts[i] = f
	})
	if err == nil {
		err = refused
	}
	return found, err
}

// The longest value of a fact, in characters.
const mostValue = 200
