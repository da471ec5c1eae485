package builtin

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// suggested says what a recommendation found.
func (c *clause) suggested(r result) (string, []string) {
	around := r.Around.Title
	if len(r.Guides) > 0 {
		return c.join([]string{r.Guides[0].Text, c.say("recommend_guide", "title", r.Guides[0].Title)}), []string{c.say("suggest_compare"), c.say("suggest_cheaper")}
	}
	if len(r.Products) == 0 {
		switch {
		case len(r.Kinds) > 1:
			return c.say("recommend_unmet", "list", c.list(r.Kinds)), nil
		case r.Basis == "again" && around != "":
			return c.say("recommend_again_never", "title", around), nil
		case r.Basis == "again":
			return c.say("recommend_again_none"), nil
		case around != "" && (r.Basis == "look" || r.Basis == "picture" || r.Basis == "instead"):
			return c.say("recommend_"+r.Basis+"_none", "title", around), nil
		}
		return c.say("recommend_none"), nil
	}
	more := []string{c.say("suggest_compare"), c.say("suggest_cheaper")}
	least := cheapest(r.Products)
	switch r.Basis {
	case "again":
		var parts []string // the two that are needed first; the cards carry the rest
		for _, p := range r.Products[:min(2, len(r.Products))] {
			parts = append(parts, c.say("recommend_again", "title", p.Title, "reason", lowered(strings.TrimRight(p.Reason, ".。"))))
		}
		return c.join(parts), []string{c.say("suggest_together")}
	case "instead":
		text := c.nearest(r.Around, r.Products)
		if !r.Around.InStock {
			text = c.join([]string{c.say("stock_no", "title", around), text})
		}
		return text, more
	case "popular", "look", "picture", "history", "product":
		more[1] = c.say("suggest_why")
	}
	return c.say("recommend_"+r.Basis, "title", around, "cheap", least.Title, "price", money(least.Price, least.Currency)), more
}

// nearest names what comes nearest to a product, and how it compares.
func (c *clause) nearest(p product, list []product) string {
	first := list[0]
	if first.ID == p.ID {
		if len(list) == 1 {
			return c.say("nearest_same", "reason", lowered(strings.TrimRight(first.Reason, ".。")))
		}
		return c.say("nearest_same_also", "reason", lowered(strings.TrimRight(first.Reason, ".。")), "title", list[1].Title, "price", money(list[1].Price, list[1].Currency))
	}
	return c.say("nearest_in_stock", "title", first.Title, "price", money(first.Price, first.Currency), "reason", strings.TrimRight(first.Reason, ".。"))
}

// orInstead adds to an answer about a product that cannot be had as asked for
// what comes nearest, unless that is on the screen already.
func (c *clause) orInstead(text string, r result) string {
	if len(r.Instead) == 0 || text == "" || slices.ContainsFunc(c.shown, func(p ref) bool { return p.ID == r.Instead[0].ID }) && r.Asked == nil {
		return text
	}
	parts := []string{text}
	if out := c.say("stock_no", "title", r.Product.Title); !r.Product.InStock && r.Asked == nil && !strings.Contains(text, out) {
		parts = append(parts, out)
	}
	return c.join(append(parts, c.nearest(r.Product, r.Instead)))
}

// lowered begins a phrase as the rest of a sentence.
func lowered(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}
