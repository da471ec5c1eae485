package builtin

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// searched says what a search found, or how near it came.
func (c *clause) searched(r result) (string, []string) {
	narrowed := c.narrows(c.contentOf(c.text))
	if len(r.Products) == 0 {
		switch {
		case c.top == "more":
			return c.say("no_more"), nil
		case c.top == "cheaper" && narrowed:
			return c.noCheaper(), nil
		case c.top == "on_sale":
			return c.say("on_sale_none"), nil
		}
		if len(strings.Fields(c.text)) > 7 || c.lang == "zh" && utf8.RuneCountInString(c.text) > 12 {
			return c.say("none_said"), []string{c.say("suggest_person")}
		}
		query := strings.Join(c.contentOf(c.query(c.text)), " ")
		if c.lang == "zh" || query == "" {
			query = c.query(c.text)
		}
		return c.say("none", "query", clip(query, 60)), []string{c.say("suggest_person")}
	}
	first := r.Products[0]
	price := money(first.Price, first.Currency)
	if r.Nearest {
		switch {
		case c.top == "cheaper" && narrowed && cheapest(r.Products).Price >= c.lowest():
			return c.noCheaper(), nil
		case slices.Contains(r.Missing, "price") && (price == "" || c.beyond(first.Price)):
			return c.say("nearest_price", "title", first.Title, "price", price), nil
		case slices.Contains(r.Missing, "color") && c.color() != "":
			return c.say("nearest_color", "title", first.Title, "price", price, "color", c.colorWord(c.color())), nil
		}
		if slices.Contains(r.Missing, "size") && c.size() != "" {
			return c.say("nearest_size", "title", first.Title, "price", price, "size", c.size()), nil
		}
		if !slices.ContainsFunc(r.Missing, hard) { // only words were not met
			r.Missing = slices.DeleteFunc(slices.Clone(r.Missing), func(w string) bool { return strings.Contains(strings.ToLower(first.Title), w) })
			if n := len(r.Missing); n > 0 && n < 4 && !slices.ContainsFunc(r.Missing, func(w string) bool { return utf8.RuneCountInString(w) < 2 || asksOf.MatchString(w) }) {
				words := strings.Join(r.Missing, " ")
				if !strings.Contains(c.text, words) {
					words = strings.Join(r.Missing, c.say("words_join"))
				}
				return c.say("nearest_unsaid", "words", words, "title", first.Title, "price", price), nil
			}
			return c.say("nearest_words", "title", first.Title, "price", price), nil
		}
		return c.say("nearest", "title", first.Title, "price", price), nil
	}
	if c.top == "on_sale" {
		text := c.say("on_sale", "n", int(r.Total), "title", first.Title, "price", price, "list", money(first.List, first.Currency))
		return text, []string{c.say("suggest_cheaper"), c.say("suggest_compare")}
	}
	if m := c.measure(); m != nil && (c.top == "most" && r.Sort != "" && r.Sort != "relevance" || strings.HasPrefix(r.Sort, "attr:") && m.word != "") {
		value := first.Stated
		switch {
		case m.key == "best_rated":
			value = rating(first)
		case strings.HasPrefix(r.Sort, "attr:") && value == "":
			return c.say("most_first", "title", first.Title), []string{c.say("suggest_compare"), c.say("suggest_reviews")}
		case value == "":
			value = price
		}
		if value == "" {
			return c.say("most_unstated"), nil
		}
		return c.say("most_"+m.key, "title", first.Title, "value", value), []string{c.say("suggest_compare"), c.say("suggest_reviews")}
	}
	if len(r.Products) == 1 {
		return c.say("found_one", "title", first.Title, "price", price, "blurb", first.Blurb),
			[]string{c.say("suggest_reviews"), c.say("suggest_sizes"), c.say("suggest_together")}
	}
	least := cheapest(r.Products)
	text := c.say("found", "n", int(r.Total), "shown", len(r.Products), "cheap", least.Title, "price", money(least.Price, least.Currency))
	if int(r.Total) > len(r.Products) { // of more than is shown, the lowest is not known
		text = c.say("found_many", "n", int(r.Total), "shown", len(r.Products))
	}
	if price == "" && int(r.Total) > len(r.Products) {
		text = c.say("found_many", "n", int(r.Total), "shown", len(r.Products))
	}
	best := first
	for _, p := range r.Products {
		if p.Rating*10+float64(min(p.Count, 9)) > best.Rating*10+float64(min(best.Count, 9)) {
			best = p
		}
	}
	if best.Rating >= 4 && best.Count > 1 {
		text = c.join([]string{text, c.say("best_rated", "title", best.Title, "rating", fmt.Sprintf("%.1f", best.Rating), "count", best.Count)})
	}
	return text, []string{c.say("suggest_second"), c.say("suggest_compare"), c.say("suggest_cheaper")}
}

// hard says that what was not met is a limit, and no word of talk.
func hard(missing string) bool {
	return slices.Contains([]string{"price", "color", "size", "gender", "stock", "sale"}, missing) || strings.HasPrefix(missing, "not ")
}

// noCheaper names what costs least of what was shown.
func (c *clause) noCheaper() string {
	least := c.focus
	for _, p := range c.shown {
		if least.ID == "" || p.Price < least.Price {
			least = p
		}
	}
	if least.Title == "" || least.Price == 0 {
		return c.say("no_cheaper")
	}
	return c.say("no_cheaper_than", "title", least.Title, "price", money(least.Price, cmp.Or(least.Currency, c.r.Situation.Currency)))
}

// beyond says that a price is past the limits that were named.
func (c *clause) beyond(price float64) bool {
	args := maps.Clone(c.search)
	if args == nil || !c.narrows(c.contentOf(c.text)) {
		args = map[string]any{}
	}
	c.bounds(args)
	most, _ := args["price_max"].(float64)
	least, _ := args["price_min"].(float64)
	return most > 0 && price > most || price < least
}

func cheapest(list []product) product {
	return slices.MinFunc(list, func(a, b product) int { return int(a.Price*100) - int(b.Price*100) })
}
