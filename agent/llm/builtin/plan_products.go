package builtin

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// questions are intents that ask about one product.
var questions = map[string]bool{
	"about": true, "ask_material": true, "ask_care": true, "ask_sizes": true, "ask_price": true, "ask_stock": true, "ask_colors": true, "ask_reviews": true, "ask_feature": true, "basket_add": true,
}

// planProducts plans what is about products.
func (c *clause) planProducts() []step {
	named := c.products()
	if n := c.beyondList(); n > 0 && len(named) == 0 {
		return c.says("only_n", "n", len(c.shown))
	}
	switch c.top {
	case "compare":
		return c.planCompare(named)
	case "most", "advice":
		if c.top == "advice" && (len(named) == 1 || len(named) == 0 && c.focus.ID != "" && !c.meansSeveral() && (pointing.MatchString(c.text) || len(c.shown) < 2)) {
			break
		}
		if m := c.measure(); c.top == "most" && c.kind() != "" && len(named) == 0 && m != nil {
			return c.planSearch()
		}
		if len(named) == 1 && len(strings.Fields(c.text)) < 5 {
			return c.question(named[0])
		}
		if m := c.measure(); c.top == "most" && m != nil && len(named) == 0 && c.search != nil && c.total > len(c.shown) && !c.otherKind() && !ofThese.MatchString(c.text) {
			return c.narrow(map[string]any{}, c.text)
		}
		if len(named) > 1 || len(c.shown) > 1 && !c.otherKind() {
			return c.planCompare(named)
		}
		if c.top == "most" && c.search == nil && c.kind() == "" && len(c.contentOf(c.m.withoutMeasures(c.text))) == 0 {
			return c.says("compare_few")
		}
		if c.top == "most" && len(c.shown) == 1 && c.kind() == "" {
			return c.says("only_one", "title", c.shown[0].Title)
		}
	case "why":
		for _, p := range c.shown {
			if p.Reason != "" {
				return c.says("why", "reason", strings.TrimSuffix(p.Reason, "."))
			}
		}
		if len(c.shown) > 0 {
			return c.says("why_none")
		}
	case "basket_show":
		return c.says("basket_show")
	}
	if c.top == "cheaper" && len(named) == 1 { // "the cheaper one"
		c.top = "about"
	}
	if c.top == "refine" && otherColors.MatchString(c.text) {
		c.top = "ask_colors"
	}
	if together.MatchString(c.text) && costs.MatchString(c.text) || gap.MatchString(c.text) {
		if spoken := c.spokenOf(); len(named) == 1 && spoken != "" && spoken != named[0] {
			named = append(named, spoken)
		} else if len(named) == 0 && spoken != "" && c.prior.ID != "" && c.prior.ID != spoken && c.kind() == "" {
			named = []string{spoken, c.prior.ID}
		} else if len(named) == 0 && len(c.shown) > 1 && c.kind() == "" {
			named = c.seen()[:2]
		}
		if len(named) > 1 {
			return c.calls("compare_products", map[string]any{"products": named[:min(4, len(named))]})
		}
	}
	if c.top == "basket_add" {
		if len(named) == 0 && allOf.MatchString(c.text) {
			named = c.lately()
		}
		if len(named) > 1 {
			var steps []step
			for _, id := range named[:min(4, len(named))] {
				steps = append(steps, c.question(id)...)
			}
			return steps
		}
	}
	if who := c.wrongGender(); who != "" {
		args := maps.Clone(c.search)
		query, _ := args["query"].(string)
		args["query"], args["gender"] = clearGender(query), who
		delete(args, "exclude")
		c.top = "refine"
		return c.calls("search_products", args)
	}
	about := c.subject(named)
	switch {
	case c.top == "together" && c.kind() != "" && c.otherKind() && about != "": // "what mat would go with it?"
		args := map[string]any{"query": c.kind()}
		if g, ok := c.search["gender"]; ok {
			args["gender"] = g
		}
		return c.calls("search_products", args)
	case c.top == "together":
		if about == "" && len(c.shown) > 0 {
			about = c.shown[0].ID
		}
		if about == "" {
			return c.planRecommend()
		}
		return c.calls("bought_together", map[string]any{"product": about})
	case c.top == "ask_reviews":
		if about == "" && len(c.shown) > 0 {
			about = c.shown[0].ID
		}
		if about == "" {
			return c.says("which")
		}
		return c.calls("sentiment", map[string]any{"product": about})
	case c.top == "recommend" && about != "" && (len(named) > 0 || pointing.MatchString(c.text) || alike.MatchString(c.text)):
		return c.calls("recommend", map[string]any{"product": about})
	case about != "" && (questions[c.top] || c.top == "advice"), len(named) > 0 && (c.top == "find" || c.top == "refine" || c.sure < .5) && !c.otherKind():
		if about == "" {
			about = named[0]
		}
		return c.question(about)
	case rows[c.top] != nil && len(c.shown) > 1 && c.kind() == "" && c.color() == "" && c.size() == "":
		return c.planCompare(c.seen())
	case c.focus.ID != "" && inside.MatchString(c.text) && searches[c.top]:
		c.top = "ask_feature"
		return c.question(c.focus.ID)
	case cmp.Or(c.topical, c.focus.ID) != "" && (c.top == "refine" || c.top == "find" || questions[c.top]) && c.bareOption():
		return c.question(cmp.Or(c.topical, c.focus.ID))
	case questions[c.top] && c.kind() == "" && c.search == nil && len(c.contentOf(c.text)) < 3 && (c.focus.ID == "" && len(c.shown) == 0):
		return c.says("which")
	case c.top == "basket_add":
		return c.says("which")
	case c.top == "recommend" || c.top == "gift":
		if c.kind() != "" { // of a kind that is named, the search knows more
			who := c.forWhom()
			c.text = strings.TrimSpace(people.ReplaceAllString(c.text, " "))
			if c.lang == "zh" { // what is left of the sentence around it is no word of the thing
				args := map[string]any{}
				c.bounds(args)
				args["query"] = strings.TrimSpace(c.kind() + " " + chinesePrice.FindString(c.text))
				if who != "" {
					args["gender"] = who
				}
				return c.calls("search_products", args)
			}
			c.text = strings.Join(c.contentOf(c.text), " ")
			if who != "" {
				c.text += " for " + who
			}
			return c.planSearch()
		}
		return c.planRecommend()
	}
	return c.planSearch()
}

// wrongGender is for whom a shopper says that things were to be, when what was
// shown was for others: "those are mens, i said for my wife", 「我要女款的」.
func (c *clause) wrongGender() string {
	if c.search == nil || !complains.MatchString(c.text) {
		return ""
	}
	if who := c.forWhom(); who != "" {
		return who
	}
	if m := howCome.FindStringSubmatch(c.text); m != nil { // 「怎么给我女的」
		return map[string]string{"男": "women", "女": "men"}[m[1]]
	}
	last, at := "", -1
	for _, g := range gender {
		for _, m := range g.re.FindAllStringIndex(c.text, -1) {
			if m[0] > at {
				last, at = g.id, m[0]
			}
		}
	}
	if theseAre.MatchString(c.text) { // only what is wrong was said
		return map[string]string{"men": "women", "women": "men"}[last]
	}
	return last
}

var (
	complains = regexp.MustCompile(`\bi (?:said|asked|meant|told)\b|\bremember\b|\b(?:those|these|they|that|this|it)(?:'s|'re| is| are)? (?:all )?(?:for )?(?:wo)?m[ae]n'?s?\b|(?:男|女)款(?:吧|的吧|啊)|怎么.{0,6}(?:男|女)|咋.{0,6}(?:男|女)|我(?:要|说)的是?(?:男|女)`)
	howCome   = regexp.MustCompile(`(?:怎么|咋)[^男女]{0,6}(男|女)`)
	theseAre  = regexp.MustCompile(`^(?:but |no,? |wait,? )?(?:those|these|they|that|this|it)(?:'s|'re| is| are)? (?:all )?(?:for )?(?:wo)?m[ae]n'?s?\W*$`)
)

// allOf are all that were spoken of.
var allOf = regexp.MustCompile(`\b(all|both|them|these|those)\b|都|全部|一起`)

// lately are the products on the screen when several are, else those spoken of
// one after the other.
func (c *clause) lately() []string {
	if len(c.shown) > 1 && c.focus.ID == "" {
		return c.seen()
	}
	n := 2
	for i, w := range []string{"three", "four"} {
		if strings.Contains(c.text, w) {
			n = 3 + i
		}
	}
	return c.talked[max(0, len(c.talked)-n):]
}

var ofThese = regexp.MustCompile(`\b(these|those|them|first (two|three)|both)\b|这几|这些|其中|里面|前两|前三|这两`)

var costs = regexp.MustCompile(`\bhow much\b|\bcosts?\b|\bprice\b|\btotal\b|多少钱|价格|合计|总共`)

// parts are asked for as of one product: "is a charger included?"
var parts = regexp.MustCompile(`\b(have|has|got|come[s]? with|include[sd]?|need[s]?|built-in|on it|in it)\b|带|送|含|配|里面`)

// inside asks what the product in focus has.
var inside = regexp.MustCompile(`^(里面|它|这(款|个|件|双)?)(是不是|有没有|有|带|含)|^(能|可以|能不能)?(放|装|塞|坐|睡)(得下|下|进|几)|^(does|do|has|is) (it|this|that)\b`)

var otherColors = regexp.MustCompile(`^(any |in )?(other|different|another) colou?rs?\b|^(有|还有)?(没有)?(别的|其他|其它)颜色`)

var alike = regexp.MustCompile(`\b(like|similar|alternatives?)\b|类似|差不多|替代`)

// rows are the rows of a comparison that answer a question about several
// products at once.
var rows = map[string]*regexp.Regexp{
	"warranty": regexp.MustCompile(`(?i)warranty|guarantee|保修|质保`), "shipping": regexp.MustCompile(`(?i)^shipping|^delivery|配送`), "return": regexp.MustCompile(`(?i)^returns?|退`),
	"ask_material": regexp.MustCompile(`(?i)material|fabric|材质|面料`), "ask_care": regexp.MustCompile(`(?i)care|wash|洗`),
	"ask_sizes": regexp.MustCompile(`(?i)^sizes?$|dimension|尺码|尺寸`), "ask_price": regexp.MustCompile(`(?i)^price$|价格`),
	"ask_colors": regexp.MustCompile(`(?i)^colou?rs?$|颜色`), "ask_stock": regexp.MustCompile(`(?i)stock|有货`), "ask_reviews": nil,
}

// subject is the product that a clause asks about, "" for none.
func (c *clause) subject(named []string) string {
	switch {
	case len(named) > 0:
		c.topical = named[0]
		return named[0]
	case c.topical != "" && !c.meansSeveral() && !(c.otherKind() && !pointing.MatchString(c.text)):
		return c.topical
	case c.otherKind() && !pointing.MatchString(c.text) && !(c.top == "ask_feature" && parts.MatchString(c.text)):
		return ""
	case c.top == "basket_add" && c.focus.ID == "" && c.mentioned.ID == "" && len(c.shown) > 1:
		return ""
	case c.meansSeveral() && c.top != "ask_reviews": // 差评都说什么 is of one
		return ""
	case c.focus.ID != "":
		return c.focus.ID
	case c.mentioned.ID != "" && c.search != nil && quantity.MatchString(c.text) && !pointing.MatchString(c.text):
		return "" // of all that were found, not of the one that was named
	case c.mentioned.ID != "":
		return c.mentioned.ID
	case len(c.shown) > 0 && (pointing.MatchString(c.text) || c.top == "ask_reviews"):
		return c.shown[0].ID
	}
	return ""
}

// meansSeveral says that a clause asks about all products shown: "any of these",
// or "they" where none is in focus.
func (c *clause) meansSeveral() bool {
	return len(c.shown) > 1 && (several.MatchString(c.text) || c.focus.ID == "" && they.MatchString(c.text))
}

// question asks the catalogue for one product, in the colour and size named.
func (c *clause) question(product string) []step {
	args := map[string]any{"product": product}
	if color := c.color(); color != "" && wordAt(strings.ToLower(c.title(product)), strings.ToLower(color)) < 0 {
		args["color"] = color
	}
	if s := c.size(); s != "" {
		args["size"] = s
	}
	if n := severalOf(c.text); n > 1 {
		args["quantity"] = n
	}
	if c.top == "basket_add" && len(args) == 1 && c.variant["product"] == product { // the one just asked for
		args = c.variant
	}
	return c.calls("get_product", args)
}

// bareOption is a colour or size and nothing else: "in blue?", 「蓝色的有吗」.
func (c *clause) bareOption() bool {
	if c.color() == "" && c.size() == "" {
		return false
	}
	args := map[string]any{}
	rest := c.bounds(args)
	return len(args) == 0 && c.onlyNarrows(c.contentOf(rest))
}

// misread are readings that a question about the product spoken of is often
// taken for.
var misread = map[string]bool{
	"offtopic": true, "smalltalk": true, "help": true, "find": true, "refine": true, "range": true, "ask_reviews": true, "order_status": true, "about": true, "most": true, "advice": true, "ask_feature": true, "remember": true, "gift": true, "": true,
}

// asksOfOne is the product that a clause puts a question about, although it was
// read as something else; "" when it does not.
func (c *clause) asksOfOne() string {
	if !misread[c.top] && c.sure > .5 && !(c.top == "on_sale" && c.pointsAtOne() && c.kind() == "") || !asksOf.MatchString(c.text) || askingFor.MatchString(c.text) || otherOnes.MatchString(c.text) || c.measure() != nil && !c.pointsAtOne() || c.meansSeveral() || other.MatchString(c.text) || earlier.MatchString(c.text) || c.beyondList() > 0 {
		return ""
	}
	switch {
	case strings.Contains(c.text, "购物车") || strings.Contains(c.text, "basket"),
		c.top == "ask_reviews" && ofReviews.MatchString(c.text), c.top == "order_status" && (mine.MatchString(c.text) || c.orderNumber() != ""), c.top == "remember" && c.sure > .6:
		return ""
	}
	args := map[string]any{}
	if rest := c.bounds(args); len(args) > 0 || len(c.contentOf(rest)) == 0 {
		return ""
	}
	named := c.products()
	if len(named) > 1 {
		return ""
	}
	if len(named) == 0 && !howIs.MatchString(c.text) && (searches[c.top] && c.sure > .8 && !c.pointsAtOne() && c.lang == "en" || c.offTopicSurely()) {
		return ""
	}
	about := c.subject(named)
	if about == "" && howIs.MatchString(c.text) && !c.meansSeveral() {
		about = c.spokenOf() // how long "a game" takes is asked of the one spoken of
	}
	if about == "" || len(named) == 0 && !howIs.MatchString(c.text) && c.kind() != "" && c.otherKind() && !pointing.MatchString(c.text) {
		return ""
	}
	return about
}

// pointsAtOne says that a clause speaks of "it", or of one by its name.
func (c *clause) pointsAtOne() bool {
	return pointing.MatchString(c.text) || aboutOne.MatchString(c.text)
}

// offTopicSurely says that a clause is about the world, and not about a product.
func (c *clause) offTopicSurely() bool {
	return (c.top == "offtopic" || c.top == "smalltalk") && c.sure > .75 && !c.pointsAtOne()
}

var (
	asksOf    = regexp.MustCompile(`^(?:and |so |but |ok(?:ay)?,? |is |hmm,? |wait,? )*(?:does|do|is|are|was|can|could|will|would|has|have|how|what'?s?|which|where|who'?s?|why|any)\b|\?$|(?:吗|呢|嘛|么|不|没|没有|么样|咋样)\??$|多少|多久|多大|多长|多高|多宽|多重|几|什么|怎么|啥|能不能|可不可以|可以|是不是|有没有|哪`)
	howIs     = regexp.MustCompile(`^(?:and |so |but |ok(?:ay)?,? )*how (?:long|many|old|big|large|wide|tall|heavy|loud|often|far|fast|thick|deep)\b|多久|多少(?:瓦|分贝|毫升|页|克|升)|几(?:岁|瓦|升|页|碗|罐|片|次)`)
	otherOnes = regexp.MustCompile(`\b(?:other|others|else|another|instead|more|cheaper|different|similar|alternatives?|show me|you sell|you have|have you|do you (?:sell|do|stock|carry))\b|别的|其他|其它|另外|还有|换|便宜|推荐|更好|更大|更小|算了|类似|有哪些|哪些|哪几`)
	ofReviews = regexp.MustCompile(`\b(?:reviews?|rating|rated|ratings|stars?|say|says|complain\w*|think|feedback|opinions?)\b|评价|评论|口碑|差评|好评|评分|买过的|大家`)
)

// choice sets products beside each other, where the clause names them and asks
// which; nil when it does not.
func (c *clause) choice() []step {
	if c.top == "basket_add" || c.top == "order_status" || policies[c.top] || !choosing.MatchString(c.text) {
		return nil
	}
	list := c.sides()
	if len(list) < 2 {
		if list = c.products(); len(list) != 0 || len(c.shown) < 2 || !which2.MatchString(c.text) || c.measure() != nil || c.kind() != "" && c.otherKind() || c.top == "most" || c.color() != "" {
			return nil
		}
		if list = c.seen(); firstTwo.MatchString(c.text) || c.lang == "zh" && strings.Contains(c.text, "两个") {
			list = list[:2]
		}
		if len(c.asksWords()) == 0 {
			return nil
		}
	}
	c.top, c.intents = "compare", append([]string{"compare"}, c.intents...)
	args := map[string]any{"products": list[:min(4, len(list))]}
	if len(c.asksWords()) > 0 && c.measure() == nil {
		args["describe"] = true
	}
	return c.calls("compare_products", args)
}

// asksWords are what a choice is to go by, beside the words of choosing and the
// names of what is chosen from.
func (c *clause) asksWords() []string {
	text := c.text
	for _, list := range [][]named{c.m.words.titles, c.m.words.parts} {
		for _, n := range list {
			if i := wordAt(text, n.name); i >= 0 {
				text = text[:i] + " " + text[i+len(n.name):]
			}
		}
	}
	return stems(talkHan.ReplaceAllString(choosing.ReplaceAllString(comparing.ReplaceAllString(text, " "), " "), " "), c.contentOf)
}

var (
	choosing = regexp.MustCompile(`\b(?:or|versus|vs|which|better|compare[ds]?|than|between|difference)\b|哪个|哪款|哪一|哪件|哪种|还是|比|区别`)
	which2   = regexp.MustCompile(`\bwhich\b|哪个|哪款|哪一|哪件|哪种`)
)

func (c *clause) planCompare(named []string) []step {
	if list := c.sides(); len(named) < 2 && len(list) > 1 {
		named = list
	}
	if list, unclear := c.mentionedByWord(named); unclear && len(named)+len(list) < 2 {
		return c.says("which")
	} else {
		named = append(named, list...)
	}
	if len(named) < 2 && len(c.shown) >= 2 {
		n := 2
		if !firstTwo.MatchString(c.text) && (c.top != "compare" || firstAll.MatchString(c.text)) {
			n = min(4, len(c.shown))
		}
		if spoken := c.spokenOf(); len(named) == 1 && spoken != "" && spoken != named[0] {
			named = append(named, spoken)
		}
		for _, p := range c.shown[:n] {
			if !slices.Contains(named, p.ID) && len(named) < n {
				named = append(named, p.ID)
			}
		}
	}
	if spoken := c.spokenOf(); len(named) == 1 && spoken != "" && named[0] != spoken {
		named = append(named, spoken)
	}
	if len(named) == 1 && c.prior.ID != "" && named[0] != c.prior.ID {
		named = append(named, c.prior.ID)
	}
	if len(named) < 2 {
		return c.says("compare_few")
	}
	return c.calls("compare_products", map[string]any{"products": named[:min(4, len(named))]})
}

var comparing = regexp.MustCompile(`\b(compare[d]?|comparison|difference|different|differ|versus|better|than|against|table|pros|cons|laptop|phone|one|between|side|lighter|warmer|cheaper|heavier|bigger|smaller)\b`)

// mentionedByWord are products of which the clause has one word: "the MacBook".
// unclear says that there is a word that may mean several, or none.
func (c *clause) mentionedByWord(named []string) (list []string, unclear bool) {
	if firstTwo.MatchString(c.text) || firstAll.MatchString(c.text) && len(named) == 0 {
		return nil, false // those on the screen
	}
	text := comparing.ReplaceAllString(c.text, " ")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " ")
	}
	for _, id := range named {
		text = strings.ReplaceAll(text, strings.ToLower(c.title(id)), " ")
	}
	for _, w := range c.contentOf(text) {
		if hasHan(w) || len(w) < 3 || common[w] || slices.ContainsFunc(named, func(id string) bool { return strings.Contains(strings.ToLower(c.title(id)), w) }) {
			continue
		}
		var hits []string
		for _, p := range c.shown { // those on the screen first
			if wordAt(strings.ToLower(p.Title), w) >= 0 {
				hits = append(hits, p.ID)
			}
		}
		if len(hits) == 0 {
			for _, n := range c.m.words.titles {
				if wordAt(n.name, w) >= 0 && !slices.Contains(hits, n.id) {
					hits = append(hits, n.id)
				}
			}
		}
		switch {
		case len(hits) == 1 && !slices.Contains(list, hits[0]):
			list = append(list, hits[0])
		case len(hits) > 1 && !c.isKind(w):
			unclear = true
		}
	}
	return list, unclear
}

// people and occasions say for whom, not what.
var people = regexp.MustCompile(`\b(gift|present|birthday|christmas|anniversary|wedding|housewarming|ideas?|mum|mom|mother|dad|father|wife|husband|son|daughter|friend|brother|sister|partner|boyfriend|girlfriend|colleague|boss|grandma|grandpa|year old|years old|who|likes?|loves?|she|he|they|her|his|turning|surprise|recommend|suggest|suggestions?|recommendations?|popular|best ?sellers?|favou?rites?|trending)\b|礼物|生日|送给?|推荐|建议|妈妈|爸爸|老婆|老公|儿子|女儿|朋友|男朋友|女朋友|弟弟|妹妹|哥哥|姐姐|同事|领导|长辈|喜欢|过生日|热门|热销|爆款|畅销|一款|几款|有什么|有啥|适合`)

// forWhom is the gender of who a present is for, "" when that is not said.
func (c *clause) forWhom() string {
	switch {
	case forHer.MatchString(c.text):
		return "women"
	case forHim.MatchString(c.text):
		return "men"
	}
	return ""
}

var (
	forHer = regexp.MustCompile(`\b(mum|mom|mother|wife|daughter|sister|girlfriend|grandma|aunt|her)\b|妈妈|老婆|女儿|姐姐|妹妹|女朋友|奶奶|外婆`)
	forHim = regexp.MustCompile(`\b(dad|father|husband|son|brother|boyfriend|grandpa|uncle|him)\b|爸爸|老公|儿子|哥哥|弟弟|男朋友|爷爷|外公`)
)

func (c *clause) planRecommend() []step {
	args := map[string]any{}
	rest := ages.ReplaceAllString(c.bounds(args), "$1$2 year old")
	if m := around.FindStringSubmatch(rest); m != nil && args["price_max"] == nil && !unit.MatchString(rest[strings.Index(rest, m[0])+len(m[0]):]) {
		if v, err := strconv.ParseFloat(cmp.Or(m[1], m[2]), 64); err == nil {
			args["price_max"] = v
		}
		rest = strings.Replace(rest, m[0], " ", 1)
	}
	text := c.query(people.ReplaceAllString(rest, " "))
	if who := c.forWhom(); who != "" && (len(c.contentOf(text)) > 0 || args["price_max"] != nil) {
		text += " " + who
	}
	if len(c.contentOf(text)) > 0 || c.forWhom() != "" && args["price_max"] != nil {
		args["for"] = strings.TrimSpace(text)
	}
	return c.calls("recommend", args)
}

var (
	ages   = regexp.MustCompile(`\b(?:he's|she's|who is|who's|is|turns|turning|aged?|age)\s+(\d{1,2})\b(?: years? old)?|(\d{1,2})\s?岁`)
	around = regexp.MustCompile(`\b(?:around|about|roughly|approx\w*|~)\s*[$€£¥]?\s?(\d+)(?:\s?(?:bucks|dollars|quid|euros|pounds|usd))?|(\d+)(?:块|元|刀|美元|块钱)?(?:左右|上下)`)
)
