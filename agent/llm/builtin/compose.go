package builtin

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/agent/llm"
)

// results are what this turn's calls gave.
func (t *turn) results() []*llm.Result {
	var out []*llm.Result
	for _, m := range t.after {
		for _, p := range m.Parts {
			if p.Result != nil {
				out = append(out, p.Result)
			}
		}
	}
	return out
}

type product struct {
	ID, Title, Blurb, Currency, Description, Reason string
	Price                                           float64
	List                                            float64 `json:"list_price"`
	Rating                                          float64
	Count                                           int  `json:"review_count"`
	InStock                                         bool `json:"in_stock"`
	Stock                                           int
	Colors                                          []struct{ Name string }
	Sizes, Bullets                                  []string
	Attributes                                      []struct {
		Name, Label string
		Values      []string
	}
}

type order struct {
	ID, Status, Due, Delivered, Carrier, Tracking string
	Total                                         float64
	Currency                                      string
	Items                                         int
	Until                                         string `json:"return_until"`
}

// result is the union of what tools give.
type result struct {
	Products []product
	Rows     []struct {
		Name   string
		Values []string
	}
	Product    product
	Total      float64
	TotalPrice float64 `json:"total_price"`
	Nearest    bool
	Missing    []string
	Asked      *struct {
		Color, Size string
		Exists      bool
		InStock     bool `json:"in_stock"`
		Stock       int
		Price       float64
	}
	Count   int
	Mean    float64
	Aspects []struct {
		Aspect             string
		Positive, Negative int
		Quotes             []struct {
			Text  string
			Stars int
		}
	}
	Orders   []order
	Order    json.RawMessage
	Refund   float64
	Currency string
	PaidWith string `json:"paid_with"`
	Policies []struct{ Title, Text string }
	Facts    []struct{ Words string }
	Fact     struct{ Words string }

	Forgotten int
	All       bool
	Receipt   string
	Basis     string

	Error, Status string
	Until         string `json:"return_until"`
	What          string
}

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

// aboutProduct answers what was asked of one product, with the words that the
// shop states.
func (t *turn) aboutProduct(r result) string {
	p := r.Product
	price := money(p.Price, p.Currency)
	if a := r.Asked; a != nil {
		what := strings.TrimSpace(a.Color + " " + a.Size)
		switch {
		case !a.Exists:
			others := p.Sizes
			if a.Color != "" {
				others = colorNames(p)
			}
			if len(others) == 0 {
				return t.say("unknown", "title", p.Title)
			}
			return t.say("variant_none", "title", p.Title, "what", what, "others", t.list(others))
		case !a.InStock:
			return t.say("variant_out", "title", p.Title, "what", what)
		case a.Stock > 0:
			return t.say("variant_few", "title", p.Title, "what", what, "stock", a.Stock, "price", money(a.Price, p.Currency))
		}
		return t.say("variant_yes", "title", p.Title, "what", what, "price", money(a.Price, p.Currency))
	}
	topic := t.topic()
	if topic == nil && asking.MatchString(t.text) {
		if words := t.askedOf(p); len(words) > 0 {
			return t.stated(p, words)
		}
	}
	if topic == nil {
		text := t.say("about", "title", p.Title, "price", price, "blurb", p.Blurb)
		if p.List > p.Price {
			text += t.say("was", "list", money(p.List, p.Currency))
		}
		if p.InStock {
			return text
		}
		return text + " " + t.say("stock_no", "title", p.Title)
	}
	switch topic.name {
	case "price":
		text := t.say("price", "title", p.Title, "price", price)
		if p.List > p.Price {
			text += t.say("was", "list", money(p.List, p.Currency))
		}
		return text
	case "stock":
		switch {
		case !p.InStock:
			return t.say("stock_no", "title", p.Title)
		case p.Stock > 0:
			return t.say("stock_few", "title", p.Title, "stock", p.Stock)
		}
		return t.say("stock_yes", "title", p.Title)
	case "sizes":
		if len(p.Sizes) == 0 {
			return t.say("one_size", "title", p.Title)
		}
		return t.say("sizes", "title", p.Title, "list", t.list(p.Sizes))
	case "colors":
		if names := colorNames(p); len(names) > 0 {
			return t.say("colors", "title", p.Title, "list", t.list(names))
		}
		return t.say("unknown", "title", p.Title)
	}
	for _, a := range p.Attributes {
		if slices.Contains(topic.names, strings.ToLower(a.Name)) {
			return t.say("stated", "title", p.Title, "fact", t.fact(a.Name, a.Label, a.Values))
		}
	}
	for _, s := range append(sentences(p.Description), p.Bullets...) {
		for _, w := range topic.words {
			if strings.Contains(strings.ToLower(s), w) {
				return t.say("quoted", "title", p.Title, "quote", s)
			}
		}
	}
	return t.say("unknown", "title", p.Title)
}

var asking = regexp.MustCompile(`^(does|do|is|are|was|can|could|will|would|has|have|how|what|which|where|who)\b.*\?|\?$|(吗|呢|多少|几|什么|怎么|哪)`)

// askedOf are the words of a question that are not the product's own name.
func (t *turn) askedOf(p product) []string {
	title := strings.ToLower(p.Title)
	text := pointing.ReplaceAllString(t.text, " ")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " ")
	}
	return slices.DeleteFunc(t.contentOf(text), func(w string) bool { return strings.Contains(title, w) || vague[w] })
}

// vague words ask about nothing in particular.
var vague = map[string]bool{"about": true, "details": true, "info": true, "information": true, "product": true, "products": true, "describe": true, "special": true, "介绍": true, "详细": true, "product's": true}

// fact says an attribute: "weight 310 g", 「重量310 g」.
func (t *turn) fact(name, label string, values []string) string {
	if t.lang == "zh" {
		return cmp.Or(label, name) + " " + strings.Join(values, "、")
	}
	return name + " " + strings.Join(values, ", ")
}

// stated quotes what the shop says with the words of a question, or says that
// it says nothing.
func (t *turn) stated(p product, words []string) string {
	says := func(s string) bool {
		s = strings.ToLower(s)
		return slices.ContainsFunc(words, func(w string) bool {
			if r := []rune(w); len(r) > 5 && r[0] < 0x80 {
				w = string(r[:len(r)-1]) // zips and zipped, weighs and weight
			}
			return strings.Contains(s, strings.Trim(w, fillerHan))
		})
	}
	for _, a := range p.Attributes {
		if says(a.Name) || says(strings.Join(a.Values, " ")) {
			return t.say("stated", "title", p.Title, "fact", t.fact(a.Name, a.Label, a.Values))
		}
	}
	for _, s := range append(sentences(p.Description), p.Bullets...) {
		if says(s) {
			return t.say("quoted", "title", p.Title, "quote", s)
		}
	}
	return t.say("unknown", "title", p.Title)
}

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

func colorNames(p product) []string {
	var out []string
	for _, c := range p.Colors {
		out = append(out, c.Name)
	}
	return out
}

func sentences(text string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(strings.NewReplacer(". ", ".\n", "。", "。\n", "! ", "!\n", "•", "\n").Replace(text), func(r rune) bool { return r == '\n' }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (t *turn) reviewed(r result) string {
	if r.Count == 0 {
		return t.say("no_reviews", "title", r.Product.Title)
	}
	text := t.say("reviews", "count", r.Count, "mean", fmt.Sprintf("%.1f", r.Mean))
	for _, side := range []struct {
		key  string
		good bool
	}{{"praised", true}, {"criticised", false}} {
		for _, a := range r.Aspects {
			if (a.Positive > a.Negative) != side.good || a.Positive+a.Negative == 0 {
				continue
			}
			i := slices.IndexFunc(a.Quotes, func(q struct {
				Text  string
				Stars int
			}) bool {
				return q.Stars >= 4 == side.good
			})
			if i >= 0 {
				text += t.say(side.key, "aspect", t.aspect(a.Aspect), "quote", a.Quotes[i].Text)
				break
			}
		}
	}
	return text
}

func (t *turn) aspect(name string) string {
	if t.lang == "zh" {
		if zh := map[string]string{"quality": "质量", "size": "尺码", "price": "价格", "delivery": "配送", "service": "服务", "comfort": "舒适"}[name]; zh != "" {
			return zh
		}
	}
	return name
}

func (t *turn) ordered(r result) string {
	if len(r.Orders) == 0 {
		return t.say("orders_none")
	}
	if len(r.Orders) > 1 {
		var ids []string
		for _, o := range r.Orders {
			ids = append(ids, o.ID)
		}
		return t.say("orders", "list", t.list(ids))
	}
	o := r.Orders[0]
	items := t.say("items_many", "n", o.Items)
	if o.Items == 1 {
		items = t.say("items_one")
	}
	due, back := "", ""
	if o.Due != "" {
		due = t.say("order_due", "due", t.date(o.Due))
	}
	if o.Until != "" {
		back = t.say("order_return", "until", t.date(o.Until))
	}
	return t.say("order_"+o.Status, "id", o.ID, "items", items, "total", exact(o.Total, o.Currency), "carrier", o.Carrier,
		"tracking", o.Tracking, "due", due, "delivered", t.date(o.Delivered), "return", back)
}

func (t *turn) card(paid string) string {
	if n := len(paid); n > 4 && strings.Trim(paid[n-4:], "0123456789") == "" {
		return t.say("card", "digits", paid[n-4:])
	}
	return paid
}

// date writes 2026-03-01 out: 1 March 2026, 2026年3月1日.
func (t *turn) date(iso string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	if t.lang == "zh" {
		return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Day())
	}
	return d.Format("2 January 2006")
}

func (t *turn) list(items []string) string {
	if t.lang == "zh" {
		return strings.Join(items, "、")
	}
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// money writes a price, whole amounts without decimals.
func money(v float64, currency string) string {
	return strings.Replace(exact(v, currency), ".00", "", 1)
}

// exact writes an amount that is paid or paid back, always with decimals.
func exact(v float64, currency string) string {
	sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}[currency]
	text := fmt.Sprintf("%.2f", v)
	if sign == "" {
		return text + " " + currency
	}
	return sign + text
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
