package redact

import (
	"slices"
	"strings"
)

// A found stretch of a text, in bytes.
type found struct {
	kind     Kind
	from, to int
}

// find returns what a text holds, in order, without overlaps. What names a
// secret comes before what looks like a number, and that before addresses.
func find(s string) []found {
	if len(s) < 3 {
		return nil
	}
	v := look(s)
	h := v.hints()
	if h == 0 {
		return nil
	}
	p := &pass{view: v}
	for i := strings.IndexByte(v.s, '['); i >= 0 && i < len(v.s); {
		if n := placeholderAt(v.s[i:]); n > 0 {
			p.taken = append(p.taken, found{"", i, i + n})
		}
		next := strings.IndexByte(v.s[i+1:], '[')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	if h&hintSecret != 0 {
		p.secrets()
	}
	if h&hintIBAN != 0 {
		p.ibans()
	}
	if h&hintDigits != 0 {
		p.numbers()
	}
	if h&hintAt != 0 {
		p.emails()
	}
	if h&hintStreet != 0 {
		p.streets()
	}
	if h&hintHan != 0 {
		p.chineseAddresses()
	}
	out := slices.DeleteFunc(p.taken, func(f found) bool { return f.kind == "" })
	slices.SortFunc(out, func(a, b found) int { return a.from - b.from })
	for i := range out {
		out[i].from, out[i].to = v.original(out[i].from, out[i].to)
	}
	return out
}

// A pass is one reading of a text. Stretches are of the view.
type pass struct {
	view
	taken []found
}

// take keeps a stretch unless some of it is taken.
func (p *pass) take(k Kind, from, to int) bool {
	if from >= to || p.overlaps(from, to) {
		return false
	}
	p.taken = append(p.taken, found{k, from, to})
	return true
}

func (p *pass) overlaps(from, to int) bool {
	return slices.ContainsFunc(p.taken, func(f found) bool { return f.from < to && from < f.to })
}

// What a text may hold, from one quick reading. A text without any is done.
const (
	hintAt = 1 << iota
	hintDigits
	hintIBAN
	hintSecret
	hintStreet
	hintHan
)

// hintWords are what secrets begin with, and sorts of street as whole words, by
// their first letter.
var hintWords = func() (by [26][]hintWord) {
	for hint, list := range map[int][]string{
		hintSecret: strings.Split("pass|pwd|pin|secret|token|api|access|auth|client|private|refresh|bearer|begin |basic |sk-|sk_|rk_|pk_|ghp_|gho_|ghu_|ghr_|ghs_|gha_|github_pat|glpat-|"+
			"xox|xapp-|akia|asia|aiza|ya29|eyj|npm_|hf_|sg.|shpat_|shpss_|shpca_|whsec_|dop_v1|pypi-|age-secret|cvv|cvc|csc|card code|security|verification|one-time|one time|otp|sms|login|http", "|"),
		hintStreet: strings.Fields("street st avenue ave road rd boulevard blvd lane ln drive dr court ct way place pl square sq terrace parkway pkwy highway hwy close crescent mews trail walk circle row gardens box broadway"),
	} {
		for _, w := range list {
			by[w[0]-'a'] = append(by[w[0]-'a'], hintWord{w[1:], hint})
		}
	}
	return by
}()

type hintWord struct {
	rest string
	hint int
}

func (v view) hints() int {
	h, digits := 0, 0
	s := v.s
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '@':
			h |= hintAt
		case isDigit(c):
			digits++
			if i > 1 && digits > 0 && isLetter(s[i-1]) && isLetter(s[i-2]) {
				h |= hintIBAN
			}
		case isLetter(c):
			if i > 0 && isLetter(s[i-1]) {
				continue
			}
			for _, w := range hintWords[(c|0x20)-'a'] {
				if h&w.hint != 0 {
					continue
				}
				end := i + 1 + len(w.rest)
				if end <= len(s) && strings.EqualFold(s[i+1:end], w.rest) && (w.hint == hintSecret || end == len(s) || !isLetter(s[end])) {
					h |= w.hint
				}
			}
		case c >= 0xE4 && c <= 0xE9:
			h |= hintHan
		}
	}
	if digits < 3 {
		h &^= hintDigits | hintIBAN
	} else {
		h |= hintDigits
	}
	if digits == 0 {
		h &^= hintStreet
	}
	if h&hintHan != 0 {
		if containsAny(s, "密", "口令", "验证码", "安全码", "校验码", "护照") {
			h |= hintSecret
		}
		if !containsAny(s, "号", "號", "弄", "室", "栋", "幢", "单元") {
			h &^= hintHan
		}
	}
	return h
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
