package agent

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// claims are the kinds of statement that a shopper may rely on, in the order
// they are looked for. Each names the first one of a sentence that nothing
// carries, or "".
var claims = []func(*evidence, *sentence) string{
	(*evidence).markup, (*evidence).instructions, (*evidence).link, (*evidence).number, (*evidence).price, (*evidence).product,
	(*evidence).coined, (*evidence).stocked, (*evidence).date, (*evidence).happened, (*evidence).promised,
}

// A sentence as the claims look at it.
type sentence struct {
	text   string // as it would be shown
	folded string // without its links
	links  []string
	asks   bool // it is a question
	denies bool // it says that something is not so, or is not known
}

var (
	guardedNumber = regexp.MustCompile(`[$€£¥#]?\d+(?:,\d{3})*(?:\.\d+)?%?`)
	// A link, a host that a browser would make one of, an address to write to.
	guardedLink = regexp.MustCompile(`(?i)\b(?:https?:/?/?|www\.)\S+|\]\(\S+\)|\bjavascript:\S*|\bdata:\w+/\S+|[\w.+-]+@[\w-]+\.[\w.-]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|biz|xyz|top|site|online|shop|store|app|dev|link|click|live|io|co|me|ru|cn|de|uk|eu|fr|example|test)\b(?:/\S*)?`)
	denial      = regexp.MustCompile(`\b(?:not|no|never|cannot|whether|unless|if|nothing|none|neither|without)\b|n't\b|不|没|未|无法|是否|如果|若`)
)

func read(text string) *sentence {
	s := &sentence{text: text, folded: fold(text)}
	s.links = guardedLink.FindAllString(s.folded, -1)
	for _, l := range s.links {
		s.folded = strings.ReplaceAll(s.folded, l, " ")
	}
	end := strings.TrimRight(s.folded, " \"'”」)*_")
	s.asks = strings.HasSuffix(end, "?") || strings.HasSuffix(end, "？")
	s.denies = denial.MatchString(s.folded)
	return s
}

// missing names the first claim of a sentence that is in no evidence, or "".
func (e *evidence) missing(text string) string {
	s := read(text)
	for _, claim := range claims {
		if why := claim(e, s); why != "" {
			return why
		}
	}
	return ""
}

// A tool's call or result that is written as prose is neither.
var toolMarkup = regexp.MustCompile(`(?i)</?(?:tool_?(?:call|result|response)s?|function_?(?:call|result)s?|think|data|system|assistant|user)\b|<\|\w+\|>|\[/?(?:inst|tool_calls?|tool_results?)\]|\{\s*"(?:name|tool|function|arguments|action|meaning)"\s*:|\btool_result\b|\(system:|^\s*(?:system|tool|assistant|user)\s*:|</?[a-z!][^<>]*>|<script|\bon(?:error|load|click)\s*=|[A-Za-z0-9+/=_%-]{60,}`)

func (e *evidence) markup(s *sentence) string {
	if toolMarkup.MatchString(s.text) {
		return "the text of a tool call or result"
	}
	return ""
}

// instructions are between the shop and its assistant: six of their words in a
// row are not let out.
func (e *evidence) instructions(s *sentence) string {
	words := strings.Fields(s.folded)
	for i := 0; i+6 <= len(words); i++ {
		if strings.Contains(e.secret, strings.Join(words[i:i+6], " ")) {
			return "the assistant's instructions"
		}
	}
	return ""
}

func (e *evidence) link(s *sentence) string {
	for _, l := range s.links {
		l = strings.Trim(l, "[]().,;\"'。，")
		if l != "" && !strings.Contains(e.shop, l) {
			return "the link " + l
		}
	}
	return ""
}

func (e *evidence) number(s *sentence) string {
	for _, n := range guardedNumber.FindAllString(s.folded, -1) {
		plain := plainNumber(strings.Trim(n, "$€£¥#%"))
		if !e.numbers[plain] && (len(plain) > 1 || strings.ContainsAny(n, "$€£¥%#")) {
			return "the number " + n
		}
	}
	return ""
}

var (
	priced  = regexp.MustCompile(`[$€£¥]\s?(\d+(?:,\d{3})*(?:\.\d+)?)|(\d+(?:,\d{3})*(?:\.\d+)?)\s?(?:元|块钱|块|美元|欧元|英镑|美金|(?:dollars?|usd|eur|gbp|cny|rmb|euros?|pounds?|bucks)\b|[€£](?:$|\W))|(\d+(?:\.\d+)?)\s?(?:%|折)`)
	limited = regexp.MustCompile(`\b(?:under|below|up to|less than|more than|within|over|above|between|around|about|budget|at most|at least|cheaper than)\b|不超过|以内|以下|以上|之间|低于|高于|预算|左右|超过|不到|比`)
)

// price holds what costs money to what results state of it: a number that only
// the customer said is their limit and no price, and one product's price is not
// another's.
func (e *evidence) price(s *sentence) string {
	found := priced.FindAllStringSubmatch(s.folded, -1)
	if len(found) == 0 {
		return ""
	}
	about := e.about(s.folded)
	limit := limited.MatchString(s.folded) || s.asks
	for _, m := range found {
		n := plainNumber(m[1] + m[2] + m[3])
		switch {
		case m[3] != "":
			if !e.rates[n] {
				return "the rate " + m[0]
			}
		case limit && e.numbers[n] && !e.prices[n]:
		case !e.prices[n]:
			return "the price " + m[0]
		case len(about) > 0 && !limit && !e.loose[n] && !slices.ContainsFunc(about, func(t *thing) bool { return t.numbers[n] }):
			return "the price " + m[0] + " of that product"
		}
	}
	return ""
}

func (e *evidence) product(s *sentence) string {
	for _, name := range e.names.in(s.folded, s.text) {
		if !strings.Contains(e.results, name) && !strings.Contains(e.words, name) {
			return "the product " + name
		}
	}
	return ""
}

// A name in capitals that nobody has said: a model makes products up.
var capitals = regexp.MustCompile(`\b[A-Z][\p{Latin}'’-]+(?: (?:[A-Z][\p{Latin}'’-]*|\d+))*(?: (?:[A-Z][\p{Latin}'’-]+|\d+))`)

var calendar = regexp.MustCompile(`^(?:` + months + `|\d+|` + strings.Join(weekdays, "|") + `)$`)

func (e *evidence) coined(s *sentence) string {
	for _, at := range capitals.FindAllStringIndex(s.text, -1) {
		words := strings.Fields(s.text[at[0]:at[1]])
		if strings.TrimLeft(s.text[:at[0]], " \"“*_-•") == "" { // a sentence begins with a capital anyway
			words = words[1:]
		}
		if len(words) < 2 {
			continue
		}
		for _, w := range words {
			if f := fold(w); !calendar.MatchString(f) && !strings.Contains(e.results, f) && !strings.Contains(e.words, f) {
				return "the name " + strings.Join(words, " ")
			}
		}
	}
	return ""
}

var (
	inStock  = regexp.MustCompile(`\b(?:in stock|available now|ready to ship|back in stock)\b|有货|现货|有库存`)
	outStock = regexp.MustCompile(`\b(?:out of stock|sold out|unavailable)\b|\bnot (?:in stock|available)\b|n't (?:in stock|available)\b|缺货|无货|没货|没有货|没有现货|售罄|断货|卖完`)
)

func (e *evidence) stocked(s *sentence) string {
	out := outStock.MatchString(s.folded)
	if !out && !inStock.MatchString(s.folded) || s.asks || !out && s.denies {
		return ""
	}
	known := map[bool]bool{true: e.stock[true], false: e.stock[false]}
	about := e.about(s.folded)
	if len(about) == 0 {
		for _, t := range e.things {
			about = append(about, t)
		}
	}
	for _, t := range about {
		known[true], known[false] = known[true] || t.stock[true], known[false] || t.stock[false]
	}
	if !known[!out] {
		return "what it says of stock"
	}
	return ""
}

var (
	relativeDay = regexp.MustCompile(`\b(tomorrow|today|tonight|the day after tomorrow|(?:on|by|this|next) (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday))\b|(今天|明天|后天|大后天|(?:这|本|下)?(?:周|星期)[一二三四五六日天])`)
	delivers    = regexp.MustCompile(`\b(?:arrive|arrives|arriving|deliver|delivers|delivered|delivery|ship|ships|shipped|shipping|be there|get it|have it|receive)\b|到货|送达|送到|到达|发货|寄出|收到`)
	near        = [][]string{{"today", "tonight", "今天"}, {"tomorrow", "明天"}, {"the day after tomorrow", "后天"}, {"大后天"}}
	weekdays    = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

func (e *evidence) date(s *sentence) string {
	for _, d := range datesIn(s.folded) {
		if !e.days[d] {
			return "the date " + d
		}
	}
	if s.asks || !delivers.MatchString(s.folded) {
		return ""
	}
	for _, day := range relativeDay.FindAllString(s.folded, -1) {
		if !strings.Contains(e.shop, day) && !e.names7(day) {
			return "the day " + day
		}
	}
	return ""
}

// names7 says that one of the days found is what a word such as tomorrow or
// Friday means from now.
func (e *evidence) names7(word string) bool {
	for i := range 14 {
		at := e.now.AddDate(0, 0, i)
		if !e.days[at.Format("01-02")] {
			continue
		}
		switch {
		case i < len(near) && slices.Contains(near[i], word):
			return true
		case strings.HasSuffix(word, weekdays[at.Weekday()]):
			return true
		case strings.ContainsAny(word, string([]rune("日一二三四五六")[at.Weekday()])), at.Weekday() == time.Sunday && strings.HasSuffix(word, "天") && strings.ContainsAny(word, "周期"):
			return true
		}
	}
	return false
}

// acts are what can have happened to an order: how a sentence says it, and how
// a result does.
var acts = []struct {
	said  *regexp.Regexp
	found []string
}{
	{happening("cancell?ed", "取消"), []string{"cancelled", "canceled"}},
	{happening("refunded", "退款"), []string{"refund", "cancelled", "returned"}},
	{happening("returned", "退货"), []string{"returned", "return requested"}},
	{happening("exchanged", "换货"), []string{"exchange"}},
	{happening("shipped|dispatched", "发货|寄出|发出"), []string{"shipped", "delivered", "returned"}},
	{happening("delivered", "送达|签收|妥投"), []string{"delivered", "returned"}},
	{happening("changed|updated|modified", "修改|更改|更新"), []string{"modified", "changed", "updated"}},
}

func happening(en, zh string) *regexp.Regexp {
	return regexp.MustCompile(`(?:\b(?:has|have|had|is|was|were|been|got|i|we|just|now|already|successfully)|'ve|'s) (?:(?:been|now|just|already|successfully|both|all|it|that) )*(?:` + en + `)\b|(?:已经?(?:成功)?(?:为您|帮您|给您|替您)?|(?:为您|帮您|给您|替您))(?:` + zh + `)|(?:` + zh + `)(?:了|成功|完成)`)
}

// happened holds what is said to have been done to what was done in this turn,
// or stands in the order that is named.
func (e *evidence) happened(s *sentence) string {
	if e.done || s.asks || s.denies {
		return ""
	}
	for _, a := range acts {
		if !a.said.MatchString(s.folded) {
			continue
		}
		where := e.shop
		named := ""
		for _, t := range e.about(s.folded) {
			named += t.status
		}
		if named != "" {
			where = named
		}
		if !slices.ContainsFunc(a.found, func(w string) bool { return strings.Contains(where, w) }) {
			return "that this has happened: " + strings.TrimSpace(a.said.FindString(s.folded))
		}
	}
	return ""
}

// promises are words that bind a shop, by what they promise. A sentence that
// uses one wants a result of the shop's own that does.
var promises = []struct {
	name        string
	said, found *regexp.Regexp
}{
	{"something free", regexp.MustCompile(`\b(?:free|complimentary|no (?:extra )?(?:charge|cost)|on the house)\b(?:[^-]|$)|免费|包邮|赠送|赠品|免运费`), regexp.MustCompile(`\bfree\b|complimentary|no (?:extra )?(?:charge|cost)|免费|包邮|赠|免运费|免邮`)},
	{"a discount", regexp.MustCompile(`\b(?:discount|coupon|voucher|promo(?:tion)?(?: code)?|half price|cashback|price match)\w*|\d% off|打折|[一二三四五六七八九\d.]折|优惠|半价|返现|代金券|满减`), regexp.MustCompile(`discount|coupon|voucher|promo|off\b|price match|list price|on sale|reduced|save|折|优惠|半价|返现|券|满减|减价|降价`)},
	{"a guarantee", regexp.MustCompile(`\b(?:guarantee|warrant(?:y|ied)|lifetime|money[- ]back)\w*|保证|质保|保修|终身`), regexp.MustCompile(`guarantee|warrant|lifetime|money[- ]back|repair|保证|质保|保修|终身|维修`)},
	{"a rate", regexp.MustCompile(`[一二三四五六七八九]折`), regexp.MustCompile(`[一二三四五六七八九]折`)},
	{"a refund", regexp.MustCompile(`\b(?:will|'ll|shall|going to|gonna) (?:\w+ ){0,3}(?:refund|pay back|give (?:you )?(?:your|the) money back)|\brefunds? (?:you |everything |all )?in full\b|\bfull refund\b|(?:会|将|可以)(?:为您|给您)?(?:全额|马上|立即)?退款|全额退款`), regexp.MustCompile(`refund|money back|退款|退还|退回`)},
	{"compensation", regexp.MustCompile(`\b(?:compensat\w+|store credit|gift card|reimburs\w+)\b|赔偿|补偿|赔付|礼品卡`), regexp.MustCompile(`compensat|store credit|gift.?card|reimburs|赔偿|补偿|赔付|礼品卡`)},
}

func (e *evidence) promised(s *sentence) string {
	if s.asks || s.denies {
		return ""
	}
	for _, p := range promises {
		if p.said.MatchString(s.folded) && !p.found.MatchString(e.shop) {
			return "a promise of " + p.name + " (" + strings.TrimSpace(p.said.FindString(s.folded)) + ")"
		}
	}
	return ""
}

// foreign says that a sentence is in another language than the shopper's, and
// quotes nothing: a title or a review may be.
func (e *evidence) foreign(text, locale string) bool {
	han, other := 0, 0
	rest := fold(text)
	for name := range e.things {
		rest = strings.ReplaceAll(rest, name, "")
	}
	for _, r := range rest {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			other++
		}
	}
	wrong := strings.HasPrefix(locale, "en") && han > 8 && han > other || strings.HasPrefix(locale, "zh") && han == 0 && other > 40
	return wrong && !strings.Contains(e.results, strings.Trim(fold(text), " .。!！?？\"“”"))
}
