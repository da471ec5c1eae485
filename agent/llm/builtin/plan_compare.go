package builtin

import (
	"regexp"
	"slices"
	"strings"
)

// choice sets products beside each other, where the clause names them and asks
// which; nil when it does not.
func (c *clause) choice() []step {
	if unwish.MatchString(c.text) || c.top == "basket_add" || c.top == "order_status" || policies[c.top] || !choosing.MatchString(c.text) {
		return nil
	}
	list := c.sides()
	if len(list) < 2 {
		if list = c.products(); len(list) != 0 || len(c.shown) < 2 || !whichOne.MatchString(c.text) || c.measure() != nil || c.kind() != "" && c.otherKind() || c.top == "most" || c.color() != "" {
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
	text := c.m.words.parts.cut(c.m.words.titles.cut(c.text))
	return stems(talkHan.ReplaceAllString(choosing.ReplaceAllString(comparing.ReplaceAllString(text, " "), " "), " "), c.contentOf)
}

var (
	choosing = regexp.MustCompile(`\b(?:or|versus|vs|which|better|compare[ds]?|than|between|difference)\b|哪个|哪款|哪一|哪件|哪种|还是|比|区别`)
	whichOne = regexp.MustCompile(`\bwhich\b|哪个|哪款|哪一|哪件|哪种`)
)

func (c *clause) planCompare(named []string) []step {
	if len(named) == 0 && firstTwo.MatchString(c.text) { // "those two red ones"
		if list := c.shownWith(c.text); len(list) > 1 {
			named = list
		}
	}
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
			for _, n := range c.m.words.titles.list {
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
