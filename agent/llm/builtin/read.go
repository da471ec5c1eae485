package builtin

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
	"parley/tools/hanzi"
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
	confidence float64
	clauses    []*clause
	state
	topical string        // the product that an earlier clause of this message named
	after   []llm.Message // this turn's own calls and results
}

// read takes a request apart.
func (m *model) read(r *llm.Request) *turn {
	t := &turn{m: m, r: r, lang: "en", confidence: .9}
	if strings.HasPrefix(r.Situation.Locale, "zh") {
		t.lang = "zh"
	}
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
	t.text = trailing.ReplaceAllString(correction.ReplaceAllString(noThe.ReplaceAllString(slips(onlyNow.ReplaceAllString(fold(uncounted(t.asking())), "")), "$1"), ""), "$1")
	t.state = m.recall(r.Messages[:last])
	t.after = r.Messages[last+1:]
	if p := r.Situation.Page; p != nil && p.Product != "" && t.focus.ID == "" {
		t.focus = ref{ID: p.Product, Title: p.Title}
	}
	t.clauses = t.split()
	t.confidence = t.clauses[0].sure
	return t
}

func fold(text string) string {
	if len(text) > 4000 {
		text = strings.ToValidUTF8(text[:4000], "")
	}
	text = halfWidth.Replace(strings.ToLower(text))
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) && r != 0xFE0F, unicode.Is(unicode.Cf, r): // stacked marks and directions say nothing
		case r >= 0xFF10 && r <= 0xFF19: // full-width digits
			b.WriteRune(r - 0xFF10 + '0')
		default:
			b.WriteRune(hanzi.Rune(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// correction begins a message that says the last one anew: "no, I meant navy".
var correction = regexp.MustCompile(`^(?:(?:no|nope|sorry|不对|不是|不)[,. ]+)?(?:i (?:meant|mean|said)|what i meant (?:is|was)|我(?:是)?(?:说|指)(?:的)?(?:是)?)[,: ]*`)

// onlyNow says that a wish is one of the moment, which says nothing of what it is.
var onlyNow = regexp.MustCompile(`[, ]+(?:but )?(?:this time|for once|just this once)\b|^(?:这次|这回)(?:就)?`)

// noThe takes back what we said; it does not say what isn't wanted.
var noThe = regexp.MustCompile(`^(?:no|nope|nah|no no)[,.!]? (the|it|it's|its|i|i'm|we|they|those|these|for)\b`)

// trailing ends one: 「能拆开吗我问的是」.
var trailing = regexp.MustCompile(`([^,. ])[,. ]*(?:我问的是|我是问|我问你呢|我说的是|that's what i (?:asked|said|meant)|i (?:mean|meant|said|asked))([?!. ]*)$`)

// shorts are how words are cut in a chat.
var shorts = map[string]string{
	"u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "thx": "thanks", "ty": "thanks", "gf": "girlfriend", "bf": "boyfriend", "bday": "birthday", "sth": "something", "smth": "something", "n": "and", "w": "with", "w/": "with",
	"whats": "what's", "wheres": "where's", "im": "i'm", "dont": "don't", "doesnt": "doesn't", "cant": "can't", "isnt": "isn't", "hes": "he's", "shes": "she's", "tho": "though", "gonna": "going to", "wanna": "want to", "prob": "probably", "mins": "minutes", "pressie": "present", "prezzie": "present",
}

// asides of a chat that say nothing
var interjections = map[string]bool{"lol": true, "omg": true, "ugh": true, "hmm": true, "haha": true, "btw": true, "whatever": true, "cheers": false}

// slips mends misspelt words of talk, which no search could.
func slips(text string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		bare := strings.TrimRight(w, ",.?!")
		if full, ok := shorts[bare]; ok && (i > 0 || bare != "w" && bare != "n" && bare != "r") {
			words[i] = full + w[len(bare):]
			continue
		}
		if interjections[bare] && len(words) > 1 {
			words[i] = w[len(bare):]
			continue
		}
		if len(w) < 5 || hasHan(w) {
			continue
		}
		for _, known := range talk {
			if w != known && swapped(w, known) {
				words[i] = known
			}
		}
	}
	return strings.Trim(strings.Join(strings.Fields(strings.Join(words, " ")), " "), " ,")
}

var talk = []string{"looking", "searching", "something", "anything", "recommend", "available", "cheaper", "compare", "actually", "without", "waterproof", "please"}

// swapped says that two words of like length differ by one letter more, less or
// other, or by two that changed places.
func swapped(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a[0] != b[0] {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) < len(b):
		return a[i:] == b[i+1:]
	case i == len(a):
		return true
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

var halfWidth = strings.NewReplacer("’", "'", "？", "?", "，", ",", "。", ".", "！", "!", "＃", "#", "；", ";")

// meaning names the intents that were read, for traces.
func (t *turn) meaning() string {
	var out []string
	for _, c := range t.clauses {
		for _, i := range c.intents {
			if !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return strings.Join(out, ", ")
}

// has says whether a tool is offered.
func (t *turn) has(name string) bool {
	return slices.ContainsFunc(t.r.Tools, func(s llm.Spec) bool { return s.Name == name })
}
