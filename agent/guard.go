package agent

import (
	"strings"
	"unicode/utf8"
)

// A guard lets text out sentence by sentence, and none whose facts are not in
// the evidence. Once a sentence is held, nothing more comes out.
type guard struct {
	facts  *evidence
	locale string
	buffer string
	held   string // the sentence that was not let out
	why    string // what in it is in no result
	// Sentences let out and how often: a small model may never stop.
	repeats map[string]int
	looped  bool
	without Rules
}

// add takes a piece of text and returns the sentences that may go out.
func (g *guard) add(text string) string {
	g.buffer += text
	var out string
	for g.held == "" && !g.looped {
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
	if s == "" || g.held != "" || g.looped {
		return ""
	}
	return g.pass(s)
}

func (g *guard) pass(sentence string) string {
	sentence = strings.ToValidUTF8(sentence, "")
	if f := fold(sentence); len(f) > 12 && g.repeats != nil {
		if g.repeats[f]++; g.repeats[f] > mostRepeats {
			g.looped = true
			return ""
		}
	}
	if g.why = g.facts.missing(sentence); g.why == "" && g.facts.foreign(sentence, g.locale) {
		g.why = "another language than the customer's"
	}
	if g.why != "" && !g.without.drop("guard: "+g.why) {
		g.held = sentence
		return ""
	}
	return sentence
}

// Ungrounded names the first fact of a text that is in no result of a turn's
// history and was not said by the customer, or "". names are the products that
// only results may bring in.
func Ungrounded(text string, t Turn, names *Names) string {
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
