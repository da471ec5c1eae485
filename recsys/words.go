package recsys

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// wordsOf reads the words of a text in any language: runs of letters and
// digits, in lower case, wide forms made narrow. Chinese, Japanese and Korean
// put no space between words, so a run of their characters stands for itself
// and is cut by [termsOf].
func wordsOf(text string) []string {
	var out []string
	var word strings.Builder
	script := 0
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range strings.ToLower(norm.NFKC.String(text)) {
		now := 0
		switch {
		case unspaced(r):
			now = 2
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			now = 1
		case (r == '\'' || r == '’') && script == 1:
			continue // woman's is one word
		}
		if now != script {
			end()
		}
		if script = now; now > 0 {
			word.WriteRune(r)
		}
	}
	end()
	return out
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// termsOf gives what a word is compared by: itself without an English plural
// ending, or, of a run of Chinese characters, each two that stand together
// (one where it stands alone).
func termsOf(word string) []string {
	runes := []rune(word)
	if !unspaced(runes[0]) {
		return []string{singular(word)}
	}
	if len(runes) == 1 {
		return []string{word}
	}
	out := make([]string, len(runes)-1)
	for k := range out {
		out[k] = string(runes[k : k+2])
	}
	return out
}

// singular takes the commonest English plural ending off. What it does to a
// word of another language it does to all of that word's occurrences.
func singular(word string) string {
	if len(word) < 4 || !strings.HasSuffix(word, "s") {
		return word
	}
	for _, end := range []string{"ss", "us", "is"} {
		if strings.HasSuffix(word, end) {
			return word
		}
	}
	if stem, ok := strings.CutSuffix(word, "ies"); ok && len(stem) > 2 {
		return stem + "y"
	}
	for _, end := range []string{"sses", "shes", "ches", "xes"} {
		if strings.HasSuffix(word, end) {
			return word[:len(word)-2]
		}
	}
	return word[:len(word)-1]
}

// gramsOf gives the runs of three and four characters of a word, its ends
// marked: they see spelling and word parts that whole words miss. Words of
// unspaced scripts have none beyond their terms.
func gramsOf(word string) []string {
	runes := []rune(word)
	if unspaced(runes[0]) || len(runes) < 3 {
		return nil
	}
	runes = append(append([]rune{'^'}, runes...), '$')
	var out []string
	for n := 3; n <= 4; n++ {
		for k := 0; k+n <= len(runes); k++ {
			out = append(out, string(runes[k:k+n]))
		}
	}
	return out
}

// filler is what people say around the thing they look for; few titles have
// it, so that inverse frequency alone would take it for a strong sign.
var filler = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`a an and any anything are at be but by can could do for from get give
		have i if in is it like looking m me my need of on one or please recommend s show so some something
		suggest t that the there this to want we what which with would you your
		我 想 要 买 找 的 了 吗 呢 给 有 和 个 请`) {
		set[w] = true
	}
	return set
}()
