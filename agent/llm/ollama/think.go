package ollama

import "strings"

// thoughts parts a stream into words and reasoning, where a model writes its
// reasoning into the text itself, as <think>...</think>. Servers that know the
// model do this themselves.
type thoughts struct {
	inside bool
	held   string // may be the beginning of a tag
}

const opening, closing = "<think>", "</think>"

// add takes a piece of text and returns what is for the shopper and what is not.
func (t *thoughts) add(piece string) (text, reasoning string) {
	t.held += piece
	for {
		tag := opening
		if t.inside {
			tag = closing
		}
		before, after, found := strings.Cut(t.held, tag)
		if !found {
			n := len(t.held) - begun(t.held, tag)
			before, t.held = t.held[:n], t.held[n:]
		} else {
			t.held = after
		}
		if t.inside {
			reasoning += before
		} else {
			text += before
		}
		if !found {
			return text, reasoning
		}
		if t.inside = !t.inside; !t.inside {
			t.held = strings.TrimLeft(t.held, "\n ")
		}
	}
}

// rest is what was held when the stream ended. Reasoning that never ended stays
// reasoning.
func (t *thoughts) rest() (text, reasoning string) {
	held := t.held
	if t.held = ""; t.inside {
		return "", held
	}
	return held, ""
}

// begun is how many bytes at the end of a text may begin a tag.
func begun(text, tag string) int {
	for n := min(len(tag)-1, len(text)); n > 0; n-- {
		if strings.HasSuffix(text, tag[:n]) {
			return n
		}
	}
	return 0
}
