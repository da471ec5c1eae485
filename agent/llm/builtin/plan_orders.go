package builtin

import (
	"regexp"
	"strings"
)

var mine = regexp.MustCompile(`\bmy\b|\bi (?:bought|ordered|got|returned)\b|我(?:的|买|订)`)

// planOrders plans what is about the customer's own orders, and how the shop
// does things; nil when the clause is about neither.
func (c *clause) planOrders() []step {
	number := c.orderNumber()
	if number != "" && !ordering[c.top] && c.top != "order_status" && c.top != "complaint" && c.top != "order_list" && c.kind() == "" && len(c.titled()) == 0 && strings.ContainsAny(c.text, "#") {
		c.top = "order_status"
	}
	spoken := number
	if spoken == "" {
		spoken = c.order
	}
	get := func() []step {
		args := map[string]any{}
		if spoken != "" {
			args["order"] = spoken
		}
		return c.calls("get_order", args)
	}
	switch c.top {
	case "order_status":
		if number == "" && strings.Contains(c.text, "orders") {
			spoken = ""
		}
		return get()
	case "order_list":
		return c.calls("get_order", map[string]any{})
	case "cancel":
		if spoken == "" {
			return get()
		}
		return c.calls("cancel_order", map[string]any{"order": spoken})
	case "return", "exchange", "refund_status":
		steps := c.policy("returns")
		if spoken != "" || c.top == "refund_status" {
			steps = append(get(), steps...)
		}
		return steps
	case "change_address", "change_order":
		if spoken == "" {
			return c.says("cannot", "what", c.say("what_"+c.top))
		}
		return append(get(), c.says("cannot", "what", c.say("what_"+c.top))...)
	case "invoice":
		return c.policy("invoice")
	case "complaint":
		if number != "" {
			return append(c.calls("get_order", map[string]any{"order": number}), c.says("complaint_order")...)
		}
		return c.says("complaint")
	case "warranty":
		if list := c.products(); len(list) > 0 {
			return append(c.calls("get_product", map[string]any{"product": list[0]}), c.policy("warranty")...)
		}
		return c.policy("warranty")
	case "shipping":
		if mine.MatchString(c.text) && spoken != "" {
			return get()
		}
		return c.policy("shipping")
	case "payment":
		return c.policy("payment")
	case "contact":
		return c.policy("contact")
	case "promo":
		return c.policy("promotions")
	}
	return nil
}
