package catalog

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley/tools/hanzi"
)

// A token is a piece of a text: a word, a number, a run of Chinese, or a sign.
type token struct {
	text  string
	num   float64 // of a number
	kind  tokenKind
	glued bool // nothing stands between it and the token before
}

type tokenKind uint8

const (
	word tokenKind = iota
	number
	han
	sign
)

var quotes = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "″", `"`, "−", "-", "‑", "-", "™", "", "®", "", "…", " ")

// fold makes texts comparable: lower case, one form of what is written in
// several, simplified characters, no accents.
func fold(text string) string {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(text)
	}
	text = norm.NFKD.String(quotes.Replace(text))
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return hanzi.Rune(r)
	}, text)
	return strings.ToLower(norm.NFC.String(text))
}

// scan cuts a text into tokens. White space only parts.
func scan(text string) []token {
	text = fold(text)
	out := make([]token, 0, len(text)/5+1)
	end := -1 // where the last token ended
	add := func(from, to int, k tokenKind, num float64) {
		out = append(out, token{text[from:to], num, k, from == end})
		end = to
	}
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case r >= '0' && r <= '9':
			to, v := readNumber(text, i)
			add(i, to, number, v)
			i = to
		case unicode.Is(unicode.Han, r):
			to := i + runLen(text[i:], func(r rune) bool { return unicode.Is(unicode.Han, r) })
			add(i, to, han, 0)
			i = to
		case unicode.IsLetter(r) || r == '°' && i+n < len(text):
			to := i + n + runLen(text[i+n:], func(r rune) bool {
				return unicode.IsLetter(r) && !unicode.Is(unicode.Han, r) || r == '\''
			})
			trimmed := strings.TrimRight(text[i:to], "'")
			add(i, i+len(trimmed), word, 0)
			i = to
		case unicode.IsSpace(r) || r == utf8.RuneError:
			i += n
		default:
			add(i, i+n, sign, 0)
			i += n
		}
	}
	return out
}

func runLen(s string, in func(rune) bool) int {
	for i, r := range s {
		if !in(r) {
			return i
		}
	}
	return len(s)
}

// readNumber reads "3,000", "1.5" or "1,5" from i on.
func readNumber(s string, i int) (end int, v float64) {
	digits := func(j int) int {
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		return j
	}
	end = digits(i)
	plain := s[i:end]
	for end < len(s) && s[end] == ',' && digits(end+1)-end-1 == 3 && len(plain) <= 12 {
		plain += s[end+1 : end+4]
		end += 4
	}
	if end+1 < len(s) && (s[end] == '.' || s[end] == ',' && plain == s[i:end]) {
		if to := digits(end + 1); to > end+1 && (s[end] == '.' || to-end <= 3) {
			plain += "." + s[end+1:to]
			end = to
		}
	}
	v, _ = strconv.ParseFloat(plain, 64) // of digits and one point: a range error is +Inf, which compares well
	return end, v
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// surface is a word as it is looked up: "men's" is men, "dogs'" dogs.
func surface(w string) string {
	w = strings.TrimSuffix(w, "'s")
	return strings.ReplaceAll(w, "'", "")
}
