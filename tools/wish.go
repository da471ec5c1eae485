package tools

import (
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/facts"
)

// A wish is what a call of remember comes to: facts of the customer's own words,
// or one that they take back.
type wish struct {
	list []wished
	back *facts.Statement
}

// A wished fact is not kept yet.
type wished struct {
	memory.Fact
	told  bool // the customer told us to remember just this
	loose bool // no rule reads it in their words: only a model does
}

// covered says that no question is needed for a fact: the customer told us to
// remember it, or their consent covers it. What a model alone reads is asked for,
// whatever stands.
func (f wished) covered(p *memory.Profile) bool {
	return f.told || !f.loose && p.Consents(f.Kind)
}

// granted says that no question is needed for any of it.
func (w wish) granted(p *memory.Profile) bool {
	return !slices.ContainsFunc(w.list, func(f wished) bool { return !f.covered(p) })
}

// widens says that a question asks for a consent to later facts too.
func (w wish) widens(p *memory.Profile) bool {
	return p.Consent == nil && slices.ContainsFunc(w.list, func(f wished) bool { return slices.Contains(memory.Harmless(), f.Kind) })
}

// unasked leaves out what would have to be asked for where nothing may be asked,
// if something else is left.
func (s session) unasked(p *memory.Profile, w wish) wish {
	if !p.Stopped() && s.mayAsk() {
		return w
	}
	if list := slices.DeleteFunc(slices.Clone(w.list), func(f wished) bool { return !f.covered(p) }); len(list) > 0 {
		w.list = list
	}
	return w
}

// wish finds the customer's own words that a call rests on: the quote must stand
// in a message of theirs, literally. What the words state is read of them anew;
// the call's own value stands only where no rule reads them.
func (s session) wish(in rememberIn) (wish, error) {
	var w wish
	for _, x := range append([]factSaid{{in.Kind, in.Value, in.Quote}}, in.Also...) {
		if why := s.Memory.Refuses(memory.Fact{Kind: x.Kind, Value: x.Value}); why != "" {
			return w, refused(why)
		}
		said, quote, ok := s.standing(x)
		if !ok {
			return w, llm.Errorf("not_said", "the customer's own message does not say %q", x.Value)
		}
		var of []facts.Statement
		for _, st := range s.facts.Read(said.Text) {
			if st.Kind == x.Kind && (x.Quote == "" || strings.Contains(st.Quote, quote) || strings.Contains(quote, st.Quote)) {
				of = append(of, st)
			}
		}
		if i := slices.IndexFunc(of, func(st facts.Statement) bool { return strings.EqualFold(st.Value, x.Value) }); i >= 0 {
			of = of[i : i+1]
		}
		loose := len(of) == 0
		if loose {
			of = []facts.Statement{{Kind: x.Kind, Value: s.facts.Thing(x.Value), Quote: quote, For: s.facts.Person(strings.ToLower(quote))}}
			if x.Kind == "size" {
				of[0].Value = strings.ToUpper(x.Value)
			}
		}
		for _, st := range of {
			if st.Back {
				w.back = &st
				return w, nil
			}
			f := wished{memory.Stated(st), st.Explicit, loose}
			f.Seq = said.Seq
			if !slices.ContainsFunc(w.list, func(o wished) bool { return alike(o.Fact, st) }) {
				w.list = append(w.list, f)
			}
		}
	}
	return w, nil
}

// standing is the message of the customer's own in which a quote stands, the
// newest first; without a quote, the one that has the value.
func (s session) standing(x factSaid) (said llm.Said, quote string, ok bool) {
	words := x.Quote
	if words == "" {
		words = x.Value
	}
	if s.who.Heard == nil { // no conversation: a caller of the tools alone
		return llm.Said{}, words, true
	}
	squeeze := func(t string) string { return strings.ToLower(strings.Join(strings.Fields(t), " ")) }
	for _, said := range slices.Backward(s.who.Heard.Said) {
		if strings.Contains(squeeze(said.Text), squeeze(words)) && (x.Quote != "" || facts.Says(said.Text, words)) {
			if x.Quote == "" {
				words = said.Text
			}
			return said, words, true
		}
	}
	return llm.Said{}, "", false
}
