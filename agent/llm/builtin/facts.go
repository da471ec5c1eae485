package builtin

import (
	"regexp"
	"strings"
)

var others = regexp.MustCompile(`\b(my (son|daughter|wife|husband|mum|mom|dad|kid|child|friend|boyfriend|girlfriend|brother|sister)|he|she|he's|she's)\b|我(儿子|女儿|老婆|老公|妈妈|爸爸|孩子|朋友)|他|她`)

var (
	wearing  = regexp.MustCompile(`(?:size|wear|take|i'm|i am|穿|尺码是?|码是?|是)\s*(?:a |an |is |size )*([a-z]{1,3}|\d{1,3}(?:\.5)?)\b|(?:i'm|i am|我是|我穿)\s*(?:a )?(small|medium|large|extra large|小号|中号|大号)`)
	allergic = regexp.MustCompile(`allergic to ([\p{L} -]{2,40})|\b([\p{L}]{3,20}) (?:allergy|intolerant)|我?对([\p{Han}]{1,10})过敏|我([\p{Han}]{1,6})过敏`)
	noted    = regexp.MustCompile(`(?:remember|note|keep in mind|save) (?:that )?(.{3,120})|(?:记住|记一下|记着|记好了)[，,:： ]?(.{2,60})`)
	stated   = regexp.MustCompile(`\b(i (?:like|love|prefer|don't eat|don't wear|don't use|never wear|can't have|have) .{3,80}|my (?:favourite|favorite|foot|feet|skin) .{3,80}|i'm (?:vegan|vegetarian).{0,40})|(我(?:喜欢|不吃|不穿|不用|脚|皮肤|吃素).{0,30})`)
)

// rememberWhat reads a fact of the customer's own words, nil when none.
func (c *clause) rememberWhat() map[string]any {
	fact := func(kind, value string) map[string]any {
		return map[string]any{"kind": kind, "value": strings.TrimRight(strings.TrimSpace(value), ". ,"), "quote": c.raw}
	}
	if others.MatchString(c.text) {
		return nil // of somebody else
	}
	if m := allergic.FindStringSubmatch(c.text); m != nil {
		return fact("allergy", m[1]+m[2]+m[3]+m[4])
	}
	if m := wearing.FindStringSubmatch(c.text); m != nil {
		said := strings.ToLower(m[1] + m[2])
		for _, s := range c.m.words.sizes {
			if s.name == said {
				return fact("size", strings.ToUpper(said))
			}
		}
		if m[1] != "" && !filler[said] {
			return fact("size", strings.ToUpper(said))
		}
	}
	if m := noted.FindStringSubmatch(c.text); m != nil {
		return fact("other", m[1]+m[2])
	}
	if m := stated.FindStringSubmatch(c.text); m != nil {
		return fact("taste", m[1]+m[2])
	}
	return nil
}

func (c *clause) forgetWhat() string {
	for _, w := range []struct{ say, what string }{{"size", "size"}, {"尺码", "size"}, {"allerg", "allergy"}, {"过敏", "allergy"}} {
		if strings.Contains(c.text, w.say) {
			return w.what
		}
	}
	return "all"
}
