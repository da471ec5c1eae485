package builtin

import (
	"cmp"
	"maps"
	"regexp"
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
	if steps := c.planKind(named); steps != nil {
		return steps
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
		if c.top == "advice" && len(named) == 0 && whatToGet.MatchString(c.text) && c.kind() == "" {
			return c.calls("recommend", map[string]any{}) // of nothing yet
		}
		if c.top == "most" && len(c.shown) == 1 && c.kind() == "" {
			return c.says("only_one", "title", c.shown[0].Title)
		}
	case "why":
		for _, p := range c.shown {
			if p.Because != "" && (len(named) == 0 || named[0] == p.ID) {
				return c.says("why", "title", p.Title, "reason", lowered(strings.TrimRight(p.Because, ".。")))
			}
		}
		for _, p := range c.shown {
			if p.Reason != "" && (len(named) == 0 || named[0] == p.ID) {
				return c.says("why", "title", p.Title, "reason", lowered(strings.TrimSuffix(p.Reason, ".")))
			}
		}
		if c.used != "" {
			return []step{{clause: c, text: c.used}}
		}
		if len(c.shown) > 0 {
			return c.says("why_none")
		}
	case "basket_show":
		return c.says("basket_show")
	}
	if c.top == "cheaper" && len(named) == 1 {
		if price := c.priceOf(named[0]); than.MatchString(c.text) && price > 0 && c.search != nil {
			args := maps.Clone(c.search)
			args["price_max"], args["sort"], args["exclude"], args["strict"] = price, "price_asc", named, true
			return c.calls("search_products", args)
		}
		c.top = "about" // "the cheaper one"
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
		if len(named) == 0 && (allOf.MatchString(c.text) || theseFew.MatchString(c.text) && len(c.shown) == 2) {
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
	about := c.subject(named)
	switch {
	case c.top == "together" && c.kind() != "" && c.otherKind() && (about != "" || c.lang == "zh"): // "what mat would go with it?"
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
	case c.top == "recommend" && about != "" && alike.MatchString(c.text):
		return c.calls("recommend", map[string]any{"kind": "instead", "product": about})
	case c.top == "recommend" && about != "" && (len(named) > 0 || pointing.MatchString(c.text)):
		return c.calls("recommend", map[string]any{"product": about})
	case about != "" && (questions[c.top] || c.top == "advice"), len(named) > 0 && (c.top == "find" || c.top == "refine" || c.sure < .5) && !c.otherKind() && !c.wantsKind():
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
		if c.kind() != "" { // the one of its kind, if there is one
			return c.calls("search_products", map[string]any{"query": c.kind(), "strict": true})
		}
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
			price := upper.FindString(c.text) + " " + lower.FindString(c.text)
			c.text = strings.TrimSpace(strings.Join(c.contentOf(strings.Replace(c.text, strings.TrimSpace(price), " ", 1)), " ") + " " + price)
			if who != "" {
				c.text += " for " + who
			}
			return c.planSearch()
		}
		return c.planRecommend()
	}
	return c.planSearch()
}

var than = regexp.MustCompile(`\bthan\b|比.+便宜`)

var (
	aPair     = regexp.MustCompile(`\b(these|those)\b`)
	ofSeveral = regexp.MustCompile(`\b(any|which|all|both|one|each) of\b|\ball\b`)
)

// allOf are all that were spoken of.
var (
	allOf    = regexp.MustCompile(`\b(all|both)\b|都|全部|一起`)
	theseFew = regexp.MustCompile(`\b(them|these|those)\b`)
)

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

var costs = regexp.MustCompile(`\bhow much\b|\bcosts?\b|\bprice\b|\btotal\b|多少钱|价格|合计|总共|一共|加起来`)

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
	case c.otherKind() && !pointing.MatchString(c.text) && !(c.focus.ID != "" && howIs.MatchString(c.text)) && !(c.top == "ask_feature" && parts.MatchString(c.text)):
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
	if c.focus.ID != "" && aPair.MatchString(c.text) && !ofSeveral.MatchString(c.text) {
		return false // "those" of a pair that is spoken of
	}
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

// whatToGet asks for advice on the whole shop.
var whatToGet = regexp.MustCompile(`^(?:so |well |ok(?:ay)?,? )?what (?:do|would|should|could|can|might|shall) (?:you (?:reckon|think|say|suggest) )?(?:i|we) (?:should |ought to |could )?(?:get|buy|have|take|try|cop)\b\W*$`)
