package builtin

import (
	"strings"
	"unicode"

	"parley/agent/llm"
)

// A step is one thing a clause leads to: a call, or words.
type step struct {
	*clause
	call *llm.Call
	text string
}

// plan decides what to look up, and what to say where nothing needs to be. It
// depends on the message and what came before only, so that the words can be
// found again when the results are there.
func (t *turn) plan() []step {
	if t.text == "" || !strings.ContainsFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		t.confidence = .3
		return []step{{clause: &clause{turn: t}, text: t.say("unclear")}}
	}
	for _, l := range t.m.languages {
		if l.re.MatchString(t.text) {
			return []step{{clause: t.clauses[0], text: l.say}}
		}
	}
	if steps := t.proves(); steps != nil {
		return steps
	}
	if steps := t.stated(); steps != nil {
		return steps
	}
	var out []step
	for _, c := range t.clauses {
		for _, s := range c.plan() {
			if s.call != nil && !t.has(s.call.Name) {
				s.call, s.text = nil, t.say("error")
			}
			if len(out) < 6 {
				out = append(out, s)
			}
		}
	}
	return out
}

// spoken joins the words of the steps that call nothing.
func (t *turn) spoken(steps []step) string {
	var parts []string
	for _, s := range steps {
		if s.call == nil {
			parts = append(parts, s.text)
		}
	}
	return t.join(parts)
}

func (c *clause) calls(name string, args map[string]any) []step {
	return []step{{clause: c, call: call(name, args)}}
}

// says answers with words. A question is asked once: when our last reply asked
// the same, a person is offered instead.
func (c *clause) says(key string, args ...any) []step {
	switch {
	case c.asked == "product" && (key == "which" || key == "compare_few"):
		key = "which_again"
	case c.asked == "errand" && key == "unclear":
		key = "unclear_again"
	}
	return []step{{clause: c, text: c.say(key, args...)}}
}

// plan is what one clause leads to.
func (c *clause) plan() []step {
	if steps := c.answer(); steps != nil {
		return steps
	}
	if steps := c.keeping(); steps != nil {
		return steps
	}
	if c.spokenOf() != "" && (idle[c.top] || c.sure < unsure) { // "minimum order?" of the product spoken of
		if n, ok := find(c.text, c.m.words.facts); ok && len(n.name)*2 > len(c.text) {
			c.top, c.intents = "ask_feature", []string{"ask_feature"}
			return c.question(c.spokenOf())
		}
	}
	if c.top != "" && idle[c.top] && (c.kind() != "" || len(c.titled()) > 0) { // "tents please" is no yes
		c.top = "find"
	}
	if questions[c.top] && c.wantsKind() {
		c.top = "find"
	}
	if steps := c.goBack(); steps != nil {
		return steps
	}
	if (c.top == "find" || c.top == "refine" || c.top == "complaint" || c.sure < .5) && severalOf(c.text) > 1 && len(c.products()) == 1 && !asksOf.MatchString(c.text) && len(c.contentOf(c.text)) < 6 {
		c.top, c.intents = "basket_add", append([]string{"basket_add"}, c.intents...)
	}
	if steps := c.forOthers(); steps != nil {
		return steps
	}
	if steps := c.choice(); steps != nil {
		return steps
	}
	if about := c.asksOfOne(); about != "" {
		c.top, c.intents = "ask_feature", append([]string{"ask_feature"}, c.intents...)
		return c.question(about)
	}
	if steps := c.planWithout(); steps != nil {
		return steps
	}
	switch c.top {
	case "injection", "abuse", "bot", "help", "greeting", "thanks", "bye", "praise":
		return c.says(c.top)
	case "offtopic", "smalltalk":
		return c.says(c.top)
	case "range":
		if list := c.m.words.ranges[c.lang]; len(list) > 1 {
			return c.says("range", "list", c.list(list[:min(8, len(list))]))
		}
		return c.calls("recommend", map[string]any{})
	case "keep":
		return c.says("keep")
	case "fine", "yes", "no":
		if other.MatchString(c.text) || earlier.MatchString(c.text) {
			if list := c.products(); len(list) == 1 {
				return c.question(list[0])
			}
			return c.says("which")
		}
		return c.says("fine")
	case "contact_given":
		return c.says("contact_given")
	case "sure":
		if c.reply == "" {
			return c.says("fine")
		}
		return c.says("sure")
	case "person":
		return c.calls("hand_off", map[string]any{"reason": "requested"})
	case "memory_recall":
		return c.calls("memory_recall", map[string]any{"about": c.text})
	case "memory_show":
		return c.calls("memory_show", map[string]any{})
	case "forget":
		return c.calls("forget", map[string]any{"what": c.forgetWhat()})
	case "remember":
		if steps := c.lookWithout(); steps != nil {
			return steps
		}
		if call := c.rememberWhat(); call != nil {
			return []step{{clause: c, call: call}}
		}
	case "stop_messages", "privacy", "stock_alert":
		if c.top == "privacy" {
			return c.policy("privacy")
		}
		return c.says(c.top)
	}
	if steps := c.planOrders(); steps != nil {
		return steps
	}
	return c.planProducts()
}

// answer settles what our last reply asked for: a yes to the offer of a person,
// the order or the product that a wish was still missing.
func (c *clause) answer() []step {
	if steps := c.resume(); steps != nil {
		return steps
	}
	switch c.asked {
	case "person":
		if c.top == "yes" {
			return c.calls("hand_off", map[string]any{"reason": "requested"})
		}
		if c.top == "no" {
			return c.says("fine")
		}
	case "order":
		if number := c.orderNumber(); number != "" {
			if open := c.clause(c.before); ordering[open.top] {
				c.top, c.intents = open.top, append([]string{open.top}, c.intents...)
			}
		}
	case "product":
		if len(c.products()) > 0 && (c.top == "about" || c.top == "find" || c.sure < .5) {
			if open := c.clause(c.before); products[open.top] {
				c.top, c.intents = open.top, append([]string{open.top}, c.intents...)
			}
		}
	}
	return nil
}

// idle intents want nothing of the catalogue, unless a thing of it is named.
var idle = map[string]bool{"yes": true, "no": true, "smalltalk": true, "offtopic": true, "greeting": true, "thanks": true, "help": true}

// What may have been left open by a question of ours.
var (
	ordering = map[string]bool{"cancel": true, "return": true, "exchange": true, "change_address": true, "change_order": true, "invoice": true, "refund_status": true}
	products = map[string]bool{
		"ask_material": true, "ask_care": true, "ask_sizes": true, "ask_price": true, "ask_stock": true, "ask_colors": true, "ask_reviews": true, "ask_feature": true,
		"together": true, "compare": true, "basket_add": true, "advice": true,
	}
)

func (c *clause) policy(topic string) []step {
	return c.calls("store_policy", map[string]any{"topic": topic, "query": c.text})
}
