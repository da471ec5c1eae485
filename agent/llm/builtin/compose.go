package builtin

import (
	"encoding/json"
	"slices"
	"strings"

	"parley/agent/llm"
)

// compose says what the results hold.
func (t *turn) compose(results []*llm.Result) (string, []string) {
	var parts []string
	var suggest []string
	for _, res := range results {
		var r result
		if err := json.Unmarshal(res.Content, &r); err != nil && !res.Failed {
			parts = append(parts, t.say("error"))
			continue
		}
		var text string
		var more []string
		if res.Failed {
			text = t.failure(res.Name, r)
		} else {
			text, more = t.result(res.Name, r)
		}
		if text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
		suggest = append(suggest, more...)
	}
	sep := " "
	if t.lang == "zh" {
		sep = ""
	}
	return strings.Join(parts, sep), suggest[:min(3, len(suggest))]
}

func (t *turn) failure(tool string, r result) string {
	var id string
	if json.Unmarshal(r.Order, &id) != nil {
		var o order
		if json.Unmarshal(r.Order, &o) == nil {
			id = o.ID
		}
	}
	switch r.Error {
	case "sign_in":
		return t.say("sign_in")
	case "too_late":
		until := ""
		if r.Until != "" && r.Status == "delivered" {
			until = t.say("order_return", "until", t.date(r.Until))
		}
		return t.say("too_late", "order", id, "status", t.say("status_"+r.Status), "return", until)
	case "already_cancelled":
		return t.say("already_cancelled", "order", id)
	case "not_found":
		switch tool {
		case "get_order", "cancel_order":
			return t.say("order_not_found", "order", id)
		case "store_policy":
			return t.say("policy_none")
		case "forget":
			return t.say("not_kept")
		}
		return t.say("which")
	case "not_grounded":
		return t.say("which_order")
	}
	return t.say("error")
}

func (t *turn) result(tool string, r result) (string, []string) {
	switch tool {
	case "search_products":
		return t.searched(r)
	case "get_product":
		return t.aboutProduct(r), []string{t.say("suggest_reviews"), t.say("suggest_together")}
	case "compare_products":
		if len(r.Products) < 2 {
			return t.say("which"), nil
		}
		if text := t.most(r); text != "" {
			return text, nil
		}
		a, b := r.Products[0], r.Products[1]
		return t.say("compared", "a", a.Title, "pa", money(a.Price, a.Currency), "b", b.Title, "pb", money(b.Price, b.Currency)), nil
	case "recommend":
		if len(r.Products) == 0 {
			return t.say("recommend_none"), nil
		}
		c := cheapest(r.Products)
		return t.say("recommend_"+r.Basis, "cheap", c.Title, "price", money(c.Price, c.Currency)), []string{t.say("suggest_compare"), t.say("suggest_cheaper")}
	case "bought_together":
		if len(r.Products) == 0 {
			return t.say("together_none", "title", r.Product.Title), nil
		}
		return t.say("together", "title", r.Product.Title, "total", money(r.TotalPrice, r.Currency)), nil
	case "sentiment":
		return t.reviewed(r), []string{t.say("suggest_sizes"), t.say("suggest_together")}
	case "get_order":
		return t.ordered(r), []string{t.say("suggest_returns")}
	case "cancel_order":
		var o order
		_ = json.Unmarshal(r.Order, &o) // an empty one is told as such below
		return t.say("cancelled", "order", o.ID, "total", exact(r.Refund, r.Currency), "card", t.card(r.PaidWith)), nil
	case "store_policy":
		var texts []string
		for _, p := range r.Policies {
			texts = append(texts, p.Text)
		}
		return strings.Join(texts, "\n"), nil
	case "memory_show":
		if len(r.Facts) == 0 {
			return t.say("memory_none"), nil
		}
		var facts []string
		for _, f := range r.Facts {
			facts = append(facts, strings.TrimRight(f.Words, ".。"))
		}
		return t.say("memory", "facts", strings.Join(facts, "; ")), nil
	case "remember":
		return t.say("remembered", "fact", strings.TrimRight(r.Fact.Words, ".。")), nil
	case "forget":
		if r.All {
			return t.say("forgotten", "receipt", r.Receipt), nil
		}
		if r.Forgotten == 0 {
			return t.say("not_kept"), nil
		}
		return t.say("forgotten_one"), nil
	}
	return "", nil
}
