package builtin

import (
	"regexp"
	"strings"
)

var wearing = regexp.MustCompile(`(?:size|wear|穿|尺码是?|码是?)\s*(?:a |an |is |size )*([a-z]{1,3}|\d{1,3}(?:\.5)?)\b`)
var allergic = regexp.MustCompile(`allergic to ([\p{L} -]{2,40})|我?对([\p{Han}]{1,10})过敏`)
var noted = regexp.MustCompile(`(?:remember|note|keep in mind) (?:that )?(.{3,120})|(?:记住|记一下)[，,:： ]?(.{2,60})`)

// rememberWhat reads a fact of the customer's own words, nil when none.
func (t *turn) rememberWhat() map[string]any {
	if m := allergic.FindStringSubmatch(t.text); m != nil {
		return map[string]any{"kind": "allergy", "value": strings.TrimSpace(m[1] + m[2]), "quote": t.raw}
	}
	if m := wearing.FindStringSubmatch(t.text); m != nil {
		return map[string]any{"kind": "size", "value": strings.ToUpper(m[1]), "quote": t.raw}
	}
	if m := noted.FindStringSubmatch(t.text); m != nil {
		return map[string]any{"kind": "other", "value": strings.TrimRight(strings.TrimSpace(m[1]+m[2]), "."), "quote": t.raw}
	}
	return nil
}

func (t *turn) forgetWhat() string {
	for _, w := range []struct{ say, what string }{{"size", "size"}, {"尺码", "size"}, {"allerg", "allergy"}, {"过敏", "allergy"}} {
		if strings.Contains(t.text, w.say) {
			return w.what
		}
	}
	return "all"
}
