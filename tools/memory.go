package tools

import (
	"context"
	"strings"

	"parley/agent/llm"
	"parley/memory"
)

type memoryOut struct {
	Facts         []factView `json:"facts"`
	Past          []pastView `json:"past,omitempty"`
	Consent       string     `json:"consent,omitempty"` // in words, when one stands or was revoked
	Conversations int        `json:"conversations"`
	Signed        bool       `json:"signed_in"`
}

// A pastView is what held once.
type pastView struct {
	factView
	Until string `json:"until"`
	Why   string `json:"why"`
}

func (o memoryOut) Card() *llm.Card { return card("facts", o) }

func (s session) memoryShow() llm.Tool {
	return llm.NewTool("memory_show", "What is kept about this customer.", llm.Read,
		func(ctx context.Context, _ struct{}, _ string) (memoryOut, error) {
			p, err := s.profile(ctx)
			if err != nil {
				return memoryOut{}, err
			}
			out := memoryOut{Facts: []factView{}, Signed: s.who.Authenticated, Conversations: 1}
			for _, f := range p.Live(s.Now()) {
				view := s.fact(f)
				view.Told = s.told(p, f)
				out.Facts = append(out.Facts, view)
			}
			for _, f := range p.Past {
				out.Past = append(out.Past, pastView{s.fact(f.Fact), date(f.Until), f.Why})
			}
			switch {
			case p.Stopped():
				out.Consent = s.say("consent.stopped", "date", s.day(p.Consent.Revoked))
			case p.Consent != nil:
				out.Consent = s.say("consent.given", "date", s.day(p.Consent.Given))
			}
			if s.Conversations != nil {
				out.Conversations, err = s.Conversations(ctx, s.who.ID)
			}
			return out, err
		})
}

// told says of a kept fact since when, by which words, and what it was before.
func (s session) told(p *memory.Profile, f memory.Fact) string {
	text := s.say("told.since", "fact", capital(memory.Sentence(f, s.locale())), "date", s.day(f.Since))
	if q := s.quotable(f.Quote); q != "" && f.Kind != "other" {
		text = s.say("told.quoted", "fact", capital(memory.Sentence(f, s.locale())), "date", s.day(f.Since), "quote", q)
	}
	for _, old := range p.Past {
		if old.Why == "replaced" && old.Kind == f.Kind && old.Of == f.Of && old.For == f.For && f.Replaces == old.Value && old.Until.Equal(f.Since) {
			text += s.say("told.before", "fact", memory.Sentence(old.Fact, s.locale()))
		}
	}
	if f.Strength(s.Now()) < memory.Faded {
		text += s.say("told.faded")
	}
	return text
}

type forgetIn struct {
	What string `json:"what" jsonschema:"all, last for the fact kept last, or the words of one fact or kind"`
}

type forgetOut struct {
	Forgotten int    `json:"forgotten"` // facts
	Entries   int    `json:"entries,omitempty"`
	All       bool   `json:"all,omitempty"`
	Receipt   string `json:"receipt,omitempty"`
}

func (s session) forget() llm.Tool {
	t := llm.NewTool("forget", "Forget one kept fact or kind of fact, or everything about this customer. The customer is asked first.", llm.Confirm,
		func(ctx context.Context, in forgetIn, _ string) (forgetOut, error) {
			s.changedProfile()
			if !everything(in.What) {
				n, err := s.Memory.Forget(ctx, s.who.ID, in.What, s.who.Conversation)
				return forgetOut{Forgotten: n}, err
			}
			if s.Erase == nil {
				return forgetOut{All: true}, s.Memory.Erase(ctx, s.who.ID)
			}
			gone, err := s.Erase(ctx, s.who.ID)
			return forgetOut{Forgotten: gone.Facts, Entries: gone.Entries, All: true, Receipt: gone.Receipt}, err
		})
	return llm.WithPreview(t, func(ctx context.Context, in forgetIn) (*llm.Preview, error) {
		if everything(in.What) {
			return &llm.Preview{Question: s.say("forget.ask_all"), Yes: s.say("forget.yes_all"), No: s.say("forget.no"), Declined: s.say("forget.declined")}, nil
		}
		p, err := s.profile(ctx)
		if err != nil {
			return nil, err
		}
		found := memory.Find(p.Facts, in.What, s.who.Conversation)
		if len(found) == 0 {
			e := llm.Errorf("not_found", "nothing kept matches %q", in.What)
			e.Data = map[string]any{"what": in.What, "kept": len(p.Facts)}
			return nil, e
		}
		var list []string
		for _, f := range found {
			list = append(list, memory.Sentence(f, s.locale()))
		}
		return &llm.Preview{Question: s.say("forget.ask_one", "fact", strings.Join(list, s.say("list.semi"))), Yes: s.say("forget.yes_one"), No: s.say("forget.no"), Declined: s.say("forget.declined")}, nil
	})
}

type consentIn struct {
	Remember bool `json:"remember" jsonschema:"false: stop remembering things about the customer; true: remember sizes and tastes again"`
}

type consentOut struct {
	Remembers bool `json:"remembers"`
	Kept      int  `json:"kept"` // facts that stay until they are forgotten
}

// consent turns remembering on or off. It runs without a question where the
// customer's own message says so, which code reads; else they are asked.
func (s session) consent() llm.Tool {
	t := llm.NewTool("memory_consent", "Stop remembering things about the customer, or start again, when they say so.", llm.Confirm,
		func(ctx context.Context, in consentIn, _ string) (consentOut, error) {
			p, err := s.profile(ctx)
			if err != nil {
				return consentOut{}, err
			}
			s.changedProfile()
			out := consentOut{Remembers: in.Remember, Kept: len(p.Live(s.Now()))}
			if !in.Remember {
				return out, s.Memory.Revoke(ctx, s.who.ID, s.said().Text)
			}
			return out, s.Memory.Allow(ctx, s.who.ID, s.consented(""))
		})
	return llm.WithPreview(t, func(_ context.Context, in consentIn) (*llm.Preview, error) {
		own := s.said().Text
		key := "consent.ask_stop"
		granted := s.facts.Stops(own)
		if in.Remember {
			key, granted = "consent.ask_start", s.facts.Allows(own)
		}
		return &llm.Preview{Question: s.say(key), Yes: s.say(key + "_yes"), No: s.say("forget.no"), Granted: granted}, nil
	})
}

func everything(what string) bool {
	w := strings.ToLower(strings.TrimSpace(what))
	return w == "" || w == "all" || w == "everything" || w == "me"
}
