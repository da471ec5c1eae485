package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// compared answers from a comparison: which is the lightest, which to take, or
// where they differ.
func (c *clause) compared(r result) string {
	if len(r.Products) < 2 {
		return c.say("which")
	}
	if together.MatchString(c.text) && r.TotalPrice > 0 {
		return c.say("sum", "list", c.titles(r.Products), "total", money(r.TotalPrice, r.Products[0].Currency))
	}
	if gap.MatchString(c.text) && r.PriceGap > 0 {
		least := cheapest(r.Products)
		return c.say("gap", "cheap", least.Title, "gap", money(r.PriceGap, least.Currency))
	}
	m := c.measure()
	if row := rows[c.top]; row != nil && !(m != nil && m.row != nil && m.row.MatchString(rowName(r, row))) {
		return c.each(r, row)
	}
	if text := c.eachAnswers(r); text != "" {
		return text
	}
	if m != nil && (c.is("most", "advice", "compare", "warranty", "shipping") || m.key == "cheapest") {
		if text := c.most(r, m); text != "" {
			return text
		}
	}
	if c.top == "advice" || c.top == "most" {
		least := cheapest(r.Products)
		rated := slices.MaxFunc(r.Products, func(a, b product) int {
			return cmp.Or(cmp.Compare(a.Rating, b.Rating), cmp.Compare(a.Count, b.Count))
		})
		if rated.Rating > 0 && rated.ID != least.ID {
			return c.say("advice", "best", rated.Title, "rating", rating(rated), "count", rated.Count, "cheap", least.Title, "price", money(least.Price, least.Currency))
		}
		if rated.Rating > 0 {
			return c.say("advice_both", "best", rated.Title, "rating", rating(rated), "count", rated.Count, "price", money(least.Price, least.Currency))
		}
		return c.say("advice_unknown", "cheap", least.Title, "price", money(least.Price, least.Currency))
	}
	var list []string
	for _, p := range r.Products {
		list = append(list, c.say("priced", "title", p.Title, "price", money(p.Price, p.Currency)))
	}
	return c.say("compared", "list", c.list(list))
}

// eachAnswers says what each of the products states on what was asked, "" when
// nothing more than a comparison was, or none says.
func (c *clause) eachAnswers(r result) string {
	words := c.asksWords()
	if len(r.Details) != len(r.Products) || len(words) == 0 || c.measure() != nil {
		return ""
	}
	var texts []string
	best, most, numbers := "", 0.0, 0
	for _, p := range r.Details {
		var t told
		facts := c.statements(p)
		for _, q := range c.questions(p) {
			q.words = slices.DeleteFunc(q.words, func(w string) bool {
				return !slices.Contains(words, w) || strings.Contains(strings.ToLower(p.Title), w)
			})
			if len(q.words) == 0 && q.topic == nil && len(q.kinds) == 0 {
				continue
			}
			if s, near := c.answerOf(p, q, facts); s.say != "" && !near {
				t.add(s, false)
			}
		}
		if len(t.facts) == 1 {
			if v, ok := valueOf(t.facts[0]); ok {
				if numbers++; v > most {
					most, best = v, c.say("each_best", "title", p.Title, "value", t.facts[0])
				}
			}
		}
		if !t.empty() {
			texts = append(texts, c.say("each", "title", p.Title, "value", strings.TrimRight(strings.Join(append(t.facts, t.quotes...), " "), ".。")))
		}
	}
	if numbers == len(r.Details) && bestOf.MatchString(c.text) {
		return best
	}
	if len(texts) > 0 {
		texts = []string{c.say("each_all", "list", strings.Join(texts, c.say("each_join")))}
	}
	return c.join(texts)
}

var (
	together = regexp.MustCompile(`\b(together|altogether|in total|total|both cost|for both|sum)\b|一起|总共|一共|合计|加起来`)
	gap      = regexp.MustCompile(`\bhow much (more|less|cheaper|dearer)\b|\bprice difference\b|\bdifference in price\b|差多少钱|贵多少|便宜多少`)
)

func (c *clause) titles(list []product) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Title)
	}
	return c.list(out)
}

// bestOf asks for the most of what is stated in numbers.
var bestOf = regexp.MustCompile(`\b(best|most|highest|longest|strongest|biggest)\b|最(好|高|大|强|长|多|久)`)

// rowName is the name of the row that a pattern finds, "" for none.
func rowName(r result, row *regexp.Regexp) string {
	for _, x := range r.Rows {
		if row.MatchString(x.Name) {
			return x.Name
		}
	}
	return ""
}

// each says one row of a comparison, product by product.
func (c *clause) each(r result, row *regexp.Regexp) string {
	for _, x := range r.Rows {
		if !row.MatchString(x.Name) {
			continue
		}
		var list []string
		for i, p := range r.Products {
			if i < len(x.Values) && x.Values[i] != "" {
				list = append(list, c.say("each", "title", p.Title, "value", x.Values[i]))
			}
		}
		if len(list) == 0 {
			continue
		}
		text := strings.Join(list, c.say("each_join"))
		if len(list) < len(r.Products) {
			return c.join([]string{c.say("each_all", "list", text), c.say("most_rest")})
		}
		return c.say("each_all", "list", text)
	}
	return c.say("each_unknown")
}

func rating(p product) string { return strconv.FormatFloat(p.Rating, 'f', 1, 64) }

// most answers "which is the lightest?" from a comparison.
func (c *clause) most(r result, m *measure) string {
	best, value, shown := -1, 0.0, ""
	known := 0
	for i, p := range r.Products {
		v, text, ok := p.Price, money(p.Price, p.Currency), true
		if m.row != nil {
			v, text, ok = stateOf(r, m.row, i)
		}
		if !ok || text == "" {
			continue
		}
		known++
		if best < 0 || m.least && v < value || !m.least && v > value {
			best, value, shown = i, v, text
		}
	}
	switch {
	case best < 0:
		return c.say("most_unknown")
	case known < len(r.Products):
		return c.join([]string{c.say("most_"+m.key, "title", r.Products[best].Title, "value", shown), c.say("most_rest")})
	}
	return c.say("most_"+m.key, "title", r.Products[best].Title, "value", shown)
}

var amount = regexp.MustCompile(`(-?\d[\d,]*(?:\.\d+)?)\s*(kg|g\b|公斤|克|ml\b|l\b|mm\b|cm\b|m\b)?(?:-\d+)?(?:\s*(?:business|working) )?\s*(weeks?|months?|years?|周|个月|年)?`)

var lifetime = regexp.MustCompile(`(?i)\blifetime\b|终身`)

// overnight is the shortest time that a thing takes to come, said without a number.
var overnight = regexp.MustCompile(`(?i)\bovernight\b|same day|当日达|当天`)

var scales = map[string]float64{"kg": 1000, "公斤": 1000, "l": 1000, "cm": 10, "m": 1000}

var weeks = map[string]float64{"week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365, "周": 7, "个月": 30, "年": 365}

// stateOf reads a number from a row, in the smaller unit of its kind.
func stateOf(r result, row *regexp.Regexp, i int) (float64, string, bool) {
	for _, x := range r.Rows {
		if !row.MatchString(x.Name) || i >= len(x.Values) {
			continue
		}
		switch {
		case overnight.MatchString(x.Values[i]):
			return .5, x.Values[i], true
		case lifetime.MatchString(x.Values[i]):
			return 36500, x.Values[i], true
		}
		v, ok := valueOf(x.Values[i])
		if !ok {
			return 0, "", false
		}
		return v, x.Values[i], true
	}
	return 0, "", false
}

// valueOf is the first amount of a text, in the smaller unit of its kind.
func valueOf(text string) (float64, bool) {
	m := amount.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
	return v * cmp.Or(scales[m[2]], 1) * cmp.Or(weeks[m[3]], 1), err == nil
}
