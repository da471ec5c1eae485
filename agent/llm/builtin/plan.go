package builtin

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
)

// plan decides what to look up, or what to say when nothing needs to be.
// Several wishes in one message become several calls.
func (t *turn) plan() ([]llm.Call, string) {
	if bare.MatchString(t.text) && t.nth > 1 {
		return nil, t.say("nothing_open")
	}
	if t.text == "" || !strings.ContainsFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		t.confidence = .3
		return nil, t.say("unclear")
	}
	if foreign(t.text) {
		return nil, t.say("language")
	}
	for _, first := range []string{"injection", "abuse", "offtopic"} {
		if t.is(first) && !t.is("person") {
			return nil, t.say(first)
		}
	}
	var calls []llm.Call
	add := func(name string, args map[string]any) {
		if t.has(name) {
			calls = append(calls, call(name, args))
		}
	}
	if t.is("person") {
		add("hand_off", map[string]any{"reason": "requested"})
		return calls, ""
	}
	if t.is("memory_show") {
		add("memory_show", map[string]any{})
		return calls, ""
	}
	if t.is("forget") && !t.is("relax") {
		add("forget", map[string]any{"what": t.forgetWhat()})
		return calls, ""
	}
	if t.is("remember") {
		if args := t.rememberWhat(); args != nil {
			add("remember", args)
		}
	}
	number := t.orderNumber()
	if t.is("complaint") && number == "" && len(t.titled()) == 0 && !t.is("order") && !t.is("return") && !t.is("cancel") {
		return nil, t.say("complaint")
	}
	aboutOrder := t.is("order") && (number != "" || len(t.products()) == 0 || strings.Contains(t.text, "my")) || number != "" && (t.is("cancel") || t.is("return") || len(t.intents) == 0)
	switch {
	case t.is("cancel"):
		if number == "" {
			number = t.order
		}
		if number == "" {
			add("get_order", map[string]any{})
		} else {
			add("cancel_order", map[string]any{"order": number})
		}
	case aboutOrder && (number != "" || !t.is("shipping") || strings.Contains(t.text, "my")):
		args := map[string]any{}
		if number == "" && t.order != "" && !strings.Contains(t.text, "orders") {
			number = t.order
		}
		if number != "" {
			args["order"] = number
		}
		add("get_order", args)
	}
	for _, p := range []struct{ intent, topic string }{{"return", "returns"}, {"shipping", "shipping"}, {"payment", "payment"}, {"warranty", "warranty"}, {"hours", "contact"}} {
		if t.is(p.intent) && !(p.intent == "shipping" && aboutOrder) && !(p.intent == "return" && t.is("cancel")) {
			add("store_policy", map[string]any{"topic": p.topic, "query": t.raw})
		}
	}
	if len(calls) > 0 {
		return calls, ""
	}
	return t.planProducts()
}

// has says whether a tool is offered.
func (t *turn) has(name string) bool {
	return slices.ContainsFunc(t.r.Tools, func(s llm.Spec) bool { return s.Name == name })
}

// bare is a yes or no to nothing.
var bare = regexp.MustCompile(`^(yes|yeah|yep|yes please|ok|okay|sure|no|nope|no thanks|好|好的|好吧|是|是的|嗯|不|不用|不用了|不要)[.,! ]*$`)

var otherLanguages = regexp.MustCompile(`\b(hola|gracias|busco|tienen|bonjour|merci|cherche|avez-vous|guten|danke|suche|haben sie|ciao|grazie|olá|obrigado)\b|[ぁ-んァ-ヶ가-힣]`)

func foreign(text string) bool { return otherLanguages.MatchString(text) }
