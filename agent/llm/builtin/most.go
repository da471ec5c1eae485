package builtin

import (
	"regexp"
	"strconv"
)

// measures are what superlatives compare: words that ask, rows that state it,
// and whether the least is meant.
var measures = []struct {
	ask, row *regexp.Regexp
	least    bool
	key      string
}{
	{regexp.MustCompile(`cheap|least expensive|便宜`), nil, true, "cheapest"},
	{regexp.MustCompile(`most expensive|最贵`), nil, false, "dearest"},
	{regexp.MustCompile(`light|weighs less|轻`), regexp.MustCompile(`(?i)^weight$|重量`), true, "lightest"},
	{regexp.MustCompile(`heavi|最重`), regexp.MustCompile(`(?i)^weight$|重量`), false, "heaviest"},
	{regexp.MustCompile(`warm|暖`), regexp.MustCompile(`(?i)temperature|温度`), true, "warmest"},
	{regexp.MustCompile(`rated|评价|好评`), regexp.MustCompile(`(?i)^rating$|评分`), false, "best_rated"},
}

// most answers "which is the lightest?" from a comparison, "" when the shop
// does not state it for all.
func (t *turn) most(r result) string {
	if !t.is("most") {
		return ""
	}
	for _, m := range measures {
		if !m.ask.MatchString(t.text) {
			continue
		}
		best, value, shown := -1, 0.0, ""
		for i, p := range r.Products {
			v, text, ok := p.Price, money(p.Price, p.Currency), true
			if m.row != nil {
				v, text, ok = stateOf(r, m.row, i)
			}
			if !ok {
				return t.say("most_unknown")
			}
			if best < 0 || m.least && v < value || !m.least && v > value {
				best, value, shown = i, v, text
			}
		}
		return t.say("most_"+m.key, "title", r.Products[best].Title, "value", shown)
	}
	return ""
}

var amount = regexp.MustCompile(`(-?\d+(?:\.\d+)?)\s*(kg|g\b|公斤|克)?`)

// stateOf reads a number from a row, weights in grams.
func stateOf(r result, row *regexp.Regexp, i int) (float64, string, bool) {
	for _, x := range r.Rows {
		if !row.MatchString(x.Name) || i >= len(x.Values) {
			continue
		}
		m := amount.FindStringSubmatch(x.Values[i])
		if m == nil {
			return 0, "", false
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if m[2] == "kg" || m[2] == "公斤" {
			v *= 1000
		}
		return v, x.Values[i], err == nil
	}
	return 0, "", false
}
