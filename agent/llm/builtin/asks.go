package builtin

import (
	"regexp"
)

// misread are readings that a question about the product spoken of is often
// taken for.
var misread = map[string]bool{
	"offtopic": true, "smalltalk": true, "help": true, "find": true, "refine": true, "range": true, "ask_reviews": true, "order_status": true, "about": true, "most": true, "advice": true, "ask_feature": true, "remember": true, "gift": true, "basket_show": true, "": true,
}

// mood is how something is said; with a product's name it may be a question.
var mood = map[string]bool{"complaint": true, "abuse": true, "bye": true, "praise": true, "thanks": true, "greeting": true, "promo": true, "on_sale": true}

// asksOfOne is the product that a clause puts a question about, although it was
// read as something else; "" when it does not.
func (c *clause) asksOfOne() string {
	titled := len(c.titled()) > 0
	may := misread[c.top] || c.sure <= .5 || titled && mood[c.top] || c.top == "on_sale" && c.pointsAtOne() && c.kind() == ""
	if !may || !asksOf.MatchString(c.text) {
		return ""
	}
	switch {
	case askingFor.MatchString(c.text) && !titled, otherOnes.MatchString(c.text), other.MatchString(c.text), earlier.MatchString(c.text): // it asks for things
		return ""
	case c.meansSeveral(), c.beyondList() > 0, c.measure() != nil && !pointing.MatchString(c.text): // of several
		return ""
	case inBasket.MatchString(c.text), c.top == "gift" && giving.MatchString(c.text),
		c.top == "ask_reviews" && ofReviews.MatchString(c.text), c.top == "order_status" && (mine.MatchString(c.text) || c.orderNumber() != ""), c.top == "remember" && c.sure > .6: // it was read right
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
	if len(named) == 0 && !howIs.MatchString(c.text) && !canIt.MatchString(c.text) && (searches[c.top] && c.sure > .8 && !c.pointsAtOne() && c.lang == "en" || c.offTopicSurely()) {
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
	asksOf    = regexp.MustCompile(`^(?:and |so |but |ok(?:ay)?,? |hmm,? |wait,? |right,? |great,? |nice,? |oh,? |well,? |yes,? |no,? |thanks,? |sorry,? )*(?:does|do|is|are|was|can|could|will|would|has|have|how|what'?s?|which|where|who'?s?|why|any)\b|\?$|(?:吗|呢|嘛|么|不|没|没有|么样|咋样)\??$|多少|多久|多大|多长|多高|多宽|多重|几|什么|怎么|啥|能不能|可不可以|可以|是不是|有没有|会不会|要不要|好不好|贵不贵|重不重|大不大|沉不沉|滑不滑|吵不吵|防不防|偏不偏|够不够|哪`)
	howIs     = regexp.MustCompile(`^(?:and |so |but |ok(?:ay)?,? )*how (?:long|many|old|big|large|wide|tall|heavy|loud|often|far|fast|thick|deep)\b|多久|多少(?:瓦|分贝|毫升|页|克|升)|几(?:岁|瓦|升|页|碗|罐|片|次)`)
	canIt     = regexp.MustCompile(`^(?:and |so |but |ok(?:ay)?,? )*(?:can|could|will|would|is|does|must|should) (?:i|you|we|it|they|one|this|that)\b`)
	otherOnes = regexp.MustCompile(`\b(?:other|others|else|another|instead|more|cheaper|different|similar|alternatives?|show me|you sell|you have|have you|do you (?:sell|do|stock|carry))\b|别的|其他|其它|另外|还有|换|便宜|推荐|更好|更大|更小|算了|类似|有哪些|哪些|哪几`)
	inBasket  = regexp.MustCompile(`\b(?:basket|cart|check ?out|pay)\b|购物车|结账|结算|下单`)
	ofReviews = regexp.MustCompile(`\b(?:reviews?|rating|rated|ratings|stars?|say|says|complain\w*|think|feedback|opinions?)\b|评价|评论|口碑|差评|好评|评分|买过的|大家`)
)
