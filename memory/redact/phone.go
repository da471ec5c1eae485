package redact

import (
	"slices"
	"strings"
)

// phone takes a telephone number that begins at group i, and returns how many
// groups it has.
func (p *pass) phone(run []group, i int) int {
	g := run[i:]
	from := g[0].from
	n := 0
	plus := p.plus(from)
	switch {
	case plus >= 0:
		n, from = p.international(g), plus
	case i > 0 && p.between(run[i-1], run[i]) != ' ', p.attached(from), p.named(from, orderWords):
		return 0
	default:
		for _, shape := range []func([]group) int{p.chineseMobile, p.chineseLandline, p.american, p.trunk, p.announced} {
			if n = shape(g); n > 0 {
				break
			}
		}
	}
	if n == 0 {
		return 0
	}
	to := g[n-1].to
	if !p.apart(from, to) || to < len(p.s) && (p.s[to] == '-' || p.s[to] == '_') && to+1 < len(p.s) && isWord(p.s[to+1]) {
		return 0
	}
	if from > 0 && p.s[from-1] == '(' && strings.IndexByte(p.s[from:to], ')') >= 0 {
		from--
	}
	if !p.take(Phone, from, to) {
		return 0
	}
	return n
}

// plus is where the + of an international number stands, or -1.
func (p *pass) plus(from int) int {
	k := from - 1
	if k > 0 && p.s[k] == '(' {
		k--
	}
	if k < 0 || p.s[k] != '+' || k > 0 && (isWord(p.s[k-1]) || p.s[k-1] == '+') {
		return -1
	}
	return k
}

// sizes gives the lengths of groups.
func sizes(g []group) []int {
	out := make([]int, len(g))
	for i := range g {
		out[i] = g[i].len()
	}
	return out
}

// international reads + and 8 to 15 digits (E.164), for two countries exactly
// as many as they have.
func (p *pass) international(g []group) int {
	total, best := 0, 0
	for i := range g {
		total += g[i].len()
		if total > 15 || i > 6 || i > 0 && p.between(g[i-1], g[i]) == '\n' {
			break
		}
		d := p.digits(g[:i+1])
		switch {
		case d[0] == '0':
			return 0
		case d[0] == '1':
			if total == 11 {
				return i + 1
			}
			continue
		case strings.HasPrefix(d, "861") && total == 13:
			return i + 1
		}
		if total >= 9 || total >= 8 && i > 0 {
			best = i + 1
		}
	}
	return best
}

// chineseMobile reads 138 0013 8000, also behind 86.
func (p *pass) chineseMobile(g []group) int {
	n := 0
	if v := p.digits(g[:1]); (v == "86" || v == "0086") && len(g) > 1 {
		n, g = 1, g[1:]
	} else if g[0].len() == 13 && strings.HasPrefix(v, "861") && v[3] >= '3' {
		return 1
	}
	total := 0
	for i := range min(3, len(g)) {
		if i > 0 && p.between(g[i-1], g[i]) != ' ' && p.between(g[i-1], g[i]) != '-' {
			return 0
		}
		total += g[i].len()
		if total == 11 {
			d := p.digits(g[:1])
			if d[0] == '1' && g[0].len() >= 3 && d[1] >= '3' && (i == 0 || g[i].len() >= 3) {
				return n + i + 1
			}
			return 0
		}
	}
	return 0
}

// chineseLandline reads 010-6234 5678 and 0571-87654321.
func (p *pass) chineseLandline(g []group) int {
	d := p.digits(g[:1])
	if d[0] != '0' || len(d) < 2 || d[1] == '0' {
		return 0
	}
	code := 4
	if d[1] == '1' || d[1] == '2' {
		code = 3
	}
	if code == 3 && d[1] == '1' && !strings.HasPrefix(d, "010") {
		return 0
	}
	if len(g) == 1 || len(d) > code {
		if len(d) == code+8 || len(d) == code+7 && code == 4 {
			return 1
		}
		return 0
	}
	if len(d) != code {
		return 0
	}
	if n := g[1].len(); n == 8 || n == 7 {
		return 2
	}
	if len(g) > 2 && (g[1].len() == 4 || g[1].len() == 3) && g[2].len() == 4 {
		return 3
	}
	return 0
}

// american reads (415) 555-0123, 1-415-555-0123 and 415.555.0123.
func (p *pass) american(g []group) int {
	n := 0
	if len(g) > 3 && g[0].len() == 1 && p.s[g[0].from] == '1' {
		n, g = 1, g[1:]
	}
	if len(g) < 3 || !slices.Equal(sizes(g[:3]), []int{3, 3, 4}) || p.s[g[0].from] < '2' || p.s[g[1].from] < '2' {
		return 0
	}
	for i := range 2 {
		if sep := p.between(g[i], g[i+1]); sep == '/' || sep == '\n' {
			return 0
		}
	}
	return n + 3
}

// trunk reads national numbers that begin with 0: 020 7946 0958, 030/123456,
// 06 12 34 56 78, 07911 123456; and 0049 and so on.
func (p *pass) trunk(g []group) int {
	d := p.digits(g[:1])
	if d[0] != '0' {
		return 0
	}
	if len(g) == 1 || len(d) > 6 {
		if len(d) == 11 && d[1] == '7' || (len(d) == 11 || len(d) == 12) && d[1] == '1' && d[2] >= '5' && d[2] <= '7' {
			return 1
		}
		return 0
	}
	if strings.HasPrefix(d, "00") {
		if len(d) > 5 || len(d) < 3 || d[2] == '0' {
			return 0
		}
	} else if len(d) > 5 || len(d) < 2 {
		return 0
	}
	total, best, rising := 0, 0, true
	for i := range min(6, len(g)) {
		if i > 0 {
			if sep := p.between(g[i-1], g[i]); sep == '\n' || sep == '.' && (g[i].len() != 2 || g[i-1].len() != 2) {
				break
			}
			if g[i].len() < 2 {
				break
			}
			rising = rising && p.step(g[i-1], g[i]) && g[i].len() == 2
		}
		if total += g[i].len(); total > 14 || total > 12 && d[1] != '0' {
			break
		}
		if i > 0 && (total >= 9 || total == 8 && g[i].len() == 8) && !rising {
			best = i + 1
			if total == 11 || total == 10 && len(d) == 2 { // UK; France
				break
			}
		}
	}
	return best
}

var (
	phoneWords = []string{"phone", "telephone", "mobile", "cell", "cellphone", "tel", "whatsapp", "wechat", "call", "reach", "ring", "text", "handphone", "phone number", "电话", "手机", "手机号", "电话号码", "联系方式", "微信", "電話", "手機"}
	linkWords  = []string{"number", "is", "at", "on", "no", "nr", "me", "us", "my", "under", "号码", "号", "是", "为", "號碼", "我", "打"}
)

// announced reads 7 to 12 digits right after a word for a telephone.
func (p *pass) announced(g []group) int {
	b := p.before(g[0].from, 40)
	for {
		b = strings.TrimRight(b, " :=.,(\"'")
		cut := b
		for _, w := range linkWords {
			if rest, ok := strings.CutSuffix(b, w); ok && (w[0] >= 0x80 || rest == "" || !isWord(rest[len(rest)-1])) {
				cut = rest
			}
		}
		if cut == b {
			break
		}
		b = cut
	}
	known := false
	for _, w := range phoneWords {
		if rest, ok := strings.CutSuffix(b, w); ok && (w[0] >= 0x80 || rest == "" || !isWord(rest[len(rest)-1])) {
			known = true
		}
	}
	if !known {
		return 0
	}
	total, best := 0, 0
	for i := range min(5, len(g)) {
		if i > 0 && (p.between(g[i-1], g[i]) == '\n' || p.between(g[i-1], g[i]) == '/') {
			break
		}
		if total += g[i].len(); total > 12 {
			break
		}
		if total >= 7 {
			best = i + 1
		}
	}
	return best
}
