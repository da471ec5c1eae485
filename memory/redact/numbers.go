package redact

import (
	"slices"
	"strings"
)

// A group is digits that stand together; a run is groups with at most a few of
// space, dash, dot, slash and brackets between.
type group struct{ from, to int }

func (g group) len() int { return g.to - g.from }

// numbers reads all runs of digits.
func (p *pass) numbers() {
	s := p.s
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		var run []group
		for {
			from := i
			for i < len(s) && isDigit(s[i]) {
				i++
			}
			run = append(run, group{from, i})
			k := i
			for k < len(s) && k-i < 3 && strings.IndexByte(" -./()\n", s[k]) >= 0 {
				k++
			}
			if k == i || k == len(s) || !isDigit(s[k]) {
				break
			}
			i = k
		}
		p.run(run)
	}
}

// run reads one run: the parts between its dates.
func (p *pass) run(run []group) {
	from := 0
	for i := 0; i+3 <= len(run); i++ {
		if p.date(run[i : i+3]) {
			p.part(run[from:i])
			from = i + 3
			i += 2
		}
	}
	p.part(run[from:])
}

func (p *pass) part(run []group) {
	total := 0
	for _, g := range run {
		total += g.len()
	}
	if total < 7 { // the shortest telephone number
		return
	}
	for i := 0; i < len(run); {
		n := p.identity(run[i:])
		if n == 0 {
			n = p.card(run[i:])
		}
		if n == 0 {
			n = p.phone(run, i)
		}
		i += max(n, 1)
	}
}

// between is what separates two groups: one of - . / ( ) newline or a space.
func (p *pass) between(a, b group) byte {
	sep := byte(' ')
	for _, c := range []byte(p.s[a.to:b.from]) {
		if c != ' ' {
			sep = c
		}
	}
	return sep
}

// date says that three groups are one: 2026-03-01, 1/3/2026, 01.03.2026.
func (p *pass) date(g []group) bool {
	sep := p.between(g[0], g[1])
	if sep == ' ' || sep != p.between(g[1], g[2]) {
		return false
	}
	year, a, b := g[2], g[0], g[1]
	if g[0].len() == 4 {
		year, a, b = g[0], g[1], g[2]
	}
	y := p.s[year.from:year.to]
	return year.len() == 4 && (strings.HasPrefix(y, "19") || strings.HasPrefix(y, "20")) && a.len() <= 2 && b.len() <= 2 &&
		p.value(a) <= 31 && p.value(b) <= 31 && min(p.value(a), p.value(b)) <= 12
}

func (p *pass) value(g group) (n int) {
	for i := g.from; i < g.to && i < g.from+9; i++ {
		n = 10*n + int(p.s[i]-'0')
	}
	return n
}

// step says that a group is little more than the one before, as in sizes 38 40 42.
func (p *pass) step(a, b group) bool {
	return p.value(b) > p.value(a) && p.value(b) <= p.value(a)+5
}

func (p *pass) digits(run []group) string {
	if len(run) == 1 {
		return p.s[run[0].from:run[0].to]
	}
	var b strings.Builder
	for _, g := range run {
		b.WriteString(p.s[g.from:g.to])
	}
	return b.String()
}

// Words before a number that say what it is.
var (
	cardWords  = []string{"card", "visa", "mastercard", "amex", "卡"}
	orderWords = []string{"order", "tracking", "parcel", "shipment", "ean", "gtin", "upc", "barcode", "sku", "isbn", "item", "article", "invoice", "imei", "serial", "model", "订单", "訂單", "单号", "單號", "运单", "条码", "货号", "型号", "编号", "发票"}
)

// named says that one of the words stands just before a place, with no other
// number between.
func (p *pass) named(i int, words []string) bool {
	b := p.before(i, 28)
	if k := strings.LastIndexAny(b, "0123456789.!?;\n"); k >= 0 {
		b = b[k+1:]
	}
	if k := strings.LastIndex(b, "。"); k >= 0 {
		b = b[k:]
	}
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(b, w) })
}

// card takes the longest card number that a run begins with, and returns how
// many groups it has.
func (p *pass) card(run []group) int {
	total, n := 0, 0
	best := 0
	for i, g := range run {
		if i > 0 && i > 18 {
			break
		}
		total += g.len()
		n++
		if total > 19 {
			break
		}
		if total >= 13 && p.cardShape(run[:n]) && p.cardNumber(run[:n]) {
			best = n
		}
	}
	if best > 0 && !p.take(Card, run[0].from, run[best-1].to) {
		return 0
	}
	return best
}

// cardShape says that groups are written as those of a card: one group; four
// and four; four, six and five; or digit by digit.
func (p *pass) cardShape(run []group) bool {
	if len(run) == 1 {
		return true
	}
	sep := p.between(run[0], run[1])
	if sep == '/' || sep == '(' || sep == ')' {
		return false
	}
	rising := true
	for i := 1; i < len(run); i++ {
		if p.between(run[i-1], run[i]) != sep {
			return false
		}
		rising = rising && p.step(run[i-1], run[i])
	}
	size := run[0].len()
	same := !slices.ContainsFunc(run[:len(run)-1], func(g group) bool { return g.len() != size })
	last := run[len(run)-1].len()
	switch {
	case size == 1:
		return same && last == 1
	case size == 2:
		return same && last == 2 && !rising && sep != '.'
	case same && size == 4:
		return last <= 4
	case same && size == 8:
		return last == 8
	}
	for _, g := range run {
		if g.len() < 3 || g.len() > 7 {
			return len(run) == 2 && size == 4 && last == 12
		}
	}
	return len(run) <= 4
}

// cardNumber checks length, first digits and Luhn's sum. What may as well be an
// article or shipment number is a card only beside such a word.
func (p *pass) cardNumber(run []group) bool {
	d := p.digits(run)
	from, to := run[0].from, run[len(run)-1].to
	if !luhn(d) || !issued(d) {
		return false
	}
	if !p.apart(from, to) && !(p.named(from, cardWords) && (to == len(p.s) || !isWord(p.s[to]))) {
		return false
	}
	if len(d) == 15 || len(d) == 16 {
		return true
	}
	if p.named(from, cardWords) {
		return true
	}
	return !gtin(d) && !p.named(from, orderWords)
}

// issued says that cards of this length begin so (ISO/IEC 7812 ranges in use).
func issued(d string) bool {
	two := int(d[0]-'0')*10 + int(d[1]-'0')
	four := two*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	switch len(d) {
	case 13:
		return d[0] == '4'
	case 14:
		return two == 36 || two == 38 || two == 39 || four/10 >= 300 && four/10 <= 305
	case 15:
		return two == 34 || two == 37
	case 16:
		return d[0] == '4' || d[0] == '5' || d[0] == '6' || four >= 2200 && four <= 2720 || four >= 3528 && four <= 3589 || four >= 8100 && four <= 8171 || four >= 9792 && four <= 9792
	}
	return two == 62 || two == 50 || two >= 56 && two <= 69 || len(d) == 19 && d[0] == '4'
}

func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// gtin checks the sum of GTIN-13, GTIN-14 and SSCC (GS1 General Specifications, 7.9).
func gtin(d string) bool {
	sum := 0
	for i := range len(d) - 1 {
		n := int(d[len(d)-2-i] - '0')
		if i%2 == 0 {
			n *= 3
		}
		sum += n
	}
	return (10-sum%10)%10 == int(d[len(d)-1]-'0')
}

// identity takes a Chinese identity number (GB 11643) or a US social security
// number at the beginning of a run.
func (p *pass) identity(run []group) int {
	g := run[0]
	if n := g.len(); n == 18 || n == 17 && g.to < len(p.s) && p.s[g.to]|0x20 == 'x' {
		to := g.from + 18
		if chineseID(p.s[g.from:to]) && p.apart(g.from, to) && p.take(ID, g.from, to) {
			return 1
		}
		return 0
	}
	if len(run) >= 3 && g.len() == 3 && run[1].len() == 2 && run[2].len() == 4 && p.s[g.to:run[1].from] == "-" && p.s[run[1].to:run[2].from] == "-" {
		area := p.value(g)
		if area > 0 && area != 666 && area < 900 && p.value(run[1]) > 0 && p.value(run[2]) > 0 && p.apart(g.from, run[2].to) &&
			!p.attached(g.from) && (len(run) == 3 || p.s[run[2].to] != '-') && !p.named(g.from, orderWords) && p.take(ID, g.from, run[2].to) {
			return 3
		}
	}
	return 0
}

func chineseID(s string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	if s[0] == '0' || s[0] == '9' || s[6:8] != "19" && s[6:8] != "20" || s[10:12] > "12" || s[10:12] == "00" || s[12:14] > "31" || s[12:14] == "00" {
		return false
	}
	last := s[17]
	if last == 'x' {
		last = 'X'
	}
	return "10X98765432"[sum%11] == last
}

// attached says that a dash, slash or such joins a place to a word before it, as
// in the middle of an article number.
func (p *pass) attached(i int) bool {
	return i > 1 && strings.IndexByte("-/_.#", p.s[i-1]) >= 0 && (p.s[i-1] == '#' || isWord(p.s[i-2]))
}
