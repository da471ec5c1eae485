package store

import (
	"fmt"
	"strconv"
	"strings"
)

// encode writes a free name as one token of a subject or key: letters, digits,
// - and _ stand for themselves, every other byte is = and two hex digits.
func encode(name string) (string, error) {
	if name == "" || len(name) > 200 {
		return "", fmt.Errorf("store: a name has 1 to 200 bytes, not %d", len(name))
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String(), nil
}

func decode(token string) string {
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		if token[i] == '=' && i+2 < len(token) {
			if c, err := strconv.ParseUint(token[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(token[i])
	}
	return b.String()
}
