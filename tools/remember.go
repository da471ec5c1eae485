package tools

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/facts"
)

// A factView is a kept fact as models, guards and the widget see it.
type factView struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Value string `json:"value"`
	For   string `json:"for,omitempty"`
	Words string `json:"words"` // the fact as a sentence, in the customer's language
	Quote string `json:"quote,omitempty"`
	Since string `json:"since,omitempty"`
	Used  string `json:"used,omitempty"`
	Told  string `json:"told,omitempty"` // the same with since when and by which words
}

func (s session) fact(f memory.Fact) factView {
	v := factView{ID: f.ID, Kind: f.Kind, Value: f.Value, For: f.For, Words: memory.Sentence(f, s.locale()), Quote: f.Quote, Since: date(f.Since)}
	if !f.Used.IsZero() {
		v.Used = date(f.Used)
	}
	return v
}

type rememberIn struct {
	Kind  string     `json:"kind" jsonschema:"size, allergy, taste, fit, household, activity, budget, gift or other"`
	Value string     `json:"value" jsonschema:"what to remember, in the customer's own words" ground:"true"`
	Quote string     `json:"quote,omitempty" jsonschema:"the customer's sentence it comes from, word for word"`
	Also  []factSaid `json:"also,omitempty" jsonschema:"more of the same message"`
}

type factSaid struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Quote string `json:"quote"`
}

type rememberOut struct {
	Fact factView   `json:"fact"`
	Also []factView `json:"also,omitempty"`
	Back bool       `json:"back,omitempty"` // it was taken back: it is kept no longer
	Note string     `json:"note"`           // in a sentence
}

func (s session) remember() llm.Tool {
	t := llm.NewTool("remember", "Keep a fact the customer stated about themselves (size, allergy, taste, fit, gift). The customer is asked first.", llm.Confirm, s.keep)
	return llm.WithPreview(t, func(ctx context.Context, in rememberIn) (*llm.Preview, error) {
		if strings.TrimSpace(in.Value) == "" {
			return nil, llm.Errorf("bad_argument", "there is nothing to remember")
		}
		w, err := s.wish(in)
		if err != nil {
			return nil, err
		}
		p, err := s.profile(ctx)
		if err != nil {
			return nil, err
		}
		if w.back != nil {
			if !slices.ContainsFunc(p.Facts, func(f memory.Fact) bool { return alike(f, *w.back) }) {
				return nil, llm.Errorf("nothing_kept", "no such fact is kept")
			}
			return &llm.Preview{Question: s.say("remember.ask", "fact", ""), Granted: true}, nil
		}
		for _, f := range w.list {
			if why := s.Memory.Refuses(f.Fact); why != "" {
				return nil, refused(why) // of what the words state
			}
		}
		w = s.unasked(p, w)
		granted := w.granted(p)
		if !granted && (p.Stopped() || !s.mayAsk()) {
			return nil, llm.Errorf("keeps_nothing", "the customer does not want to be asked what to remember; go by what they said, in this conversation only")
		}
		return &llm.Preview{
			Question: s.asked(p, w), Yes: s.say("remember.yes"), No: s.say("remember.no"), Declined: s.say("remember.declined"),
			Granted: granted,
		}, nil
	})
}

func refused(why string) *llm.ToolError {
	e := llm.Errorf("never_kept", "this is never kept: %s", why)
	e.Data = map[string]any{"why": why}
	return e
}

func alike(f memory.Fact, s facts.Statement) bool {
	return statementOf(f).Same(s)
}

// keep keeps what a wish comes to, and with it the consent for harmless kinds
// where the question asked for that too.
func (s session) keep(ctx context.Context, in rememberIn, key string) (rememberOut, error) {
	w, err := s.wish(in)
	if err != nil {
		return rememberOut{}, err
	}
	p, err := s.profile(ctx)
	if err != nil {
		return rememberOut{}, err
	}
	s.changedProfile()
	if w.back != nil {
		old, _, err := s.Memory.TakeBack(ctx, s.who.ID, *w.back)
		return rememberOut{Fact: s.fact(old), Back: true, Note: s.say("remember.back", "fact", memory.Sentence(old, s.locale()))}, err
	}
	w = s.unasked(p, w)
	list := make([]memory.Fact, len(w.list))
	for i, f := range w.list {
		list[i] = f.Fact
		list[i].Since, list[i].Conversation, list[i].Source = s.Now(), s.who.Conversation, key
		switch {
		case f.told:
			list[i].Consent = s.say("consent.how_told", "date", date(s.Now()))
		case f.covered(p):
			list[i].Consent = s.say("consent.how_standing", "date", date(p.Consent.Given))
		default:
			list[i].Consent = s.say("consent.how_asked", "date", date(s.Now()))
		}
	}
	var consent *memory.Consent
	if !w.granted(p) && w.widens(p) {
		c := s.consented(s.asked(p, w))
		consent = &c
	}
	kept, err := s.Memory.KeepAll(ctx, s.who.ID, list, consent)
	var never *memory.Refusal
	if errors.As(err, &never) {
		return rememberOut{}, refused(never.Why)
	}
	if err != nil {
		return rememberOut{}, err
	}
	out := rememberOut{Fact: s.fact(kept[0])}
	var words []string
	for i, f := range kept {
		if i > 0 {
			out.Also = append(out.Also, s.fact(f))
		}
		words = append(words, memory.Sentence(f, s.locale()))
	}
	out.Note = s.say("remember.noted", "fact", strings.Join(words, s.say("list.semi")))
	if old := kept[0].Replaces; len(kept) == 1 && kept[0].Kind == "size" && old != "" && old != kept[0].Value {
		out.Note = s.say("remember.noted_change", "fact", words[0], "old", old)
	}
	return out, nil
}

// asked is the one question before facts are kept.
func (s session) asked(p *memory.Profile, w wish) string {
	if len(w.list) == 1 && w.list[0].Kind == "size" && p.Consent != nil {
		for _, old := range p.Live(s.Now()) {
			if alike(old, statementOf(w.list[0].Fact)) && old.Value != w.list[0].Value {
				return s.say("remember.ask_change", "fact", s.named(w.list[0].Fact), "old", old.Value)
			}
		}
	}
	var list []string
	for _, f := range w.list {
		list = append(list, s.named(f.Fact))
	}
	key := "remember.ask"
	if w.widens(p) {
		key = "remember.ask_more"
	}
	if !s.who.Authenticated {
		key += "_guest"
	}
	return s.say(key, "fact", strings.Join(list, s.say("list.and")))
}

// named is a fact as a question names it: size M; that you like wool.
func (s session) named(f memory.Fact) string {
	key := "fact." + f.Kind
	if of := key + "." + f.Of; s.phrases[of] != nil {
		key = of
	}
	if s.phrases[key] != nil && f.For == "" {
		return s.say(key, "value", f.Value)
	}
	return s.say("fact.that", "fact", memory.Sentence(f, s.locale()))
}

func (s session) consented(question string) memory.Consent {
	said := s.said()
	return memory.Consent{Given: s.Now(), Question: question, Words: said.Text, Conversation: s.who.Conversation, Seq: said.Seq, Kinds: memory.Harmless()}
}

// said is the customer's newest message.
func (s session) said() llm.Said {
	if h := s.who.Heard; h != nil && len(h.Said) > 0 {
		return h.Said[len(h.Said)-1]
	}
	return llm.Said{}
}

// profile is what is kept of the customer, as the turn's background read it.
func (s session) profile(ctx context.Context) (*memory.Profile, error) {
	if h := s.who.Heard; h != nil {
		if p, ok := h.Known.(*memory.Profile); ok {
			return p, nil
		}
	}
	return s.Memory.Profile(ctx, s.who.ID)
}

// changedProfile makes the next look read it anew. Only writes call it, and they
// run one at a time.
func (s session) changedProfile() {
	if h := s.who.Heard; h != nil {
		h.Known = nil
	}
}

// quotable is a quote as a sentence in the customer's language may carry it:
// short, and not of the other language.
func (s session) quotable(q string) string {
	han := strings.ContainsFunc(q, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	if han != strings.HasPrefix(s.locale(), "zh") {
		return ""
	}
	q = strings.TrimRight(strings.Join(strings.Fields(q), " "), ".。 ")
	if utf8.RuneCountInString(q) > 60 {
		return ""
	}
	return q
}

// capital begins a sentence.
func capital(t string) string {
	r, n := utf8.DecodeRuneInString(t)
	return string(unicode.ToUpper(r)) + t[n:]
}
