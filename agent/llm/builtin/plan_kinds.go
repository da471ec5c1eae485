package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// suggesting are the intents that ask for one kind of recommendation, by the
// kind that the tool calls it.
var suggesting = map[string]bool{"look": true, "again": true, "popular": true, "picture": true, "instead": true, "guide": true}

// planKind plans a recommendation of one kind. Where the message is not one
// after all, it takes the next reading and gives nil.
func (c *clause) planKind(named []string) []step {
	c.narrowKind(named)
	if !suggesting[c.top] {
		return nil
	}
	switch c.top {
	case "look", "picture":
		about := c.subject(named)
		if about == "" && len(c.shown) > 0 {
			about = c.shown[0].ID
		}
		if about == "" {
			return c.says("which")
		}
		args := map[string]any{"kind": c.top, "product": about}
		c.bounds(args)
		if lessDear.MatchString(c.text) {
			args["cheaper"] = true
		}
		return c.calls("recommend", args)
	case "instead":
		about := c.subject(named)
		if about == "" || c.kind() != "" && c.otherKind() && len(named) == 0 && !pointing.MatchString(c.text) {
			return c.otherwise("recommend")
		}
		args := map[string]any{"kind": "instead", "product": about}
		c.bounds(args)
		if c.variant["product"] == about { // the one just asked for
			for _, k := range []string{"color", "size"} {
				if v, ok := c.variant[k]; ok {
					args[k] = v
				}
			}
		}
		if color := c.color(); color != "" && wordAt(strings.ToLower(c.title(about)), strings.ToLower(color)) < 0 {
			args["color"] = color
		}
		if size := c.size(); size != "" {
			args["size"] = size
		}
		if lessDear.MatchString(c.text) {
			args["cheaper"] = true
		}
		return c.calls("recommend", args)
	case "again":
		if asksOthers.MatchString(c.text) { // "would people buy it again?"
			return c.otherwise("ask_reviews")
		}
		args := map[string]any{"kind": "again"}
		if len(named) > 0 {
			args["product"] = named[0]
		} else if about := cmp.Or(c.topical, c.focus.ID); about != "" && pointing.MatchString(c.text) {
			args["product"] = about
		} else if kind := c.kind(); kind != "" {
			args["for"] = kind
		} else if m := ranOut.FindStringSubmatch(c.text); m != nil {
			args["for"] = strings.TrimSpace(m[1])
		}
		return c.calls("recommend", args)
	case "popular":
		if withIt.MatchString(c.text) && (len(named) > 0 || pointing.MatchString(c.text)) { // "what do people buy with it?"
			c.top = "together"
			c.intents = append([]string{c.top}, c.intents...)
			return nil
		}
		if len(c.shown) > 1 && ofThese.MatchString(c.text) {
			return c.otherwise("most")
		}
		args := map[string]any{"kind": "popular"}
		if kind := c.kind(); kind != "" {
			args["for"] = kind
		}
		c.bounds(args)
		return c.calls("recommend", args)
	}
	if len(named) > 1 || ofThese.MatchString(c.text) && len(c.shown) > 1 || between.MatchString(c.text) {
		return c.otherwise("advice")
	}
	args := map[string]any{"kind": "guide", "for": c.text}
	if len(c.m.words.guides.in(c.text)) == 0 {
		about := c.subject(named)
		if about == "" || ofSize.MatchString(c.text) || len(c.m.words.guides.in(strings.ToLower(c.title(about)))) == 0 {
			return c.otherwise("advice")
		}
		args["product"] = about
	}
	return c.calls("recommend", args)
}

// narrowKind reads the kind in a message that was read as one of recommending,
// of advice or of what goes together.
func (c *clause) narrowKind(named []string) {
	kind := ""
	switch {
	case c.top == "recommend" && sellsWell.MatchString(c.text):
		kind = "popular"
	case c.top == "recommend" && alike.MatchString(c.text):
		kind = "instead"
	case c.top == "together" && dressing.MatchString(c.text) && (c.kind() == "" || !c.otherKind()):
		kind = "look"
	case c.top == "advice" && len(named) == 0 && len(c.shown) < 2 && howToChoose.MatchString(c.text) && len(c.m.words.guides.in(c.text)) > 0:
		kind = "guide"
	}
	if kind != "" {
		c.intents = append([]string{kind}, c.intents...)
		c.top = kind
	}
}

var (
	sellsWell   = regexp.MustCompile(`\b(?:popular|sells?|selling|best ?sellers?|trending|hot|favou?rites?|(?:are|is) (?:people|everyone|everybody) (?:buying|getting)|do most people buy)\b|热门|热卖|热销|爆款|畅销|销量|人气|卖得|火|大家都?(?:在)?买`)
	dressing    = regexp.MustCompile(`\b(?:wear|outfit|look|dress)\b|好看|穿`)
	howToChoose = regexp.MustCompile(`\b(?:choose|howToChoose|pick|matters?|beginner|consider|look for|which kind|what kind|what sort|should i (?:get|buy|take))\b|怎么选|怎么挑|不知道选|不懂|新手|注意`)
)

// otherwise takes the next reading of a clause, or else the one that is given.
func (c *clause) otherwise(intent string) []step {
	c.intents = slices.DeleteFunc(slices.Clone(c.intents), func(x string) bool { return x == c.top })
	if len(c.intents) == 0 {
		c.intents = []string{intent}
	}
	if c.top = c.intents[0]; suggesting[c.top] {
		return c.planKind(c.products())
	}
	return nil
}

// ranOut names what is used up: "I ran out of gas, …".
var ranOut = regexp.MustCompile(`\b(?:out of|low on) (?:my |the )?([a-z-]+(?: [a-z-]+)?)(?:[,.?!]|$| again| and\b)`)

var (
	withIt     = regexp.MustCompile(`\b(?:with|together|alongside)\b|一起|搭配|配着`)
	lessDear   = regexp.MustCompile(`\b(?:cheaper|less expensive|more affordable|lower price)\b|便宜|低价|实惠`)
	asksOthers = regexp.MustCompile(`\b(?:people|customers|reviewers?|reviews|buyers|others|anyone|they)\b|大家|买家|别人`)
	between    = regexp.MustCompile(`\bbetween\b|之间|哪个|哪款|哪一`)
	ofSize     = regexp.MustCompile(`\bsize\b|尺码|尺寸|码`)
)
