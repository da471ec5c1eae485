package redact

import (
	"bytes"
	"encoding/json"
	"strings"
)

// JSON is [Text] for all strings and numbers of a JSON value. What a field is
// called counts too: a "password" or a "street" goes whatever it holds. Layout
// and order of fields stay, and a value without a find is returned as it is.
// What is no valid JSON becomes a JSON string.
func JSON(raw json.RawMessage) json.RawMessage { return Public(nil).JSON(raw) }

// JSON is [JSON] that leaves what is public.
func (p Public) JSON(raw json.RawMessage) json.RawMessage { return p.ReplaceJSON(raw, nil) }

// fields that tell by their name what they hold, without - and _.
var fields = map[string]Kind{
	"password": Secret, "passwd": Secret, "passphrase": Secret, "secret": Secret, "clientsecret": Secret, "apikey": Secret, "accesstoken": Secret,
	"refreshtoken": Secret, "authtoken": Secret, "authorization": Secret, "privatekey": Secret, "token": Secret,
	"cvv": CVV, "cvc": CVV, "securitycode": CVV, "passport": ID, "iban": IBAN, "cardnumber": Card, "pan": Card,
	"email": Email, "emailaddress": Email, "phone": Phone, "phonenumber": Phone, "mobile": Phone, "telephone": Phone,
	"address": Address, "street": Address, "streetaddress": Address, "address1": Address, "address2": Address, "line1": Address, "line2": Address,
	"shippingaddress": Address, "deliveryaddress": Address, "billingaddress": Address,
}

var noMarks = strings.NewReplacer("-", "", "_", "", " ", "")

// fieldKind is what a field's name says of a value, "" for nothing.
func fieldKind(name, value string) Kind {
	if len(name) > 20 || value == "" || placeholderAt(value) == len(value) {
		return ""
	}
	k := fields[strings.ToLower(noMarks.Replace(name))]
	switch k {
	case Phone:
		if len(digitsOf(value)) < 5 {
			return ""
		}
	case Email:
		if !strings.ContainsAny(value, "@＠") {
			return ""
		}
	case Card:
		if len(digitsOf(value)) < 12 {
			return ""
		}
	}
	return k
}

// ReplaceJSON is Replace for JSON.
func (p Public) ReplaceJSON(raw json.RawMessage, number func(Kind, string) int) json.RawMessage {
	if len(raw) == 0 {
		return raw
	}
	if !json.Valid(raw) {
		return quote(p.Replace(strings.ToValidUTF8(string(raw), "\uFFFD"), number))
	}
	var out bytes.Buffer
	done := 0 // copied so far
	put := func(from, to int, text string) {
		out.Write(raw[done:from])
		out.Write(quote(text))
		done = to
	}
	field := ""
	var objects []bool // whether each open bracket is an object's
	name := false      // the next string is a field's name
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '{' || c == '[':
			objects, name = append(objects, c == '{'), c == '{'
			if c == '[' && len(objects) > 1 && !objects[len(objects)-2] {
				field = ""
			}
			i++
		case c == '}' || c == ']':
			objects = objects[:len(objects)-1]
			field = ""
			i++
		case c == ',':
			name = objects[len(objects)-1]
			i++
		case c == '"':
			end := stringEnd(raw, i)
			if name {
				field, name = unquote(raw[i:end]), false
				// A name can hold what may not be kept, too, but then it is no name.
				if text := p.Replace(field, number); text != field {
					put(i, end, text)
				}
				i = end
				continue
			}
			value := unquote(raw[i:end])
			text := p.Replace(value, number)
			if k := fieldKind(field, value); k != "" && !p[plain(k, value)] && !(k.Contact() && holdsPlaceholder(text)) {
				n := 0
				if number != nil {
					n = number(k, value)
				}
				text = Placeholder(k, value, n)
			}
			if text != value {
				put(i, end, text)
			}
			i = end
		case isDigit(c) || c == '-':
			end := i + 1
			for end < len(raw) && (isDigit(raw[end]) || strings.IndexByte("+-.eE", raw[end]) >= 0) {
				end++
			}
			if end-i >= 11 {
				value := string(raw[i:end])
				text := value
				for _, f := range find(value) {
					if f.kind == Card || f.kind == ID || fieldKind(field, value) == Phone {
						text = p.Replace(value, number)
						break
					}
				}
				if text != value {
					put(i, end, text)
				}
			}
			i = end
		default:
			i++
		}
	}
	if done == 0 {
		return raw
	}
	out.Write(raw[done:])
	return out.Bytes()
}

// holdsPlaceholder says that some of a text is replaced already.
func holdsPlaceholder(s string) bool {
	for i := range len(s) {
		if placeholderAt(s[i:]) > 0 {
			return true
		}
	}
	return false
}

// stringEnd is behind the closing quote of the string that begins at i.
func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func unquote(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b[1 : len(b)-1])
	}
	var s string
	_ = json.Unmarshal(b, &s) // part of a valid value
	return s
}

func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // of a string: cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
