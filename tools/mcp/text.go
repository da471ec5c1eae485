package mcp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean takes out of a text what a person cannot see (control, direction and
// zero-width characters, but line breaks and tabs) and cuts it at a number of
// characters.
func clean(text string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(text, "�") {
		if unseen(r) {
			continue
		}
		if n++; n > most {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unseen(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == 0x200C, r == 0x200D: // joiners, which scripts and emoji need
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == utf8.RuneError ||
		r >= 0xFE00 && r <= 0xFE0E || r >= 0xE0100 && r <= 0xE01EF
}

// oneLine is a clean text without line breaks.
func oneLine(text string, most int) string {
	return clean(strings.Join(strings.Fields(clean(text, 4*most)), " "), most)
}

// fence keeps a text from closing the fence that it stands in, or from looking
// like a call.
func fence(text string) string { return fences.Replace(text) }

var fences = strings.NewReplacer("<", "‹", ">", "›")
