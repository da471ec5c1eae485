package mcp

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// An address is where an outside server is: a command to run or a URL.
type address struct {
	name string
	url  string   // of streamable HTTP, "" for a command
	env  []string // NAME=value, set for the command
	args []string // the command and its arguments
}

var (
	namedAddress = regexp.MustCompile(`^([a-z][a-z0-9]{0,15})=`)
	assignment   = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*=`)
)

// parseAddress reads "name=command line" or "name=https://...", the name being
// optional. Before a command may stand NAME=value; in the value, $OTHER is taken
// from this process's environment, so that secrets need not be written out.
func parseAddress(text string) (address, error) {
	var a address
	rest := strings.TrimSpace(text)
	if m := namedAddress.FindStringSubmatch(rest); m != nil {
		a.name, rest = m[1], strings.TrimSpace(rest[len(m[0]):])
	}
	if low := strings.ToLower(rest); strings.HasPrefix(low, "http://") || strings.HasPrefix(low, "https://") {
		u, err := url.Parse(rest)
		switch {
		case err != nil:
			return a, fmt.Errorf("the outside server %q has no sound address: %w", text, err)
		case u.Host == "":
			return a, fmt.Errorf("the outside server %q has no host in its address; write it as https://shop.example/mcp", text)
		case u.User != nil:
			return a, fmt.Errorf("the address of the outside server %s%s holds a password: give it as a token in the environment", a.name, u.Host)
		}
		a.url = rest
		return a, nil
	}
	words, err := splitCommand(rest)
	if err != nil {
		return a, fmt.Errorf("the outside server %q: %w", text, err)
	}
	for len(words) > 0 && assignment.MatchString(words[0]) {
		name, value, _ := strings.Cut(words[0], "=")
		a.env = append(a.env, name+"="+os.Expand(value, os.Getenv))
		words = words[1:]
	}
	if len(words) == 0 {
		return a, fmt.Errorf("the outside server %q names no command; write it as \"name=command arguments\" or \"name=https://shop.example/mcp\"", text)
	}
	a.args = words
	return a, nil
}

// splitCommand parts a command line at white space. Single and double quotes
// keep words together; a backslash keeps the next character, but for within
// single quotes. Nothing else is special: no shell reads it.
func splitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	open, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, open = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		case r == 0:
			return nil, fmt.Errorf("the command holds a zero byte")
		default:
			word.WriteRune(r)
			open = true
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a quote %c is not closed", quote)
	case escaped:
		return nil, fmt.Errorf("it ends in a backslash")
	case open:
		words = append(words, word.String())
	}
	return words, nil
}
