package builtin

import (
	"cmp"
	"encoding/json"
	"strings"
)

// changed says what a change of an order did.
func (c *clause) changed(r result) string {
	var o order
	_ = json.Unmarshal(r.Order, &o) // a change of the customer's own address has none
	var d struct{ Items, New, Address string }
	_ = json.Unmarshal(r.content, &d) // as the tool writes it
	difference := ""
	switch {
	case r.Charge > 0:
		difference = c.say("paid_more", "amount", exact(r.Charge, r.Currency), "card", c.card(r.PaidWith))
	case r.Refund > 0:
		difference = c.say("paid_back", "amount", exact(r.Refund, r.Currency), "card", c.card(r.PaidWith))
	}
	return c.say("done_"+r.Done, "order", o.ID, "items", d.Items, "new", d.New, "address", d.Address,
		"total", exact(r.Refund, r.Currency), "amount", exact(r.Charge, r.Currency), "card", c.card(r.PaidWith), "difference", difference)
}

// refused says why an order can't be changed so, "" for a reason that has no
// words of its own.
func (c *clause) refused(id string, r result) string {
	var o order
	_ = json.Unmarshal(r.Order, &o) // some refusals are of no order
	var f struct {
		Title, Asked string
	}
	_ = json.Unmarshal(r.content, &f)
	var titles, texts []string
	for _, l := range o.Lines {
		titles = append(titles, l.Title)
	}
	for _, m := range r.Methods {
		texts = append(texts, m.Text)
	}
	switch r.Error {
	case "not_delivered":
		return c.say("not_delivered", "order", id, "status", c.say("status_"+r.Status))
	case "only_once":
		return c.say("only_once", "order", id, "status", c.say("status_"+r.Status))
	case "which_item":
		return c.say("which_item", "order", id, "list", c.list(titles))
	case "no_such_item":
		return c.say("no_such_item", "order", id, "asked", f.Asked, "list", c.list(titles))
	case "which_variant":
		return c.say("which_variant")
	case "no_such_variant", "out_of_stock":
		key := map[string]string{"no_such_variant": "no_such_variant", "out_of_stock": "swap_out_of_stock"}[r.Error]
		var others []string
		for _, o := range r.Others {
			others = append(others, o.Options)
		}
		if len(others) == 0 {
			key = "swap_none"
		}
		return c.say(key, "title", f.Title, "asked", f.Asked, "list", strings.Join(others, "; "))
	case "no_such_payment", "original_payment":
		if len(texts) == 0 || r.Error == "original_payment" {
			return c.say("original_payment")
		}
		return c.say("no_such_payment", "list", c.list(texts))
	case "nothing_changes":
		return c.say("nothing_changes", "order", id)
	case "balance":
		if len(r.Methods) == 1 {
			return c.say("balance", "balance", exact(r.Methods[0].Balance, cmp.Or(o.Currency, c.r.Situation.Currency)))
		}
		return c.say("original_payment")
	case "bad_address":
		return c.say("bad_address")
	}
	return ""
}

// tooLate says that an order is past being changed or sent back.
func (c *clause) tooLate(id string, r result) string {
	if (r.Kind == "return" || r.Kind == "exchange") && r.Until != "" {
		return c.say("return_over", "order", id, "until", c.date(r.Until))
	}
	return c.say("too_late_change", "order", id, "status", c.say("status_"+r.Status))
}
