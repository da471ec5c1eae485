package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var orderNumber = regexp.MustCompile(`(?:#|\border\s*(?:no\.?|number|nr\.?)?\s*#?|订单号?\s*[:：]?\s*#?|单号\s*)(\d{3,12})\b|\b(\d{4,12})\b`)

func (c *clause) orderNumber() string {
	if list := c.orderNumbers(); len(list) > 0 {
		return list[0]
	}
	return ""
}

// orderNumbers are the order numbers of a clause. A bare number that counts or
// measures something is none.
func (c *clause) orderNumbers() []string {
	var out []string
	for _, m := range orderNumber.FindAllStringSubmatchIndex(c.text, -1) {
		if m[2] >= 0 {
			out = append(out, c.text[m[2]:m[3]])
		} else if !counted.MatchString(c.text[m[5]:]) && !measured.MatchString(c.text[:m[4]]) {
			out = append(out, c.text[m[4]:m[5]])
		}
	}
	return out
}

var (
	counted  = regexp.MustCompile(`^\s?(?:以上|以下|以内|之间|左右|到|至|元|块|刀|美元|dollars?|bucks?|euros?|usd|mm|ml|mah|lumens?|g\b|kg|w\b|watts?|cm|m\b|l\b|毫米|毫升|流明|克|瓦|-\d|\.\d)`)
	measured = regexp.MustCompile(`(?:[$€£¥]|under|over|below|above|than|around|about|between|within|up to|防水|承重|流明|容量|低于|高于|不超过|预算|超过|至少)\s*$`)
)

var ordinals = []*regexp.Regexp{
	regexp.MustCompile(`\bthe (first|1st)\b(?: one)?|\b(first|1st)(?: one\b| and\b|,| or\b)|^(first|1st)\b|\b(number one|number 1|no\.? ?1)\b|#1\b|第一(?:个|款|双|件|种|顶|台|条|项)?|第1(?:个|款|双|件)`),
	regexp.MustCompile(`\b(?:the )?(second|2nd|number two|number 2|no\.? ?2)\b(?: one)?|#2\b|第二(?:个|款|双|件|种|顶|台|条|项)?|第2(?:个|款|双|件)`),
	regexp.MustCompile(`\b(?:the )?(third|3rd|number three|number 3|no\.? ?3)\b(?: one)?|#3\b|第三(?:个|款|双|件|种|顶|台|条|项)?|第3(?:个|款|双|件)`),
	regexp.MustCompile(`\b(?:the )?(fourth|4th|number four|number 4|no\.? ?4)\b(?: one)?|#4\b|第四(?:个|款|双|件|种|顶|台|条|项)?|第4(?:个|款|双|件)`),
	regexp.MustCompile(`\b(?:the )?(fifth|5th|number five|number 5|no\.? ?5)\b(?: one)?|#5\b|第五(?:个|款|双|件|种|顶|台|条|项)?|第5(?:个|款|双|件)`),
	regexp.MustCompile(`\b(?:the )?(sixth|6th|number six|number 6|no\.? ?6)\b(?: one)?|#6\b|第六(?:个|款|双|件|种|顶|台|条|项)?|第6(?:个|款|双|件)`),
}

var (
	lastOne  = regexp.MustCompile(`\b(the last one|last one|the last)\b|最后(一)?(个|款|双|件)`)
	firstTwo = regexp.MustCompile(`\b(first two|top two|two of them|both|these two|those two|the two)\b|前两|前2|这两|那两|两个|两款|俩`)
	firstAll = regexp.MustCompile(`\b(all|them|these|those|the three|first three|they)\b|前三|这三|这几|它们|这些|都`)
	pointing = regexp.MustCompile(`\b(it|its|it's|this|that|this one|that one|the one)\b|这个|这款|它|那个|那款|这件|那件|这双|那双|这顶|那顶|这台|这种|这把|这条`)
	several  = regexp.MustCompile(`\b(these|those|any of (them|these)|which of|all of (them|these)|all)\b|这些|这几|哪(些|个|款)|都`)
	they     = regexp.MustCompile(`\b(they|them|any)\b|它们`)
	earlier  = regexp.MustCompile(`\bthe (one before|previous one|earlier one|former)\b|\bthe one (i|you) (had|showed|mentioned) before\b|刚才(那|的那)?(个|款|件|双|顶)|之前那(个|款|件|双)|上一(个|款|件|双)`)
	other    = regexp.MustCompile(`\b(not (this|that)( one)?,? )?the other( one)?\b|另(外)?(一)?(个|款|件|双|顶)`)
	lowOne   = regexp.MustCompile(`\b(the )?(cheap|cheaper|cheapest|less expensive) one\b|(便宜|最便宜)的?(那|这)(个|款|双|件)`)
	highOne  = regexp.MustCompile(`\b(the )?(more expensive|expensive|dearer|most expensive) one\b|(贵|最贵)的?(那|这)(个|款|双|件)`)
	thisOne  = regexp.MustCompile(`\bone\b|(个|款|双|件|顶)$|(那|这)(个|款|双|件|顶)`)
)

// titled are those products whose name stands in the clause.
func (c *clause) titled() []string {
	var out []string
	rest := " " + c.text + " "
	for _, n := range c.m.words.titles.in(rest) {
		if i := wordAt(rest, n.name); i >= 0 {
			if !slices.Contains(out, n.id) {
				out = append(out, n.id)
			}
			rest = rest[:i] + strings.Repeat(" ", len(n.name)) + rest[i+len(n.name):]
		}
	}
	for _, n := range c.m.words.parts.in(rest) {
		if i := wordAt(rest, n.name); i >= 0 && !c.isKind(n.name) {
			if !slices.Contains(out, n.id) {
				out = append(out, n.id)
			}
			rest = rest[:i] + strings.Repeat(" ", len(n.name)) + rest[i+len(n.name):]
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return c.said(a) - c.said(b) })
	return out
}

// said is where a product's name begins in the clause.
func (c *clause) said(id string) int {
	first := len(c.text) + 1
	for _, x := range []*index{&c.m.words.titles, &c.m.words.parts} {
		for _, n := range x.in(c.text) {
			if n.id == id {
				first = min(first, wordAt(c.text, n.name))
			}
		}
	}
	return first
}

// notOnes are products that a clause says it doesn't mean.
var notOnes = regexp.MustCompile(`\b(?:not|except|instead of|rather than|other than) (?:the|a|that|those) [^,.?!]+`)

// products of the clause, by title, by place in the list, or by what sets one
// apart from the others shown.
func (c *clause) products() []string {
	if c.meant.text != c.text || c.meant.top != c.top || c.text == "" {
		c.meant.text, c.meant.top, c.meant.list = c.text, c.top, c.lookUp()
	}
	return slices.Clone(c.meant.list)
}

// lookUp finds them.
func (c *clause) lookUp() []string {
	if rest := notOnes.ReplaceAllString(c.text, " "); rest != c.text && trimmed(rest) != "" {
		one := *c
		one.text = rest
		return one.products()
	}
	out := c.titled()
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for i, re := range ordinals {
		if re.MatchString(c.text) && i < len(c.shown) && !firstTwo.MatchString(c.text) {
			add(c.shown[i].ID)
		}
	}
	if lastOne.MatchString(c.text) && len(c.shown) > 0 {
		add(c.shown[len(c.shown)-1].ID)
	}
	if len(out) == 0 {
		switch {
		case earlier.MatchString(c.text) && c.prior.ID != "":
			add(c.prior.ID)
		case other.MatchString(c.text) && len(c.shown) == 2 && c.spokenOf() != "":
			add(c.shown[0].ID)
			if out[0] == c.spokenOf() {
				out[0] = c.shown[1].ID
			}
		case other.MatchString(c.text) && c.prior.ID != "":
			add(c.prior.ID)
		}
	}
	if len(out) == 0 {
		add(c.definite())
	}
	if len(out) == 0 && len(c.shown) > 1 {
		byPrice := func(a, b ref) int { return cmp.Compare(a.Price, b.Price) }
		switch {
		case lowOne.MatchString(c.text):
			add(slices.MinFunc(c.shown, byPrice).ID)
		case highOne.MatchString(c.text):
			add(slices.MaxFunc(c.shown, byPrice).ID)
		case c.top != "refine" || thisOne.MatchString(c.text):
			add(c.inColor())
		}
	}
	if len(out) == 0 {
		add(c.called(c.text))
	}
	return out
}

var theKind = regexp.MustCompile(`\b(?:the|this|that|its)\s+(?:[a-z-]+\s+)?$|(?:这|那)(?:个|款|件|双|台|把|条|张|顶)?$`)

// spokenOf is the product in focus, or the one our last reply named.
func (c *clause) spokenOf() string { return cmp.Or(c.focus.ID, c.mentioned.ID) }

// beyond is a place in the list that the list does not have, 0 for none.
func (c *clause) beyondList() int {
	for i, re := range ordinals {
		if re.MatchString(c.text) && i >= len(c.shown) && len(c.shown) > 0 && !firstTwo.MatchString(c.text) {
			return i + 1
		}
	}
	return 0
}

// definite is the one product that "the tent" can mean: of those shown, or of
// the shop.
func (c *clause) definite() string {
	kind := c.kind()
	if kind == "" {
		return ""
	}
	i := wordAt(c.text, kind)
	if i < 0 || !theKind.MatchString(c.text[:i]) {
		return ""
	}
	one := strings.ToLower(numbers(kind)[len(numbers(kind))-1])
	if len(kind) < len(one) {
		one = kind
	}
	var found []string
	for _, p := range c.shown {
		if strings.Contains(strings.ToLower(p.Title), one) {
			found = append(found, p.ID)
		}
	}
	if len(found) == 0 {
		for _, n := range c.m.words.titles.list {
			if (strings.HasSuffix(n.name, one) || strings.HasSuffix(n.name, kind)) && !slices.Contains(found, n.id) {
				found = append(found, n.id)
			}
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// inColor is the one product shown that comes in the colour of "the blue one".
func (c *clause) inColor() string {
	color, found := c.color(), ""
	if color == "" || c.top == "find" || !thisOne.MatchString(c.text) {
		return ""
	}
	for _, p := range c.shown {
		if slices.ContainsFunc(p.Colors, func(x struct{ Name string }) bool { return strings.EqualFold(x.Name, color) }) {
			if found != "" {
				return ""
			}
			found = p.ID
		}
	}
	return found
}

func (c *clause) isKind(word string) bool {
	return c.m.words.kinds.has[word]
}

// kind is the kind of thing that a clause names, "" for none. A product's own
// name does not count.
func (c *clause) kind() string {
	if c.named[0] == c.text && c.text != "" {
		return c.named[1]
	}
	text := c.m.withoutMeasures(c.text) // "lighter" is no thing to light a fire with
	for _, n := range c.m.words.titles.in(text) {
		if !c.isKind(n.name) { // a knife called Knife is one of its kind
			text = without(text, n.name)
		}
	}
	c.named = [2]string{c.text, ""}
	for _, n := range c.m.words.kinds.in(text) {
		if i := wordAt(text, n.name); !partOf.MatchString(text[:i]) && !notKind.MatchString(text[:i]) {
			c.named[1] = n.name
			break
		}
	}
	return c.named[1]
}

// notKind stands before what isn't wanted.
var notKind = regexp.MustCompile(`\b(?:no|not|without|except|don't want|doesn't want)\s+(?:an?|any|the|more)?\s*$|(?:不要|不想要|除了|别要)\s*$`)

// partOf stands before what a thing must have, and is not: "it must have a good camera".
var partOf = regexp.MustCompile(`\b(?:it|that|which|must|should|has to|needs? to)(?: must| should| to)? (?:have|has|got|include) (?:an? |some |good |decent |great |nice |big |large |long |at least )*$`)

// otherKind says that a clause names a kind of thing that neither the product in
// focus nor the last search is.
func (c *clause) otherKind() bool {
	kind := c.kind()
	if kind == "" {
		return false
	}
	known := strings.ToLower(c.focus.Title)
	for _, id := range c.titled() {
		for _, n := range c.m.words.titles.list {
			if n.id == id {
				known += " " + n.name
			}
		}
	}
	if q, ok := c.search["query"].(string); ok {
		known += " " + strings.ToLower(q)
	}
	if known == "" {
		return true
	}
	for _, form := range numbers(kind) {
		if strings.Contains(known, form) {
			return false
		}
	}
	return true
}

// wantsKind says that a clause asks for things of a kind, where a word of it
// could be read as a question about one that was spoken of: "warm jackets for
// winter", 有暖和的外套吗.
func (c *clause) wantsKind() bool {
	kind := c.kind()
	if kind == "" || pointing.MatchString(c.text) {
		return false
	}
	if hasHan(kind) { // which is a part of many names
		return haveYou.MatchString(c.text) && strings.HasSuffix(strings.TrimRight(c.text, "吗嘛么呢?？ "), kind)
	}
	if len(c.titled()) > 0 {
		return false
	}
	for _, form := range numbers(kind) {
		head, _, ok := strings.Cut(" "+c.text+" ", " "+form+" ")
		if ok && strings.HasSuffix(form, "s") && len(strings.Fields(head)) < 4 && !asksFirst.MatchString(head) {
			return true
		}
	}
	return false
}

var (
	haveYou   = regexp.MustCompile(`^(?:你们)?(?:家|店里)?(?:还)?(?:有没有|有什么|有)`)
	asksFirst = regexp.MustCompile(`\b(?:is|are|do|does|did|can|could|will|has|have|how|what|which|why|when|where|who|in|of|your|these|those|they|the|both|all|than|or|and)\b`)
)

var notBefore = regexp.MustCompile(`(?:\bnot|\bno|\bwithout|\bexcept|\bdon't (?:want|like)|\banything but|不要|不喜欢|除了|别)\s*(?:the |any |in )?$`)

func (c *clause) color() string {
	for _, n := range c.m.words.colors {
		if i := wordAt(c.text, n.name); i >= 0 && !notBefore.MatchString(c.text[:i]) {
			return n.id
		}
	}
	return ""
}

var runs = regexp.MustCompile(`\b(runs?|comes? up|fits?|too|bit|rather|very|quite)\s+(small|large|big|tight)|偏(大|小)`)

var sizePhrase = regexp.MustCompile(`\b(?:size|sizes|in an?|in|got an?|have an?|a|take an?)\s+([a-z]{1,3}|\d{1,3}(?:\.5)?)\b|([a-z]{1,3}|\d{2,3}(?:\.5)?)\s*码|穿([a-z]{1,3}|\d{2,3})|^([a-z]{1,3}|\d{1,2}(?:\.5)?)(?:的)?$`)

// bareSize is a letter beside Chinese, or beside a colour: 「紫色M」, "black L", "L in green".
var bareSize = regexp.MustCompile(`\p{Han}\s?(xxl|xl|xs|[sml])(?:\p{Han}|[?, ]|$)|[a-z]{3,},? (xxl|xl|xs|[sml])(?:[?,. ]|$)|(?:^|[ ,])(xxl|xl|xs|[sml]) in [a-z]`)

func (c *clause) size() string {
	if fitting.MatchString(c.text) && runs.MatchString(c.text) {
		return "" // "do they run small?" asks for none
	}
	for _, m := range sizePhrase.FindAllStringSubmatch(c.text, -1) {
		said := cmp.Or(m[1], m[2], m[3], m[4])
		for _, s := range c.m.words.sizes {
			if s.name == said {
				return s.id
			}
		}
		if explicit := cmp.Or(m[2], m[3]); explicit != "" && strings.Trim(explicit, "0123456789.") == "" || strings.HasPrefix(m[0], "size") && m[1] != "" && !filler[m[1]] {
			return strings.ToUpper(cmp.Or(explicit, m[1])) // one the shop may not have, which is to be said
		}
	}
	if m := bareSize.FindStringSubmatch(c.text); m != nil {
		for _, s := range c.m.words.sizes {
			if s.name == m[1]+m[2]+m[3] && (m[1] != "" || c.color() != "") {
				return s.id
			}
		}
	}
	for _, s := range c.m.words.sizes {
		if len(s.name) >= 2 && !unicode.IsDigit(rune(s.name[0])) && wordAt(c.text, s.name) >= 0 {
			return s.id
		}
	}
	return ""
}

const money1 = `[$€£¥]?\s?(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|bucks?|euros?|pounds?|usd|美元|美金|元|块钱|块|刀)?`

// after a number that is none of money
const notMoney = `\s*(?:(?:kg|g|lbs?|oz|ml|l|litres?|liters?|cm|mm|m|m2|inch|inches|square|degrees|°|people|persons?|years?|w|watts?|hours?|mah|sqm)\b|升|毫升|克|公斤|斤|厘米|毫米|米|寸|平|度|人|个人|年|小时|瓦)`

var (
	upper    = regexp.MustCompile(`(?:under|below|less than|cheaper than|at most|up to|no more than|not more than|nothing over|not over|max(?:imum)?|within|budget (?:of|is)|不超过|不要超过|别超过|不能超过|低于|少于|最多|预算(?:是|在)?)\s*(?:of\s*|is\s*)?` + money1 + `(?:以内|以下|之内|左右)?|` + money1 + `\s*(?:以内|以下|之内|之下|or less|max\b|tops\b)`)
	lower    = regexp.MustCompile(`(?:\bover|above|more than|at least|高于|超过|至少)\s*` + money1 + `|` + money1 + `\s*(?:以上|之上|or more)`)
	unit     = regexp.MustCompile(`^` + notMoney)
	notPrice = regexp.MustCompile(`(?:防水|承重|流明|容量|重量|蓬|续航|温度|零下|waterproof|weigh\w*|capacity|lumens|fill|battery)(?: of| to)?\s*$`)
	gender   = []struct {
		id string
		re *regexp.Regexp
	}{
		{"women", regexp.MustCompile(`\b(women'?s?|woman|ladies|lady|female|for her|girls?)\b|女(?:士|款|式|生|性|的)?`)},
		{"men", regexp.MustCompile(`\b(men'?s?|man|male|for him|guys?)\b|男(?:士|款|式|生|性|的)?`)},
		{"kids", regexp.MustCompile(`\b(kids?'?s?|child|children'?s?)\b|儿童|小孩|童款`)},
	}
)

// limit reads an amount of money and takes its phrase out of the text. An
// amount of anything else is left for the search to read.
func limit(re *regexp.Regexp, text string) (float64, string) {
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		return 0, text
	}
	for g := 2; g < len(m); g += 2 {
		if m[g] >= 0 {
			f, err := strconv.ParseFloat(strings.ReplaceAll(text[m[g]:m[g+1]], ",", ""), 64)
			if err != nil || unit.MatchString(text[m[g+1]:]) || notPrice.MatchString(text[:m[g]]) {
				return 0, text
			}
			return f, strings.TrimSpace(text[:m[0]] + " " + text[m[1]:])
		}
	}
	return 0, text
}

// bounds moves price limits from the text into arguments.
func (c *clause) bounds(args map[string]any) string {
	rest := c.text
	if v, r := limit(upper, rest); v > 0 {
		args["price_max"], rest = v, r
	}
	if v, r := limit(lower, rest); v > 0 {
		args["price_min"], rest = v, r
	}
	return rest
}

func (t *turn) title(id string) string {
	for _, p := range append(slices.Clone(t.shown), t.focus, t.mentioned, t.prior) {
		if p.ID == id {
			return p.Title
		}
	}
	for _, n := range t.m.words.titles.list { // longest first
		if n.id == id {
			return n.name
		}
	}
	return ""
}

func (t *turn) seen() []string {
	var out []string
	for _, p := range t.shown {
		out = append(out, p.ID)
	}
	return out
}
