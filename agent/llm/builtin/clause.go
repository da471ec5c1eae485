package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"parley/tools/classify"
)

// A clause is a part of a message that wants one thing.
type clause struct {
	*turn
	text    string // folded
	top     string // its intent
	intents []string
	sure    float64   // how sure that reading is, 0..1
	nth     int       // which clause of the message
	named   [2]string // the text whose kind was looked for last, and the kind
	meant   struct {  // the products that were found last, for this text and reading
		text, top string
		list      []string
	}
	apart bool     // it names a thing of its own, after "and a"
	not   []string // what it says must not be
}

// A message is parted where a sentence ends and where a new question begins.
var (
	sentenceParts = regexp.MustCompile(`[?;!]+|\.(?:\s|$)|[.]{2,}|\n`)
	questionParts = regexp.MustCompile(`(?:[,]\s*|\s)(?:and|also|but|then|plus|oh and|by the way|btw)[,]?\s+(?:also\s+)?((?:how|what|which|when|where|why|who|do|does|did|can|could|is|are|will|would|i'd|i want|i need|tell|show|cancel|compare|please)\b)|[,]\s*(?:另外|还有|顺便|然后|以及|对了)[,]?`)
)

var and = regexp.MustCompile(`\s(?:and|plus|&|or)\s|和|还有|以及|或者?`)

var andA = regexp.MustCompile(`\s(?:and|plus)(?: also)? (?:an?|some)\s`)

// split parts a message into clauses, of which neighbours that speak of the
// same search are one.
func (t *turn) split() []*clause {
	var parts []string
	for _, s := range sentenceParts.Split(t.text, -1) {
		from := 0
		for _, m := range questionParts.FindAllStringSubmatchIndex(s, -1) {
			end := m[1]
			if m[2] >= 0 {
				end = m[2]
			}
			parts = append(parts, s[from:m[0]])
			from = end
		}
		parts = append(parts, s[from:])
	}
	things := map[string]bool{}
	for i := 0; i < len(parts); i++ {
		for _, re := range []*regexp.Regexp{andA, and} {
			m := re.FindStringIndex(parts[i])
			if m == nil || comparing.MatchString(parts[i]) || strings.Contains(parts[i], "比") {
				continue
			}
			head, tail := strings.TrimSpace(parts[i][:m[0]]), strings.TrimSpace(parts[i][m[1]:])
			a, b := (&clause{turn: t, text: head}).kind(), (&clause{turn: t, text: tail}).kind()
			if re == and && (!strings.HasSuffix(head, a) || strings.Index(tail, b) > 12) { // "a jacket with hood and pockets" is one
				continue
			}
			if a != "" && b != "" && a != b {
				if whole := trimmed(parts[i]); things[whole] {
					things[trimmed(head)] = true
				}
				parts = slices.Replace(parts, i, i+1, head, tail)
				things[trimmed(tail)] = true
				break
			}
		}
	}
	if strings.Contains(t.text, ",") && t.lang == "zh" && len(parts) == 1 {
		parts = t.errands(parts[0])
	}
	for i := len(parts) - 1; i >= 0; i-- {
		parts = slices.Replace(parts, i, i+1, t.terms(parts[i])...)
	}
	var out []*clause
	for _, p := range parts {
		if p = trimmed(p); strings.ContainsFunc(p, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			c := t.clause(p)
			if c.apart = things[p]; c.apart {
				c.top, c.intents = "find", []string{"find"}
			}
			out = append(out, c)
		}
	}
	switch len(out) {
	case 0:
		return []*clause{t.clause(t.text)}
	case 1:
		out[0].text = t.text // marks and all
		return out
	}
	merged := out[:1]
	for _, c := range out[1:] {
		last := merged[len(merged)-1]
		if c.top == "find" && last.top == "find" && c.kind() != "" && last.kind() != "" && c.kind() != last.kind() && (c.apart || anew.MatchString(c.text)) {
			merged = append(merged, c) // "a laptop and a phone": two errands
			continue
		}
		if last.top == "relax" && searches[c.top] && c.kind() != "" && c.kind() != last.kind() {
			merged[len(merged)-1] = c // "forget the watch": what comes next is wanted
			continue
		}
		if (c.top == "gift" || c.top == "recommend") && !giving.MatchString(c.text) && !asksOf.MatchString(c.text) {
			continue // "her birthday is on Saturday" says why
		}
		if c.top == "ask_price" && policies[last.top] && pointing.MatchString(c.text) {
			continue // of the delivery, whose terms say it
		}
		if last.top == c.top || searches[last.top] && searches[c.top] && (c.kind() == "" || last.kind() == "" || adds[c.top]) || c.sure < .35 || last.sure < .25 {
			both := t.clause(last.text + ", " + c.text)
			if searches[last.top] && both.sure < last.sure {
				both.top, both.intents, both.sure = last.top, last.intents, last.sure
			}
			merged[len(merged)-1] = both
			continue
		}
		merged = append(merged, c)
	}
	if len(merged) > 1 { // what is no errand does not stand beside one
		merged = slices.DeleteFunc(merged, func(c *clause) bool {
			drop := polite[c.top] && slices.ContainsFunc(merged, func(o *clause) bool { return !polite[o.top] })
			if list := c.products(); drop && len(list) == 1 {
				t.topical = list[0] // "ok the foxglove then, is it poisonous?"
			}
			return drop
		})
	}
	if len(merged) > 1 { // a question is answered before anything is asked
		if rest := slices.DeleteFunc(slices.Clone(merged), func(c *clause) bool { return c.top == "remember" }); len(rest) > 0 {
			merged = rest
		}
	}
	for i, c := range merged {
		c.nth = i
	}
	return merged[:min(4, len(merged))]
}

// anew begins a second errand.
var anew = regexp.MustCompile(`^(?:and|also|plus)\b|^(?:另外|还要|还想|再)`)

var giving = regexp.MustCompile(`\b(?:gifts?|presents?|something|recommend\w*|suggest\w*|ideas?|for)\b|礼物|送|推荐|建议`)

func trimmed(s string) string { return strings.Trim(s, " ,.?!;") }

// errands parts a Chinese sentence at its commas where each part is a surely
// read errand of its own.
func (t *turn) errands(s string) []string {
	parts := strings.Split(s, ",")
	seen := map[string]bool{}
	for _, p := range parts {
		c := t.clause(strings.TrimSpace(p))
		if c.sure < .6 || searches[c.top] || seen[c.top] {
			return []string{s}
		}
		seen[c.top] = true
	}
	return parts
}

// buying is what nobody says who only means a product.
var buying = regexp.MustCompile(`购物车|下单|我要了|就(它|这个|那个)(了|吧)|[来买加][一两\d]`)

// parted parts a Chinese sentence at commas and at the spaces that stand for
// them, which those within a product's name do not.
func (t *turn) parted(s string) []string {
	for _, n := range t.m.words.titles.in(s) {
		if strings.Contains(n.name, " ") {
			s = strings.ReplaceAll(s, n.name, strings.ReplaceAll(n.name, " ", "\x00"))
		}
	}
	parts := strings.Split(hanSpace.ReplaceAllString(s, "$1,$2"), ",")
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], "\x00", " ")
	}
	return parts
}

// terms parts a sentence at its commas where a part asks how the shop does
// things, or buys, and the others do not.
func (t *turn) terms(s string) []string {
	parts := strings.Split(s, ",")
	if t.lang == "zh" {
		parts = t.parted(s)
	}
	if len(parts) < 2 || len(parts) > 5 {
		return []string{s}
	}
	var out []string
	others, last := 0, ""
	for _, p := range parts {
		c := t.clause(strings.TrimSpace(p))
		kind := ""
		if (policies[c.top] || c.top == "promo" || c.top == "service") && c.sure >= .5 && asksOf.MatchString(c.text) && c.kind() == "" {
			kind = c.top
		} else if c.top == "basket_add" && buying.MatchString(c.text) && t.lang == "zh" {
			kind = c.top // 「加一瓶到购物车,再配个耳环」
		} else {
			if c.kind() == "" && len(c.titled()) > 0 && !asksOf.MatchString(c.text) {
				return []string{s} // the name of what is asked about
			}
			others++
		}
		if len(out) > 0 && kind == last {
			out[len(out)-1] += "," + p
		} else {
			out = append(out, p)
		}
		last = kind
	}
	if others == 0 || others == len(parts) {
		return []string{s}
	}
	return out
}

// searches look for products; adds only narrow a search.
var (
	searches = map[string]bool{"find": true, "refine": true, "cheaper": true, "relax": true, "gift": true, "recommend": true, "most": true, "on_sale": true, "more": true}
	adds     = map[string]bool{"refine": true, "cheaper": true, "relax": true}
	policies = map[string]bool{"shipping": true, "return": true, "exchange": true, "payment": true, "warranty": true}
	polite   = map[string]bool{"greeting": true, "thanks": true, "bye": true, "smalltalk": true, "praise": true, "yes": true, "no": true, "help": true}
)

// A reading at least this sure is taken beside the first.
const alsoSure = .6

func (t *turn) clause(text string) *clause {
	c := &clause{turn: t, text: text}
	c.read()
	return c
}

// read names the intents of a clause: by rules that must not be missed, then by
// the classifier, which is given the message as it is and with the catalogue's
// words masked.
func (c *clause) read() {
	was := c.m.readings.of(c.text, func() (r reading) {
		r.ranked = c.m.intents.Read(c.text).Ranked
		if masked := c.masked(); masked != c.text {
			r.ranked = mean(r.ranked, c.m.intents.Read(masked).Ranked)
		}
		for _, x := range c.m.rules {
			if !slices.Contains(r.ruled, x.intent) && x.re.MatchString(c.text) {
				r.ruled = append(r.ruled, x.intent)
			}
		}
		return r
	})
	if len(was.ruled) > 0 {
		c.intents, c.sure = append(c.intents, was.ruled...), .95
	}
	for _, s := range was.ranked {
		if gate := c.m.gates[s.Label]; gate != nil && !gate.MatchString(c.text) && !(s.Label == "order_status" && c.orderNumber() != "") {
			continue
		}
		if (len(c.intents) == 0 && s.Probability > 0 || s.Probability >= alsoSure) && !slices.Contains(c.intents, s.Label) {
			c.intents = append(c.intents, s.Label)
			c.sure = max(c.sure, s.Probability)
		}
	}
	if len(c.intents) > 0 {
		c.top = c.intents[0]
	}
	if c.sure < unsure && (c.kind() != "" || word.MatchString(c.text) || questions[c.top] && c.spokenOf() == "" && len(c.shown) == 0) && !searches[c.top] && len(c.products()) == 0 {
		c.top, c.intents = "find", []string{"find"} // a word nobody reads surely is looked for
	}
}

// A reading less sure than this gives way to a search, where a thing is named.
const unsure = .3

// word is a message of one.
var word = regexp.MustCompile(`^([\p{Latin}\d-]{3,}|[^\s吗呢多几什么怎哪]{2,4})$`)

// readings keeps what was read of the latest texts: a message is read for the
// plan, and again for the words. They depend on the text alone.
type readings struct {
	mu   sync.Mutex
	last map[string]reading
}

// A reading is what the classifier makes of a text, and the intents that rules give it.
type reading struct {
	ranked []classify.Score
	ruled  []string
}

const mostReadings = 512

func (r *readings) of(text string, read func() reading) reading {
	r.mu.Lock()
	list, ok := r.last[text]
	r.mu.Unlock()
	if ok {
		return list
	}
	list = read()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil || len(r.last) >= mostReadings {
		r.last = map[string]reading{}
	}
	r.last[text] = list
	return list
}

func mean(a, b []classify.Score) []classify.Score {
	p := map[string]float64{}
	for _, list := range [][]classify.Score{a, b} {
		for _, s := range list {
			p[s.Label] += s.Probability / 2
		}
	}
	var out []classify.Score
	for label, v := range p {
		out = append(out, classify.Score{Label: label, Probability: v})
	}
	slices.SortFunc(out, func(x, y classify.Score) int {
		return cmp.Or(cmp.Compare(y.Probability, x.Probability), cmp.Compare(x.Label, y.Label))
	})
	return out
}

// masked is the text with the catalogue's own words and numbers hidden.
func (c *clause) masked() string {
	text := c.text
	hide := func(list []named, slot string) {
		for _, n := range list {
			if i := wordAt(text, n.name); i >= 0 && len(n.name) > 2 {
				text = text[:i] + " " + c.m.intents.Mask(slot) + " " + text[i+len(n.name):]
			}
		}
	}
	hide(c.m.words.titles.in(text), "product")
	hide(c.m.words.parts.in(text), "product")
	if m := orderNumber.FindStringSubmatchIndex(text); m != nil {
		text = text[:m[0]] + " " + c.m.intents.Mask("order") + " " + text[m[1]:]
	}
	hide(c.m.words.kinds.in(text), "kind")
	hide(c.m.words.colors, "color")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " "+c.m.intents.Mask("product")+" ")
	}
	return strings.Join(strings.Fields(text), " ")
}

func (c *clause) is(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(c.intents, n) })
}
