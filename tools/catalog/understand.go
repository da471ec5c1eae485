package catalog

import (
	"strings"
)

// Understood is what was read of a query beside its words.
type Understood struct {
	Category           string
	PriceMin, PriceMax Money
	Colors             []string // any of them
	Size, Gender       string
	Not                []string // what must not be
	OnSale, InStock    bool
	Bounds             []Bound // measured limits
	Sort               string
	Terms              []string          // the words left, without those that say nothing
	Corrected          map[string]string // misspellings, as they were read

	aside    map[string]bool // terms of the background: "for", after a comma, 用的
	either   map[string]bool // "books|games" of "books or games"
	colors   []int32         // values of the column "color" that Colors mean
	near     Money           // "around 100": nearest to it first
	from, to int             // where in Terms the thing itself is named
	sorts    []string
	leans    []string // sorts that are used if enough of what is found states them
}

// understand reads a query's limits in English and Chinese, and returns the
// words left.
func (c *Catalog) understand(text string) Understood {
	if len(text) > 2000 {
		text = strings.ToValidUTF8(text[:2000], "")
	}
	var u Understood
	toks := c.measures.numerals(scan(c.party(text)), func(s string) int { return longestHan(s, c.lexicon.han, c.hanWords) })
	used := c.numbers(toks, &u)
	var words []token
	for i, t := range toks {
		switch {
		case used[i]:
			if t.kind != sign {
				words = append(words, token{text: "", kind: sign}) // parts what stood around it
			}
		case t.kind == han:
			words = append(words, c.cut(t.text)...)
		case t.kind == word && i+1 < len(toks) && toks[i+1].kind == han && toks[i+1].glued && !used[i+1] && longestHan(t.text+toks[i+1].text, c.lexicon.han) > len(t.text): // T恤
			n := longestHan(t.text+toks[i+1].text, c.lexicon.han)
			words = append(words, token{text: (t.text + toks[i+1].text)[:n], kind: han})
			toks[i+1].text = toks[i+1].text[n-len(t.text):]
		case t.kind == word:
			if w := surface(t.text); w != "" {
				t.text = w
				words = append(words, t)
			}
		default:
			words = append(words, t)
		}
	}
	words = c.together(words)
	c.read(words, &u)
	return u
}

// cut parts Chinese into the longest words that the lexicon and the shop know.
func (c *Catalog) cut(s string) []token {
	var out []token
	rest := ""
	flush := func() {
		if rest != "" {
			out = append(out, token{text: rest, kind: han})
			rest = ""
		}
	}
	for s != "" {
		n := longestHan(s, c.lexicon.han, c.hanWords)
		if n == 0 {
			for _, r := range s {
				n = len(string(r))
				break
			}
			rest += s[:n]
		} else {
			flush()
			out = append(out, token{text: s[:n], kind: han})
		}
		s = s[n:]
	}
	flush()
	return out
}

// together joins what is written apart or with hyphens when the shop or the
// lexicon knows it as one: "rain coat", "t-shirt", "s 8".
func (c *Catalog) together(words []token) []token {
	var out []token
	for i := 0; i < len(words); i++ {
		t := words[i]
		if t.text == "-" && t.glued && len(out) > 0 && i+1 < len(words) && words[i+1].glued && words[i+1].kind == word {
			p := out[len(out)-1]
			if j := p.text + words[i+1].text; p.kind == word && words[i+1].text != "free" && (c.text.find(j) >= 0 || len(c.lexicon.find(j)) > 0) {
				out[len(out)-1].text = j
				i++
			}
			continue
		}
		if len(out) > 0 && t.glued && t.kind != sign && t.kind != han {
			if p := out[len(out)-1]; (p.kind == word) != (t.kind == word) && p.kind != han && p.kind != sign && (t.text == "xl" || c.text.find(p.text+t.text) >= 0 || c.lexicon.sizes[p.text+t.text] != "" || c.sizes[strings.ToUpper(p.text+t.text)]) {
				out[len(out)-1].text, out[len(out)-1].kind = p.text+t.text, word
				continue
			}
		}
		if n := len(out); n > 0 && t.kind == word && out[n-1].kind == word && len(t.text) > 1 && len(out[n-1].text) > 1 && !c.lexicon.stop[t.text] && !c.lexicon.stop[out[n-1].text] {
			a, b := out[n-1].text, t.text
			if c.text.find(a+b) >= 0 && (c.text.find(a) < 0 || c.text.find(b) < 0) {
				out[n-1].text = a + b
				continue
			}
		}
		out = append(out, t)
	}
	return out
}
