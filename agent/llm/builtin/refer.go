package builtin

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A catalogue's titles, by the marks that set them apart: a word, two Chinese
// characters in a row, a number with its unit. What a shopper calls a product is
// a few of those of its title.
type titles struct {
	ids   []string
	marks [][]string       // of each product, by its place in ids
	at    map[string]int   // where a product stands in ids
	have  map[string][]int // products whose titles have a mark
}

func newTitles(products []Term) titles {
	t := titles{at: map[string]int{}, have: map[string][]int{}}
	for i, p := range products {
		t.ids, t.at[p.ID] = append(t.ids, p.ID), i
		seen := map[string]bool{}
		var list []string
		for _, names := range p.Names {
			for _, n := range names {
				for _, m := range marksOf(strings.ToLower(n)) {
					if !seen[m] {
						seen[m] = true
						list = append(list, m)
						t.have[m] = append(t.have[m], i)
					}
				}
			}
		}
		t.marks = append(t.marks, list)
	}
	return t
}

var (
	measuredIn = regexp.MustCompile(`^(\d+(?:\.\d+)?)(mm|cm|kg|g|ml|l|w)$`)
	inHan      = map[string]string{"mm": "毫", "cm": "厘", "kg": "公", "g": "克", "ml": "毫", "l": "升", "w": "瓦"}
)

var markParts = regexp.MustCompile(`\d+(?:\.\d+)?\p{Han}{1,2}|[\p{Latin}\d][\p{Latin}\d.'+-]*|\p{Han}+`)

// marksOf are the marks of a title or of what is said.
func marksOf(text string) []string {
	var out []string
	for _, part := range markParts.FindAllString(text, -1) {
		r := []rune(part)
		switch {
		case unicode.Is(unicode.Han, r[0]):
			for i := 0; i+2 <= len(r); i++ {
				out = append(out, string(r[i:i+2]))
			}
		case hasHan(part): // 4升
			unit := slices.IndexFunc(r, func(x rune) bool { return unicode.Is(unicode.Han, x) })
			out = append(out, string(r[:unit+1]))
			if len(r) > unit+1 {
				out = append(out, string(r[unit:]))
			}
		default:
			if unicode.IsDigit(r[0]) {
				if m := measuredIn.FindStringSubmatch(part); m != nil {
					out = append(out, m[1]+inHan[m[2]]) // 6mm of 6毫米
				}
			}
			if w := strings.Trim(part, ".'+-"); len(w) > 1 && !filler[w] && strings.Trim(w, "0123456789") != "" {
				if len(w) > 3 {
					w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "s")
				}
				out = append(out, w)
			}
		}
	}
	return out
}

// weight says how much a mark tells in the whole shop.
func (t *titles) weight(mark string) float64 {
	return math.Log(1 + float64(len(t.ids))/float64(max(1, len(t.have[mark]))))
}

// among is the one product of a list that a text names by its marks, "" when
// none or several fit as well. Marks that all of them have tell nothing.
func (c *clause) among(text string, list []ref) string {
	said := map[string]bool{}
	for _, m := range marksOf(text) {
		said[m] = true
	}
	t := &c.m.words.byMark
	in := map[string]int{}
	for _, p := range list {
		if i, ok := t.at[p.ID]; ok {
			for _, m := range t.marks[i] {
				in[m]++
			}
		}
	}
	best, score, second := "", 0.0, 0.0
	for _, p := range list {
		i, ok := t.at[p.ID]
		if !ok {
			continue
		}
		sum := 0.0
		for _, m := range t.marks[i] {
			if said[m] && in[m] < len(list) && !common[m] && c.m.words.colorNames[m] == "" && (hasHan(m) || !c.isKind(m)) {
				sum += math.Log(1+float64(len(list))/float64(in[m])) * min(1, t.weight(m)/2)
			}
		}
		if p.Price > 0 && len(list) > 1 && wordAt(text, strings.TrimSuffix(strings.TrimPrefix(exact(p.Price, ""), "$"), ".00")) >= 0 && pricedOne.MatchString(text) {
			sum += 3
		}
		switch {
		case sum > score:
			best, score, second = p.ID, sum, score
		case sum > second:
			second = sum
		}
	}
	if score < .6 || score-second < .2 {
		return ""
	}
	return best
}

// shownWith are the products on the screen whose titles have most of what a text
// says of several: "the two red ones". All of them are none.
func (c *clause) shownWith(text string) []string {
	said := marksOf(text)
	best, out := 0, []string(nil)
	for _, p := range c.shown {
		i, ok := c.m.words.byMark.at[p.ID]
		if !ok {
			continue
		}
		n := 0
		for _, m := range c.m.words.byMark.marks[i] {
			if slices.Contains(said, m) && !c.isKind(m) {
				n++
			}
		}
		switch {
		case n > best:
			best, out = n, []string{p.ID}
		case n == best && n > 0:
			out = append(out, p.ID)
		}
	}
	if len(out) == len(c.shown) {
		return nil
	}
	return out
}

// pricedOne is a product called by what it costs: "the $82 one", 「299那个」.
var pricedOne = regexp.MustCompile(`[$€£¥]?\d+(?:\.\d\d)?\s?(?:one\b|(?:元|块|刀)?的?(?:那|这)(?:个|款|件|双))`)

// anywhere is the one product of the shop that a text names by most of the marks
// of its title, or by several that no other title has; loose is content with one.
func (c *clause) anywhere(text string, loose bool) string {
	t := &c.m.words.byMark
	sums, rare, marked := map[int]float64{}, map[int]int{}, map[int]int{}
	seen := map[string]bool{}
	for _, m := range marksOf(text) {
		if list := t.have[m]; len(list) > 0 && len(list) <= 200 && !seen[m] && !common[m] {
			seen[m] = true
			for _, i := range list {
				sums[i] += t.weight(m)
				marked[i]++
				if len(list) == 1 && (loose || hasHan(m) || !c.isKind(m)) {
					rare[i]++
				}
			}
		}
	}
	best, score, second := -1, 0.0, 0.0
	for i, sum := range sums {
		switch {
		case sum > score || sum == score && i < best:
			best, score, second = i, sum, score
		case sum > second:
			second = sum
		}
	}
	if best < 0 || score-second < 1 {
		return ""
	}
	whole := 0.0
	for _, m := range t.marks[best] {
		whole += t.weight(m)
	}
	pointed := (aboutOne.MatchString(text) || c.top == "basket_add") && marked[best] > 1 && score-second >= 1.5
	first := rare[best] > 0 && hasHan(text) && asksOf.MatchString(text) && !c.searching() && c.beginsWith(text, t.marks[best])
	if share := score / whole; share >= .6 || first || pointed || rare[best] > 0 && loose || rare[best] > 1 && (share >= .25 || hasHan(text)) && !c.searching() {
		return t.ids[best]
	}
	return ""
}

// saidName is the one product of which a text has a word that no other title
// has and that is no word of talk, said before any "it".
func (c *clause) saidName(text string) string {
	t, out := &c.m.words.byMark, ""
	for _, m := range marksOf(text) {
		list := t.have[m]
		if len(list) != 1 || hasHan(m) || c.isKind(m) || common[m] || c.m.words.general[m] {
			continue
		}
		before := text[:max(0, strings.Index(text, m))]
		bare := strings.TrimRight(strings.TrimRight(before, "个款"), "那这") // 那个s7 is no pronoun
		if pointing.MatchString(bare) || len(m) < 5 && !(strings.ContainsAny(m, "0123456789") && theOne.MatchString(before)) {
			continue
		}
		if out != "" && out != t.ids[list[0]] {
			return ""
		}
		out = t.ids[list[0]]
	}
	return out
}

// theOne stands before a name.
var theOne = regexp.MustCompile(`(?:^|\b(?:the|of|than|is|about)|[, ]|[个款的和跟比])\s*$`)

// beginsWith says that a text begins with marks of a title, one of them its own.
func (c *clause) beginsWith(text string, marks []string) bool {
	text = strings.TrimLeft(text, " 那这就请问,")
	for r := []rune(text); len(r) > 1; r = r[1:] {
		m := string(r[:2])
		if !slices.Contains(marks, m) {
			return false
		}
		if len(c.m.words.byMark.have[m]) == 1 {
			return true
		}
	}
	return false
}

// searching says that a clause asks for things of a kind, and of none by name.
func (c *clause) searching() bool {
	return searches[c.top] && !aboutOne.MatchString(c.text) && (askingFor.MatchString(c.text) || !asksOf.MatchString(c.text))
}

// aboutOne points at one product.
var aboutOne = regexp.MustCompile(`\b(?:the|that|this)\s(?:[$€£¥]?[a-z0-9.'-]+\s){0,4}one\b|(?:那|这)(?:个|款|件|双|瓶|盒|台|条|顶|本|支)|呢\??$`)

// met are the products of the conversation that are no longer on the screen, the
// latest first.
func (c *clause) met() []ref {
	var out []ref
	add := func(p ref) {
		if p.ID != "" && !slices.ContainsFunc(out, func(q ref) bool { return q.ID == p.ID }) {
			out = append(out, p)
		}
	}
	add(c.focus)
	add(c.prior)
	for _, s := range slices.Backward(c.past) {
		for _, p := range s.shown {
			add(p)
		}
	}
	return out
}

// called is the product that a text calls by a part of its name: one on the
// screen, one met before, or one of the shop.
func (c *clause) called(text string) string {
	if id := c.saidName(text); id != "" && !c.searching() {
		return id
	}
	if len(c.shown) > 1 && !c.searching() {
		if id := c.among(text, c.shown); id != "" {
			return id
		}
	}
	if id := c.anywhere(text, false); id != "" {
		return id
	}
	if list := c.met(); len(list) > 1 && !c.searching() {
		return c.among(text, list)
	}
	return ""
}

// sides are the products that a clause sets beside each other: "the wok or the
// pan", 「静音的跟无雾的比」.
func (c *clause) sides() []string {
	var out []string
	for _, part := range sideParts.Split(c.text, -1) {
		one := &clause{turn: c.turn, text: strings.TrimSpace(part), top: "compare", intents: []string{"compare"}}
		list := one.products()
		if id := ""; len(list) == 0 && one.text != "" {
			if len(strings.Fields(one.text)) < 4 && pointing.MatchString(one.text) && c.spokenOf() != "" {
				id = c.spokenOf()
			} else {
				id = c.anywhere(one.text, true)
			}
			if id != "" {
				list = []string{id}
			}
		}
		if len(list) == 0 {
			list = c.shownWith(one.text) // "and the red ones"
		}
		for _, id := range list {
			if len(list) < 3 && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

var sideParts = regexp.MustCompile(`\s(?:or|and|vs\.?|versus|than|to|with|against|from)\s|[,?.]\s*|和|跟|与|还是|比|或者?`)
