package builtin

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
)

// plan decides what to look up, or what to say when nothing needs to be.
// Several wishes in one message become several calls.
func (t *turn) plan() ([]llm.Call, string) {
	if bare.MatchString(t.text) && t.nth > 1 {
		return nil, t.say("nothing_open")
	}
	if t.text == "" || !strings.ContainsFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		t.confidence = .3
		return nil, t.say("unclear")
	}
	if foreign(t.text) {
		return nil, t.say("language")
	}
	for _, first := range []string{"injection", "abuse", "offtopic"} {
		if t.is(first) && !t.is("person") {
			return nil, t.say(first)
		}
	}
	var calls []llm.Call
	add := func(name string, args map[string]any) {
		if t.has(name) {
			calls = append(calls, call(name, args))
		}
	}
	if t.is("person") {
		add("hand_off", map[string]any{"reason": "requested"})
		return calls, ""
	}
	if t.is("memory_show") {
		add("memory_show", map[string]any{})
		return calls, ""
	}
	if t.is("forget") && !t.is("relax") {
		add("forget", map[string]any{"what": t.forgetWhat()})
		return calls, ""
	}
	if t.is("remember") {
		if args := t.rememberWhat(); args != nil {
			add("remember", args)
		}
	}
	number := t.orderNumber()
	if t.is("complaint") && number == "" && len(t.titled()) == 0 && !t.is("order") && !t.is("return") && !t.is("cancel") {
		return nil, t.say("complaint")
	}
	aboutOrder := t.is("order") && (number != "" || len(t.products()) == 0 || strings.Contains(t.text, "my")) || number != "" && (t.is("cancel") || t.is("return") || len(t.intents) == 0)
	switch {
	case t.is("cancel"):
		if number == "" {
			number = t.order
		}
		if number == "" {
			add("get_order", map[string]any{})
		} else {
			add("cancel_order", map[string]any{"order": number})
		}
	case aboutOrder && (number != "" || !t.is("shipping") || strings.Contains(t.text, "my")):
		args := map[string]any{}
		if number == "" && t.order != "" && !strings.Contains(t.text, "orders") {
			number = t.order
		}
		if number != "" {
			args["order"] = number
		}
		add("get_order", args)
	}
	for _, p := range []struct{ intent, topic string }{{"return", "returns"}, {"shipping", "shipping"}, {"payment", "payment"}, {"warranty", "warranty"}, {"hours", "contact"}} {
		if t.is(p.intent) && !(p.intent == "shipping" && aboutOrder) && !(p.intent == "return" && t.is("cancel")) {
			add("store_policy", map[string]any{"topic": p.topic, "query": t.raw})
		}
	}
	if len(calls) > 0 {
		return calls, ""
	}
	return t.planProducts()
}

// has says whether a tool is offered.
func (t *turn) has(name string) bool {
	return slices.ContainsFunc(t.r.Tools, func(s llm.Spec) bool { return s.Name == name })
}

// planProducts plans what is about products.
func (t *turn) planProducts() ([]llm.Call, string) {
	one := func(name string, args map[string]any) ([]llm.Call, string) { return []llm.Call{call(name, args)}, "" }
	named := t.products()
	if t.is("compare") {
		if len(named) < 2 && len(t.shown) >= 2 {
			n := 2
			if firstAll.MatchString(t.text) && !firstTwo.MatchString(t.text) {
				n = min(4, len(t.shown))
			}
			for _, p := range t.shown[:n] {
				if !slices.Contains(named, p.ID) && len(named) < n {
					named = append(named, p.ID)
				}
			}
		}
		if len(named) == 1 && t.focus.ID != "" && named[0] != t.focus.ID {
			named = append(named, t.focus.ID)
		}
		if len(named) >= 2 {
			return one("compare_products", map[string]any{"products": named[:min(4, len(named))]})
		}
	}
	if t.is("most") && len(t.shown) >= 2 && !t.otherKind() {
		ids := named
		if len(ids) < 2 {
			ids = t.seen()
		}
		return one("compare_products", map[string]any{"products": ids[:min(4, len(ids))]})
	}
	if t.is("why") && len(t.shown) > 0 {
		for _, p := range t.shown {
			if p.Reason != "" {
				return nil, t.say("why", "reason", strings.TrimSuffix(p.Reason, "."))
			}
		}
		return nil, t.say("why_none")
	}
	about := ""
	switch {
	case len(named) > 0:
		about = named[0]
	case t.focus.ID != "" && (pointing.MatchString(t.text) && !t.otherKind() || t.topic() != nil && !t.isSearch() && !t.otherKind() || t.is("together") || t.is("reviews") || t.bareOption()):
		about = t.focus.ID
	case len(t.shown) > 0 && pointing.MatchString(t.text) && !t.otherKind() && (t.topic() != nil || t.is("reviews") || t.is("together")):
		about = t.shown[0].ID
	}
	if about != "" && !t.is("cheaper") {
		switch {
		case t.is("together"):
			return one("bought_together", map[string]any{"product": about})
		case t.is("reviews"):
			return one("sentiment", map[string]any{"product": about})
		case t.is("recommend"):
			return one("recommend", map[string]any{"product": about})
		}
		args := map[string]any{"product": about}
		if c := t.color(); c != "" && wordAt(strings.ToLower(t.title(about)), c) < 0 {
			args["color"] = c
		}
		if s := t.size(); s != "" {
			args["size"] = s
		}
		return one("get_product", args)
	}
	if t.is("together") || t.is("reviews") {
		if len(t.content()) == 0 {
			return nil, t.say("which")
		}
	}
	if t.is("more") && t.search != nil {
		args := maps.Clone(t.search)
		args["exclude"] = t.seen()
		return one("search_products", args)
	}
	polite := []string{"bot", "thanks", "bye", "greeting"}
	for _, small := range polite {
		if t.is(small) && len(t.contentOf(t.without(polite...))) == 0 {
			return nil, t.say(small)
		}
	}
	if t.is("recommend") {
		args := map[string]any{}
		rest := t.bounds(args)
		if words := t.contentOf(rest); len(words) > 0 {
			args["for"] = strings.Join(words, " ")
		}
		return one("recommend", args)
	}
	return t.planSearch()
}

// planSearch searches anew, or narrows the last search when the message only
// adds to it.
func (t *turn) planSearch() ([]llm.Call, string) {
	args := map[string]any{}
	rest := t.bounds(args)
	words := t.contentOf(rest)
	if t.narrows(words) {
		old := maps.Clone(t.search)
		delete(old, "exclude")
		if t.is("relax") {
			for _, k := range []string{"price_min", "price_max", "color", "size", "sort"} {
				delete(old, k)
			}
		}
		for k, v := range args {
			old[k] = v
		}
		if c := t.color(); c != "" {
			old["color"] = c
		}
		if s := t.size(); s != "" {
			old["size"] = s
		}
		for _, g := range gender {
			if g.re.MatchString(t.text) {
				old["gender"] = g.id
				old["query"] = strings.TrimSpace(g.re.ReplaceAllString(clearGender(old["query"]), " "))
				break
			}
		}
		if t.is("cheaper") {
			old["sort"] = "price_asc"
			if low := t.lowest(); low > 0 {
				old["price_max"] = low
				old["exclude"] = t.seen()
			}
		}
		return []llm.Call{call("search_products", old)}, ""
	}
	if len(words) == 0 && len(args) == 0 && t.color() == "" {
		if t.is("cheaper") {
			return nil, t.say("which")
		}
		t.confidence = .3
		return nil, t.say("unclear")
	}
	args["query"] = strings.TrimSpace(rest)
	if t.is("cheaper") {
		args["sort"] = "price_asc"
	}
	return []llm.Call{call("search_products", args)}, ""
}

// narrows says that a message only adds to the last search.
func (t *turn) narrows(words []string) bool {
	return t.search != nil && (len(words) == 0 || t.onlyNarrows(words))
}

// bare is a yes or no to nothing.
var bare = regexp.MustCompile(`^(yes|yeah|yep|yes please|ok|okay|sure|no|nope|no thanks|好|好的|好吧|是|是的|嗯|不|不用|不用了|不要)[.,! ]*$`)

func clearGender(v any) string {
	s, _ := v.(string)
	for _, g := range gender {
		s = g.re.ReplaceAllString(s, " ")
	}
	return strings.Join(strings.Fields(s), " ")
}

// bounds moves price limits from the text into arguments.
func (t *turn) bounds(args map[string]any) string {
	rest := t.text
	if v, r := limit(upper, rest); v > 0 {
		args["price_max"], rest = v, r
	}
	if v, r := limit(lower, rest); v > 0 {
		args["price_min"], rest = v, r
	}
	return rest
}

func (t *turn) lowest() float64 {
	low := t.focus.Price
	for _, p := range t.shown {
		if low == 0 || p.Price < low {
			low = p.Price
		}
	}
	return low
}

func (t *turn) seen() []string {
	var out []string
	for _, p := range t.shown {
		out = append(out, p.ID)
	}
	return out
}

func (t *turn) title(id string) string {
	for _, p := range append(t.shown, t.focus) {
		if p.ID == id {
			return p.Title
		}
	}
	return ""
}

// topic is what is asked about a product, nil for nothing known.
func (t *turn) topic() *topic {
	for i := range t.m.topics {
		if t.m.topics[i].ask.MatchString(t.text) {
			return &t.m.topics[i]
		}
	}
	return nil
}

var searching = regexp.MustCompile(`\b(show|find|looking for|do you (have|sell)|any|need|want|search)\b|有没有|有什么|有哪些|找|想要|想买|需要`)

// isSearch says that a message asks for products and not about one.
func (t *turn) isSearch() bool {
	return searching.MatchString(t.text) && len(t.content()) > 1 && !pointing.MatchString(t.text)
}

// otherKind says that a message names a kind of product that the one in focus
// is not.
func (t *turn) otherKind() bool {
	title := strings.ToLower(t.focus.Title)
	return slices.ContainsFunc(t.m.kinds, func(k named) bool {
		name := strings.TrimSuffix(k.name, "s")
		said := wordAt(t.text, name) >= 0 || wordAt(t.text, k.name) >= 0
		return len(name) > 2 && said && !strings.Contains(title, name)
	})
}

// bareOption is a colour or size and nothing else: "in blue?", 「蓝色的有吗」.
func (t *turn) bareOption() bool {
	return (t.color() != "" || t.size() != "") && len(t.content()) <= 1
}

var filler = regexp.MustCompile(`^(a|an|the|i|i'd|i'm|im|me|my|we|us|you|your|do|does|did|is|are|can|could|would|will|have|has|had|get|got|show|find|see|like|want|need|please|pls|for|to|of|in|on|at|with|and|or|also|but|so|just|any|some|something|anything|one|ones|it|its|that|this|these|those|them|there|here|what|which|how|about|hi|hello|hey|thanks|thank|ok|okay|yes|no|much|more|less|only|really|very|maybe|well|good|nice|best|looking|look|sell|tell|go|know|not|too|be|s|cheaper|cheap|price|color|colour|size|better|other|others|recommend|suggest|suggestion|suggestions|ideas|idea|gift|present|things?|stuff|who|when|if|than|then|from|up|let|let's|us|am|was|hmm|um|actually|instead|great|cool|nothing|fine|right|forget|ignore|drop|never|mind|limit|budget|matter|doesn't|don't)$`)

const fillerHan = "太贵的了吗呢吧啊呀我你您们想要买找有没这那个款件双只看一下请给帮可以能不是什么哪些推荐和跟点便宜更换别还也就都随价格颜色尺码限"

// content are the words that say something of their own.
func (t *turn) content() []string { return t.contentOf(t.text) }

func (t *turn) contentOf(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '-'
	}) {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			if strings.Trim(w, fillerHan) != "" {
				out = append(out, w)
			}
			continue
		}
		if !filler.MatchString(w) {
			out = append(out, w)
		}
	}
	return out
}

// onlyNarrows says that words name no new thing: colours, sizes and genders.
func (t *turn) onlyNarrows(words []string) bool {
	for _, w := range words {
		rest := w
		for _, list := range [][]named{t.m.colors, t.m.sizes} {
			for _, n := range list {
				if n.name == w || n.name[0] >= 0x80 && strings.Contains(rest, n.name) {
					rest = strings.Replace(rest, n.name, "", 1)
				}
			}
		}
		for _, g := range gender {
			if g.re.MatchString(rest) {
				rest = g.re.ReplaceAllString(rest, "")
			}
		}
		rest = strings.Trim(rest, fillerHan+"士式生")
		if rest != "" && t.hasWord(rest) {
			return false
		}
	}
	return true
}

func (t *turn) hasWord(w string) bool {
	return !slices.Contains([]string{"any", "all", "colors", "colours", "sizes"}, w) && lookup(w, t.m.colors) == "" && lookup(w, t.m.sizes) == ""
}

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

var otherLanguages = regexp.MustCompile(`\b(hola|gracias|busco|tienen|bonjour|merci|cherche|avez-vous|guten|danke|suche|haben sie|ciao|grazie|olá|obrigado)\b|[ぁ-んァ-ヶ가-힣]`)

func foreign(text string) bool { return otherLanguages.MatchString(text) }
