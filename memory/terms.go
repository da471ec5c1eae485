package memory

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/tools/hanzi"
)

// terms are the words of a text that tell something, cut to their stems;
// Chinese in pairs of simplified characters, which do not reach over the small
// words of grammar.
func terms(text string) []string {
	var out []string
	text = apostrophes.Replace(strings.ToLower(hanzi.Simple(text)))
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) || grammar[r] }) {
		for len(w) > 0 {
			first, _ := utf8.DecodeRuneInString(w)
			han := unicode.Is(unicode.Han, first)
			run := w
			if n := strings.IndexFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) != han }); n > 0 {
				run = w[:n]
			}
			w = w[len(run):]
			switch r := []rune(run); {
			case !han && !stop[run]:
				out = append(out, stem(run))
			case han && len(r) == 1 && !stop[run]:
				out = append(out, run)
			case han && len(r) > 1:
				for i := 0; i+1 < len(r); i++ {
					if pair := string(r[i : i+2]); !stop[pair] {
						out = append(out, pair)
					}
				}
			}
		}
	}
	return out
}

// grammar are Chinese characters that mostly tell nothing of their own.
var grammar = func() map[rune]bool {
	m := map[rune]bool{}
	for _, r := range "的了吗呢吧啊呀么这那我你您他她它们是在和也就都还给个有没要想请" {
		m[r] = true
	}
	return m
}()

var apostrophes = strings.NewReplacer("'s ", " ", "’s ", " ", "'", "", "’", "")

// distinct are the terms of a text, each once, in a fixed order.
func distinct(text string) []string {
	list := terms(text)
	slices.Sort(list)
	return slices.Compact(list)
}

// stem takes the commonest English endings off.
func stem(w string) string {
	n := len(w)
	switch {
	case strings.HasSuffix(w, "ies") && n > 4:
		return w[:n-3] + "i"
	case strings.HasSuffix(w, "s") && n > 3 && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		w = w[:n-1]
	}
	for _, end := range []struct {
		text string
		over int
	}{{"ing", 5}, {"ed", 4}} {
		if rest, ok := strings.CutSuffix(w, end.text); ok && len(w) > end.over {
			if k := len(rest); k > 2 && rest[k-1] == rest[k-2] && !strings.ContainsRune("lsaeiou", rune(rest[k-1])) {
				rest = rest[:k-1]
			}
			return soft(strings.TrimSuffix(rest, "e"))
		}
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	return soft(w)
}

// soft makes one word of "hobby" and "hobbies", "cookie" and "cookies".
func soft(w string) string {
	if n := len(w); n > 3 && w[n-1] == 'y' && !strings.ContainsRune("aeiou", rune(w[n-2])) {
		return w[:n-1] + "i"
	}
	return w
}

// stop are words, and pairs of characters, that tell nothing about what is
// meant; a greeting or a thank-you calls nothing to mind.
var stop = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an the and or but if of to in on at by for with about from into as is am are was were be been being do does did doing
		have has had having i you he she it we they me him her us them my your his its our their this that these those there here what which who whom whose when
		where why how can could will would shall should may might must not no so than too very just any some please show
		hi hello hey thanks thank ok okay yes bye im ive id dont s
		好 您好 谢谢 再见 什么 怎么 可以 一下 一个 是否 不是 什 怎 嗨`) {
		m[w] = true
	}
	return m
}()
