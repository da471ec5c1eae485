package script

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// compile reads a text of a script: /a regular expression/ (case is folded), or
// plain words, which must stand in what they are held against.
func compile(text string) (func(string) bool, error) {
	if len(text) > 2 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/") {
		re, err := regexp.Compile("(?is)" + text[1:len(text)-1])
		if err != nil {
			return nil, err
		}
		return re.MatchString, nil
	}
	want := fold(text)
	return func(s string) bool { return strings.Contains(fold(s), want) }, nil
}

func matches(text, in string) bool {
	m, err := compile(text)
	return err == nil && m(in)
}

// fold makes texts comparable: NFKC, lower case, one space, straight quotes.
func fold(s string) string {
	s = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`).Replace(norm.NFKC.String(s))
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// normal gives a value of YAML the types of JSON.
func normal(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	_ = json.Unmarshal(b, &out) // of our own making
	return out
}

// fits says whether a value is as a script wants it: maps need only hold what
// is wanted, texts may be regular expressions, null means absent.
func fits(want, got any) bool {
	want, got = normal(want), normal(got)
	switch w := want.(type) {
	case nil:
		return got == nil
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range w {
			if !fits(v, g[k]) {
				return false
			}
		}
		return true
	case string:
		if g, ok := got.(string); ok {
			return w == g || strings.HasPrefix(w, "/") && len(w) > 2 && matches(w, g)
		}
		if g, ok := got.(float64); ok { // "1042" in a file, 1042 in a call
			return w == strconv.FormatFloat(g, 'f', -1, 64)
		}
		return false
	case float64:
		if g, ok := got.(string); ok {
			return g == strconv.FormatFloat(w, 'f', -1, 64)
		}
	}
	return reflect.DeepEqual(want, got)
}

// at follows a JSON pointer (RFC 6901) and gives nil where nothing is.
func at(tree any, pointer string) any {
	tree = normal(tree)
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		switch v := tree.(type) {
		case map[string]any:
			tree = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			tree = v[i]
		default:
			return nil
		}
	}
	return tree
}

// short writes a value on one line for people.
func short(v any) string {
	s, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		s = string(b)
	}
	if r := []rune(s); len(r) > 400 {
		return string(r[:400]) + "…"
	}
	return s
}

// languageOf tells Chinese from English by the letters of a text.
func languageOf(text string) string {
	han, latin := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.IsLetter(r):
			latin++
		}
	}
	if han*4 > latin { // product names stay Latin in a Chinese sentence
		return "zh"
	}
	return "en"
}

var (
	email  = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.]+`)
	digits = regexp.MustCompile(`\d(?:[ -]?\d){12,18}`)
	phone  = regexp.MustCompile(`\+\d[\d ()-]{8,}\d`)
)

// private finds what must not be said: an e-mail address, a telephone or card
// number, or a text that belongs to somebody else.
func private(text string, others []string) string {
	for _, re := range []*regexp.Regexp{email, phone} {
		if m := re.FindString(text); m != "" {
			return m
		}
	}
	for _, m := range digits.FindAllString(text, -1) {
		if luhn(m) {
			return m
		}
	}
	for _, o := range others {
		if o != "" && strings.Contains(text, o) {
			return o
		}
	}
	return ""
}

// luhn checks the digit of ISO/IEC 7812 that card numbers end in.
func luhn(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		if number[i] < '0' || number[i] > '9' {
			continue
		}
		d := int(number[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}
