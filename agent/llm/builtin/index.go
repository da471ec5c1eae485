package builtin

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// An index finds which of many names stand in a text without trying each: by
// the letters and digits that a name begins with, or by its first character
// where that is none of them.
type index struct {
	list  []named // longest first
	runs  map[string][]int32
	runes map[rune][]int32
	has   map[string]bool
}

func newIndex(list []named) index {
	x := index{list: list, runs: map[string][]int32{}, runes: map[rune][]int32{}, has: make(map[string]bool, len(list))}
	for i, n := range list {
		x.has[n.name] = true
		if run := n.name[:run(n.name, 0)]; run != "" {
			x.runs[run] = append(x.runs[run], int32(i))
		} else {
			r, _ := utf8.DecodeRuneInString(n.name)
			x.runes[r] = append(x.runes[r], int32(i))
		}
	}
	return x
}

// run is where the letters and digits that begin at i end.
func run(text string, i int) int {
	for letter(text, i) {
		i++
	}
	return i
}

// in are the names that stand in a text, longest first.
func (x *index) in(text string) []named {
	var at []int32
	for i := 0; i < len(text); {
		if end := run(text, i); end > i {
			at = append(at, x.runs[text[i:end]]...)
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		at = append(at, x.runes[r]...)
		i += size
	}
	slices.Sort(at)
	var out []named
	for _, i := range slices.Compact(at) {
		if n := x.list[i]; wordAt(text, n.name) >= 0 {
			out = append(out, n)
		}
	}
	return out
}

// cut takes the names out of a text.
func (x *index) cut(text string) string {
	for _, n := range x.in(text) {
		text = without(text, n.name)
	}
	return text
}

// without takes one name out of a text, where it stands first.
func without(text, name string) string {
	if i := wordAt(text, name); i >= 0 {
		return strings.Join([]string{text[:i], text[i+len(name):]}, " ")
	}
	return text
}
