package catalog

import (
	"strings"
	"unicode/utf8"
)

var numberWords = map[string]float64{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100, "half": .5,
}

// counts are words that a number of people stands after.
var counts = map[string]bool{"sleeps": true, "seats": true, "sleeping": true, "seating": true, "睡": true, "坐": true}

var hanDigits = map[rune]float64{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '单': 1, '双': 2, '半': .5}
var hanScales = map[rune]float64{'十': 10, '百': 100, '千': 1000, '万': 10000}

// hanNumber reads Chinese numerals from the start of a text: 三百五 is 350.
func hanNumber(s string) (v float64, length int) {
	var total, section, digit, scale float64
	seen := false
	for i, r := range s {
		if d, ok := hanDigits[r]; ok {
			if (r == '单' || r == '双' || r == '半') && i > 0 {
				break
			}
			digit, seen = d, true
			length = i + utf8.RuneLen(r)
			if r == '单' || r == '双' || r == '半' {
				return d, length
			}
			if d == 0 {
				scale = 0
			}
			continue
		}
		by, ok := hanScales[r]
		if !ok {
			break
		}
		if !seen {
			digit = 1
		}
		if by == 10000 {
			total, section = (total+section+digit)*by, 0
		} else {
			section += digit * by
		}
		digit, scale, seen = 0, by, true
		length = i + utf8.RuneLen(r)
	}
	if digit > 0 && scale >= 100 { // 一千五 is 1500
		digit *= scale / 10
	}
	return total + section + digit, length
}

// numerals makes number tokens of numerals in words that a unit, a price or a
// limit stands beside, and parts Chinese from the words about a number next to
// it: 三百块以内的帐篷 becomes 300, 块, 以内, 的帐篷. Words that keep says are words of
// their own stay whole.
func (m *measures) numerals(toks []token, keep func(s string) int) []token {
	out := make([]token, 0, len(toks)+4)
	for i, t := range toks {
		switch {
		case (t.text == "a" || t.text == "an") && i > 0 && toks[i-1].text == "half":
			if _, _, is := m.unitAt(toks, i+1); is { // half a litre
				out[len(out)-1].kind, out[len(out)-1].num = number, .5
				continue
			}
			out = append(out, t)
		case t.kind == word:
			if v, ok := numberWords[t.text]; ok && (!t.glued || i == 0 || toks[i-1].kind == sign) {
				if _, _, is := m.unitAt(toks, i+1); is || i > 0 && (toks[i-1].text == "minus" || counts[toks[i-1].text] || i > 1 && toks[i-1].text == "of" && toks[i-2].text == "family") || i+1 < len(toks) && m.money[1][toks[i+1].text] {
					t.kind, t.num = number, v
				}
			}
			out = append(out, t)
		case t.kind == han:
			after := i > 0 && toks[i-1].kind == number
			if by, n := scaleOf(t.text); after && t.glued && n > 0 { // 1.5万
				last := &out[len(out)-1]
				last.num, last.text = last.num*by, last.text+t.text[:n]
				if t.text = t.text[n:]; t.text == "" {
					continue
				}
			}
			next := i+1 < len(toks) && (toks[i+1].kind == number || toks[i+1].kind == sign)
			out = m.han(out, t, after, next, keep)
		default:
			out = append(out, t)
		}
	}
	return out
}

func scaleOf(s string) (by float64, length int) {
	for r, v := range hanScales {
		if r != '十' && strings.HasPrefix(s, string(r)) {
			return v, len(string(r))
		}
	}
	return 0, 0
}

func (m *measures) han(out []token, t token, afterNumber, beforeNumber bool, keep func(string) int) []token {
	s, glued := t.text, t.glued
	put := func(text string, k tokenKind, v float64) {
		if text != "" {
			out = append(out, token{text, v, k, glued})
			glued = true
		}
	}
	rest := ""
	flush := func() {
		if rest == "" {
			return
		}
		if w := longestSuffix(rest, m.hanBefore); w != "" { // a limit before a numeral
			put(strings.TrimSuffix(rest, w), han, 0)
			rest = w
		}
		put(rest, han, 0)
		rest = ""
	}
	for s != "" {
		if afterNumber {
			if w := longestPrefix(s, m.hanAfter); w != "" && (keep == nil || keep(s) <= len(w)) {
				put(w, han, 0)
				s = s[len(w):]
				continue
			}
			afterNumber = false
		}
		if v, n := hanNumber(s); n > 0 {
			w := longestPrefix(s[n:], m.hanAfter)
			limited := longestSuffix(rest, m.hanBefore) != ""
			// 双 and 单 count people only: 双人, not 双肩.
			if pair := strings.HasPrefix(s, "双") || strings.HasPrefix(s, "单"); (w != "" || limited && n == len(s)) && (!pair || w == "人" || w == "人座") {
				if keep == nil || keep(s) <= n+len(w) {
					flush()
					put(s[:n], number, v)
					s = s[n:]
					afterNumber = true
					continue
				}
			}
		}
		n := 0
		if keep != nil {
			n = keep(s)
		}
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
		}
		rest += s[:n]
		s = s[n:]
	}
	if beforeNumber {
		flush()
	} else {
		put(rest, han, 0)
	}
	return out
}

func longestPrefix(s string, in map[string]bool) string {
	best := ""
	for i, n := 0, 0; i < len(s) && n < 6; n++ {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if in[s[:i]] {
			best = s[:i]
		}
	}
	return best
}

func longestSuffix(s string, in map[string]bool) string {
	best := ""
	for i, n := len(s), 0; i > 0 && n < 6; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
		if in[s[i:]] {
			best = s[i:]
		}
	}
	return best
}
