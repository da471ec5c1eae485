package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Topics that an intent is about, whatever its words.
var topicOf = map[string]string{
	"return": "returns", "exchange": "returns", "refund_status": "returns", "shipping": "shipping", "warranty": "warranty", "ask_material": "material", "ask_care": "care", "ask_price": "price", "ask_stock": "stock", "ask_colors": "colors",
}

// topic is what is asked about a product, nil for nothing known.
func (c *clause) topic() *topic {
	byName := func(name string) *topic {
		i := slices.IndexFunc(c.m.topics, func(t topic) bool { return t.name == name })
		if i < 0 {
			return nil
		}
		return &c.m.topics[i]
	}
	if name := topicOf[c.top]; name != "" {
		return byName(name)
	}
	if c.top == "about" && c.sure > .7 {
		return nil
	}
	text := c.text
	for _, n := range c.m.words.titles { // the Rain Jacket does not ask about rain
		if i := wordAt(text, n.name); i >= 0 {
			text = text[:i] + " " + text[i+len(n.name):]
		}
	}
	for i := range c.m.topics {
		if c.m.topics[i].ask.MatchString(text) && !(c.top == "ask_feature" && c.m.topics[i].name == "price") { // "how much does it weigh"
			return &c.m.topics[i]
		}
	}
	if c.top == "ask_sizes" {
		return byName("sizes")
	}
	return nil
}

// aboutProduct answers what was asked of one product, with the words that the
// shop states.
func (c *clause) aboutProduct(r result) string {
	p := r.Product
	if c.top == "basket_add" {
		return c.basket(r)
	}
	topic := c.topic()
	if r.Asked != nil && (topic == nil || topic.name == "stock" || topic.name == "sizes" || topic.name == "colors" || topic.name == "price") {
		return c.inVariant(r)
	}
	if topic == nil && (questions[c.top] && c.top != "about" || c.top == "advice" || asksSomething.MatchString(c.text) && c.top != "about") {
		if words := c.askedOf(p); len(words) > 0 {
			return c.state1(p, words)
		}
	}
	if topic == nil {
		text := c.say("about", "title", p.Title, "price", money(p.Price, p.Currency), "blurb", p.Blurb)
		if p.List > p.Price {
			text = c.join([]string{text, c.say("was", "list", money(p.List, p.Currency))})
		}
		if p.InStock {
			return text
		}
		return c.join([]string{text, c.say("stock_no", "title", p.Title)})
	}
	switch topic.name {
	case "price":
		text := c.say("price", "title", p.Title, "price", money(p.Price, p.Currency))
		if p.List > p.Price {
			text = c.join([]string{text, c.say("was", "list", money(p.List, p.Currency))})
		}
		return text
	case "stock":
		switch {
		case !p.InStock:
			return c.say("stock_no", "title", p.Title)
		case p.Stock > 0:
			return c.say("stock_few", "title", p.Title, "stock", p.Stock)
		}
		return c.say("stock_yes", "title", p.Title)
	case "sizes":
		if len(p.Sizes) == 0 {
			return c.say("one_size", "title", p.Title)
		}
		return c.join([]string{c.say("sizes", "title", p.Title, "list", c.list(p.Sizes)), c.fits(p)})
	case "colors":
		if names := c.colorNames(p); len(names) > 0 {
			return c.say("colors", "title", p.Title, "list", c.list(names))
		}
		return c.say("unknown", "title", p.Title)
	}
	for _, a := range p.Attributes {
		if slices.Contains(topic.names, strings.ToLower(a.Name)) {
			return c.say("stated", "title", p.Title, "fact", c.fact(a.Name, a.Label, a.Values))
		}
	}
	for _, s := range says(p) {
		rest := strings.ReplaceAll(strings.ToLower(s), strings.ToLower(p.Title), " ") // a name states nothing
		for _, w := range topic.words {                                               // none for what a policy states
			if hasHan(w) && strings.Contains(rest, w) || !hasHan(w) && wordStart(rest, w) {
				return c.say("quoted", "title", p.Title, "quote", s)
			}
		}
	}
	if policies[c.top] || c.top == "refund_status" {
		return "" // the shop's own policy answers, beside it
	}
	if words := c.askedOf(p); len(words) > 0 {
		return c.state1(p, words)
	}
	return c.say("unknown", "title", p.Title)
}

// fits quotes what the shop says on the fit, when that was asked.
func (c *clause) fits(p product) string {
	if !fitting.MatchString(c.text) {
		return ""
	}
	for _, s := range says(p) {
		if fitting.MatchString(strings.ToLower(s)) {
			return c.say("quoted", "title", p.Title, "quote", s)
		}
	}
	return c.say("fit_unknown")
}

var fitting = regexp.MustCompile(`\b(fits?|fitted|fitting|true to size|run (small|large|big)|runs|sizing|size up|loose|slim|tight)\b|合身|偏大|偏小|版型|修身|宽松|偏码`)

// variant answers whether a product comes in a colour and size.
func (c *clause) inVariant(r result) string {
	p, a := r.Product, r.Asked
	var parts []string
	if a.Color != "" {
		parts = append(parts, c.colorWord(a.Color))
	}
	if a.Size != "" {
		parts = append(parts, c.say("in_size", "size", a.Size))
	}
	what := strings.Join(parts, c.say("and_size"))
	switch {
	case !a.Exists:
		others := p.Sizes
		if a.Color != "" {
			others = c.colorNames(p)
			if slices.ContainsFunc(p.Colors, func(x struct{ Name string }) bool { return strings.EqualFold(x.Name, a.Color) }) && len(p.Sizes) > 0 {
				others = p.Sizes
			}
		}
		if len(others) == 0 {
			return c.say("variant_only", "title", p.Title, "what", what)
		}
		return c.say("variant_none", "title", p.Title, "what", what, "others", c.list(others))
	case !a.InStock:
		return c.say("variant_out", "title", p.Title, "what", what)
	case a.Stock > 0:
		return c.say("variant_few", "title", p.Title, "what", what, "stock", a.Stock, "price", money(a.Price, p.Currency))
	}
	return c.say("variant_yes", "title", p.Title, "what", what, "price", money(a.Price, p.Currency))
}

// basket says how a product gets into the basket: the shopper's own press does it.
func (c *clause) basket(r result) string {
	p := r.Product
	if a := r.Asked; a != nil && (!a.Exists || !a.InStock) {
		return c.inVariant(r)
	}
	if !p.InStock {
		return c.say("stock_no", "title", p.Title)
	}
	for _, a := range p.Attributes {
		if strings.Contains(strings.ToLower(a.Name), "minimum order") && len(a.Values) > 0 && a.Values[0] != "1" {
			return c.join([]string{c.say("basket_add", "title", p.Title, "price", money(p.Price, p.Currency)), c.say("min_order", "n", a.Values[0])})
		}
	}
	if r.Asked == nil && len(p.Sizes) > 1 {
		return c.say("basket_choose", "title", p.Title, "price", money(p.Price, p.Currency), "list", c.list(p.Sizes))
	}
	return c.say("basket_add", "title", p.Title, "price", money(p.Price, p.Currency))
}

var asksSomething = regexp.MustCompile(`^(does|do|is|are|was|can|could|will|would|has|have|how|what|which|where|who)\b|\?$|(吗|呢|多少|几|什么|怎么|哪)`)

// askedOf are the words of a question that are not the product's own name.
func (c *clause) askedOf(p product) []string {
	title := strings.ToLower(p.Title)
	text := pointing.ReplaceAllString(c.text, " ")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " ")
	}
	return slices.DeleteFunc(c.contentOf(text), func(w string) bool { return strings.Contains(title, w) || vague[w] })
}

// vague words ask about nothing in particular.
var vague = map[string]bool{"about": true, "details": true, "info": true, "information": true, "product": true, "products": true, "describe": true, "special": true, "work": true, "works": true, "suitable": true, "okay": true, "介绍": true, "详细": true, "product's": true, "built-in": true}

// fact says an attribute: "weight 310 g", 「重量310 g」.
func (c *clause) fact(name, label string, values []string) string {
	if all := strings.ToLower(strings.Join(values, " ")); strings.Contains(all, strings.TrimSuffix(strings.ToLower(name), "s")) {
		return c.list(values) // "2 year warranty" says what it is
	}
	if c.lang == "zh" {
		return cmp.Or(label, name) + " " + strings.Join(values, "、")
	}
	return name + " " + strings.Join(values, ", ")
}

// says are the sentences that the shop states about a product.
func says(p product) []string { return append(sentences(p.Description), p.Bullets...) }

// state1 quotes what the shop says with the words of a question: all of them,
// or the most, which it says, or that it says nothing.
func (c *clause) state1(p product, words []string) string {
	var stems []string
	for _, w := range words {
		if hasHan(w) {
			if w = strings.Trim(strings.ReplaceAll(w, "适合", ""), fillerHan); w == "" {
				continue
			}
		} else if r := []rune(w); len(r) > 5 {
			w = string(r[:len(r)-1]) // zips and zipped, weighs and weight
		} else {
			w = strings.TrimSuffix(w, "s")
		}
		stems = append(stems, w)
	}
	hits := func(s string) int {
		s = strings.ReplaceAll(strings.ToLower(s), strings.ToLower(p.Title), " ")
		n := 0
		for _, w := range stems {
			if hasHan(w) && strings.Contains(s, w) || !hasHan(w) && wordStart(s, w) {
				n++
			}
		}
		return n
	}
	best, text := 0, ""
	for _, a := range p.Attributes {
		if n := hits(a.Name + " " + a.Label + " " + strings.Join(a.Values, " ")); n > best {
			best, text = n, c.say("stated", "title", p.Title, "fact", c.fact(a.Name, a.Label, a.Values))
		}
	}
	quote := ""
	for _, s := range says(p) {
		if n := hits(s); n > best {
			best, quote = n, s
			text = c.say("quoted", "title", p.Title, "quote", s)
		}
	}
	switch {
	case best == 0 || len(stems) == 0:
		return c.say("unknown", "title", p.Title)
	case best < len(stems) && len(stems) > 1 && quote != "":
		return c.say("partly", "title", p.Title, "quote", quote)
	}
	return text
}

// wordStart says that a word of the text begins so.
func wordStart(text, begin string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], begin)
		if i < 0 {
			return false
		}
		if i += from; !letter(text, i-1) {
			return true
		}
		from = i + len(begin)
	}
}

// colorWord is a colour in the language of the answer, if it is known there.
func (c *clause) colorWord(color string) string {
	for _, n := range c.m.words.colors {
		if c.lang == "zh" && strings.EqualFold(n.id, color) && hasHan(n.name) {
			return n.name
		}
	}
	return color
}

func (c *clause) colorNames(p product) []string {
	var out []string
	for _, x := range p.Colors {
		out = append(out, c.colorWord(x.Name))
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
