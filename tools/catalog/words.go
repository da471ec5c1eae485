package catalog

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// language is the first part of a locale: "zh" of "zh-CN".
func language(locale string) string {
	lang, _, _ := strings.Cut(strings.ToLower(locale), "-")
	return lang
}

// TitleIn returns the title in a language, or the feed's own.
func (p *Product) TitleIn(locale string) string {
	if w := p.Locales[language(locale)]; w.Title != "" {
		return w.Title
	}
	return p.Title
}

// DescriptionIn returns the description in a language, or the feed's own.
func (p *Product) DescriptionIn(locale string) string {
	if w := p.Locales[language(locale)]; w.Description != "" {
		return w.Description
	}
	return p.Description
}

// BulletsIn returns the bullets in a language, or the feed's own.
func (p *Product) BulletsIn(locale string) []string {
	if w := p.Locales[language(locale)]; len(w.Bullets) > 0 {
		return w.Bullets
	}
	return p.Bullets
}

// TermIn returns what a language calls the name or a value of an attribute, the
// feed's own word where it has none.
func (p *Product) TermIn(locale, word string) string {
	return cmp.Or(p.Locales[language(locale)].Terms[word], word)
}

// spacedUnit is a number apart from its unit, which Chinese writes together.
var spacedUnit = regexp.MustCompile(`(\d) (°C|(?:kg|mg|g|lb|oz|ml|l|cm|mm|km|m|kw|w|v|mah|hz|ghz|gb|tb)\b)`)

// ValuesIn returns the values of an attribute in a language.
func (p *Product) ValuesIn(locale, name string) []string {
	values := slices.Clone(p.Attribute(name))
	for i, v := range values {
		values[i] = p.TermIn(locale, v)
		if language(locale) == "zh" {
			values[i] = spacedUnit.ReplaceAllString(values[i], "$1$2")
		}
	}
	return values
}

// CategoryIn returns the last part of the main category's path.
func (p *Product) CategoryIn(locale string) string {
	if w := p.Locales[language(locale)]; w.Category != "" {
		return w.Category
	}
	if len(p.Categories) == 0 {
		return ""
	}
	c := p.Categories[0]
	return c[strings.LastIndexByte(c, '/')+1:]
}

// In says whether a category's path, or a part of it, is called name.
func (p *Product) In(name string) bool {
	for _, c := range p.Categories {
		if strings.EqualFold(c, name) || slices.ContainsFunc(strings.Split(c, "/"), func(s string) bool { return strings.EqualFold(s, name) }) {
			return true
		}
	}
	for _, w := range p.Locales {
		if w.Category != "" && w.Category == name {
			return true
		}
	}
	return false
}

// Blurb is the first sentence of the description, "" when the shop has none in
// Chinese for who reads Chinese: it is quoted in the middle of a reply.
func (p *Product) Blurb(locale string) string {
	text := p.DescriptionIn(locale)
	if language(locale) == "zh" && !hasHan(text) {
		return ""
	}
	for i, r := range text {
		switch r {
		case '。', '！', '？':
			return text[:i+len(string(r))]
		case '.', '!', '?':
			if i+1 == len(text) || text[i+1] == ' ' {
				return text[:i+1]
			}
		case '•', '\n':
			return strings.TrimSpace(text[:i])
		}
	}
	return text
}

// Attribute returns the values of a named fact, or nil.
func (p *Product) Attribute(name string) []string {
	for _, a := range p.Attributes {
		if strings.EqualFold(a.Name, name) {
			return a.Values
		}
	}
	return nil
}

// Colors lists the colours of the variants, in the feed's order.
func (p *Product) Colors() []string { return p.option("color") }

// Sizes lists the sizes of the variants, in the feed's order.
func (p *Product) Sizes() []string { return p.option("size") }

func (p *Product) option(name string) []string {
	var out []string
	for _, v := range p.Variants {
		if x := v.Options[name]; x != "" && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// VariantFor returns the variant of a colour and size (empty: any), one that is
// in stock before one that is not, or nil.
func (p *Product) VariantFor(color, size string) *Variant {
	var found *Variant
	for i := range p.Variants {
		v := &p.Variants[i]
		if color != "" && !strings.EqualFold(v.Options["color"], color) || size != "" && !strings.EqualFold(v.Options["size"], size) {
			continue
		}
		if found == nil || found.Stock <= 0 && v.Stock > 0 {
			found = v
		}
	}
	return found
}

// Format writes an amount as a shopper reads it: "$84.50", whole amounts
// without cents: "$249".
func Format(m Money, currency, _ string) string {
	return strings.Replace(Exact(m, currency), ".00", "", 1)
}

// Exact writes an amount that is paid or paid back, always with decimals.
func Exact(m Money, currency string) string {
	sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥"}[currency]
	text := m.String()
	if sign == "" {
		return fmt.Sprintf("%s %s", text, currency)
	}
	return sign + text
}
