package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Topics that an intent is about, whatever its words.
var topicOf = map[string]string{
	"return": "returns", "exchange": "returns", "refund_status": "returns", "shipping": "shipping", "warranty": "warranty", "ask_material": "material", "ask_care": "care", "ask_price": "price", "ask_stock": "stock", "ask_colors": "colors",
}

// topic is what is asked about a product, nil for nothing known.
func (c *clause) topic() *topic {
	if name := topicOf[c.top]; name != "" {
		return c.m.topic(name)
	}
	if c.top == "about" && c.sure > .7 {
		return nil
	}
	if t := c.topicIn(c.text); t != nil {
		return t
	}
	if c.top == "ask_sizes" {
		return c.m.topic("sizes")
	}
	return nil
}

func (m *model) topic(name string) *topic {
	i := slices.IndexFunc(m.topics, func(t topic) bool { return t.name == name })
	if i < 0 {
		return nil
	}
	return &m.topics[i]
}

// topicIn is the topic that a text names, nil for none.
func (c *clause) topicIn(text string) *topic {
	text = c.m.words.titles.cut(text) // the Rain Jacket does not ask about rain
	for i := range c.m.topics {
		if c.m.topics[i].ask.MatchString(text) && !(c.m.topics[i].name == "price" && muchOf.MatchString(text)) {
			return &c.m.topics[i]
		}
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
	asks := questions[c.top] && c.top != "about" || c.top == "advice" || policies[c.top] || asksOf.MatchString(c.text)
	list := c.questions(p)
	asks = asks || slices.ContainsFunc(list, func(q question) bool { return q.topic != nil || len(q.kinds) > 0 })
	if !asks || len(list) == 0 && topic == nil {
		return c.presented(p)
	}
	if len(list) == 0 {
		list = []question{{text: c.text, topic: topic}}
	}
	var t told
	facts := c.statements(p)
	for _, q := range list {
		if text := c.plainly(r, q, facts); text != "" {
			if !slices.Contains(t.plain, text) {
				t.plain = append(t.plain, text)
			}
			continue
		}
		s, near := c.answerOf(p, q, facts)
		if s.say == "" && q.topic == nil && len(list) == 1 && topic != nil {
			q.topic = topic
			if text := c.plainly(r, q, facts); text != "" {
				t.plain = append(t.plain, text)
				continue
			}
			s, near = c.answerOf(p, q, facts)
		}
		switch {
		case s.say == "" && asksOf.MatchString(q.text):
			t.open = append(t.open, q.text)
		case s.say != "":
			t.add(s, near)
		}
	}
	switch {
	case !t.empty():
		return c.tell(p, t, "")
	case policies[c.top] || c.top == "refund_status":
		return "" // the shop's own policy answers, beside it
	case searches[c.top] || c.top == "about" || askingFor.MatchString(c.text) || haveAny.MatchString(c.text):
		return c.presented(p)
	}
	return c.say("unknown", "title", p.Title)
}

var haveAny = regexp.MustCompile(`有(?:吗|么|没有|没)[?]?$`)

// told is what the shop states on the questions of a clause, and what it leaves open.
type told struct {
	plain, facts, quotes, near, open []string
}

func (t *told) empty() bool { return len(t.plain)+len(t.facts)+len(t.quotes)+len(t.near) == 0 }

func (t *told) add(s statement, near bool) {
	to := &t.facts
	switch {
	case near:
		to = &t.near
	case s.quote:
		to = &t.quotes
	}
	if !slices.Contains(*to, s.say) {
		*to = append(*to, s.say)
	}
}

// tell says it, each kind of it in one sentence, after what was said of the
// product before.
func (c *clause) tell(p product, t told, before string) string {
	out := t.plain
	say := func(key string, slot, text string) {
		if strings.Contains(before+c.join(out), p.Title) {
			key += "_too" // which product it is has been said
		}
		out = append(out, c.say(key, "title", p.Title, slot, text))
	}
	if len(t.facts) > 0 {
		say("stated", "fact", strings.Join(t.facts, c.say("each_join")))
	}
	if len(t.quotes) > 0 {
		say("quoted", "quote", c.join(t.quotes))
	}
	if len(t.near) > 0 && len(out) == 0 {
		say("partly", "quote", t.near[0])
	}
	if len(t.open) > 0 && len(t.plain)+len(t.facts)+len(t.quotes) > 0 && !policies[c.top] {
		out = append(out, c.say("unstated_rest", "what", strings.Trim(clip(t.open[0], 40), " ?吗呢")))
	}
	return c.join(out)
}

// presented says what a product is and costs.
func (c *clause) presented(p product) string {
	text := c.say("about", "title", p.Title, "price", money(p.Price, p.Currency), "blurb", p.Blurb)
	if p.List > p.Price {
		text = c.join([]string{text, c.say("was", "list", money(p.List, p.Currency))})
	}
	if p.InStock {
		return text
	}
	return c.join([]string{text, c.say("stock_no", "title", p.Title)})
}

// plainly answers what every product states in the same way: its price, stock,
// sizes and colours. It gives "" for anything else.
func (c *clause) plainly(r result, q question, facts []statement) string {
	if q.topic == nil {
		return ""
	}
	p := r.Product
	switch q.topic.name {
	case "price":
		if r.Quantity > 1 {
			return c.say("price_of", "n", strconv.Itoa(r.Quantity), "title", p.Title, "price", money(p.Price, p.Currency), "total", money(r.TotalPrice, p.Currency))
		}
		text := c.say("price", "title", p.Title, "price", money(p.Price, p.Currency))
		if p.List > p.Price {
			text = c.join([]string{text, c.say("was", "list", money(p.List, p.Currency))})
		}
		return text
	case "reduced":
		if p.List > p.Price {
			return c.say("reduced", "title", p.Title, "price", money(p.Price, p.Currency), "list", money(p.List, p.Currency))
		}
		return c.say("reduced_not", "title", p.Title, "price", money(p.Price, p.Currency))
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
			if s, near := c.answerOf(p, question{text: q.text, words: append(q.words, "fit"), kinds: q.kinds}, facts); s.say != "" && !near {
				var t told
				t.add(s, false)
				return c.tell(p, t, "")
			}
			if !ofSizes.MatchString(q.text) {
				return ""
			}
			return c.say("one_size", "title", p.Title)
		}
		return c.join([]string{c.say("sizes", "title", p.Title, "list", c.list(p.Sizes)), c.fits(p)})
	case "colors":
		if names := c.colorNames(p); len(names) > 0 {
			return c.say("colors", "title", p.Title, "list", c.list(names))
		}
	}
	return ""
}

var (
	ofSizes = regexp.MustCompile(`\bsizes?\b|尺码|大小|几码|什么码`)
	muchOf  = regexp.MustCompile(`\bhow much (?:does|do|did|will|would|can|space|room|water|time) .*\b(?:weigh|hold|carry|take|fit|need)`) // "how much does it weigh" asks no price
)

var manyOf = regexp.MustCompile(`\b(\d{1,2}|two|three|four|five|six) (?:of (?:them|these|those|it|the)|pairs|packs|packets|boxes|bottles|bags|pieces|tins|rolls|sets|tubs|cans)\b|(?:^|[^第\p{Han}\d.]|买|要|来|共)(\d{1,2}|[两三四五六七八九十])(?:个|盒|件|双|条|瓶|袋|包|份|台|顶|支|本|套)`)

// severalOf is how many of a thing a text speaks of, 1 when it does not say.
func severalOf(text string) int {
	m := manyOf.FindStringSubmatch(text)
	if m == nil {
		return 1
	}
	said := m[1] + m[2]
	if n, err := strconv.Atoi(said); err == nil {
		return n
	}
	if n := slices.Index([]string{"", "", "two", "three", "four", "five", "six"}, said); n > 0 {
		return n
	}
	if n := slices.Index([]rune("  两三四五六七八九十"), []rune(said)[0]); n > 0 {
		return n
	}
	return 1
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

// what is a colour and a size in words.
func (c *clause) what(color, size string) string {
	var parts []string
	if color != "" {
		parts = append(parts, c.colorWord(color))
	}
	if size != "" {
		parts = append(parts, c.say("in_size", "size", size))
	}
	return strings.Join(parts, c.say("and_size"))
}

// variant answers whether a product comes in a colour and size.
func (c *clause) inVariant(r result) string {
	p, a := r.Product, r.Asked
	what := c.what(a.Color, a.Size)
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
	if a := r.Asked; a != nil {
		return c.say("basket_variant", "title", p.Title, "what", c.what(a.Color, a.Size), "price", money(cmp.Or(a.Price, p.Price), p.Currency))
	}
	if len(p.Sizes) > 1 {
		return c.say("basket_choose", "title", p.Title, "price", money(p.Price, p.Currency), "list", c.list(p.Sizes))
	}
	return c.say("basket_add", "title", p.Title, "price", money(p.Price, p.Currency))
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
	said := strings.Join(values, ", ")
	if first := strings.ToLower(said); len(name) > 4 && strings.HasPrefix(first, strings.ToLower(name[:4])) {
		return lower1(said) // shipping: "ships in 2 weeks"
	}
	if len(values) > 1 && strings.Contains(name, " ") {
		return name + ": " + said
	}
	return name + " " + said
}

func lower1(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// says are the sentences that the shop states about a product.
func says(p product) []string { return append(sentences(p.Description), p.Bullets...) }

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
