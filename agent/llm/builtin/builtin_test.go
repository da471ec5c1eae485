package builtin

import (
	"testing"

	"parley/agent/llm"
	"parley/agent/llm/llmtest"
)

func tent(id, en, zh string) Term {
	return Term{ID: id, Names: map[string][]string{"en": {en}, "zh": {zh}}}
}

func newModel(t testing.TB) llm.Model {
	t.Helper()
	m, err := New(Config{Vocabulary: Vocabulary{
		Products: []Term{tent("P1", "Ridge 4 Tent", "Ridge 4 四人帐篷"), tent("P2", "Wren 1 Tent", "Wren 1 单人帐篷")},
		Colors:   []Term{tent("blue", "blue", "蓝色"), tent("red", "red", "红色")},
		Sizes:    []Term{tent("M", "m", "m")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func offered() []llm.Spec {
	var out []llm.Spec
	for _, name := range []string{"search_products", "get_product", "compare_products", "recommend", "bought_together", "sentiment", "get_order", "cancel_order", "store_policy", "remember", "memory_show", "forget", "hand_off"} {
		out = append(out, llm.Spec{Name: name})
	}
	return out
}

func ask(text, locale string) *llm.Request {
	return &llm.Request{Messages: []llm.Message{llm.Text(llm.User, text)}, Tools: offered(), Situation: llm.Situation{Locale: locale}}
}

func TestContract(t *testing.T) {
	say := func(text string) func(*testing.T) llmtest.Case {
		return func(t *testing.T) llmtest.Case { return llmtest.Case{Model: newModel(t), Request: ask(text, "en")} }
	}
	llmtest.Run(t, llmtest.Models{Text: say("hello"), Call: say("where is order 1042 and how do returns work?")})
}

func TestMessagesBecomeTheRightCalls(t *testing.T) {
	m := newModel(t)
	for _, c := range []struct{ text, locale, call string }{
		{"hello", "en", ""},
		{"thanks, bye", "en", ""},
		{"are you a robot?", "en", ""},
		{"what's the weather like", "en", ""},
		{"this is awful, you sent the wrong size", "en", ""},
		{"a person please", "en", `hand_off {"reason":"requested"}`},
		{"tents under 200", "en", `search_products {"price_max":200,"query":"tents"}`},
		{"compare the Ridge 4 and the Wren 1", "en", `compare_products {"products":["P1","P2"]}`},
		{"tell me about the ridge 4 tent", "en", `get_product {"product":"P1"}`},
		{"price of the Ridge 4 tent'; drop table orders", "en", `get_product {"product":"P1"}`},
		{"what do people say about the Wren 1?", "en", `sentiment {"product":"P2"}`},
		{"what goes with the Ridge 4?", "en", `bought_together {"product":"P1"}`},
		{"where is my order #1042", "en", `get_order {"order":"1042"}`},
		{"cancel 1042", "en", `cancel_order {"order":"1042"}`},
		{"I'm allergic to wool", "en", `remember {"kind":"allergy","quote":"I'm allergic to wool","value":"wool"}`},
		{"forget me", "en", `forget {"what":"all"}`},
		{"what do you know about me", "en", `memory_show {}`},
		{"你好", "zh", ""},
		{"谢谢", "zh", ""},
		{"转人工", "zh", `hand_off {"reason":"requested"}`},
		{"有没有双人帐篷", "zh", `search_products {"query":"双人帐篷"}`},
		{"想买双徒步鞋", "zh", `search_products {"query":"徒步鞋"}`},
		{"适合-10度的睡袋", "zh", `search_products {"query":"适合零下10度的睡袋"}`},
		{"200以内的帐篷", "zh", `search_products {"price_max":200,"query":"帐篷"}`},
		{"订单1042到哪了", "zh", `get_order {"order":"1042"}`},
		{"取消订单1042", "zh", `cancel_order {"order":"1042"}`},
		{"我穿M码", "zh", `remember {"kind":"size","quote":"我穿M码","value":"M"}`},
	} {
		reply, err := llm.Collect(m.Stream(t.Context(), ask(c.text, c.locale)))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if calls := reply.Message.Calls(); len(calls) > 0 {
			got = calls[0].Name + " " + string(calls[0].Args)
		}
		if got != c.call {
			t.Errorf("%q: got %s, want %s (read as %s)", c.text, got, c.call, reply.Meaning)
		}
	}
}

// FuzzMessage holds that no message breaks the model: it always answers, with
// text or a sound call.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{"hi", "cancel 1042", "200以内的帐篷", "under $", "第", "\x00", "🙂", "a\u0301\u0301", "<b>"} {
		f.Add(s)
	}
	m := newModel(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, locale := range []string{"en", "zh"} {
			reply, err := llm.Collect(m.Stream(t.Context(), ask(text, locale)))
			if err != nil || reply.Message.Text() == "" && len(reply.Message.Calls()) == 0 {
				t.Fatalf("%q: %+v, %v", text, reply, err)
			}
		}
	})
}
