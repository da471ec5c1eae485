package builtin

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
)

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
