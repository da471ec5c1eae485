package builtin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/agent/llm"
)

// shopModel knows a small shop of several kinds of thing.
func shopModel(t testing.TB) llm.Model {
	t.Helper()
	both := func(id, en, zh string) Term {
		return Term{ID: id, Names: map[string][]string{"en": {en}, "zh": {zh}}}
	}
	m, err := New(Config{Vocabulary: Vocabulary{
		Categories: []Term{both("Tents", "Tents", "帐篷"), both("Rain jackets", "Rain jackets", "防雨夹克"), both("Lamps", "Desk lamps", "台灯")},
		Products: []Term{
			both("P1", "Ridge 4 Tent", "Ridge 4 四人帐篷"), both("P2", "Wren 1 Tent", "Wren 1 单人帐篷"),
			both("P3", "Alder Rain Jacket", "Alder 防雨夹克"), both("P4", "Luna Desk Lamp", "Luna 台灯"), both("P5", "Orion Two-Tone Mug", "Orion 双色杯"),
		},
		Colors: []Term{both("blue", "blue", "蓝色"), both("red", "red", "红色")},
		Sizes:  []Term{{ID: "S", Names: map[string][]string{"en": {"S"}}}, {ID: "M", Names: map[string][]string{"en": {"M"}}}, {ID: "42", Names: map[string][]string{"en": {"42"}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// a said is one turn of a history: a message, the call it led to with its
// result, and the reply.
type said struct{ user, call, args, result, reply string }

var tents = said{
	user: "tents under 300", call: "search_products", args: `{"query":"tents","price_max":300}`,
	result: `{"products":[{"id":"P1","title":"Ridge 4 Tent","price":249,"colors":[{"name":"red"}]},{"id":"P2","title":"Wren 1 Tent","price":119,"colors":[{"name":"blue"}]}],"total":2}`,
	reply:  "2 found.",
}

func request(history []said, text, locale string) *llm.Request {
	r := ask(text, locale)
	var messages []llm.Message
	for i, s := range history {
		messages = append(messages, llm.Text(llm.User, s.user))
		if s.call != "" {
			id := fmt.Sprint("c", i)
			messages = append(messages,
				llm.Message{Role: llm.Assistant, Parts: []llm.Part{{Call: &llm.Call{ID: id, Name: s.call, Args: json.RawMessage(s.args)}}}},
				llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: id, Name: s.call, Content: json.RawMessage(s.result)}}}})
		}
		messages = append(messages, llm.Text(llm.Assistant, s.reply))
	}
	r.Messages = append(messages, r.Messages...)
	return r
}

func calls(t *testing.T, m llm.Model, r *llm.Request) (list []string, text string) {
	t.Helper()
	reply, err := llm.Collect(m.Stream(t.Context(), r))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range reply.Message.Calls() {
		list = append(list, c.Name+" "+string(c.Args))
	}
	return list, reply.Message.Text()
}

func TestSeveralWishesInOneMessageAreAllServed(t *testing.T) {
	m := shopModel(t)
	for text, want := range map[string][]string{
		"where is my order 1042, and how do returns work?": {"get_order", "store_policy"},
		"hi, where is my order 1042? thanks":               {"get_order"},
		"do you price match? how long do returns take?":    {"store_policy", "store_policy"},
		"something for the city, not too warm. under 100":  {"search_products"},
		"订单1042到哪了？怎么退货？":                                  {"get_order", "store_policy"},
		"do you ship to norway and how much is it":         {"store_policy"},
	} {
		list, _ := calls(t, m, request(nil, text, "en"))
		var names []string
		for _, c := range list {
			name, _, _ := strings.Cut(c, " ")
			names = append(names, name)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestWhatCameBeforeIsUnderstood(t *testing.T) {
	about := said{user: "the first one", call: "get_product", args: `{"product":"P1"}`, result: `{"product":{"id":"P1","title":"Ridge 4 Tent","price":249}}`, reply: "Ridge 4 Tent, $249."}
	for _, c := range []struct {
		history      []said
		text, locale string
		want         string
	}{
		{[]said{tents}, "the second one", "en", `get_product {"product":"P2"}`},
		{[]said{tents}, "第二个怎么样", "zh", `get_product {"product":"P2"}`},
		{[]said{tents}, "the cheaper one please", "en", `get_product {"product":"P2"}`},
		{[]said{tents}, "tell me about the red one", "en", `get_product {"color":"red","product":"P1"}`},
		{[]said{tents}, "in blue", "en", `search_products {"color":"blue","price_max":300,"query":"tents"}`},
		{[]said{tents}, "蓝色的呢", "zh", `search_products {"color":"blue","price_max":300,"query":"tents"}`},
		{[]said{tents}, "forget the price", "en", `search_products {"query":"tents"}`},
		{[]said{tents}, "价格不限", "zh", `search_products {"query":"tents"}`},
		{[]said{tents}, "under 200", "en", `search_products {"price_max":200,"query":"tents"}`},
		{[]said{tents}, "show me more", "en", `search_products {"exclude":["P1","P2"],"price_max":300,"query":"tents"}`},
		{[]said{tents}, "any desk lamps?", "en", `search_products {"query":"desk lamps"}`},
		{[]said{tents}, "for a windy hilltop", "en", `search_products {"price_max":300,"query":"tents for a windy hilltop","strict":true}`},
		{[]said{tents}, "compare the first two", "en", `compare_products {"products":["P1","P2"]}`},
		{[]said{tents, about}, "差评都说什么", "zh", `sentiment {"product":"P1"}`},
		{[]said{tents}, "compare them", "en", `compare_products {"products":["P1","P2"]}`},
		{[]said{tents}, "what are they made of", "en", `compare_products {"products":["P1","P2"]}`},
		{[]said{tents}, "which one should i take", "en", `compare_products {"products":["P1","P2"]}`},
		{[]said{tents, about}, "is it waterproof?", "en", `get_product {"product":"P1"}`},
		{[]said{tents, about}, "in blue?", "en", `get_product {"color":"blue","product":"P1"}`},
		{[]said{tents, about}, "what do people complain about with it", "en", `sentiment {"product":"P1"}`},
		{[]said{tents, about}, "差评都说什么", "zh", `sentiment {"product":"P1"}`},
		{[]said{tents, about}, "what desk lamp would go with it", "en", `search_products {"query":"desk lamp"}`},
		{[]said{tents}, "do you have any in blue", "en", `search_products {"color":"blue","price_max":300,"query":"tents"}`},
		{[]said{tents, about}, "ok let's go with that one", "en", `get_product {"product":"P1"}`},
		{[]said{tents, about}, "what goes with it", "en", `bought_together {"product":"P1"}`},
		{[]said{tents, about}, "compare with the second one", "en", `compare_products {"products":["P2","P1"]}`},
		{[]said{{user: "cancel my order", call: "get_order", args: `{}`, result: `{"orders":[{"id":"1042"},{"id":"1041"}]}`, reply: "Your latest orders are 1042 and 1041. Which one?"}}, "1042", "en", `cancel_order {"order":"1042"}`},
		{[]said{tents, {user: "is it any good", reply: "Which product do you mean?"}}, "the second", "en", `sentiment {"product":"P2"}`},
		{[]said{{user: "change my address", reply: "I can't change the address myself. A colleague can, while it isn't packed; shall I bring one in?"}}, "yes please", "en", `hand_off {"reason":"requested"}`},
		{[]said{{user: "改地址", reply: "我自己不能改地址，没打包前同事可以改，要转接吗？"}}, "好的", "zh", `hand_off {"reason":"requested"}`},
	} {
		list, text := calls(t, shopModel(t), request(c.history, c.text, c.locale))
		if got := strings.Join(list, "; "); got != c.want {
			t.Errorf("%q after %q: got %s (%s), want %s", c.text, c.history[len(c.history)-1].user, got, text, c.want)
		}
	}
}

func TestWhatIsNotWantedIsTakenOutOfTheSearch(t *testing.T) {
	m := shopModel(t)
	for text, want := range map[string]string{
		"not red": `search_products {"not":["red"],"price_max":300,"query":"tents"}`, "no wool or leather please": `search_products {"not":["wool","leather"],"price_max":300,"query":"tents"}`,
		"不要红色": `search_products {"not":["红色"],"price_max":300,"query":"tents"}`, "带窗的不要": `search_products {"not":["带窗"],"price_max":300,"query":"tents"}`,
		"for 3 people": `search_products {"price_max":300,"query":"tents for 3 people"}`,
	} {
		list, reply := calls(t, m, request([]said{tents}, text, "en"))
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%s: got %s %s, want %s", text, got, reply, want)
		}
	}
}

func TestHarmfulReadingsNeedTheirWord(t *testing.T) {
	m := shopModel(t)
	order := said{user: "order 1042", call: "get_order", args: `{"order":"1042"}`, result: `{"orders":[{"id":"1042","status":"pending"}]}`, reply: "Order 1042 is paid."}
	for text, never := range map[string]string{
		"订单号忘了": "forget", "2人": "hand_off", "谢谢，不用人工": "hand_off", "别取消了，留着": "cancel_order", "don't cancel it": "cancel_order", "I don't want to cancel 1042": "cancel_order",
		"防水3000以上的": "get_order", "不要vivo和oppo": "hand_off", "no human needed": "hand_off",
	} {
		list, _ := calls(t, m, request([]said{tents, order}, text, "en"))
		if got := strings.Join(list, "; "); strings.Contains(got, never) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestEarlierSearchesAreTakenUpAgain(t *testing.T) {
	m := shopModel(t)
	lamps := said{user: "desk lamps", call: "search_products", args: `{"query":"desk lamps"}`, result: `{"products":[{"id":"P4","title":"Luna Desk Lamp","price":49}],"total":1}`, reply: "One fits."}
	for text, want := range map[string]string{
		"back to the tents":        `search_products {"price_max":300,"query":"tents"}`,
		"回到帐篷":                     `search_products {"price_max":300,"query":"tents"}`,
		"a tent and a rain jacket": `search_products {"query":"tent"}; search_products {"query":"rain jacket"}`,
	} {
		list, reply := calls(t, m, request([]said{tents, lamps}, text, "en"))
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%s: got %s %s, want %s", text, got, reply, want)
		}
	}
	if _, reply := calls(t, m, request([]said{tents}, "the fourth one", "en")); !strings.Contains(reply, "only 2") {
		t.Errorf("the fourth of two: %s", reply)
	}
}

func TestAPersonIsNotBroughtInByAYesToSomethingElse(t *testing.T) {
	list, text := calls(t, shopModel(t), request([]said{tents}, "yes", "en"))
	if len(list) > 0 || text == "" {
		t.Errorf("a yes to nothing gave %v, %q", list, text)
	}
}

func TestALanguageNotSpokenGetsAnAnswerInIt(t *testing.T) {
	for text, want := range map[string]string{"hola, busco una tienda": "inglés", "ich suche ein Zelt": "Englisch", "テントはありますか": "英語", "есть палатки?": "английском"} {
		if _, got := calls(t, shopModel(t), request(nil, text, "en")); !strings.Contains(got, want) {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestTheThingIsTheOneOfItsKind(t *testing.T) {
	m := shopModel(t)
	for text, want := range map[string]string{
		"is the lamp dimmable?":       `get_product {"product":"P4"}`, // the shop has one
		"can i wash the rain jacket?": `get_product {"product":"P3"}`,
		"do you have lamps":           `search_products {"query":"lamps"}`,
	} {
		list, reply := calls(t, m, request(nil, text, "en"))
		if got := strings.Join(list, "; "); got != want {
			t.Errorf("%s: got %s %s, want %s", text, got, reply, want)
		}
	}
}

func TestAQuestionIsAskedOnce(t *testing.T) {
	m := shopModel(t)
	_, first := calls(t, m, request(nil, "how much is it", "en"))
	_, second := calls(t, m, request([]said{{user: "how much is it", reply: first}}, "how much is it", "en"))
	if first == second || !strings.Contains(second, "person") {
		t.Errorf("asked %q, then %q", first, second)
	}
	list, _ := calls(t, m, request([]said{{user: "how much is it", reply: second}}, "yes", "en"))
	if len(list) != 1 || !strings.HasPrefix(list[0], "hand_off") {
		t.Errorf("a yes to %q gave %v", second, list)
	}
}
