package tools

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"parley/memory"
	"parley/memory/facts"
)

// known are the facts that count for what is asked: those the customer stated
// of themselves, or of the one they shop for. Shopping for somebody else leaves
// their own out.
type known struct {
	session
	profile *memory.Profile
	list    []knownFact
}

// A knownFact is kept, or was said in this session and is not kept (yet).
type knownFact struct {
	memory.Fact
	now bool
}

// known reads what counts; one without facts when nothing does.
func (s session) known(ctx context.Context) known {
	k := known{session: s}
	if s.Memory == nil {
		return k
	}
	p, err := s.profile(ctx)
	if err != nil {
		return k // a search answers without it
	}
	k.profile = p
	whom, ok := s.whom()
	if !ok {
		return k
	}
	add := func(f memory.Fact, now bool) {
		if f.For == whom && !slices.ContainsFunc(k.list, func(o knownFact) bool { return alike(o.Fact, statementOf(f)) }) {
			k.list = append(k.list, knownFact{f, now})
		}
	}
	var back []facts.Statement
	if s.who.Heard != nil {
		for _, said := range slices.Backward(s.who.Heard.Said) {
			for _, st := range slices.Backward(s.facts.Read(said.Text)) {
				if st.Back {
					back = append(back, st)
				} else if !slices.ContainsFunc(back, st.Same) && !kept(p, st) {
					add(memory.Stated(st), true)
				}
			}
		}
	}
	for _, f := range p.Live(s.Now()) {
		if f.Strength(s.Now()) >= memory.Faded && !slices.ContainsFunc(back, statementOf(f).Same) {
			add(f, false)
		}
	}
	return k
}

func statementOf(f memory.Fact) facts.Statement {
	return facts.Statement{Kind: f.Kind, Of: f.Of, Value: f.Value, For: f.For}
}

// kept says that just this is kept.
func kept(p *memory.Profile, st facts.Statement) bool {
	return slices.ContainsFunc(p.Facts, func(f memory.Fact) bool {
		return alike(f, st) && strings.EqualFold(f.Value, st.Value) && f.Against == st.Against
	})
}

// whom is the one that the session shops for: "" for the customer, or a person.
// Not ok is somebody of whom nothing is known.
func (s session) whom() (who string, ok bool) {
	if s.who.Heard == nil {
		return "", true
	}
	for _, said := range slices.Backward(s.who.Heard.Said) {
		rest := s.facts.Without(said.Text)
		asks := strings.IndexFunc(rest, unicode.IsLetter) >= 0
		for _, st := range s.facts.Read(said.Text) {
			if st.Kind == "gift" {
				rest = said.Text // whom it is for is a part of what is stated
			}
			if st.For != "" && asks {
				return st.For, true // "gloves, my wife's size is S"
			}
			if st.For == "" && st.Kind == "size" {
				return "", true
			}
		}
		switch w := s.facts.Whom(rest); w {
		case "":
		case "me":
			return "", true
		case "other":
			return "", false
		default:
			return w, true
		}
	}
	return "", true
}
