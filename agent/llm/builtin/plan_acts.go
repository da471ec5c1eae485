package builtin

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"parley/agent/llm"
)

// What is asked how, when or for how much is no request to do it.
var howItWorks = regexp.MustCompile(`\b(how|when|long|many|which|policy|who|where|free|cost|costs|fees?|start)\b|怎么|如何|多久|几天|多少|运费|规定|政策|流程|谁|哪里|地址是`)

var (
	wholeOrder = regexp.MustCompile(`\b(whole|entire|complete) (order|thing)\b|\b(everything|all of it|all of them|both|all items)\b|整单|全部|都(要)?退|全退|都(要)?换|全都`)
	paysWith   = regexp.MustCompile(`\b(?:pay|paid|charge|put|switch|change|use|move)\b.{0,60}?\b(gift ?card|paypal)\b|\b(?:pay|charge|put|switch|change|use)\b.{0,60}?\bcard (?:ending (?:in )?)?(\d{4})\b|(?:用|改用|换成|改成|换到)[^,]{0,6}?(礼品卡|购物卡)|尾号(\d{4})的?卡`)
	ontoCard   = regexp.MustCompile(`\b(?:to|on|onto) (?:my |the |a )?(gift ?card)\b|退到(礼品卡)`)
	eMail      = regexp.MustCompile(`\[email \d+\]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+`) // or what stands for one
	postcode   = regexp.MustCompile(`(?:post ?code|zip(?: ?code)?|邮编|邮政编码)[^a-z0-9]{0,8}(?:is |was )?([a-z0-9]{2,6}(?:[ -][a-z0-9]{2,4})?)`)
	bareCode   = regexp.MustCompile(`^(?:it(?:'s| is)|that's|是)?\s*([a-z0-9]{2,6}(?:[ -][a-z0-9]{2,4})?)[. ]*$`)
)

// instead is said of an order's payment, not asked of the shop's.
var instead = regexp.MustCompile(`\binstead\b|\b(change|switch) (it|the payment|the card)\b|改用|换成|改成`)

// acting are the intents that lead to a change of an order.
var acting = map[string]bool{"return": true, "exchange": true, "change_address": true, "change_order": true, "payment": true}

// planActs plans a change of an order, nil where the clause asks for none, or
// leaves open which order it is about.
func (c *clause) planActs(number string) []step {
	if number == "" {
		number = c.order
	}
	if m := paysWith.FindStringSubmatch(c.text); m != nil && c.top != "return" && number != "" && (c.orderNumber() != "" || instead.MatchString(c.text)) {
		return c.calls("modify_payment", map[string]any{"order": number, "payment": first(m[1:])})
	}
	switch c.top {
	case "return":
		if howItWorks.MatchString(c.text) {
			return nil
		}
		return c.change("return_order", number, true)
	case "exchange", "change_order":
		if howItWorks.MatchString(c.text) {
			return nil
		}
		if c.top == "change_order" && c.size() == "" && c.colorSaid() == "" {
			return nil
		}
		return c.change(c.swapping(number), number, c.size() != "" || c.colorSaid() != "" || c.orderNumber() != "")
	case "change_address":
		a := c.address()
		switch {
		case a != nil && number != "":
			a["order"] = number
			return c.calls("modify_address", a)
		case number != "" && c.r.Situation.Customer.Authenticated && c.orders[number] != "" && c.orders[number] != "pending" && c.orders[number] != "modified":
			return nil // it is too late, which the order says
		case number != "" && !howItWorks.MatchString(c.text):
			return append(c.calls("get_order", map[string]any{"order": number}), c.says("which_address", "order", number)...)
		}
	}
	return nil
}

// change plans a return or a swap of what the clause names of an order. Of which
// order, when none is named, the shopper's latest ones tell: see onward.
func (c *clause) change(tool, number string, sure bool) []step {
	args := map[string]any{}
	items := c.itemNames()
	if len(items) > 0 {
		args["items"] = items
	}
	if tool != "return_order" {
		if size := c.size(); size != "" {
			args["size"] = size
		}
		if color := c.colorSaid(); color != "" {
			args["color"] = color
		}
	}
	if m := ontoCard.FindStringSubmatch(c.text); m != nil {
		args["payment"] = first(m[1:])
	}
	if len(items) == 0 && wholeOrder.MatchString(c.text) {
		args["whole_order"] = true
	}
	switch {
	case number != "" && (c.orderNumber() != "" || len(items) > 0 || args["whole_order"] != nil || sure && ofThat.MatchString(c.text)):
		args["order"] = number
		return c.calls(tool, args)
	case number == "" && len(items) > 0 && c.r.Situation.Customer.Authenticated && mineOrThe.MatchString(c.text):
		return c.calls("get_order", map[string]any{})
	}
	return nil
}

var (
	ofThat    = regexp.MustCompile(`\b(it|that|this|them|those|these)\b|它|这个|那个|这单|那单|^(我)?(要|想|申请)?退(货|掉|了)?(吧)?$`)
	mineOrThe = regexp.MustCompile(`\b(my|the|those|these|that|this)\b|我|那|这`)
)

// swapping is the tool that swaps things of an order: as long as it is pending
// they are modified, later exchanged.
func (c *clause) swapping(number string) string {
	if s := c.orders[number]; s == "pending" || s == "" && c.top == "change_order" {
		return "modify_items"
	}
	return "exchange_items"
}

// itemNames are what the clause calls things of an order, as it says it.
func (c *clause) itemNames() []string {
	var out []string
	rest := " " + orderNumber.ReplaceAllString(c.text, " ") + " "
	for _, x := range []*index{&c.m.words.titles, &c.m.words.parts} {
		for _, n := range x.in(rest) {
			if i := wordAt(rest, n.name); i >= 0 && !c.isKind(n.name) && len(n.name) > 2 {
				out = append(out, n.name)
				rest = rest[:i] + strings.Repeat(" ", len(n.name)) + rest[i+len(n.name):]
			}
		}
	}
	if len(out) == 0 {
		for _, n := range c.m.words.kinds.in(rest) {
			if i := wordAt(rest, n.name); i >= 0 {
				out = append(out, n.name)
				rest = rest[:i] + strings.Repeat(" ", len(n.name)) + rest[i+len(n.name):]
			}
		}
	}
	return out
}

// colorSaid is a colour as the clause says it.
func (c *clause) colorSaid() string {
	for _, n := range c.m.words.colors {
		if i := wordAt(c.text, n.name); i >= 0 && !notBefore.MatchString(c.text[:i]) {
			return n.name
		}
	}
	return ""
}

func first(list []string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// resume goes on with a change that our last reply had a question about: which
// item, which size, which address, which order.
func (c *clause) resume() []step {
	if c.asked == "order" {
		open, number := c.clause(c.before), c.orderNumber()
		if number == "" || !acting[open.top] {
			return nil
		}
		both := c.clause(c.before + ", " + c.text)
		both.top, both.intents = open.top, append([]string{open.top}, both.intents...)
		return both.planActs(number)
	}
	if c.asked == "address" {
		a, number := c.address(), c.clause(c.before).orderNumber()
		if c.left != nil {
			number = argument(c.left, "order")
		}
		if number = cmp.Or(number, c.order); a == nil || number == "" {
			return nil
		}
		a["order"] = number
		c.top = "change_address"
		return c.calls("modify_address", a)
	}
	var args map[string]any
	if c.left == nil || json.Unmarshal(c.left.Args, &args) != nil {
		return nil
	}
	names, size, color := c.itemNames(), c.size(), c.colorSaid()
	switch {
	case c.asked == "item" && wholeOrder.MatchString(c.text):
		delete(args, "items")
		args["whole_order"] = true
	case c.asked == "item" && len(names) > 0:
		args["items"] = names
	case c.asked == "variant" && (size != "" || color != ""):
		for name, value := range map[string]string{"size": size, "color": color} {
			if value != "" {
				args[name] = value
			}
		}
	default:
		return nil
	}
	c.top = map[string]string{"return_order": "return"}[c.left.Name]
	c.top = cmp.Or(c.top, "exchange")
	return c.calls(c.left.Name, args)
}

// argument is one argument of a call.
func argument(call *llm.Call, name string) string {
	var args map[string]any
	if json.Unmarshal(call.Args, &args) != nil {
		return ""
	}
	text, _ := args[name].(string)
	return text
}

// proves is a guest's proof of an order: its number and an e-mail address or
// postcode, in this message or the number in the one before.
func (t *turn) proves() []step {
	if t.r.Situation.Customer.Authenticated || !t.has("verify_order") {
		return nil
	}
	whole := &clause{turn: t, text: t.text}
	proof := cmp.Or(coveredEMail.FindString(t.raw), eMail.FindString(t.text))
	if m := postcode.FindStringSubmatch(t.text); proof == "" && m != nil {
		proof = m[1]
	}
	if m := bareCode.FindStringSubmatch(t.text); proof == "" && t.asked == "proof" && m != nil && strings.ContainsAny(m[1], "0123456789") {
		proof = m[1]
	}
	if proof == "" {
		return nil
	}
	whole.text = strings.Replace(t.text, proof, " ", 1)
	number := whole.orderNumber()
	if number == "" {
		before := &clause{turn: t, text: t.before}
		number = before.orderNumber()
	}
	if number == "" {
		if t.asked == "proof" {
			return whole.says("which_order_too")
		}
		return nil
	}
	open := t.clause(t.before)
	whole.top, whole.intents = "order_status", []string{"order_status"}
	if t.asked == "proof" && (acting[open.top] || open.top == "cancel") {
		whole.top = open.top
	}
	whole.order = number
	return whole.calls("verify_order", map[string]any{"order": number, "email_or_postcode": proof})
}

// onward is the call that follows from a result: what a guest wanted before the
// order was proved; the item's own order among the latest; a swap that the
// order's state calls otherwise. Each follows once.
func (t *turn) onward(steps []step, results []*llm.Result) *llm.Call {
	if len(steps) != 1 || steps[0].call == nil || len(results) != 1 {
		return nil
	}
	c, last := steps[0].clause, results[0]
	var r result
	if json.Unmarshal(last.Content, &r) != nil {
		return nil
	}
	switch {
	case last.Name == "verify_order" && !last.Failed && len(r.Orders) == 1 && t.asked == "proof":
		open := t.clause(t.before)
		number := r.Orders[0].ID
		if open.top == "cancel" {
			return call("cancel_order", map[string]any{"order": number})
		}
		open.state.orders = map[string]string{number: r.Orders[0].Status}
		if next := open.planActs(number); acting[open.top] && len(next) == 1 {
			return next[0].call
		}
	case last.Name == "get_order" && !last.Failed && (c.top == "return" || c.top == "exchange" || c.top == "change_order") && c.orderNumber() == "" && len(r.Orders) > 0:
		number := holding(r.Orders, c.itemNames())
		if number == "" {
			return nil
		}
		c.state.orders = map[string]string{}
		for _, o := range r.Orders {
			c.state.orders[o.ID] = o.Status
		}
		tool := "return_order"
		if c.top != "return" {
			tool = c.swapping(number)
		}
		if next := c.change(tool, number, true); len(next) == 1 {
			return next[0].call
		}
	case last.Failed && (last.Name == "exchange_items" && r.Error == "not_delivered" && r.Status == "pending" || last.Name == "modify_items" && r.Error == "too_late" && r.Status == "delivered"):
		other := map[string]string{"exchange_items": "modify_items", "modify_items": "exchange_items"}[last.Name]
		if steps[0].call.Name == last.Name {
			return &llm.Call{Name: other, Args: steps[0].call.Args}
		}
	}
	return nil
}

// holding is the one order that holds a thing of a name, the latest where there
// are more.
func holding(list []order, names []string) string {
	for _, o := range list {
		for _, l := range o.Lines {
			title := strings.ToLower(l.Title)
			if slices.ContainsFunc(names, func(n string) bool {
				return strings.Contains(title, n) || strings.Contains(title, strings.TrimSuffix(n, "s"))
			}) {
				return o.ID
			}
		}
	}
	return ""
}

// settled are the results that the words are about: of a call that led to
// another, the last.
func settled(steps []step, results []*llm.Result) []*llm.Result {
	if len(steps) != 1 || steps[0].call == nil || len(results) != 2 {
		return results
	}
	if slices.Contains(changes, results[1].Name) && (results[0].Failed || results[0].Name == "verify_order" || results[0].Name == "get_order") {
		return results[1:]
	}
	return results
}

// changes are the tools that change an order.
var changes = []string{"cancel_order", "return_order", "exchange_items", "modify_items", "modify_address", "modify_payment", "modify_default_address"}
