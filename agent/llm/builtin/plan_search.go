package builtin

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A measure is what superlatives and comparatives go by: words that ask, the
// row of a comparison that states it, and whether the least is meant.
type measure struct {
	key      string
	ask, row *regexp.Regexp
	sort     string // of a search, "" when a search cannot
	word     string // that a search knows it by
	least    bool
}

func (c *clause) measure() *measure {
	for i := range c.m.measures {
		if c.m.measures[i].ask.MatchString(c.text) {
			return &c.m.measures[i]
		}
	}
	return nil
}

func (m *model) withoutMeasures(text string) string {
	for _, x := range m.measures {
		text = x.ask.ReplaceAllString(text, " ")
	}
	return text
}

// planSearch searches anew, or narrows the last search when the clause only adds
// to it.
func (c *clause) planSearch() []step {
	if focus := strings.ToLower(c.focus.Title); c.search == nil && c.top == "refine" && c.kind() == "" && focus != "" {
		if n, ok := find(focus, c.m.words.kinds.list); ok { // "is there a women's version?" of what is spoken of
			c.search = map[string]any{"query": n.name}
		}
	}
	args := map[string]any{}
	if len(c.not) > 0 {
		args["not"] = c.not
	}
	rest := c.bounds(args)
	words := c.contentOf(rest)
	if c.narrows(words) {
		return c.narrow(args, rest)
	}
	if len(words) == 0 && len(args) == 0 && c.color() == "" && c.top != "on_sale" {
		if c.top == "cheaper" || c.top == "more" || c.top == "refine" || questions[c.top] {
			return c.says("which")
		}
		if !(c.top == "most" && c.measure() != nil) {
			c.confidence = .3
			return c.says("unclear")
		}
	}
	if c.kind() == "" && c.search == nil && c.top != "on_sale" && c.top != "most" && (len(words) > 0 || len(args) > 0 || c.color() != "") && c.onlyNarrows(words) {
		return c.says("which_kind") // "something blue", "under 50": of what?
	}
	if m := c.measure(); m != nil && (c.top == "most" || c.top == "cheaper") && m.sort != "" {
		args["sort"] = m.sort
		rest = m.ask.ReplaceAllString(rest, " ")
	}
	if g := c.whom; g != "" && args["gender"] == nil && c.top == "find" && !slices.ContainsFunc(gender, func(x struct {
		id string
		re *regexp.Regexp
	}) bool {
		return x.re.MatchString(c.text)
	}) {
		args["gender"] = g // for whom it is stays, unless somebody else is named
	}
	if price := c.priceOf(c.spokenOf()); c.top == "cheaper" && args["price_max"] == nil && price > 0 {
		args["price_max"], args["exclude"] = price, []string{c.spokenOf()}
	}
	if c.top == "on_sale" {
		args["on_sale"] = true
		rest = selling.ReplaceAllString(rest, " ")
	}
	args["query"] = c.query(rest)
	return c.calls("search_products", args)
}

var selling = regexp.MustCompile(`\b(on sale|sales?|deals?|offers?|discount(ed|s)?|reduced|clearance|promotions?|specials?|bargains?|marked down|outlet|black friday|on offer|right now|today|running|anything|any)\b|打折|特价|优惠|促销|活动|清仓|降价|折扣|大促|今天|现在`)

// narrows says that a clause only adds to the last search.
func (c *clause) narrows(words []string) bool {
	switch {
	case c.search == nil || c.top == "gift" || c.top == "recommend":
		return false
	case c.top == "more" || c.top == "relax", len(words) == 0, len(c.contentOf(c.m.withoutMeasures(strings.Join(words, " ")))) == 0:
		return !c.otherSearch()
	case c.top == "refine" || c.top == "cheaper" || c.top == "most" || questions[c.top]:
		return !c.otherSearch()
	case c.top == "on_sale":
		return c.kind() == ""
	}
	// Without a kind of its own a wish is about what was searched for; when that
	// finds nothing, it is searched for by itself (again).
	return c.kind() == "" && (!askingFor.MatchString(c.text) || c.onlyNarrows(words) || quantity.MatchString(c.text))
}

// otherSearch says that a clause names a kind of thing that the last search was
// not for.
func (c *clause) otherSearch() bool {
	kind := c.kind()
	if kind == "" {
		return false
	}
	query, _ := c.search["query"].(string)
	return !slices.ContainsFunc(c.m.words.alike(kind), func(form string) bool { return strings.Contains(strings.ToLower(query), form) }) && c.otherKind()
}

var askingFor = regexp.MustCompile(`\b(?:do you|have you|you) (?:have|got|sell|carry|stock)\b|\b(?:is|are) there (?:an?|any|some)\b|\blooking for\b|\bi (?:need|want) (?:an?|some)\b|有没有|卖不卖|你们(?:有|卖)|想买|我要买|有什么|有啥`)

var within = regexp.MustCompile(`(?:\b(?:under|below|less than|at least|over|above|max|up to|more than|around|about)\s+)?\d+(?:\.\d+)?\s?(?:l|litres?|liters?|kg|g|lbs?|cm|mm|inch(?:es)?|w|watts?|mah|hours?|degrees|people|persons?)\b(?: or less| or more)?|(?:[\d.]+|[一二两三四五六七八九十]+)\s?(?:升|公斤|克|厘米|毫米|寸|瓦|小时|度|人)(?:以上|以下|以内)?`)

// quantity is a number with its unit: what narrows a search that names no kind.
var quantity = regexp.MustCompile(`\d\s?(?:l|litres?|liters?|kg|g|lbs?|cm|mm|m|inch(?:es)?|w|watts?|mah|hours?|degrees|°c?|people|persons?|gb|tb)\b|-\d+\b|\d\s?(?:升|公斤|克|厘米|毫米|米|寸|瓦|毫安|小时|度|人|平)|[一二两三四五六七八九十](?:个)?人`)

func (c *clause) narrow(args map[string]any, rest string) []step {
	old := maps.Clone(c.search)
	delete(old, "exclude")
	delete(old, "strict")
	query, _ := old["query"].(string)
	if notThat.MatchString(c.text) && c.spokenOf() != "" {
		old["exclude"] = []string{c.spokenOf()}
	}
	if n, ok := find(rest, c.m.words.brands); ok { // another brand takes the place of the last
		if was, ok := find(strings.ToLower(query), c.m.words.brands); ok && was.id != n.id {
			query = strings.Join(strings.Fields(strings.Replace(strings.ToLower(query), was.name, " ", 1)), " ")
		}
	}
	m := c.measure()
	if m != nil { // another order takes the place of the last
		delete(old, "sort")
		query = strings.Join(strings.Fields(c.m.withoutMeasures(query)), " ")
	}
	if spoken := c.spokenOf(); m != nil && spoken != "" && comparative.MatchString(c.text) {
		old["exclude"] = []string{spoken} // lighter than this one
	}
	switch {
	case c.top == "more":
		old["exclude"] = c.seenSoFar()
		return c.calls("search_products", old)
	case c.top == "relax":
		c.relax(old)
		return c.calls("search_products", old)
	case c.top == "on_sale":
		old["on_sale"] = true
		return c.calls("search_products", old)
	case c.top == "cheaper" || m != nil && m.key == "cheapest":
		old["sort"] = "price_asc"
		if low := c.lowest(); low > 0 && c.top == "cheaper" && args["price_max"] == nil {
			old["price_max"] = low
			old["exclude"] = c.seen()
			old["strict"] = true
		}
		rest = c.m.withoutMeasures(rest)
	case m != nil && m.sort != "":
		old["sort"] = m.sort
		rest = m.ask.ReplaceAllString(rest, " ")
	case m != nil: // the search knows what it is stated by
		rest = m.word + " " + strings.Join(c.contentOf(m.ask.ReplaceAllString(rest, " ")), " ")
	}
	if c.top == "most" && m != nil && m.sort != "" {
		rest = strings.Join(c.contentOf(c.m.withoutMeasures(rest)), " ")
	}
	maps.Copy(old, args)
	if color := c.color(); color != "" {
		old["color"] = color
		rest = strings.ReplaceAll(rest, strings.ToLower(color), " ")
	}
	if s := c.size(); s != "" {
		old["size"] = s
	}
	for _, g := range gender {
		if g.re.MatchString(rest) {
			old["gender"] = g.id
			query = clearGender(query)
			rest = g.re.ReplaceAllString(rest, " ")
			break
		}
	}
	if inStock.MatchString(rest) {
		old["in_stock"] = true
		rest = inStock.ReplaceAllString(rest, " ")
	}
	for _, list := range [][]named{c.m.words.colors, c.m.words.sizes} {
		for _, n := range list {
			if i := wordAt(rest, n.name); i >= 0 && !notBefore.MatchString(rest[:i]) {
				rest = rest[:i] + " " + rest[i+len(n.name):]
			}
		}
	}
	rest = sizePhrase.ReplaceAllString(rest, " ")
	if extra := c.query(rest); (len(c.contentOf(extra)) > 0 || m != nil) && !strings.Contains(query, extra) {
		if kind := c.kind(); kind == "" || !strings.Contains(query, kind) || strings.TrimSpace(strings.Replace(extra, kind, "", 1)) != "" {
			query = strings.TrimSpace(query + " " + strings.TrimSpace(strings.Replace(extra, kind, "", 1)))
		}
	}
	old["query"] = query
	if c.top == "find" && !quantity.MatchString(c.text) {
		old["strict"] = true // what only comes near may be of another search: again
	}
	return c.calls("search_products", old)
}

var comparative = regexp.MustCompile(`\b[a-z]+er\b|更|一点|点的|些的`)

var notThat = regexp.MustCompile(`\bnot (this|that)( one)?\b|不要?(这|那)(个|款|件|双)`)

var inStock = regexp.MustCompile(`\b(only )?(the ones )?(in stock|available( right)?( now)?)( only)?\b|有货的?|现货`)

// relax takes back the limits that are named, all of them when none is.
func (c *clause) relax(args map[string]any) {
	any := false
	for _, x := range []struct {
		say  *regexp.Regexp
		keys []string
	}{
		{regexp.MustCompile(`price|budget|money|cost|spend|limit|价|预算|钱|贵`), []string{"price_min", "price_max"}},
		{regexp.MustCompile(`colou?r|颜色`), []string{"color"}},
		{regexp.MustCompile(`\bsize|尺码|码`), []string{"size"}},
	} {
		if x.say.MatchString(c.text) || slices.Contains(x.keys, "color") && c.color() != "" {
			any = true
			for _, k := range x.keys {
				delete(args, k)
			}
		}
	}
	query, _ := args["query"].(string)
	if !any { // a word of the query
		for _, w := range c.contentOf(c.text) {
			query = strings.Join(strings.Fields(strings.Replace(query, w, " ", 1)), " ")
		}
	} else { // limits said in words
		_, query = limit(upper, query)
		_, query = limit(lower, query)
	}
	if m := within.FindString(c.text); m != "" { // "price doesn't matter, just under 2 kg"
		query += " " + m
	}
	args["query"] = query
	delete(args, "sort")
}

// seenSoFar are products shown for this search, so that more is more.
func (c *clause) seenSoFar() []string {
	var out []string
	if old, ok := c.search["exclude"].([]any); ok {
		for _, v := range old {
			if s, ok := v.(string); ok {
				out = append(out, s)
			}
		}
	}
	for _, id := range c.seen() {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// priceOf is the price of a product that was shown, 0 when it wasn't.
func (t *turn) priceOf(id string) float64 {
	list := append(slices.Clone(t.shown), t.focus, t.mentioned, t.prior)
	for _, s := range t.past {
		list = append(list, s.shown...)
	}
	for _, p := range list {
		if p.ID == id && id != "" {
			return p.Price
		}
	}
	return 0
}

func (t *turn) lowest() float64 {
	low := t.focus.Price
	for _, p := range t.shown {
		if low == 0 || p.Price < low {
			low = p.Price
		}
	}
	return low
}

func clearGender(s string) string {
	for _, g := range gender {
		s = g.re.ReplaceAllString(s, " ")
	}
	return strings.Join(strings.Fields(s), " ")
}

// chat is what people say around a search; what is left is searched for.
var chat = regexp.MustCompile(`\binstead\b|^(?:no,? )?(?:something |anything )?like (?:an? )?|^(?:hi,? |hello,? |hey,? )?after (?:an? |some )|^家里|(?:没了|用完了|吃完了)$|^(?:那|就|还|再)?(?:要|配|看)(?:个|款|条|件)?|(?:都)?加(?:入|到|进)?购物车|下单一?(?:套|个|件)?|我要了|(?:也行|也可以|也好|都行)|,?(?:周末|下周|这周|下个月|明天|平时|主要)[^,]*$|\bnot (?:this|that)(?: one)?\b|不要?(?:这|那)(?:个|款|件|双)[, ]*|(?:换成|改成|算了)[, ]*|当礼物|(?:想)?给(?:我)?(?:买|挑)(?:瓶|个|件)?|\b(?:forget|ignore|never mind|drop|regardless of|no matter) (?:about )?(?:the )?(?:price|budget|colou?r|size)\b|^(?:(?:hi|hello|hey|hiya|ok|okay|and|also|so|now|then|good (?:morning|evening|afternoon)|please|pls|um|hmm|well|what about|how about|any)\b[,. ]*)+|\b(?:do|have|can|could|would) (?:you|u|i) (?:have|sell|got|carry|stock|see|show me|find me|like)(?: (?:any|a|an|some))?\b|\b(?:i'm|i am|im|we're|we are) (?:looking for|after|searching(?: for)?|shopping for)(?: (?:any|a|an|some))?\b|\b(?:i|we) (?:need|want|would like|am looking for)(?: to buy)?(?: (?:any|a|an|some|something))?\b|\bi'd like(?: to buy| to see)?(?: (?:any|a|an|some))?\b|\b(?:show|find|get) me(?: (?:your|some|any|a|the))?\b|\b(?:is|are) there (?:any|a|some)?\b|\b(?:to go|that goes?) with (?:that|it|this)\b|\b(?:next|this) (?:week|month|weekend|summer|winter|year)\b|\b(?:please|pls|thanks|thank you)\b|\b(?:something|anything)\b|^(?:请问|你好|您好|那|再|嗨)[, ]*|你们(?:家|店里|店)?|(?:有没有|有吗|有哪些|有什么|想要|想买|我要|我想|要买|买一|找一|来一|求)(?:个|款|件|台|点|些)?|(?:帮我|给我)?(?:看看|看下|找找|搜一下|看一下)|(?:有卖|卖不卖|有)?(?:吗|呢|吧|啊|呀)$|(?:卖不卖|有卖)$|的吗$|的呢$`)

// query is the text that the catalogue is searched for.
func (c *clause) query(rest string) string {
	if c.lang == "zh" {
		rest = c.withoutQuestions(rest)
	}
	q := asides.ReplaceAllString(chat.ReplaceAllString(oneself.ReplaceAllString(rest, " "), " "), " ")
	q = modest.ReplaceAllString(q, " cheap ")
	q = modestHan.ReplaceAllString(q, "便宜")
	q = nothing.ReplaceAllString(q, " not ")
	q = article.ReplaceAllString(q, "")
	q = minusWord.ReplaceAllString(q, "-$1")
	q = strings.Join(strings.Fields(strings.Trim(q, " ,.?!")), " ")
	if q == "" {
		q = strings.TrimSpace(rest)
	}
	q = strings.TrimPrefix(q, "有")
	if !twoOf.MatchString(q) { // 一双鞋, but 双人帐篷
		q = strings.TrimPrefix(q, "双")
	}
	q = minus.ReplaceAllString(q, "零下$1")
	return strings.Trim(q, " ,的")
}

// withoutQuestions leaves out the parts of a Chinese sentence that only ask
// something of what another part names: 「猫抓柱也行,会不会倒」.
func (c *clause) withoutQuestions(text string) string {
	parts := c.parted(text)
	kept := parts[:0:0]
	for _, p := range parts {
		one := &clause{turn: c.turn, text: trimmed(p)}
		if len(parts) == 1 || one.kind() != "" || !asksOf.MatchString(one.text) || askingFor.MatchString(one.text) || c.color() != "" && one.color() != "" {
			kept = append(kept, trimmed(p))
		}
	}
	if len(kept) == 0 || len(kept) == len(parts) {
		return text
	}
	return strings.Join(kept, ",")
}

var (
	twoOf     = regexp.MustCompile(`^双(人|肩|层|面|门|开|头|色|模|卡|床)`)
	modest    = regexp.MustCompile(`\bnot (?:too |very |that |so )?(?:expensive|pricey|dear)\b`)
	modestHan = regexp.MustCompile(`(?:不要|别|不)太贵的?`)
	nothing   = regexp.MustCompile(`,?\s*\b(?:but )?nothing (?:with |in |made of )?`)
	article   = regexp.MustCompile(`^\s*(?:an?|the|some)\s+`)
	minusWord = regexp.MustCompile(`\bminus (\d+)`)
	minus     = regexp.MustCompile(`-(\d+\s*(?:度|°|℃))`)
)

// amounts of money in words, and what is asked beside a thing's name
var (
	chinesePrice = regexp.MustCompile(`[一二三四五六七八九十百千两万]+(?:块|元|刀|美元)?(?:钱)?(?:以内|以下|左右|上下|之内)`)
	asides       = regexp.MustCompile(`\b(?:how much (?:is|are|does|do|for)?|what(?:'s| is)? the price of|what's|whats|which|what|costs?|has|have|got)\b|(?:多少钱|怎么卖|什么价格?|价格多少|有几种(?:大小|颜色)?|多大|哪里有)[?]*$`)
)

// filler are words of talk.
var filler = wordSet(`a an the i i'd i'm im me my we us you your u do does did is are can could would will should have has had get got show find see like want need please pls for to of in on at with and or also but so just any some something anything one ones it it's its that this these those them they there here what what's whats which how about hi hello hey thanks thank ok okay yes no much more less only really very maybe well good nice best looking look sell tell go goes know not too be s cheaper cheap price color colour colors colours size sizes better other others else recommend suggest suggestion suggestions thing things stuff who when if than then from up let let's am was were hmm um actually instead great cool nothing fine right forget ignore drop never mind limit budget matter doesn't don't bit next week month today tomorrow keep come comes make made available around under over below above between buck bucks dollar dollars someone something's kind sort type most all both rather prefer must into as by out off away take give use using going stay new now he she he's she's him her his wear wears usually normally often likes mostly kinda quite version versions model models`)

const fillerHan = "太贵的了吗呢吧啊呀我你您们想要买找有没这那个款件双只看一下请给帮可以能不是什么哪些推荐和跟点便宜更换别还也就都随价格颜色尺码限左右块元钱再来最好士式生"

// content are the words that say something of their own.
func (c *clause) contentOf(text string) []string {
	var out []string
	text = chinesePrice.ReplaceAllString(text, " ")
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-'
	}) {
		if hasHan(w) {
			if strings.Trim(w, fillerHan) != "" {
				out = append(out, w)
			}
			continue
		}
		if w = strings.Trim(w, "'-"); w != "" && !filler[w] {
			out = append(out, w)
		}
	}
	return out
}

// onlyNarrows says that words name no new thing: colours, sizes and genders.
func (c *clause) onlyNarrows(words []string) bool {
	for _, w := range words {
		rest := w
		for _, list := range [][]named{c.m.words.colors, c.m.words.sizes} {
			for _, n := range list {
				if n.name == w || hasHan(n.name) && strings.Contains(rest, n.name) {
					rest = strings.Replace(rest, n.name, "", 1)
				}
			}
		}
		for _, g := range gender {
			rest = g.re.ReplaceAllString(rest, "")
		}
		rest = strings.Trim(rest, fillerHan)
		if rest == "" || slices.Contains([]string{"any", "all", "colors", "colours", "sizes"}, rest) {
			continue
		}
		if n, ok := find(rest, c.m.words.colors); ok && n.name == rest {
			continue
		}
		if n, ok := find(rest, c.m.words.sizes); ok && n.name == rest {
			continue
		}
		return false
	}
	return true
}
