package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are product names that a reply may carry only from results, laid out so
// that a sentence is looked at once, however many there are. A nil *Names has none.
type Names struct {
	byStart map[string][]string // folded names by how they begin
}

// NewNames lays out product names, in any language.
func NewNames(list []string) *Names {
	n := &Names{byStart: map[string][]string{}}
	seen := map[string]bool{}
	for _, name := range list {
		f := fold(name)
		if f == "" || seen[f] {
			continue
		}
		seen[f] = true
		k := start(f)
		n.byStart[k] = append(n.byStart[k], f)
	}
	return n
}

// start is a name's first word, or the first character of one that is not
// written in words.
func start(folded string) string {
	r, size := utf8.DecodeRuneInString(folded)
	if !latin(r) {
		return folded[:size]
	}
	end := strings.IndexFunc(folded, func(r rune) bool { return !latin(r) })
	if end < 0 {
		return folded
	}
	return folded[:end]
}

func latin(r rune) bool { return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// in lists the names that a sentence carries: as whole words, and a name of one
// word only when it is written with its capital, since "price" is no rice and
// water is in many a sentence.
func (n *Names) in(folded, sentence string) []string {
	if n == nil || len(n.byStart) == 0 {
		return nil
	}
	var out []string
	try := func(k string, at int) {
		for _, name := range n.byStart[k] {
			if strings.HasPrefix(folded[at:], name) && whole(folded, at, name) && (!oneWord(name) || strings.Contains(sentence, strings.ToUpper(name[:1])+name[1:])) {
				out = append(out, name)
			}
		}
	}
	for i := 0; i < len(folded); {
		r, size := utf8.DecodeRuneInString(folded[i:])
		if !latin(r) {
			try(folded[i:i+size], i)
			i += size
			continue
		}
		word := start(folded[i:])
		try(word, i)
		i += len(word)
	}
	return out
}

// whole says that no letter goes on before or after a Latin name.
func whole(text string, at int, name string) bool {
	if name[0] >= utf8.RuneSelf {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at+len(name):])
	return !unicode.IsLetter(before) && !unicode.IsLetter(after)
}

func oneWord(name string) bool { return name[0] < utf8.RuneSelf && !strings.Contains(name, " ") }
