package tools

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/facts"
)

// Messages before this one that may still hold something to ask for, because the
// answers to them asked something else.
const mostUnasked = 3

// Heed names what of the customer's own words of this session is worth keeping,
// as a call of remember; nil for nothing. What their consent covers is taken of
// this message only; what must be asked for, also of the last few. It asks once a
// session, whatever the answer, and never for what stands in echoes: our own
// answers, and what was recalled.
func (t *Tools) Heed(ctx context.Context, who llm.Customer, echoes []string) *llm.Call {
	if t.Memory == nil || who.Heard == nil || len(who.Heard.Said) == 0 {
		return nil
	}
	s := session{Tools: t, who: who}
	heard := s.heard(echoes)
	if len(heard) == 0 {
		return nil
	}
	p, err := s.profile(ctx)
	if err != nil {
		return nil // the background told of it
	}
	var ask, note []facts.Statement
	seen := []facts.Statement{}
	for _, h := range heard {
		st := h.Statement
		known := slices.ContainsFunc(p.Facts, func(f memory.Fact) bool {
			return alike(f, st) && (!h.now || strings.EqualFold(f.Value, st.Value) && f.Against == st.Against)
		})
		newer := slices.ContainsFunc(seen, st.Same)
		seen = append(seen, st)
		switch {
		case newer, s.Memory.Refuses(memory.Stated(st)) != "":
		case st.Back:
			if h.now && slices.ContainsFunc(p.Facts, func(f memory.Fact) bool { return alike(f, st) }) {
				return remembering([]facts.Statement{st})
			}
		case known:
		case h.now && (st.Explicit || p.Consents(st.Kind)):
			note = append(note, st)
		case !p.Stopped() && !p.Consents(st.Kind) && s.mayAsk():
			ask = append(ask, st)
		}
	}
	if slices.ContainsFunc(ask, func(st facts.Statement) bool { return !st.Quiet }) {
		return remembering(append(ask, note...))
	}
	return remembering(note)
}

// A hearing is a statement, and whether it is of the message that is answered.
type hearing struct {
	facts.Statement
	now bool
}

// heard are the statements of the session that were not asked for yet, the
// newest first.
func (s session) heard(echoes []string) []hearing {
	var settled uint64
	for _, x := range s.who.Heard.Settled {
		settled = max(settled, x.Seq)
	}
	said := s.who.Heard.Said
	var out []hearing
	for i := len(said) - 1; i >= max(0, len(said)-1-mostUnasked); i-- {
		now := i == len(said)-1
		if !now && said[i].Seq < settled {
			break
		}
		for _, st := range slices.Backward(s.facts.Read(said[i].Text)) {
			if !slices.ContainsFunc(echoes, func(e string) bool { return echoed(e, st.Quote) }) || st.Explicit {
				out = append(out, hearing{st, now})
			}
		}
	}
	return out
}

// echoed says that a text holds a sentence that is too long to be said twice by
// chance.
func echoed(text, quote string) bool {
	plain := func(t string) string {
		return strings.ToLower(strings.Join(strings.FieldsFunc(t, func(r rune) bool { return strings.ContainsRune(" \t\n.,!?。，！？“”\"「」", r) }), " "))
	}
	return strings.Contains(plain(text), plain(quote))
}

// mayAsk says that nothing was asked in this session that the customer said no
// to, or did not answer.
func (s session) mayAsk() bool {
	return s.who.Heard == nil || !slices.ContainsFunc(s.who.Heard.Settled, func(x llm.Settled) bool { return x.Tool == "remember" && x.How != "done" })
}

// remembering is the call that keeps statements.
func remembering(list []facts.Statement) *llm.Call {
	if len(list) == 0 {
		return nil
	}
	in := rememberIn{Kind: list[0].Kind, Value: list[0].Value, Quote: list[0].Quote}
	for _, st := range list[1:] {
		in.Also = append(in.Also, factSaid{st.Kind, st.Value, st.Quote})
	}
	b, err := json.Marshal(in)
	if err != nil {
		return nil // of strings: cannot fail
	}
	return &llm.Call{Name: "remember", Args: b}
}
