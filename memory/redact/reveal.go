package redact

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Reveal puts values in the place of numbered placeholders. Placeholders that
// value knows nothing of stay, and are returned as missing.
func Reveal(s string, value func(Kind, int) (string, bool)) (full string, missing []string) {
	return reveal(s, value, func(v string) string { return v })
}

// RevealJSON is Reveal in the strings of a JSON value.
func RevealJSON(raw json.RawMessage, value func(Kind, int) (string, bool)) (full json.RawMessage, missing []string) {
	if !Numbered(raw) {
		return raw, nil
	}
	// A placeholder is no JSON of its own, so each one stands within a string.
	s, missing := reveal(string(raw), value, func(v string) string {
		return string(bytes.Trim(quote(v), `"`))
	})
	return json.RawMessage(s), missing
}

// Numbered says whether a text may hold a numbered placeholder of a contact.
func Numbered(text []byte) bool {
	for _, k := range kinds {
		if k.Contact() && bytes.Contains(text, []byte("["+string(k)+" ")) {
			return true
		}
	}
	return false
}

func reveal(s string, value func(Kind, int) (string, bool), write func(string) string) (string, []string) {
	var b strings.Builder
	var missing []string
	at := 0
	for i := 0; i < len(s); i++ {
		n := placeholderAt(s[i:])
		if n == 0 {
			continue
		}
		name, digits, numbered := strings.Cut(s[i+1:i+n-1], " ")
		if k := Kind(name); numbered && k.Contact() {
			number, _ := strconv.Atoi(digits) // of at most five digits
			if v, ok := value(k, number); ok {
				b.WriteString(s[at:i])
				b.WriteString(write(v))
				at = i + n
			} else {
				missing = append(missing, s[i:i+n])
			}
		}
		i += n - 1
	}
	if at == 0 {
		return s, missing
	}
	return b.String() + s[at:], missing
}

// Unnumbered makes [email] of [email 2]: a number means nothing outside its
// conversation.
func Unnumbered(s string) string {
	if !Numbered([]byte(s)) {
		return s
	}
	var b strings.Builder
	at := 0
	for i := 0; i < len(s); i++ {
		n := placeholderAt(s[i:])
		if n == 0 {
			continue
		}
		if name, _, numbered := strings.Cut(s[i+1:i+n-1], " "); numbered && Kind(name).Contact() {
			b.WriteString(s[at:i] + "[" + name + "]")
			at = i + n
		}
		i += n - 1
	}
	return b.String() + s[at:]
}
