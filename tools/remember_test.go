package tools

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/memory"
	"parley/memory/store"
)

// remembering tools of a customer who said these messages, over an empty memory.
func remembers(t *testing.T, said ...string) (*Tools, llm.Customer) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	now := func() time.Time { return time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC) }
	m, err := memory.New(memory.Config{Store: st, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	tools, err := New(Config{Memory: m, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	who := llm.Customer{ID: "C1", Authenticated: true, Conversation: "c1", Locale: "en", Heard: &llm.Heard{}}
	for i, text := range said {
		who.Heard.Said = append(who.Heard.Said, llm.Said{Seq: uint64(i + 1), Text: text})
	}
	return tools, who
}

func offered(t *testing.T, tools *Tools, who llm.Customer, name string) llm.Tool {
	t.Helper()
	for _, x := range tools.For(who) {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("no tool %s", name)
	return llm.Tool{}
}

func TestOnlyTheCustomersOwnMessageIsKept(t *testing.T) {
	tools, who := remembers(t, "do you have this in M?", "I wear size L, any fleeces?")
	for args, want := range map[string]string{
		`{"kind":"size","value":"L","quote":"I wear size L"}`:             "asked",
		`{"kind":"size","value":"M","quote":"I wear size M"}`:             "not_said",
		`{"kind":"allergy","value":"wool"}`:                               "not_said",
		`{"kind":"taste","value":"fleece","quote":"any fleeces"}`:         "asked",
		`{"kind":"other","value":"I live at 12 Elm Street, Springfield"}`: "never_kept",
	} {
		p, err := offered(t, tools, who, "remember").Preview(t.Context(), llm.Invocation{Args: json.RawMessage(args)})
		got := "asked"
		if err != nil {
			got, _, _ = strings.Cut(err.Error(), ":")
		} else if p.Granted {
			got = "granted"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

// consented keeps a first fact with a yes to the question that covers the rest.
func consented(t *testing.T, tools *Tools, who llm.Customer) {
	t.Helper()
	call := llm.Invocation{Args: json.RawMessage(`{"kind":"size","value":"L","quote":"I wear size L"}`), Key: "k1"}
	p, err := offered(t, tools, who, "remember").Preview(t.Context(), call)
	if err != nil || p.Granted || !strings.Contains(p.Question, "other sizes and tastes") {
		t.Fatalf("the first question is %+v, %v", p, err)
	}
	if _, err := offered(t, tools, who, "remember").Call(t.Context(), call); err != nil {
		t.Fatal(err)
	}
}

func TestAConsentCoversWhatItSaidAndNoMore(t *testing.T) {
	tools, who := remembers(t, "I wear size L")
	consented(t, tools, who)
	for say, want := range map[string]string{"I love merino": "granted", "I'm allergic to down": "asked", "we have two kids": "asked", "remember that I'm allergic to down": "granted"} {
		who.Heard.Said = []llm.Said{{Seq: 9, Text: say}}
		call := tools.Heed(t.Context(), who, nil)
		if call == nil {
			t.Errorf("%q is not heeded", say)
			continue
		}
		p, err := offered(t, tools, who, "remember").Preview(t.Context(), llm.Invocation{Args: call.Args})
		if err != nil || p.Granted != (want == "granted") {
			t.Errorf("%q: %+v, %v; want %s", say, p, err, want)
		}
	}
	p, err := tools.Memory.Profile(t.Context(), "C1")
	if err != nil || p.Consent == nil || p.Consent.Words != "I wear size L" || p.Consent.Question == "" || p.Facts[0].Seq != 1 {
		t.Errorf("the record of the consent is %+v, of the fact %+v, %v", p.Consent, p.Facts, err)
	}
}

func TestToldToRememberOneThingNothingElseIsKeptUnasked(t *testing.T) {
	const said = "I'm allergic to down. Please remember that I wear size M."
	tools, who := remembers(t, said)
	call := tools.Heed(t.Context(), who, nil)
	if call == nil {
		t.Fatal("nothing is heeded")
	}
	in := llm.Invocation{Args: call.Args, Key: "k1"}
	p, err := offered(t, tools, who, "remember").Preview(t.Context(), in)
	if err != nil || p.Granted || !strings.Contains(p.Question, "down") {
		t.Fatalf("an allergy that nobody told us to remember: %+v, %v", p, err)
	}
	if _, err := offered(t, tools, who, "remember").Call(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	kept, err := tools.Memory.Profile(t.Context(), "C1")
	if err != nil || len(kept.Facts) != 2 {
		t.Fatalf("%+v, %v", kept, err)
	}
	for _, f := range kept.Facts {
		if told := strings.Contains(f.Consent, "asked for it"); told != (f.Kind == "size") {
			t.Errorf("the consent to %s is %q", f.Value, f.Consent)
		}
	}

	tools, who = remembers(t, said)
	who.Heard.Settled = []llm.Settled{{Tool: "remember", How: "declined"}}
	p, err = offered(t, tools, who, "remember").Preview(t.Context(), in)
	if err != nil || !p.Granted {
		t.Fatalf("what we are told to remember, after a no: %+v, %v", p, err)
	}
	if _, err := offered(t, tools, who, "remember").Call(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if kept, err := tools.Memory.Profile(t.Context(), "C1"); err != nil || len(kept.Facts) != 1 || kept.Facts[0].Value != "M" {
		t.Errorf("after a no there are kept %+v, %v", kept, err)
	}
}

func TestEachFactNamesTheMessageItWasSaidIn(t *testing.T) {
	tools, who := remembers(t, "I'm allergic to down", "I love merino")
	in := llm.Invocation{Key: "k1", Args: json.RawMessage(`{"kind":"taste","value":"merino","quote":"I love merino","also":[{"kind":"allergy","value":"down","quote":"I'm allergic to down"}]}`)}
	if _, err := offered(t, tools, who, "remember").Call(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	kept, err := tools.Memory.Profile(t.Context(), "C1")
	if err != nil || len(kept.Facts) != 2 || kept.Facts[0].Seq != 2 || kept.Facts[1].Seq != 1 {
		t.Errorf("%+v, %v", kept.Facts, err)
	}
}

func TestWhatIsHeededOncePerSessionAndNeverAnEcho(t *testing.T) {
	heeded := func(settled []llm.Settled, echoes []string, said ...string) bool {
		tools, who := remembers(t, said...)
		who.Heard.Settled = settled
		return tools.Heed(context.Background(), who, echoes) != nil
	}
	declined := []llm.Settled{{Tool: "remember", How: "declined", Seq: 1}}
	for _, x := range []struct {
		name string
		got  bool
		want bool
	}{
		{"a statement", heeded(nil, nil, "I wear size L"), true},
		{"one of two messages ago, not asked for yet", heeded(nil, nil, "I wear size L", "any fleeces?"), true},
		{"after a no", heeded(declined, nil, "I'm allergic to down"), false},
		{"after a question that was not answered", heeded([]llm.Settled{{Tool: "remember", How: "dropped", Seq: 1}}, nil, "I'm allergic to down"), false},
		{"after a no to something else", heeded([]llm.Settled{{Tool: "cancel_order", How: "declined", Seq: 1}}, nil, "I'm allergic to down"), true},
		{"told to, after a no", heeded(declined, nil, "remember that I wear size L"), true},
		{"an echo of ours", heeded(nil, []string{"Earlier you wrote: I wear size L."}, "I wear size L"), false},
		{"nothing", heeded(nil, nil, "rain jackets"), false},
		{"a health detail", heeded(nil, nil, "I love my insulin pump"), false},
	} {
		if x.got != x.want {
			t.Errorf("%s: heeded %v", x.name, x.got)
		}
	}
}

func TestAStopHoldsAndOnlyTheCustomersWordsMakeIt(t *testing.T) {
	tools, who := remembers(t, "I wear size L")
	consented(t, tools, who)
	stop := llm.Invocation{Args: json.RawMessage(`{"remember":false}`)}
	who.Heard.Said = []llm.Said{{Seq: 3, Text: "which fleeces are there?"}}
	if p, err := offered(t, tools, who, "memory_consent").Preview(t.Context(), stop); err != nil || p.Granted {
		t.Errorf("a model's own idea runs unasked: %+v, %v", p, err)
	}
	who.Heard.Said = []llm.Said{{Seq: 4, Text: "please stop remembering things about me"}}
	if p, err := offered(t, tools, who, "memory_consent").Preview(t.Context(), stop); err != nil || !p.Granted {
		t.Errorf("the customer's words are asked back: %+v, %v", p, err)
	}
	if _, err := offered(t, tools, who, "memory_consent").Call(t.Context(), stop); err != nil {
		t.Fatal(err)
	}
	who.Heard.Said = []llm.Said{{Seq: 5, Text: "I love yellow"}}
	if call := tools.Heed(t.Context(), who, nil); call != nil {
		t.Errorf("heeded %s after the stop", call.Args)
	}
}
