package script

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
)

// A Failure is one expectation that did not hold.
type Failure struct {
	Expectation string // its key: "reply.any"
	Want, Got   string
}

// a shown is a product as a card shows it.
type shown struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	TitleEN  string  `json:"title_en"`
	Price    float64 `json:"price"`
	InStock  bool    `json:"in_stock"`
	Category string  `json:"category"`
	Colors   []struct {
		Name string `json:"name"`
	} `json:"colors"`
}

func (p shown) is(word string) bool {
	return p.ID == word || matches(word, p.Title) || matches(word, p.TitleEN)
}

// check holds one turn against what must be true; defaults stand for what the
// turn does not say itself.
func (s *seen) check(e, defaults Expect) []Failure {
	var out []Failure
	fail := func(key string, want, got any) { out = append(out, Failure{key, short(want), short(got)}) }
	s.calls(e, fail)
	s.effects(e, fail)
	s.words(e, defaults, fail)
	s.shown("products", e.Products, s.cards(), fail)
	s.shown("recommended", e.Recommended, s.recommended(), fail)
	s.people(e, fail)
	s.recall(e, fail)
	steps, tokens := s.cost()
	if e.StepsMax > 0 && steps > e.StepsMax {
		fail("steps_max", e.StepsMax, steps)
	}
	if e.TokensMax > 0 && tokens > e.TokensMax {
		fail("tokens_max", e.TokensMax, tokens)
	}
	for _, w := range e.Told {
		if !matches(w, s.told) {
			fail("told", w, "the model was not given it")
		}
	}
	for _, err := range s.wrong {
		out = append(out, Failure{"model", "the answer that was recorded", err.Error()})
	}
	for _, what := range s.unmet {
		fail("met", "what the turn sets up", what)
	}
	if s.left > 0 {
		fail("model", "all its answers used", fmt.Sprintf("%d left over", s.left))
	}
	for _, j := range e.Sent {
		if got := s.sent[j.Journey]; got != j.Times {
			if s.p.world.Sent == nil {
				fail("sent", j, "no journey is set up")
				continue
			}
			fail("sent", j, fmt.Sprintf("%d in this conversation", got))
		}
	}
	return out
}

// cost is how often models were asked in a turn, and the tokens of it.
func (s *seen) cost() (steps, tokens int) {
	for _, t := range s.trace {
		steps += t.Steps
		tokens += t.Usage.Prompt + t.Usage.Generated
	}
	return steps, tokens
}

// silent says that nobody spoke, and that no model was asked.
func (s *seen) silent() bool { return s.text == "" && len(s.trace) == 0 && s.asked == 0 }

// read is how the model read the message.
func (s *seen) read() []string {
	var read []string
	for _, t := range s.trace {
		if t.Meaning != "" {
			read = append(read, strings.Split(t.Meaning, ", ")...)
		}
	}
	return read
}

// lost counts entries that were there before the turn and are not any more.
func (s *seen) lost() int {
	lost := 0
	for _, b := range s.p.before {
		if !slices.ContainsFunc(s.all, func(x channels.Entry) bool { return x.ID == b.ID }) {
			lost++
		}
	}
	return lost
}

// mood names a sentiment of -1 to 1.
func mood(m float64) string {
	switch {
	case m < -.1:
		return "negative"
	case m > .1:
		return "positive"
	}
	return "neutral"
}

type failing func(key string, want, got any)

func (s *seen) made() []agent.CallTrace {
	var out []agent.CallTrace
	for _, t := range s.trace {
		out = append(out, t.Calls...)
	}
	return out
}

func (s *seen) calls(e Expect, fail failing) {
	made := s.made()
	var names []string
	for _, c := range made {
		names = append(names, c.Name+string(c.Args)+" → "+short(resultOf(c)))
	}
	next := 0
	for _, want := range e.Calls {
		found := -1
		for i := next; i < len(made); i++ {
			if want.is(made[i]) {
				found = i
				break
			}
		}
		if found < 0 {
			fail("calls", short(want), orNothing(names[min(next, len(names)):]))
			break
		}
		next = found + 1
	}
	for _, name := range e.NoCalls {
		if i := slices.IndexFunc(made, func(c agent.CallTrace) bool { return c.Name == name }); i >= 0 {
			fail("no_calls", "no "+name, names[i])
		}
	}
}

// resultOf is what a call gave back, which stands in a trace as it is or, when
// it was long, as the beginning of its text.
func resultOf(c agent.CallTrace) string {
	var text string
	switch {
	case c.Result == nil:
		return "not run"
	case json.Unmarshal(c.Result, &text) == nil:
		return text
	}
	return string(c.Result)
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

func (s *seen) effects(e Expect, fail failing) {
	if e.Writes != nil {
		want := map[string]int{}
		for k, n := range e.Writes {
			if n != 0 {
				want[k] = n
			}
		}
		if !fits(want, s.writes) || len(want) != len(s.writes) {
			fail("writes", want, s.writes)
		}
	}
	if p := e.Pending; p != nil {
		switch {
		case p.None && s.pending != nil:
			fail("pending", "none", s.pending.Call.Name+string(s.pending.Call.Args))
		case !p.None && s.pending == nil:
			fail("pending", p.Name+short(p.Args), "no question is open")
		case !p.None:
			var args any
			_ = json.Unmarshal(s.pending.Call.Args, &args) // as above
			if s.pending.Call.Name != p.Name || p.Args != nil && !fits(p.Args, args) {
				fail("pending", p.Name+short(p.Args), s.pending.Call.Name+string(s.pending.Call.Args))
			}
		}
	}
	if e.State != nil && e.State.Unchanged && !same(s.p.state, s.state) {
		fail("state", "unchanged", difference(normal(s.p.state), normal(s.state), ""))
	}
	if e.State != nil {
		for pointer, want := range e.State.Values {
			if got := at(s.state, pointer); !fits(want, got) {
				fail("state "+pointer, want, got)
			}
		}
	}
}

// difference names the first place where two trees differ.
func difference(a, b any, path string) string {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok && ok2 {
		for _, m := range []map[string]any{x, y} {
			for k := range m {
				if !same(x[k], y[k]) {
					return difference(x[k], y[k], path+"/"+k)
				}
			}
		}
	}
	return fmt.Sprintf("%s was %s and is %s", path, short(a), short(b))
}

func (s *seen) words(e, defaults Expect, fail failing) {
	if r := e.Reply; r != nil {
		if len(r.Any) > 0 && !slices.ContainsFunc(r.Any, func(w string) bool { return matches(w, s.text) }) {
			fail("reply.any", strings.Join(r.Any, " | "), s.text)
		}
		for _, w := range r.All {
			if !matches(w, s.text) {
				fail("reply.all", w, s.text)
			}
		}
		for _, w := range r.None {
			if matches(w, s.text) {
				fail("reply.none", w, s.text)
			}
		}
		if n := len([]rune(s.text)); r.MaxChars > 0 && n > r.MaxChars {
			fail("reply.max_chars", r.MaxChars, n)
		}
	}
	if e.Silent != nil && *e.Silent != s.silent() {
		fail("silent", *e.Silent, fmt.Sprintf("%q, a model asked %d times", s.text, s.asked))
	}
	if s.text == "" {
		return
	}
	if first(e.Grounded, defaults.Grounded) {
		t := agent.Turn{History: s.history(s.all), Page: s.p.page}
		for _, x := range s.all {
			if x.From.Role == channels.RoleShopper {
				t.Text += "\n" + textOf(x)
			}
		}
		var said string
		for _, x := range s.entries {
			if x.From.Role == channels.RoleAssistant && x.Kind == channels.KindText {
				said += textOf(x) + "\n"
			}
		}
		if state, err := json.Marshal(s.p.state); err == nil { // a fact that was kept, a cancelled order
			t.History = append(t.History, llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{Content: state}}}})
		}
		if why := agent.Ungrounded(said, t, s.p.world.Names); why != "" {
			fail("grounded", "every fact is in a result", why)
		}
	}
	if first(e.NoPII, defaults.NoPII) {
		var others []string
		if s.p.world.Private != nil {
			others = s.p.world.Private(s.p.who.ID)
		}
		if found := private(s.text, others); found != "" {
			fail("no_pii", "nothing private", found)
		}
	}
	want := e.Language
	if want == "" {
		want = defaults.Language
	}
	if want != "" && languageOf(s.text) != want {
		fail("language", want, s.text)
	}
}

func first(values ...*bool) bool {
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return false
}

func textOf(e channels.Entry) string {
	var body struct{ Text string }
	_ = json.Unmarshal(e.Body, &body) // a body without text has none
	return body.Text
}

func (s *seen) history(entries []channels.Entry) []llm.Message {
	var out []llm.Message
	for _, e := range entries {
		if e.Inside != nil {
			out = append(out, e.Inside.Messages...)
		}
	}
	return out
}

// cards are the products that this turn showed.
func (s *seen) cards() []shown {
	var out []shown
	for _, e := range s.entries {
		var body struct{ Products []shown }
		if (e.Kind == channels.KindProducts || e.Kind == channels.KindCompare) && json.Unmarshal(e.Body, &body) == nil {
			out = append(out, body.Products...)
		}
	}
	return out
}

// recommended are the products that a recommender brought.
func (s *seen) recommended() []shown {
	var out []shown
	for _, e := range s.entries {
		if e.Inside == nil || e.From.Role != channels.RoleAssistant {
			continue
		}
		for _, m := range e.Inside.Messages {
			for _, p := range m.Parts {
				var body struct{ Products []shown }
				if c := p.Result; c != nil && (c.Name == "recommend" || c.Name == "bought_together") && json.Unmarshal(c.Content, &body) == nil {
					out = append(out, body.Products...)
				}
			}
		}
	}
	return out
}

func (s *seen) shown(key string, e *Products, got []shown, fail failing) {
	if e == nil {
		return
	}
	var names []string
	for _, p := range got {
		names = append(names, p.ID+" "+p.Title)
	}
	is := func(word string) bool { return slices.ContainsFunc(got, func(p shown) bool { return p.is(word) }) }
	if len(e.Any) > 0 && !slices.ContainsFunc(e.Any, is) {
		fail(key+".any", strings.Join(e.Any, " | "), orNothing(names))
	}
	for _, w := range e.All {
		if !is(w) {
			fail(key+".all", w, orNothing(names))
		}
	}
	for _, w := range e.None {
		if is(w) {
			fail(key+".none", "no "+w, orNothing(names))
		}
	}
	if e.Min != nil && len(got) < *e.Min {
		fail(key+".min", *e.Min, orNothing(names))
	}
	if e.Max != nil && len(got) > *e.Max {
		fail(key+".max", *e.Max, orNothing(names))
	}
	if e.Where == nil {
		return
	}
	for _, p := range got {
		if why := e.Where.wrong(p); why != "" {
			fail(key+".where", why, fmt.Sprintf("%s %s at %v", p.ID, p.Title, p.Price))
		}
	}
}

func (w *Where) wrong(p shown) string {
	switch {
	case w.PriceMax != nil && p.Price > *w.PriceMax:
		return fmt.Sprintf("price at most %v", *w.PriceMax)
	case w.PriceMin != nil && p.Price < *w.PriceMin:
		return fmt.Sprintf("price at least %v", *w.PriceMin)
	case w.InStock != nil && p.InStock != *w.InStock:
		return fmt.Sprintf("in stock %v", *w.InStock)
	case w.Category != "" && !matches(w.Category, p.Category):
		return "category " + w.Category
	}
	if w.Color == "" {
		return ""
	}
	for _, c := range p.Colors {
		if matches(w.Color, c.Name) {
			return ""
		}
	}
	return "color " + w.Color
}

func (s *seen) people(e Expect, fail failing) {
	if h := e.HandOff; h != nil {
		switch got := s.handOff; {
		case h.None && got.State != channels.NotHandedOff:
			fail("handoff", "none", got)
		case h.Reason != "" && got.Reason != h.Reason:
			fail("handoff.reason", h.Reason, got.Reason)
		case h.State != "" && string(got.State) != h.State:
			fail("handoff.state", h.State, string(got.State))
		case !h.None && got.State == channels.NotHandedOff:
			fail("handoff", h, "none")
		}
	}
	if e.From != "" && !slices.ContainsFunc(s.entries, func(x channels.Entry) bool {
		p, public := channels.Public(x)
		return public && p.From.Name == e.From
	}) {
		fail("from", e.From, "no words of theirs reached the shopper")
	}
	if e.Agent == "silent" && (len(s.trace) > 0 || s.asked > 0) {
		fail("agent", "silent", s.text)
	}
	switch mood := s.outcome.Mood; {
	case e.Sentiment == "":
	case e.Sentiment == "negative" && mood >= -.1, e.Sentiment == "positive" && mood <= .1, e.Sentiment == "neutral" && (mood > .3 || mood < -.3):
		fail("sentiment", e.Sentiment, mood)
	}
	if e.Intent != "" {
		if read := s.read(); !slices.Contains(read, e.Intent) {
			fail("intent", e.Intent, orNothing(read))
		}
	}
}

func (s *seen) recall(e Expect, fail failing) {
	switch e.History {
	case "valid":
		if err := agent.Valid(s.history(s.all)); err != nil {
			fail("history", "valid", err.Error())
		}
	case "same":
		if !same(s.p.before, s.all) {
			fail("history", "same", fmt.Sprintf("%d entries were, %d are, and they differ", len(s.p.before), len(s.all)))
		}
	}
	if e.Lost != nil {
		if lost := s.lost(); lost != *e.Lost {
			fail("lost", *e.Lost, lost)
		}
	}
	m := e.Memory
	if m == nil {
		return
	}
	before, now := whole(at(s.p.state, "/facts")), whole(at(s.state, "/facts"))
	for _, w := range m.Added {
		if !matches(w, now) || matches(w, before) {
			fail("memory.added", w, now)
		}
	}
	for _, w := range m.None {
		if matches(w, now) {
			fail("memory.none", "nothing like "+w, now)
		}
	}
	for _, w := range m.Recalled {
		if !slices.ContainsFunc(s.systems, func(text string) bool { return matches(w, text) }) {
			fail("memory.recalled", w, "the model was not reminded of it")
		}
	}
	for _, w := range m.Quiet {
		if len(s.systems) == 0 || slices.ContainsFunc(s.systems, func(text string) bool { return matches(w, text) }) {
			fail("memory.quiet", "nothing like "+w, "the model was reminded of it, or none was asked")
		}
	}
}

// whole is a value as JSON, uncut.
func whole(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
