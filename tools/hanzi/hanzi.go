// Package hanzi reads Chinese written in traditional characters as the
// simplified ones, one for one; words that only Taiwan or Hong Kong use stay
// what they are. Start with [Simple].
package hanzi

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// traditional.txt pairs traditional characters with simplified ones.
//
//go:embed traditional.txt
var pairs string

var simple = sync.OnceValue(func() map[rune]rune {
	out := map[rune]rune{}
	for _, pair := range strings.Fields(pairs) {
		from, n := utf8.DecodeRuneInString(pair)
		to, m := utf8.DecodeRuneInString(pair[n:])
		if n+m != len(pair) || from == to {
			panic(fmt.Sprintf("tools/hanzi/traditional.txt: %q is no pair of characters", pair))
		}
		out[from] = to
	}
	return out
})

// Rune returns the simplified form of a character, or the character.
func Rune(r rune) rune {
	if to, ok := simple()[r]; ok {
		return to
	}
	return r
}

// Simple returns a text with its traditional characters simplified.
func Simple(text string) string { return strings.Map(Rune, text) }
