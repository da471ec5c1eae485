package redact

import (
	"strings"
	"unicode/utf8"
)

// A view is a text as it is searched: full-width and other digits as plain
// ones, all dashes, spaces and quotes alike, and what has no width left out.
type view struct {
	s  string
	at []int32 // where each byte of s stands in the original; nil: at the same place
}

// look makes the view of a text. A text that needs no change is not copied.
func look(s string) view {
	i := 0
	for i < len(s) && !special(s[i]) {
		i++
	}
	if i == len(s) {
		return view{s: s}
	}
	var b strings.Builder
	b.Grow(len(s))
	at := make([]int32, 0, len(s)+1)
	changed := false
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		switch c := plainRune(r); {
		case c == 0: // has no width
			changed = true
		case c > 0:
			changed = changed || n > 1
			b.WriteByte(byte(c))
			at = append(at, int32(i))
		default:
			b.WriteString(s[i : i+n])
			for k := range n {
				at = append(at, int32(i+k))
			}
		}
		i += n
	}
	if !changed {
		return view{s: s}
	}
	return view{b.String(), append(at, int32(len(s)))}
}

// special says that a byte may begin a character that is looked at as another.
func special(c byte) bool {
	return c == 0xC2 || c == 0xD9 || c == 0xDB || c == 0xE2 || c == 0xE3 || c == 0xEF
}

// plainRune is the ASCII character that another is looked at as, 0 for one that
// is left out, -1 for one that stays.
func plainRune(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return int(r)
	case r >= 0xFF01 && r <= 0xFF5E: // full-width
		return int(r - 0xFF01 + '!')
	case r >= 0x0660 && r <= 0x0669:
		return int(r - 0x0660 + '0')
	case r >= 0x06F0 && r <= 0x06F9:
		return int(r - 0x06F0 + '0')
	case r >= 0x200B && r <= 0x200D, r == 0x2060, r == 0xFEFF, r == 0xAD:
		return 0
	case r == 0xA0, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x3000:
		return ' '
	case r >= 0x2010 && r <= 0x2015, r == 0x2212:
		return '-'
	case r == 0x201C, r == 0x201D, r == 0x300C, r == 0x300D:
		return '"'
	case r == 0x2018, r == 0x2019:
		return '\''
	}
	return -1
}

// original turns a stretch of the view into one of the text.
func (v view) original(from, to int) (int, int) {
	if v.at == nil {
		return from, to
	}
	return int(v.at[from]), int(v.at[to])
}

// before is what stands before a place, in lower case, at most n bytes.
func (v view) before(i, n int) string {
	from := max(0, i-n)
	for from < i && !utf8.RuneStart(v.s[from]) {
		from++
	}
	return strings.ToLower(v.s[from:i])
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isWord(c byte) bool   { return isDigit(c) || isLetter(c) }

// apart says that a stretch is no part of a longer word or number.
func (v view) apart(from, to int) bool {
	if from > 0 && (isWord(v.s[from-1]) || v.s[from-1] == '_') {
		return false
	}
	if from > 1 && (v.s[from-1] == '.' || v.s[from-1] == ',') && isDigit(v.s[from-2]) {
		return false
	}
	return to == len(v.s) || !isWord(v.s[to]) && v.s[to] != '_'
}
