package builtin

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// How people say what they do not want: before its name, or after it.
var (
	unwish   = regexp.MustCompile(`(?:^|\b|[, ])(?:not|no|without|except(?: for)?|nothing (?:with|in|made of)|anything but|other than|but not|(?:i|we|they) don't (?:want|like)|(?:she|he) doesn't (?:want|like)|i do not (?:want|like)|isn't|aren't|don't want)\s+(?:an?\s+|the\s+|any\s+|in\s+|made of\s+)?([a-z][a-z0-9' -]{1,40})|(?:不要|不想要|不喜欢|除了|不含|别要|不带|不是|排除)([^,.?!、的]{1,10}?)(?:的|以外|之外|还有吗|,|$)`)
	unwished = regexp.MustCompile(`([^,.?! ]{1,8}?)(?:的)?(?:都)?不(?:要|看|买)(?:了)?(?:啊|呀|哦|哈)?(?:$|[,.?! ])`)
	unwishTo = regexp.MustCompile(`\s*(?:,|\band\b|\bor\b|\bnor\b|\bplease\b|\bpls\b|\bthen\b|\bthough\b|、|和|跟|或者|或)\s*(?:not |no |the |a |an )?`)
)

// unwanted words are those a clause says it does not want.
func (c *clause) unwanted() []string {
	var out []string
	add := func(text string) {
		for _, w := range unwishTo.Split(text, -1) {
			w = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(w), " ones"), " one"))
			if w != "" && !filler[w] && strings.Trim(w, fillerHan) != "" && len(strings.Fields(w)) < 4 && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	for _, m := range unwish.FindAllStringSubmatch(c.text, -1) {
		add(m[1] + m[2])
	}
	for _, m := range unwished.FindAllStringSubmatch(c.text, -1) {
		if !strings.HasPrefix(m[1], "不") {
			add(m[1])
		}
	}
	return out
}

// Wishes that a "not" takes nothing away from.
var unmoved = map[string]bool{
	"keep": true, "fine": true, "sure": true, "complaint": true, "person": true, "forget": true, "stop_messages": true, "cancel": true, "order_status": true, "missing": true,
	"remember": true, "abuse": true, "injection": true, "return": true, "exchange": true, "refund_status": true, "relax": true, "privacy": true, "offtopic": true, "compare": true, "basket_show": true,
}

// apartFrom leaves what isn't wanted out of a search of its own:
// 「充电器不要了,就要手机」, "perfumes that aren't strong".
func (c *clause) apartFrom(words []string) {
	for _, re := range []*regexp.Regexp{brandless, unwished} {
		rest := trimmed(re.ReplaceAllString(c.text, " "))
		if one := (&clause{turn: c.turn, text: rest}); rest != c.text && rest != "" && one.kind() != "" {
			c.text, c.not = rest, words
			return
		}
	}
}

// brandless ends a wish with what it must not be.
var brandless = regexp.MustCompile(`,?\s*\b(?:(?:that|which|and) )?(?:isn't|aren't|is not|are not|not from|but not|except)\s+[a-z0-9' -]{2,30}$`)

// planWithout narrows the last search to what has none of some things; nil when
// the clause takes nothing away, or there is nothing to take it from.
func (c *clause) planWithout() []step {
	if unmoved[c.top] || other.MatchString(c.text) {
		return nil
	}
	words := c.unwanted()
	if len(words) == 0 {
		return nil
	}
	if c.search == nil {
		c.apartFrom(words)
		return nil
	}
	rest := unwished.ReplaceAllString(unwish.ReplaceAllString(c.text, " "), " ")
	if left := (&clause{turn: c.turn, text: rest}); left.kind() != "" && left.otherKind() {
		c.apartFrom(words)
		return nil // another kind of thing, said with what it must not have: a search of its own
	}
	args := maps.Clone(c.search)
	delete(args, "exclude")
	not, _ := args["not"].([]any)
	for _, w := range words {
		if !slices.Contains(not, any(w)) {
			not = append(not, w)
		}
		if color, _ := args["color"].(string); strings.EqualFold(color, w) {
			delete(args, "color")
		}
	}
	args["not"] = not
	c.top, c.intents = "refine", append([]string{"refine"}, c.intents...)
	if more := c.contentOf(rest); len(more) > 0 && !c.onlyNarrows(more) {
		sub := c.clause(strings.TrimSpace(rest))
		sub.search = args
		return sub.narrow(map[string]any{}, sub.text)
	}
	return c.calls("search_products", args)
}

var back = regexp.MustCompile(`\b(?:go |going |get )?back to\b|\bagain\b|回到|再看看刚才|刚才的`)

// goBack takes up an earlier search: "back to the jackets", 「回到夹克」.
func (c *clause) goBack() []step {
	if suggesting[c.top] {
		return nil // "buy it again" goes nowhere back
	}
	kind := c.kind()
	if kind == "" || !back.MatchString(c.text) {
		return nil
	}
	forms := c.m.words.alike(kind)
	for _, s := range slices.Backward(c.past) {
		query, _ := s.args["query"].(string)
		titles := ""
		for _, p := range s.shown {
			titles += " " + strings.ToLower(p.Title)
		}
		if slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(strings.ToLower(query)+titles, f) }) {
			c.top, c.intents = "find", append([]string{"find"}, c.intents...)
			return c.calls("search_products", s.args)
		}
	}
	c.top = "find"
	return c.calls("search_products", map[string]any{"query": kind})
}
