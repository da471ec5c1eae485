package openai

import (
	"strings"
	"unicode/utf8"
)

// whole joins characters that a server cut between two pieces of text, and
// replaces what is no UTF-8.
type whole struct{ held string }

func (w *whole) add(s string) string {
	s = w.held + s
	w.held = ""
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if tail := s[len(s)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRuneInString(tail) {
				s, w.held = s[:len(s)-n], tail
			}
			break
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (w *whole) rest() string {
	s := w.held
	w.held = ""
	return strings.ToValidUTF8(s, "\uFFFD")
}

const opening, closing = "<think>", "</think>"

// think parts the reasoning from the text of servers that send both as text:
// <think> at the very beginning opens it, </think> ends it. With some models the
// opening is in the prompt, so that only the end is seen: opened says to expect
// that, and holds the text back until the end comes or there is none.
type think struct {
	opened   bool // the text is expected to begin inside the reasoning
	unopened bool // found: an end without a beginning

	state int // 0 at the beginning, 1 inside, 2 after
	guess bool
	held  string
}

// add takes text and gives what is known to be reasoning and what to be text.
func (t *think) add(s string) (reasoning, text string) {
	t.held += s
	if t.state == 0 {
		start := strings.TrimLeft(t.held, " \t\r\n")
		switch {
		case strings.HasPrefix(start, opening):
			t.state, t.held = 1, start[len(opening):]
		case strings.HasPrefix(opening, start):
			return "", "" // not known yet
		case t.opened:
			t.state, t.guess = 1, true
		default:
			t.state = 2
		}
	}
	if t.state == 1 {
		if inside, after, ok := strings.Cut(t.held, closing); ok {
			t.state, t.unopened, t.held = 2, t.guess, strings.TrimLeft(after, "\r\n")
			reasoning = inside
			if t.held == "" {
				t.state = 3 // the line breaks may be still to come
			}
		} else if t.guess && t.opened {
			return "", ""
		} else if t.guess { // the server parts it after all
			t.state = 2
		} else {
			keep := partial(t.held, closing)
			reasoning, t.held = t.held[:len(t.held)-keep], t.held[len(t.held)-keep:]
			return reasoning, ""
		}
	}
	if t.state == 3 {
		if t.held = strings.TrimLeft(t.held, "\r\n"); t.held == "" {
			return reasoning, ""
		}
		t.state = 2
	}
	if !t.guess {
		if before, after, ok := strings.Cut(t.held, closing); ok { // too late for what was said
			t.unopened = true
			text, t.held = before, strings.TrimLeft(after, "\r\n")
		}
	}
	keep := partial(t.held, closing)
	text, t.held = text+t.held[:len(t.held)-keep], t.held[len(t.held)-keep:]
	return reasoning, text
}

// rest gives what is still held at the end. cut says that the model ran out of
// tokens: reasoning that was only expected then had no time to end.
func (t *think) rest(cut bool) (reasoning, text string) {
	s := t.held
	t.held = ""
	if t.state == 1 && (!t.guess || cut && t.opened) {
		return s, ""
	}
	return "", s
}

// partial is how much of the end of s may be the beginning of tag.
func partial(s, tag string) int {
	for n := min(len(s), len(tag)-1); n > 0; n-- {
		if strings.HasSuffix(s, tag[:n]) {
			return n
		}
	}
	return 0
}
