package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// read takes negations, superlatives, colours, sizes and people out of a query's
// words; what is left are its terms.
func (c *Catalog) read(words []token, u *Understood) {
	l := c.lexicon
	u.to = -1
	u.aside, u.either = map[string]bool{}, map[string]bool{}
	clause, aside, or := 0, false, -1 // where the clause starts in Terms, whether it is background, the term before "or"
	chinese := slices.ContainsFunc(words, func(t token) bool { return t.kind == han })
	for i := 0; i < len(words); {
		w := words[i].text
		if n := c.set(words[i:]); n > 0 {
			u.Terms = append(u.Terms, joined(words[i:i+n]))
			i += n
			continue
		}
		if n := c.reduced(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.negated(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.superlative(words[i:], u); n > 0 {
			i += n
			continue
		}
		if n := c.colourAt(words[i:], u); n > 0 {
			i += n
			continue
		}
		i++
		switch {
		case words[i-1].kind == sign && words[i-1].text != "" && words[i-1].text != "-":
			clause, aside = len(u.Terms), len(u.Terms) > 0
		case l.uses[w]:
			aside = true
			for _, t := range u.Terms[clause:] {
				u.aside[t] = u.aside[t] || hasHan(w)
			}
		case l.links[w]:
			aside = false
		case (w == "or" || w == "或" || w == "或者" || w == "还是") && len(u.Terms) > 0:
			or = len(u.Terms)
		}
		switch {
		case words[i-1].kind == sign:
			if w == "," && u.to < 0 && len(u.Terms) > u.from && c.thingLike(u.Terms[len(u.Terms)-1]) { // "backpack, fits a laptop"
				u.to = len(u.Terms)
			}
			continue
		case w == "的" && chinese && len(u.Terms) > 0 && c.more(words[i:]):
			u.from, u.to = len(u.Terms), -1
		case l.links[w] && len(u.Terms) > u.from && u.to < 0:
			u.to = len(u.Terms)
		}
		if words[i-1].kind == number && words[i-1].num <= 20 && !c.numbered(w) && (i < 2 || words[i-2].kind == sign || l.stop[words[i-2].text] || l.links[words[i-2].text]) {
			continue // how many, not what
		}
		aged := c.ageOf(w, u)
		if g := l.genders[w]; g != "" && (c.serves(g) || g != "kids" && (c.serves("men") || c.serves("women"))) && (u.Gender == "" || u.Gender == g) {
			u.Gender = g
			continue
		} else if g != "" && u.Gender == "kids" { // a daughter of four
			continue
		}
		if s := c.sizeOf(w, words, i-1); s != "" && u.Size == "" {
			u.Size = s
			continue
		}
		if aged && l.genders[w] == "" || l.people[w] {
			continue
		}
		if !l.stop[w] && !l.links[w] && !l.not[w] && l.sizes[w] != "size" {
			if or == len(u.Terms) {
				u.either[u.Terms[or-1]+"|"+w] = true
			}
			u.aside[w] = aside
			u.Terms = append(u.Terms, w)
			if to := l.leans[w]; to != "" && len(u.leans) == 0 {
				u.leans = l.superl[to]
			}
		}
	}
	if len(u.Terms) > 1 {
		c.scraps(u)
	}
	const most = 24 // of a whole letter, the first words
	u.Terms = u.Terms[:min(len(u.Terms), most)]
	if u.to < 0 || u.to > most {
		u.to = len(u.Terms)
	}
	if u.from >= u.to {
		u.from = 0
	}
}

// set finds a phrase of the lexicon that holds words which else say nothing:
// "carry on", "push up bar".
func (c *Catalog) set(words []token) int {
	for n := min(4, len(words)); n > 1; n-- {
		idle := false
		whole := true
		for _, t := range words[:n] {
			whole = whole && t.kind == word
			idle = idle || c.lexicon.stop[t.text] || c.lexicon.links[t.text] || c.lexicon.not[t.text]
		}
		if whole && idle && len(c.lexicon.find(joined(words[:n]))) > 0 {
			return n
		}
	}
	return 0
}

func joined(words []token) string {
	var out []string
	for _, t := range words {
		out = append(out, t.text)
	}
	return strings.Join(out, " ")
}

// scraps drops single characters before known Chinese words that are none: 倒 of
// 倒红酒的杯子. Before a single character, or last, they are part of a name.
func (c *Catalog) scraps(u *Understood) {
	var out []string
	from, to := u.from, u.to
	for i, t := range u.Terms {
		if i+1 < len(u.Terms) && utf8.RuneCountInString(u.Terms[i+1]) > 1 && utf8.RuneCountInString(t) == 1 && hasHan(t) && len(c.lexicon.find(t)) == 0 && !c.hanWords[t] && c.text.find(t) < 0 {
			if i < u.from {
				from--
			}
			if u.to >= 0 && i < u.to {
				to--
			}
			continue
		}
		out = append(out, t)
	}
	if len(out) > 0 {
		u.Terms, u.from, u.to = out, from, to
	}
}

// numbered says that a number stands in a name: iPhone 13.
func (c *Catalog) numbered(w string) bool {
	id := c.text.find(w)
	return id >= 0 && slices.ContainsFunc(c.text.postings[id], func(p posting) bool { return p.mask&(named|inBrand) != 0 })
}

// thingLike says that a term may be a kind of product.
func (c *Catalog) thingLike(term string) bool {
	return c.kinds[term] > 0 || slices.ContainsFunc(c.lexicon.find(term), func(i int) bool { return c.lexicon.lines[i].section != "" })
}

// more says that words name something.
func (c *Catalog) more(words []token) bool {
	for _, t := range words {
		if t.kind != sign && !c.lexicon.stop[t.text] && !c.lexicon.links[t.text] && c.lexicon.genders[t.text] == "" {
			return true
		}
	}
	return false
}
