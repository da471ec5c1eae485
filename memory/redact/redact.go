// Package redact finds what may not be kept or handed on in a text (card
// numbers, bank accounts, secrets, identity numbers, and how to reach a person)
// and puts placeholders such as [card 4421] or [email] in its place. It keeps
// nothing itself, and leaves order numbers, prices, sizes, dates and article
// numbers as they are. Start with [Text]; [Handler] does the same for logs.
package redact

import (
	"strconv"
	"strings"
)

// A Kind says what was found.
type Kind string

// The kinds, as they stand in placeholders.
const (
	Card    Kind = "card"   // payment card number; its last four digits stay
	IBAN    Kind = "iban"   // bank account
	Secret  Kind = "secret" // password, key, token, one-time code
	CVV     Kind = "cvv"    // the code on a card
	ID      Kind = "id"     // passport, Chinese identity number, US social security number
	Email   Kind = "email"
	Phone   Kind = "phone"
	Address Kind = "address" // street line and what follows it, 中文地址
)

var kinds = []Kind{Card, IBAN, Secret, CVV, ID, Email, Phone, Address}

// Contact says that the value tells how to reach a person. A shop needs such a
// value to find an order or to change where it goes; the other kinds it never needs.
func (k Kind) Contact() bool { return k == Email || k == Phone || k == Address }

// Text returns a text with placeholders for all that was found. Text of its own
// result changes nothing.
func Text(s string) string { return Public(nil).Text(s) }

// Placeholder is what stands for a value: [email 2] for the second of a
// conversation, [email] for number 0, and [card 4421] for a card in any case.
func Placeholder(k Kind, value string, number int) string {
	if k == Card {
		if d := digitsOf(value); len(d) >= 4 {
			return "[card " + d[len(d)-4:] + "]"
		}
		return "[card]"
	}
	if number == 0 {
		return "[" + string(k) + "]"
	}
	return "[" + string(k) + " " + strconv.Itoa(number) + "]"
}

// Public holds contact details that everybody may read, such as the shop's own
// hotline. They stay in a text. The nil Public is ready to use and empty.
type Public map[string]bool

// PublicIn collects the contact details that stand in texts which are public.
func PublicIn(texts ...string) Public {
	p := Public{}
	for _, t := range texts {
		for _, f := range find(t) {
			if f.kind.Contact() {
				p[plain(f.kind, t[f.from:f.to])] = true
			}
		}
	}
	return p
}

// Text is [Text] that leaves what is public.
func (p Public) Text(s string) string { return p.Replace(s, nil) }

// Replace is Text with numbered placeholders: number is told each value found
// and gives its number, 0 for none. A nil number numbers nothing.
func (p Public) Replace(s string, number func(Kind, string) int) string {
	// What was found hides what stood beside it, so the text is read again until
	// there is nothing left to find. Each round leaves fewer bytes to read.
	for {
		var b strings.Builder
		at := 0
		for _, f := range find(s) {
			value := s[f.from:f.to]
			if p[plain(f.kind, value)] {
				continue
			}
			n := 0
			if number != nil {
				n = number(f.kind, value)
			}
			b.WriteString(s[at:f.from])
			b.WriteString(Placeholder(f.kind, value, n))
			at = f.to
		}
		if at == 0 {
			return s
		}
		b.WriteString(s[at:])
		s = b.String()
	}
}

// plain writes the same contact detail alike: +49 30 1234 and +49-30-1234.
func plain(k Kind, value string) string {
	if k == Phone {
		return "phone " + digitsOf(value)
	}
	return string(k) + " " + strings.ToLower(strings.Join(strings.Fields(value), " "))
}

// Same says that two values of a kind are written differently at most.
func Same(k Kind, a, b string) bool { return plain(k, a) == plain(k, b) }

func digitsOf(s string) string {
	v := look(s)
	var b strings.Builder
	for i := range len(v.s) {
		if isDigit(v.s[i]) {
			b.WriteByte(v.s[i])
		}
	}
	return b.String()
}

// placeholderAt is the length of the placeholder that a text begins with, or 0.
func placeholderAt(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	for _, k := range kinds {
		rest, ok := strings.CutPrefix(s[1:], string(k))
		if !ok {
			continue
		}
		n := 1 + len(k)
		if strings.HasPrefix(rest, " ") {
			i := 1
			for i < len(rest) && i <= 5 && isDigit(rest[i]) {
				i++
			}
			if i == 1 {
				return 0
			}
			rest, n = rest[i:], n+i
		}
		if strings.HasPrefix(rest, "]") {
			return n + 1
		}
	}
	return 0
}
