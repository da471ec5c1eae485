package catalog

import (
	"slices"
)

// reduced reads "in stock", and "on sale" if the shop has reduced any price.
func (c *Catalog) reduced(words []token, u *Understood) int {
	for n := min(2, len(words)); n > 0; n-- {
		switch text := joined(words[:n]); {
		case c.lexicon.instock[text]:
			u.InStock = true
			return n
		case c.lexicon.sale[text] && len(c.sale) > 0:
			u.OnSale = true
			return n
		}
	}
	return 0
}

// negated reads "without a hood or zip", "no wool", "sugar-free", 不要羊毛 and says
// how many words that takes.
func (c *Catalog) negated(words []token, u *Understood) int {
	l := c.lexicon
	w := words[0].text
	if words[0].kind == word && len(words) > 1 && !l.stop[w] {
		k := 1
		if words[k].text == "-" {
			k++
		}
		if k < len(words) && words[k].text == "free" && w != "hands" && w != "duty" {
			u.Not = append(u.Not, w)
			return k + 1
		}
	}
	if !l.not[w] {
		return 0
	}
	n := 1
	some, mild := false, false // "not too heavy" leaves nothing out
	for n < len(words) {
		t := words[n]
		if t.kind == sign || t.kind == number {
			break
		}
		if t.text == "or" || t.text == "and" || t.text == "和" || t.text == "或" || t.text == "与" {
			// The list goes on, unless what follows begins anew: "no wool and under 50".
			if n+1 < len(words) && !l.not[words[n+1].text] && some && words[n+1].kind != sign {
				n++
				continue
			}
			break
		}
		if (t.text == "in" || t.text == "for" || t.text == "带" || t.text == "给") && !some { // "but not in red"
			n++
			continue
		}
		if l.links[t.text] || l.not[t.text] {
			break
		}
		if l.stop[t.text] {
			mild = mild || t.text == "too" || t.text == "太"
			if some || t.text == "的" || !slices.Contains([]string{"太", "contain", "contains", "containing", "include", "a", "an", "the", "any", "too", "made", "there", "is", "have", "has", "having", "from", "of", "with", "有", "带", "是"}, t.text) {
				break
			}
			n++
			continue
		}
		phrase := t.text
		k := 1
		if t.kind == word && n+1 < len(words) && words[n+1].kind == word && len(l.find(t.text+" "+words[n+1].text)) > 0 {
			phrase, k = t.text+" "+words[n+1].text, 2
		} else if some && t.kind == word && n > 0 && words[n-1].text != "or" && words[n-1].text != "and" {
			break
		} else if some && t.kind == han {
			break
		}
		if !mild || l.leans[phrase] == "" && !slices.ContainsFunc(c.measures.said, func(said map[string]*role) bool { return said[phrase] != nil }) {
			u.Not = append(u.Not, phrase)
		}
		some = true
		n += k
	}
	if !some {
		return 0
	}
	return n
}
