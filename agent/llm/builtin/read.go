package builtin

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"parley/agent/llm"
)

// A turn is what was read of a request: the message, and a state derived from
// the history, never stored.
type turn struct {
	m          *model
	r          *llm.Request
	text       string // the shopper's message, folded
	raw        string
	lang       string
	nth        int // how many turns came before
	intents    []string
	confidence float64

	shown  []ref // products last shown, in order
	focus  ref   // the product last spoken of
	search map[string]any
	order  string
	after  []llm.Message // this turn's own calls and results
}

type ref struct {
	ID, Title string
	Price     float64
	Reason    string
}

// read takes a request apart.
func (m *model) read(r *llm.Request) *turn {
	t := &turn{m: m, r: r, lang: "en", confidence: .9}
	last := -1
	for i, msg := range r.Messages {
		if msg.Role == llm.User {
			last = i
			t.nth++
		}
	}
	if last < 0 {
		return t
	}
	t.raw = r.Messages[last].Text()
	t.text = fold(t.raw)
	if strings.HasPrefix(r.Situation.Locale, "zh") {
		t.lang = "zh"
	}
	t.state(r.Messages[:last])
	t.after = r.Messages[last+1:]
	if p := r.Situation.Page; p != nil && p.Product != "" && (t.focus.ID == "" || len(t.shown) == 0) {
		t.focus = ref{ID: p.Product, Title: p.Title}
	}
	for _, i := range m.intents {
		if i.re.MatchString(t.text) {
			t.intents = append(t.intents, i.name)
		}
	}
	return t
}

func fold(text string) string {
	if len(text) > 4000 {
		text = strings.ToValidUTF8(text[:4000], "")
	}
	text = strings.NewReplacer("’", "'", "？", "?", "，", ",", "。", ".", "！", "!", "＃", "#").Replace(strings.ToLower(text))
	var b strings.Builder
	for _, r := range text {
		if !unicode.Is(unicode.Mn, r) || r == 0xFE0F { // stacked marks say nothing
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// state walks earlier calls and results.
func (t *turn) state(history []llm.Message) {
	calls := map[string]*llm.Call{}
	for _, m := range history {
		for _, p := range m.Parts {
			if p.Call != nil {
				calls[p.Call.ID] = p.Call
			}
			if p.Result == nil || p.Result.Failed || p.Result.Cancelled {
				continue
			}
			var body struct {
				Products []ref
				Product  *ref
				Orders   []struct{ ID string }
				Order    json.RawMessage
			}
			if json.Unmarshal(p.Result.Content, &body) != nil {
				continue
			}
			switch p.Result.Name {
			case "search_products", "recommend", "bought_together", "compare_products":
				if len(body.Products) > 0 {
					t.shown = body.Products
					t.focus = ref{}
					if len(t.shown) == 1 {
						t.focus = t.shown[0]
					}
				}
				if c := calls[p.Result.ID]; c != nil && p.Result.Name == "search_products" {
					t.search = map[string]any{}
					_ = json.Unmarshal(c.Args, &t.search)
				}
			case "get_product", "sentiment":
				if body.Product != nil {
					t.focus = *body.Product
				}
			case "get_order":
				if len(body.Orders) == 1 {
					t.order = body.Orders[0].ID
				}
			}
		}
	}
}

// without is the message less the words that made intents.
func (t *turn) without(names ...string) string {
	rest := t.text
	for _, i := range t.m.intents {
		if slices.Contains(names, i.name) {
			rest = i.re.ReplaceAllString(rest, " ")
		}
	}
	return rest
}

func (t *turn) is(name string) bool { return slices.Contains(t.intents, name) }

var orderNumber = regexp.MustCompile(`(?:#|\border\s*(?:no\.?|number|nr\.?)?\s*#?|订单号?\s*[:：]?\s*#?|单号\s*)(\d{3,12})\b|\b(\d{4,12})\b`)

func (t *turn) orderNumber() string {
	if m := orderNumber.FindStringSubmatch(t.text); m != nil {
		return cmp.Or(m[1], m[2])
	}
	return ""
}

var ordinals = []*regexp.Regexp{
	regexp.MustCompile(`\b(first|1st|number one|#1)\b|第一`),
	regexp.MustCompile(`\b(second|2nd|number two|#2)\b|第二`),
	regexp.MustCompile(`\b(third|3rd|number three|#3)\b|第三`),
	regexp.MustCompile(`\b(fourth|4th|number four|#4)\b|第四`),
}

var (
	lastOne  = regexp.MustCompile(`\b(the last one|last one)\b|最后一`)
	firstTwo = regexp.MustCompile(`\b(first two|two of them|both|these two|those two|the two)\b|前两|这两|两个|两款`)
	firstAll = regexp.MustCompile(`\b(all|them|these|those|the three|first three)\b|前三|这三|这几|它们`)
	pointing = regexp.MustCompile(`\b(it|this|that|this one|that one|its|they|them)\b|这个|这款|它|那个|那款|这件|那件|这双|这顶`)
)

// titled products are those whose name stands in the message.
func (t *turn) titled() []string {
	var out []string
	rest := " " + t.text + " "
	for _, n := range t.m.titles {
		if i := wordAt(rest, n.name); i >= 0 {
			if !slices.Contains(out, n.id) {
				out = append(out, n.id)
			}
			rest = rest[:i] + strings.Repeat(" ", len(n.name)) + rest[i+len(n.name):]
		}
	}
	return out
}

// products of the message, by title or place in the list.
func (t *turn) products() []string {
	out := t.titled()
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for i, re := range ordinals {
		if re.MatchString(t.text) && i < len(t.shown) && !firstTwo.MatchString(t.text) {
			add(t.shown[i].ID)
		}
	}
	if lastOne.MatchString(t.text) && len(t.shown) > 0 {
		add(t.shown[len(t.shown)-1].ID)
	}
	return out
}

// wordAt finds a name at word boundaries; Chinese has none.
func wordAt(text, name string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(name)
		if name[0] >= 0x80 || (!letter(text, i-1) && !letter(text, end)) {
			return i
		}
		from = end
	}
}

func letter(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9')
}

func longestFirst(list []named) []named {
	slices.SortFunc(list, func(a, b named) int {
		return cmp.Or(cmp.Compare(len(b.name), len(a.name)), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return list
}

func (t *turn) color() string { return lookup(t.text, t.m.colors) }

var sizePhrase = regexp.MustCompile(`\b(?:size|in an?|in|sizes?)\s+([a-z]{1,3}|\d{1,3}(?:\.5)?)\b|([a-z]{1,3}|\d{2,3}(?:\.5)?)\s*码|穿([a-z]{1,3}|\d{2,3})`)

func (t *turn) size() string {
	for _, m := range sizePhrase.FindAllStringSubmatch(t.text, -1) {
		said := cmp.Or(m[1], m[2], m[3])
		for _, s := range t.m.sizes {
			if s.name == said {
				return s.id
			}
		}
	}
	for _, s := range t.m.sizes {
		if len(s.name) >= 2 && !unicode.IsDigit(rune(s.name[0])) && wordAt(" "+t.text+" ", s.name) >= 0 {
			return s.id
		}
	}
	return ""
}

func lookup(text string, list []named) string {
	for _, n := range list {
		if wordAt(" "+text+" ", n.name) >= 0 {
			return n.id
		}
	}
	return ""
}

var (
	upper  = regexp.MustCompile(`(?:under|below|less than|cheaper than|at most|up to|no more than|max(?:imum)?|within|budget (?:of|is)|不超过|低于|少于|最多|预算)\s*(?:of\s*|is\s*)?[$€£¥]?\s?(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|bucks?|usd|美元|元|块)?|[$€£¥]?(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|bucks?|美元|美金|元|块钱|块|刀)?\s*(?:以内|以下|之内|之下|or less)`)
	lower  = regexp.MustCompile(`(?:over|above|more than|at least|高于|超过|至少)\s*[$€£¥]?\s?(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|bucks?|usd|美元|元|块)?|[$€£¥]?(\d[\d,]*(?:\.\d+)?)\s?(?:dollars?|美元|美金|元|块)?\s*(?:以上|之上)`)
	gender = []struct {
		id string
		re *regexp.Regexp
	}{
		{"women", regexp.MustCompile(`\b(women'?s?|woman|ladies|lady|female|for her|girls?)\b|女`)},
		{"men", regexp.MustCompile(`\b(men'?s?|man|male|for him|guys?)\b|男`)},
		{"kids", regexp.MustCompile(`\b(kids?|child|children)\b|儿童|小孩`)},
	}
)

// limit reads an amount and takes its phrase out of the text.
func limit(re *regexp.Regexp, text string) (float64, string) {
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		return 0, text
	}
	for g := 2; g < len(m); g += 2 {
		if m[g] >= 0 {
			f, err := strconv.ParseFloat(strings.ReplaceAll(text[m[g]:m[g+1]], ",", ""), 64)
			if err != nil {
				return 0, text
			}
			return f, strings.TrimSpace(text[:m[0]] + " " + text[m[1]:])
		}
	}
	return 0, text
}
