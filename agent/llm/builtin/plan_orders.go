package builtin

import (
	"regexp"
	"strings"
)

var mine = regexp.MustCompile(`\bmy\b|\bi (?:bought|ordered|got|returned)\b|我(?:的|买|订)`)

var sending = regexp.MustCompile(`ship|deliver|post|arriv|send|courier|express|寄|送|运|邮|发货|快递|到货`)

var ofOrders = regexp.MustCompile(`order|parcel|package|track|订单|包裹|物流|单号|快递`)

var (
	alone    = regexp.MustCompile(`^#?\d{4,12}$`)
	notYet   = regexp.MustCompile(`\b(hasn't|has not|not|isn't|haven't)( been| yet)? (shipped|sent|packed|dispatched)\b|\b(pending|unshipped|open) (one|order)\b|\bthe pending\b|没(有)?(发货|打包|寄出)的?|未发货`)
	onItsWay = regexp.MustCompile(`\b(the )?(shipped|sent) one\b|\bone (that|which)( is|'s| was| has been)? (on its way|shipped|sent)\b|(那|这)?个?(已经?)?(发货了?|在路上|寄出)的`)
	which    = regexp.MustCompile(`\bwhich\b|哪(个|款|一个)`)
)

var notBought = regexp.MustCompile(`\b(haven't|have not|didn't|not) (yet )?(bought|ordered|buy|order)|\bno order\b|没有?订单|还没(买|下单)|没买`)

// oneThing of an order is to go, and not the order.
var oneThing = regexp.MustCompile(`把.{1,12}(取消|去掉|退掉)`)

// questioned is asked, not told.
var questioned = regexp.MustCompile(`\?|\b(can|could|may|do|does|is|are|what)\b|吗|么|嘛|能不能|可不可以|能否|呢$`)

var fee = regexp.MustCompile(`\bhow much\b|\bcosts?\b|\bfree\b|\bfees?\b|\bprice\b|运费|邮费|快递费|包邮|免邮|多少钱`)

var whoPays = regexp.MustCompile(`谁出|谁付|谁承担|\bwho pays\b|\bpostage\b`)

// policyOr asks for a policy, and beside it for the product in focus where this
// catalogue states such terms product by product.
func (c *clause) policyOr(topic string) []step {
	if which.MatchString(c.text) && len(c.shown) > 1 && c.m.words.terms[topic] {
		return c.planCompare(c.seen())
	}
	if topic == "shipping" && fee.MatchString(c.text) {
		return c.policy(topic) // a product states when it ships, the shop what that costs
	}
	about := c.subject(c.products())
	if about == "" || !c.m.words.terms[topic] {
		return c.policy(topic)
	}
	return append(c.calls("get_product", map[string]any{"product": about}), c.policy(topic)...)
}

// orderThatIs is the latest order shown of a status, "" for none.
func (c *clause) orderThatIs(status string) string {
	latest := ""
	for id, is := range c.orders {
		if is == status && (len(id) > len(latest) || len(id) == len(latest) && id > latest) {
			latest = id
		}
	}
	return latest
}

// planOrders plans what is about the customer's own orders, and how the shop
// does things; nil when the clause is about neither.
func (c *clause) planOrders() []step {
	number := c.orderNumber()
	if number != "" && !ordering[c.top] && c.top != "order_status" && c.top != "complaint" && c.top != "order_list" && c.kind() == "" && len(c.titled()) == 0 && strings.ContainsAny(c.text, "#") {
		c.top = "order_status"
	}
	if alone.MatchString(c.text) && c.r.Situation.Customer.Authenticated && number != "" && !ordering[c.top] {
		c.top = "order_status" // a number and nothing else
	}
	if number == "" && notYet.MatchString(c.text) { // "the one that hasn't shipped"
		number = c.orderThatIs("pending")
	}
	if number == "" && onItsWay.MatchString(c.text) {
		if number = c.orderThatIs("shipped"); number != "" {
			c.top = "order_status"
		}
	}
	if number != "" {
		c.order = number // what the message says next is of this one
	}
	spoken := number
	if spoken == "" {
		spoken = c.order
	}
	if all := c.orderNumbers(); len(all) > 1 && (c.top == "order_status" || c.top == "cancel") {
		var steps []step
		for _, n := range all[:min(3, len(all))] {
			if c.top == "cancel" { // one is asked for at a time; the others are shown
				c.top = "order_status"
				steps = append(steps, c.calls("cancel_order", map[string]any{"order": n})...)
				continue
			}
			steps = append(steps, c.calls("get_order", map[string]any{"order": n})...)
		}
		return steps
	}
	get := func() []step {
		args := map[string]any{}
		if spoken != "" {
			args["order"] = spoken
		}
		return c.calls("get_order", args)
	}
	if steps := c.planActs(number); steps != nil {
		return steps
	}
	switch c.top {
	case "missing":
		c.intents = append(c.intents, "order_status")
		return get()
	case "order_status":
		if notBought.MatchString(c.text) || number == "" && c.measure() != nil && c.kind() != "" && !mine.MatchString(c.text) {
			c.top = "most"
			return nil
		}
		if number == "" && c.order == "" && !c.r.Situation.Customer.Authenticated && !mine.MatchString(c.text) && !ofOrders.MatchString(c.text) && c.spokenOf() != "" {
			return c.policyOr("shipping")
		}
		if number == "" && (strings.Contains(c.text, "orders") || lastOrder.MatchString(c.text)) {
			spoken = ""
		}
		return get()
	case "order_list":
		if number != "" {
			return get()
		}
		return c.calls("get_order", map[string]any{})
	case "cancel":
		if number == "" && (c.kind() != "" || len(c.titled()) > 0 || oneThing.MatchString(c.text)) && !ofOrders.MatchString(c.text) { // one thing of an order
			return c.says("cannot", "what", c.say("what_change_order"))
		}
		if spoken == "" {
			return get()
		}
		return c.calls("cancel_order", map[string]any{"order": spoken})
	case "return", "exchange", "refund_status":
		if limits := map[string]any{}; c.kind() != "" && c.bounds(limits) != "" && len(limits) > 0 && !pointing.MatchString(c.text) {
			c.top = "find" // phones under 400 with a long return policy
			return nil
		}
		if number != "" {
			return append(get(), c.policy("returns")...)
		}
		steps := c.policyOr("returns")
		if c.top != "refund_status" && c.r.Situation.Customer.Authenticated && !howItWorks.MatchString(c.text) && !questioned.MatchString(c.text) {
			steps = append(steps, c.says("which_return")...)
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
		if spoken != "" {
			return append(get(), c.says("complaint_order")...)
		}
		if c.is("return", "exchange") {
			return append(c.policy("returns"), c.says("complaint")...)
		}
		return c.says("complaint")
	case "warranty":
		if list := c.products(); len(list) > 0 {
			return append(c.calls("get_product", map[string]any{"product": list[0]}), c.policy("warranty")...)
		}
		return c.policyOr("warranty")
	case "service":
		return c.policy("gift")
	case "shipping":
		if len(c.titled()) > 0 && !sending.MatchString(c.text) { // "how long does it take to set up the Ridge 4"
			c.top = "ask_feature"
			return c.question(c.titled()[0])
		}
		if before := c.clause(c.before); (before.top == "return" || before.top == "exchange" || before.top == "refund_status") && whoPays.MatchString(c.text) {
			return c.policy("returns")
		}
		if mine.MatchString(c.text) && spoken != "" {
			return get()
		}
		return c.policyOr("shipping")
	case "payment":
		return c.policy("payment")
	case "contact":
		return c.policy("contact")
	case "promo":
		return c.policy("promotions")
	}
	return nil
}
