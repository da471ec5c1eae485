package agent

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A guard lets text out sentence by sentence, and none whose facts are not in
// the evidence. Once a sentence is held, nothing more comes out.
type guard struct {
	facts  *evidence
	buffer string
	held   string // the sentence that was not let out
	why    string // what in it is in no result
}

// add takes a piece of text and returns the sentences that may go out.
func (g *guard) add(text string) string {
	g.buffer += text
	var out string
	for g.held == "" {
		end := sentenceEnd(g.buffer)
		if end < 0 {
			break
		}
		out += g.pass(g.buffer[:end])
		g.buffer = g.buffer[end:]
	}
	return out
}

// rest returns what is left at the end of the text.
func (g *guard) rest() string {
	s := g.buffer
	g.buffer = ""
	if s == "" || g.held != "" {
		return ""
	}
	return g.pass(s)
}

func (g *guard) pass(sentence string) string {
	if g.why = g.facts.missing(sentence); g.why != "" {
		g.held = sentence
		return ""
	}
	return sentence
}

// Ungrounded names the first fact of a text that is in no result of a turn's
// history and was not said by the customer, or "". names are the products that
// only results may bring in.
func Ungrounded(text string, t Turn, names []string) string {
	e := gather(&t, names)
	for text != "" {
		end := sentenceEnd(text)
		if end < 0 {
			end = len(text)
		}
		if why := e.missing(text[:end]); why != "" {
			return why
		}
		text = text[end:]
	}
	return ""
}

// sentenceEnd is where the first whole sentence ends, with the space after it,
// or -1. A full stop ends one only before white space, so that prices stay whole.
func sentenceEnd(s string) int {
	for i, r := range s {
		n := i + utf8.RuneLen(r)
		switch r {
		case '。', '！', '？', '\n':
			return n
		case '.', '!', '?':
			if n < len(s) && (s[n] == ' ' || s[n] == '\n') {
				return n + 1
			}
		}
	}
	return -1
}

var (
	guardedNumber = regexp.MustCompile(`[$€£¥#]?\d+(?:,\d{3})*(?:\.\d+)?%?`)
	guardedLink   = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+`)
)

// names says that a sentence names a product: its title as whole words, and a
// title of one word written with its capital, since "price" is no rice and water
// is in many a sentence.
func names(folded, sentence, title string) bool {
	i := strings.Index(folded, title)
	for ; i >= 0; i = next(folded, title, i) {
		before, _ := utf8.DecodeLastRuneInString(folded[:i])
		after, _ := utf8.DecodeRuneInString(folded[i+len(title):])
		if title[0] >= utf8.RuneSelf || !unicode.IsLetter(before) && !unicode.IsLetter(after) {
			break
		}
	}
	if i < 0 || title[0] >= utf8.RuneSelf || strings.Contains(title, " ") {
		return i >= 0
	}
	return strings.Contains(sentence, strings.ToUpper(title[:1])+title[1:])
}

func next(text, part string, after int) int {
	if i := strings.Index(text[after+1:], part); i >= 0 {
		return after + 1 + i
	}
	return -1
}

// missing names the first fact of a sentence that is in no evidence, or "".
func (e *evidence) missing(sentence string) string {
	t := fold(sentence)
	for _, link := range guardedLink.FindAllString(t, -1) {
		if !strings.Contains(e.results, strings.TrimRight(link, ".,)")) {
			return "the link " + link
		}
		t = strings.ReplaceAll(t, link, " ")
	}
	for _, n := range guardedNumber.FindAllString(t, -1) {
		plain := plainNumber(strings.Trim(n, "$€£¥#%"))
		if !e.numbers[plain] && (len(plain) > 1 || strings.ContainsAny(n, "$€£¥%#")) {
			return "the number " + n
		}
	}
	for _, title := range e.titles {
		if names(t, sentence, title) && !strings.Contains(e.results, title) && !strings.Contains(e.words, title) {
			return "the product " + title
		}
	}
	return ""
}
