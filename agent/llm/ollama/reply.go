package ollama

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// replyForm makes a small model answer in one field: after so many forms it
// would fill in another one, and the shopper would read it.
var replyForm = json.RawMessage(`{"type":"object","properties":{"reply":{"type":"string"}},"required":["reply"]}`)

// unwrap gives the text of the reply field as it comes, piece by piece.
type unwrap struct {
	raw  strings.Builder
	sent int // bytes of text given out
}

// add takes a piece of the form and returns the text that is new in it.
func (u *unwrap) add(piece string) string {
	u.raw.WriteString(piece)
	_, rest, ok := strings.Cut(u.raw.String(), `"reply"`)
	if !ok {
		return ""
	}
	i := strings.IndexByte(rest, '"')
	if i < 0 || strings.TrimSpace(rest[:i]) != ":" {
		return ""
	}
	body := rest[i+1:]
	end, whole := 0, 0 // whole: up to the last character that is all there
	for end < len(body) && body[end] != '"' {
		if body[end] != '\\' {
			if !utf8.FullRuneInString(body[end:]) {
				break
			}
			_, n := utf8.DecodeRuneInString(body[end:])
			end += n
			whole = end
			continue
		}
		n := 2
		if strings.HasPrefix(body[end:], `\u`) {
			n = 6
			if len(body) > end+3 && strings.ContainsRune("dD", rune(body[end+2])) && strings.ContainsRune("89abAB", rune(body[end+3])) {
				n = 12 // the first half of a pair
			}
		}
		if end+n > len(body) {
			break
		}
		end += n
		whole = end
	}
	var text string
	if json.Unmarshal([]byte(`"`+body[:whole]+`"`), &text) != nil || len(text) <= u.sent {
		return ""
	}
	next := text[u.sent:]
	u.sent = len(text)
	return next
}
