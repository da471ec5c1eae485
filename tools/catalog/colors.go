package catalog

import (
	"slices"
	"strings"
)

// ColorIn is what a language calls a colour, the feed's own word where the
// lexicon knows none.
func (c *Catalog) ColorIn(locale, color string) string {
	if language(locale) != "zh" {
		return color
	}
	words := slices.Clone(c.lexicon.colorsOf[c.lexicon.colors[strings.ToLower(color)]])
	words = slices.DeleteFunc(words, func(w string) bool { return !hasHan(w) })
	if len(words) == 0 {
		return color
	}
	return slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) }) // 黑色 rather than 黑
}
