package sentiment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/tools/hanzi"
)

// The longest text that is read, in bytes: of a longer one, its head.
const longestText = 12000

type kind uint8

const (
	word  kind = iota // of letters and digits
	han               // one character of a script without spaces
	mark              // punctuation
	emoji             // a pictogram, or an emoticon
)

// A token is a word, a Chinese character, a mark or an emoji of a text.
type token struct {
	text       string // folded: lower-case, plain apostrophes, no drawn-out letters, simplified
	start, end int    // in bytes of the text
	kind       kind
	shouted    bool // written in capitals
	drawn      bool // sooo
}

// tokens appends the tokens of a text to list.
func (l *lexicon) tokens(list []token, text string) []token {
	if len(text) > longestText {
		text = text[:longestText]
	}
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case c == '\n':
			list = append(list, token{text: "\n", start: i, end: i + n, kind: mark})
			i += n
		case unicode.IsSpace(c) && len(list) > 0 && list[len(list)-1].kind == han && list[len(list)-1].end == i:
			// many who write Chinese put a space where others put a comma
			if next, _ := utf8.DecodeRuneInString(text[i+n:]); isHan(next) {
				list = append(list, token{text: " ", start: i, end: i + n, kind: mark})
			}
			i += n
		case unicode.IsSpace(c) || c == 0x200D || c == 0xFE0F || c == 0x20E3 || unicode.Is(unicode.Mn, c) || unicode.Is(unicode.Cf, c) || c >= 0x1F3FB && c <= 0x1F3FF:
			i += n
		case link(text[i:]) > 0:
			i += link(text[i:])
		case isHan(c):
			list = append(list, token{text: hanzi.Simple(text[i : i+n]), start: i, end: i + n, kind: han})
			i += n
		case isLetter(c):
			end := i + n
			upper, lower := 0, 0
			for end < len(text) {
				c, n := utf8.DecodeRuneInString(text[end:])
				if !isLetter(c) || isHan(c) {
					next, _ := utf8.DecodeRuneInString(text[end+n:])
					inside := c == '\'' || c == '’' || c == '-' || unicode.Is(unicode.Mn, c) || c == '.' && unicode.IsDigit(next) && unicode.IsDigit(rune(text[end-1]))
					if !inside || !isLetter(next) || isHan(next) {
						break
					}
				}
				end += n
			}
			for _, c := range text[i:end] {
				if unicode.IsUpper(c) {
					upper++
				} else if unicode.IsLower(c) {
					lower++
				}
			}
			t := token{start: i, end: end, kind: word, shouted: upper > 1 && lower == 0}
			t.text, t.drawn = l.fold(text[i:end])
			list = append(list, t)
			i = end
		default:
			if m := l.emoticon(text[i:]); m > 0 {
				list = append(list, token{text: text[i : i+m], start: i, end: i + m, kind: emoji})
				i += m
				continue
			}
			t := token{text: text[i : i+n], start: i, end: i + n, kind: mark}
			if c > 0x2190 && (unicode.Is(unicode.So, c) || unicode.Is(unicode.Sk, c)) {
				t.kind = emoji
			}
			list = append(list, t)
			i += n
		}
	}
	return list
}

// link gives the length of the web address or @name that a text begins with, or
// 0: neither says how anybody feels.
func link(s string) int {
	switch {
	case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"), strings.HasPrefix(s, "www."):
	case len(s) > 1 && s[0] == '@' && (s[1] == '_' || isLetter(rune(s[1]))):
		for i := 1; i < len(s); i++ {
			if c := s[i]; c != '_' && (c >= utf8.RuneSelf || !isLetter(rune(c))) {
				return i
			}
		}
		return len(s)
	default:
		return 0
	}
	for i, c := range s {
		if unicode.IsSpace(c) || c > unicode.MaxLatin1 {
			return i
		}
	}
	return len(s)
}

// fold makes a word comparable. Letters drawn out (three and more of one) are
// taken back to two, or to one where the lexicon knows that.
func (l *lexicon) fold(s string) (folded string, drawn bool) {
	s = strings.ToLower(s)
	if strings.Contains(s, "’") {
		s = strings.ReplaceAll(s, "’", "'")
	}
	run := 1
	for i := 1; i < len(s); i++ {
		if s[i] == s[i-1] {
			if run++; run == 3 && s[i] >= 'a' && s[i] <= 'z' {
				drawn = true
				break
			}
		} else {
			run = 1
		}
	}
	if !drawn {
		return s, false
	}
	two, one := shorten(s, 2), shorten(s, 1)
	if l.root.next[two] == nil && l.root.next[one] != nil {
		return one, true
	}
	return two, true
}

func shorten(s string, most int) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		j := i + 1
		for j < len(s) && s[j] == s[i] {
			j++
		}
		if n := j - i; n >= 3 {
			b = append(b, s[i:i+most]...)
		} else {
			b = append(b, s[i:j]...)
		}
		i = j
	}
	return string(b)
}

// emoticon gives the length of the emoticon that a text begins with, or 0.
func (l *lexicon) emoticon(s string) int {
	for n := min(4, len(s)); n >= 2; n-- {
		if !l.emoticons[s[:n]] {
			continue
		}
		if c, _ := utf8.DecodeRuneInString(s[n:]); isLetter(rune(s[n-1])) && isLetter(c) {
			continue // :Digits
		}
		return n
	}
	return 0
}

func isLetter(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

func isHan(c rune) bool {
	return c >= 0x3040 && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// ends says whether a mark ends a sentence.
func (t *token) ends() bool {
	if t.kind != mark {
		return false
	}
	switch t.text {
	case ".", "!", "?", "。", "！", "？", "；", ";", "…", "\n":
		return true
	}
	return false
}

// pauses says whether a mark parts clauses.
func (t *token) pauses() bool {
	if t.kind != mark {
		return false
	}
	switch t.text {
	case " ", ",", "，", ":", "：", "(", ")", "（", "）", "—", "–", "~", "～":
		return true
	}
	return false
}
