package builtin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (t *turn) searched(r result) (string, []string) {
	if len(r.Products) == 0 {
		if t.is("more") {
			return t.say("no_more"), nil
		}
		if t.is("cheaper") && t.narrows(t.content()) {
			return t.say("no_cheaper"), nil
		}
		query := strings.Join(t.content(), " ")
		if query == "" {
			query = t.raw
		}
		return t.say("none", "query", clip(query, 60)), []string{t.say("suggest_person")}
	}
	first := r.Products[0]
	price := money(first.Price, first.Currency)
	if r.Nearest {
		switch {
		case t.is("cheaper") && t.narrows(t.content()) && cheapest(r.Products).Price >= t.lowest():
			return t.say("no_cheaper"), nil
		case slices.Contains(r.Missing, "price") && t.beyond(first.Price):
			return t.say("nearest_price", "title", first.Title, "price", price), nil
		case slices.Contains(r.Missing, "color") && t.color() != "":
			return t.say("nearest_color", "title", first.Title, "price", price, "color", t.color()), nil
		}
		return t.say("nearest", "title", first.Title, "price", price), nil
	}
	if len(r.Products) == 1 {
		return t.say("found_one", "title", first.Title, "price", price, "blurb", first.Blurb),
			[]string{t.say("suggest_reviews"), t.say("suggest_sizes"), t.say("suggest_together")}
	}
	c := cheapest(r.Products)
	text := t.say("found", "n", int(r.Total), "shown", len(r.Products), "cheap", c.Title, "price", money(c.Price, c.Currency))
	if int(r.Total) > len(r.Products) { // of more than is shown, the lowest is not known
		text = t.say("found_many", "n", int(r.Total), "shown", len(r.Products))
	}
	best := first
	for _, p := range r.Products {
		if p.Rating*10+float64(min(p.Count, 9)) > best.Rating*10+float64(min(best.Count, 9)) {
			best = p
		}
	}
	if best.Rating >= 4 && best.Count > 1 {
		if t.lang != "zh" {
			text += " "
		}
		text += t.say("best_rated", "title", best.Title, "rating", fmt.Sprintf("%.1f", best.Rating), "count", best.Count)
	}
	return text, []string{t.say("suggest_second"), t.say("suggest_compare"), t.say("suggest_cheaper")}
}

// beyond says that a price is past the limits that were named.
func (t *turn) beyond(price float64) bool {
	args := maps.Clone(t.search)
	if args == nil {
		args = map[string]any{}
	}
	t.bounds(args)
	most, _ := args["price_max"].(float64)
	least, _ := args["price_min"].(float64)
	return most > 0 && price > most || price < least
}

func cheapest(list []product) product {
	return slices.MinFunc(list, func(a, b product) int { return int(a.Price*100) - int(b.Price*100) })
}
