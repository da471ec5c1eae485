package agent

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/agent/llm"
)

// evidence is what has been said by the customer and found by tools in this
// conversation, so far. Results follow a few conventions that the guard reads:
// an object with a "title" is a product, one with a "status" and an "id" an
// order; money stands in fields that are called so (see money) or beside its
// currency; "in_stock" says whether it can be had, and texts that others wrote
// ("description", "blurb", "bullets", "quotes") carry no price, link or promise.
type evidence struct {
	words   string          // the customer's, folded
	results string          // texts of tools, folded, with the names of their fields
	shop    string          // the same without what others wrote
	numbers map[string]bool // in either, without leading or trailing zeros
	prices  map[string]bool // numbers that results state as money
	rates   map[string]bool // numbers that results state as a percentage
	loose   map[string]bool // prices that belong to no product: totals, fees, limits
	stock   map[bool]bool   // what is said of stock of no named product
	days    map[string]bool // dates, as 03-09
	things  map[string]*thing
	names   *Names
	now     time.Time
	secret  string // the instructions, folded: never evidence
	done    bool   // a write took effect in this turn
}

// A thing is a product by its title or an order by its number.
type thing struct {
	numbers map[string]bool
	stock   map[bool]bool
	status  string
}

var number = regexp.MustCompile(`\d+(?:,\d{3})*(?:\.\d+)?`)

// How much of a conversation's results is evidence, newest first, in bytes.
const mostEvidence = 400_000

func gather(t *Turn, names *Names) *evidence {
	e := &evidence{
		numbers: map[string]bool{}, prices: map[string]bool{}, rates: map[string]bool{}, loose: map[string]bool{}, stock: map[bool]bool{}, days: map[string]bool{},
		things: map[string]*thing{}, names: names, now: t.Now,
	}
	e.say(t.Text)
	if t.Page != nil {
		e.say(t.Page.Product + " " + t.Page.Title)
	}
	for _, f := range t.Facts {
		e.say(f)
	}
	e.say(t.Brief)
	size := 0
	for _, m := range slices.Backward(t.History) {
		for _, p := range m.Parts {
			switch {
			case p.Result != nil && p.Result.Cancelled:
			case p.Result != nil:
				if size += len(p.Result.Content); size <= mostEvidence {
					e.add(p.Result.Content)
				}
			case m.Role == llm.User:
				e.say(p.Text)
			}
		}
	}
	return e
}

// say takes the customer's words.
func (e *evidence) say(text string) {
	t := fold(text)
	e.words += " " + t
	e.count(t)
	if n := chineseNumber(t); n != "" {
		e.numbers[n] = true
	}
	for _, d := range datesIn(t) {
		e.days[d] = true
	}
}

// theirs are fields that hold what somebody else wrote.
var theirs = []string{"description", "blurb", "bullets", "quotes", "alt", "untrusted"}

// add takes a tool's result.
func (e *evidence) add(content json.RawMessage) {
	var v any
	if json.Unmarshal(content, &v) != nil {
		return
	}
	var texts, shop strings.Builder
	e.walk("", v, nil, false, &texts, &shop)
	e.results += texts.String()
	e.shop += shop.String()
}

// Fields that hold money, and shares of a hundred.
var (
	money = regexp.MustCompile(`price|total|refund|amount|fee|cost|balance|gap|paid|saving|shipping|due_now|limit|over|under|min|max`)
	share = regexp.MustCompile(`percent|share|rate\b|discount`)
)

func (e *evidence) walk(key string, v any, of []*thing, foreign bool, texts, shop *strings.Builder) {
	note := func(n string, stated map[string]bool) {
		e.numbers[n] = true
		if foreign || stated == nil {
			return
		}
		stated[n] = true
		if len(of) == 0 {
			e.loose[n] = true
		}
		for _, t := range of {
			t.numbers[n] = true
		}
	}
	switch v := v.(type) {
	case map[string]any:
		of = e.named(v, of)
		for k, x := range v {
			texts.WriteString(" " + k)
			if x != nil && x != false {
				shop.WriteString(" " + strings.ReplaceAll(k, "_", " "))
			}
			e.walk(k, x, of, foreign || slices.Contains(theirs, k), texts, shop)
		}
	case []any:
		e.numbers[strconv.Itoa(len(v))] = true // how many there are may be said
		for _, x := range v {
			e.walk(key, x, of, foreign, texts, shop)
		}
	case string:
		t := fold(v)
		texts.WriteString(" " + t)
		if !foreign {
			shop.WriteString(" " + t)
		}
		for _, n := range number.FindAllString(t, -1) {
			note(plainNumber(n), nil)
		}
		for _, m := range priced.FindAllStringSubmatch(t, -1) {
			stated := e.prices
			if m[3] != "" {
				stated = e.rates
			}
			note(plainNumber(m[1]+m[2]+m[3]), stated)
		}
		for _, d := range datesIn(t) {
			e.days[d] = true
		}
	case float64:
		n := plainNumber(strconv.FormatFloat(v, 'f', -1, 64))
		switch {
		case share.MatchString(key):
			note(n, e.rates)
			note(plainNumber(strconv.FormatFloat(math.Round(v*100), 'f', -1, 64)), e.rates)
		case money.MatchString(key):
			note(n, e.prices)
		default:
			note(n, nil)
		}
	}
}

// named makes a thing of an object that is one, and notes its stock and status.
func (e *evidence) named(v map[string]any, of []*thing) []*thing {
	keys := []string{}
	for _, k := range []string{"title", "title_en"} {
		if s, ok := v[k].(string); ok && s != "" {
			keys = append(keys, fold(s))
		}
	}
	status, isOrder := v["status"].(string)
	if id, ok := v["id"].(string); ok && isOrder {
		keys = append(keys, fold(id))
	}
	if len(keys) > 0 {
		of = nil
		for _, k := range keys {
			if e.things[k] == nil {
				e.things[k] = &thing{numbers: map[string]bool{}, stock: map[bool]bool{}}
			}
			of = append(of, e.things[k])
		}
	}
	if isOrder {
		for _, t := range of {
			t.status += " " + fold(status)
		}
	}
	if in, ok := v["in_stock"].(bool); ok {
		if len(of) == 0 {
			e.stock[in] = true
		}
		for _, t := range of {
			t.stock[in] = true
		}
	}
	return of
}

// about lists the things that a sentence names.
func (e *evidence) about(folded string) []*thing {
	var out []*thing
	for name, t := range e.things {
		for at := strings.Index(folded, name); at >= 0; {
			if whole(folded, at, name) && !digitBeside(folded, at, name) {
				out = append(out, t)
				break
			}
			next := strings.Index(folded[at+1:], name)
			if next < 0 {
				break
			}
			at += 1 + next
		}
	}
	return out
}

// digitBeside says that a number goes on beside a name that is one: 104 is not
// in 1042.
func digitBeside(text string, at int, name string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(text) && text[i] >= '0' && text[i] <= '9' }
	return digit(at) && digit(at-1) || digit(at+len(name)-1) && digit(at+len(name))
}

func (e *evidence) count(t string) {
	for _, n := range number.FindAllString(t, -1) {
		e.numbers[plainNumber(n)] = true
	}
}

// spoken says whether a value stands in what was said or found.
func (e *evidence) spoken(v any) bool {
	switch v := v.(type) {
	case float64:
		return e.numbers[plainNumber(strconv.FormatFloat(v, 'f', -1, 64))]
	case []any:
		for _, x := range v {
			if !e.spoken(x) {
				return false
			}
		}
		return true
	case string:
		t := fold(v)
		if strings.Trim(t, "#0123456789. ") == "" {
			return e.numbers[plainNumber(strings.Trim(t, "# "))]
		}
		return strings.Contains(e.words, t) || strings.Contains(e.results, t)
	}
	return false
}

func fold(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(halfWidth.Replace(text)), " "))
}

var halfWidth = strings.NewReplacer("’", "'", "＄", "$", "￥", "¥", "，", ",", "％", "%", "０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9")

// plainNumber writes 1,299.00 and 1299 alike.
func plainNumber(n string) string {
	n = strings.ReplaceAll(n, ",", "")
	if strings.Contains(n, ".") {
		n = strings.TrimRight(strings.TrimRight(n, "0"), ".")
	}
	n = strings.TrimLeft(n, "0")
	if n == "" || n[0] == '.' {
		n = "0" + n
	}
	return n
}

// chineseNumber reads the first plain number in Chinese characters: 三百 is 300.
func chineseNumber(t string) string {
	digits := map[rune]int{'一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	units := map[rune]int{'十': 10, '百': 100, '千': 1000, '万': 10000}
	total, digit, seen := 0, 0, false
	for _, r := range t {
		if d, ok := digits[r]; ok {
			digit, seen = d, true
			continue
		}
		if u, ok := units[r]; ok && (seen || u == 10) {
			total += max(1, digit) * u
			digit, seen = 0, true
			continue
		}
		if seen {
			break
		}
	}
	if total += digit; total == 0 {
		return ""
	}
	return fmt.Sprint(total)
}

var (
	isoDate     = regexp.MustCompile(`\b\d{4}-(\d{2})-(\d{2})`)
	dayMonth    = regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? (` + months + `)\b`)
	monthDay    = regexp.MustCompile(`\b(` + months + `)\.? (\d{1,2})(?:st|nd|rd|th)?\b`)
	chineseDate = regexp.MustCompile(`(\d{1,2})月(\d{1,2})[日号]`)
)

const months = `jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?`

// datesIn gives the days that a folded text names, as 03-09.
func datesIn(t string) []string {
	var out []string
	add := func(month, day string) {
		if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", month[:min(3, len(month))]); i >= 0 && len(month) >= 3 {
			month = strconv.Itoa(i/3 + 1)
		}
		m, _ := strconv.Atoi(month) // of digits: cannot fail
		d, _ := strconv.Atoi(day)
		out = append(out, fmt.Sprintf("%02d-%02d", m, d))
	}
	for _, m := range isoDate.FindAllStringSubmatch(t, -1) {
		add(m[1], m[2])
	}
	for _, m := range dayMonth.FindAllStringSubmatch(t, -1) {
		add(m[2], m[1])
	}
	for _, m := range monthDay.FindAllStringSubmatch(t, -1) {
		add(m[1], m[2])
	}
	for _, m := range chineseDate.FindAllStringSubmatch(t, -1) {
		add(m[1], m[2])
	}
	return out
}
