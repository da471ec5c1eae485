package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// emails takes what stands around each @. A Chinese sentence runs up to an
// address without a space, so Han characters end it, unless there is nothing else.
func (p *pass) emails() {
	s := p.s
	for at := strings.IndexByte(s, '@'); at >= 0 && at < len(s); {
		next := strings.IndexByte(s[at+1:], '@')
		if to := domainEnd(s, at+1); to > 0 {
			from := localBegin(s, at)
			if from < at {
				p.take(Email, from, to)
			}
		}
		if next < 0 {
			return
		}
		at += 1 + next
	}
}

func localBegin(s string, at int) int {
	from := at
	for from > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:from])
		if !(r < utf8.RuneSelf && (isWord(byte(r)) || strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", byte(r)) >= 0) ||
			r >= utf8.RuneSelf && unicode.IsLetter(r) && !unicode.Is(unicode.Han, r)) {
			break
		}
		from -= n
	}
	if from == at {
		for from > 0 && at-from < 24 {
			r, n := utf8.DecodeLastRuneInString(s[:from])
			if !unicode.Is(unicode.Han, r) {
				break
			}
			from -= n
		}
	}
	return from
}

// domainEnd is where a host name with at least one dot ends, or 0.
func domainEnd(s string, from int) int {
	labels, i, end := 0, from, 0
	for {
		start := i
		for i < len(s) && (isWord(s[i]) || s[i] == '-') {
			i++
		}
		if i == start {
			break
		}
		labels++
		letters := isLetter(s[start]) && i-start >= 2
		if labels > 1 && letters {
			end = i
		}
		if i == len(s) || s[i] != '.' {
			break
		}
		i++
	}
	return end
}
