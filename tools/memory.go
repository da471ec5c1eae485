package tools

import (
	"context"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/memory"
)

type factView struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Words string `json:"words"` // the fact as a sentence, in the customer's language
	Quote string `json:"quote,omitempty"`
	Since string `json:"since,omitempty"`
}

func (s session) fact(f memory.Fact) factView {
	return factView{f.ID, f.Kind, f.Value, memory.Sentence(f, s.locale()), f.Quote, date(f.Since)}
}

type rememberIn struct {
	Kind  string `json:"kind" jsonschema:"size, allergy, taste, gift, fit or other"`
	Value string `json:"value" jsonschema:"what to remember, in the customer's own words" ground:"true"`
	Quote string `json:"quote,omitempty" jsonschema:"the customer's sentence it comes from"`
}

type rememberOut struct {
	Fact factView `json:"fact"`
}

func (s session) remember() llm.Tool {
	t := llm.NewTool("remember", "Keep a fact the customer stated about themselves (size, allergy, taste, fit, gift). The customer is asked first.", llm.Confirm,
		func(ctx context.Context, in rememberIn, key string) (rememberOut, error) {
			quote := in.Quote
			if quote == "" {
				quote = in.Value
			}
			f, err := s.Memory.Keep(ctx, s.who.ID, memory.Fact{
				Kind: in.Kind, Value: in.Value, Quote: quote, Conversation: s.who.Conversation,
				Consent: "confirmed in chat " + s.Now().Format(time.DateOnly), Since: s.Now(), Source: key,
			})
			return rememberOut{s.fact(f)}, err
		})
	return llm.WithPreview(t, func(ctx context.Context, in rememberIn) (*llm.Preview, error) {
		if strings.TrimSpace(in.Value) == "" {
			return nil, llm.Errorf("bad_argument", "there is nothing to remember")
		}
		key := "fact." + in.Kind
		if _, ok := s.phrases[key]; !ok {
			key = "fact.other"
		}
		return &llm.Preview{
			Question: s.say("remember.ask", "fact", s.say(key, "value", in.Value)),
			Yes:      s.say("remember.yes"), No: s.say("remember.no"),
		}, nil
	})
}

type memoryOut struct {
	Facts         []factView `json:"facts"`
	Conversations int        `json:"conversations"`
	Signed        bool       `json:"signed_in"`
}

func (o memoryOut) Card() *llm.Card { return card("facts", o) }

func (s session) memoryShow() llm.Tool {
	return llm.NewTool("memory_show", "What is kept about this customer.", llm.Read,
		func(ctx context.Context, _ struct{}, _ string) (memoryOut, error) {
			facts, err := s.Memory.Facts(ctx, s.who.ID)
			if err != nil {
				return memoryOut{}, err
			}
			out := memoryOut{Facts: []factView{}, Signed: s.who.Authenticated, Conversations: 1}
			for _, f := range facts {
				out.Facts = append(out.Facts, s.fact(f))
			}
			if s.Conversations != nil {
				out.Conversations, err = s.Conversations(ctx, s.who.ID)
			}
			return out, err
		})
}

type forgetIn struct {
	What string `json:"what" jsonschema:"all, or the words of one fact"`
}

type forgetOut struct {
	Forgotten int    `json:"forgotten"` // facts
	Entries   int    `json:"entries,omitempty"`
	All       bool   `json:"all,omitempty"`
	Receipt   string `json:"receipt,omitempty"`
}

func (s session) forget() llm.Tool {
	t := llm.NewTool("forget", "Forget one kept fact, or everything about this customer. The customer is asked first.", llm.Confirm,
		func(ctx context.Context, in forgetIn, _ string) (forgetOut, error) {
			if !everything(in.What) {
				n, err := s.Memory.Forget(ctx, s.who.ID, in.What)
				return forgetOut{Forgotten: n}, err
			}
			facts, err := s.Memory.Facts(ctx, s.who.ID)
			if err != nil {
				return forgetOut{}, err
			}
			receipt, err := s.Memory.Erase(ctx, s.who.ID)
			if err != nil {
				return forgetOut{}, err
			}
			out := forgetOut{Forgotten: len(facts), All: true, Receipt: receipt.ID}
			if s.Erase != nil {
				out.Entries, err = s.Erase(ctx, s.who.ID)
			}
			return out, err
		})
	return llm.WithPreview(t, func(ctx context.Context, in forgetIn) (*llm.Preview, error) {
		if everything(in.What) {
			return &llm.Preview{Question: s.say("forget.ask_all"), Yes: s.say("forget.yes_all"), No: s.say("forget.no")}, nil
		}
		facts, err := s.Memory.Facts(ctx, s.who.ID)
		if err != nil {
			return nil, err
		}
		f, ok := memory.Match(facts, in.What)
		if !ok {
			e := llm.Errorf("not_found", "nothing kept matches %q", in.What)
			e.Data = map[string]any{"what": in.What, "kept": len(facts)}
			return nil, e
		}
		return &llm.Preview{Question: s.say("forget.ask_one", "fact", memory.Sentence(f, s.locale())), Yes: s.say("forget.yes_one"), No: s.say("forget.no")}, nil
	})
}

func everything(what string) bool {
	w := strings.ToLower(strings.TrimSpace(what))
	return w == "" || w == "all" || w == "everything" || w == "me"
}
