package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// aboutProduct answers what was asked of one product, with the words that the
// shop states.
func (t *turn) aboutProduct(r result) string {
	p := r.Product
	price := money(p.Price, p.Currency)
	if a := r.Asked; a != nil {
		what := strings.TrimSpace(t.colorWord(a.Color) + " " + a.Size)
		switch {
		case !a.Exists:
			others := p.Sizes
			if a.Color != "" {
				others = t.colorNames(p)
			}
			if len(others) == 0 {
				return t.say("unknown", "title", p.Title)
			}
			return t.say("variant_none", "title", p.Title, "what", what, "others", t.list(others))
		case !a.InStock:
			return t.say("variant_out", "title", p.Title, "what", what)
		case a.Stock > 0:
			return t.say("variant_few", "title", p.Title, "what", what, "stock", a.Stock, "price", money(a.Price, p.Currency))
		}
		return t.say("variant_yes", "title", p.Title, "what", what, "price", money(a.Price, p.Currency))
	}
	topic := t.topic()
	if topic == nil && asking.MatchString(t.text) {
		if words := t.askedOf(p); len(words) > 0 {
			return t.stated(p, words)
		}
	}
	if topic == nil {
		text := t.say("about", "title", p.Title, "price", price, "blurb", p.Blurb)
		if p.List > p.Price {
			text += t.say("was", "list", money(p.List, p.Currency))
		}
		if p.InStock {
			return text
		}
		return text + " " + t.say("stock_no", "title", p.Title)
	}
	switch topic.name {
	case "price":
		text := t.say("price", "title", p.Title, "price", price)
		if p.List > p.Price {
			text += t.say("was", "list", money(p.List, p.Currency))
		}
		return text
	case "stock":
		switch {
		case !p.InStock:
			return t.say("stock_no", "title", p.Title)
		case p.Stock > 0:
			return t.say("stock_few", "title", p.Title, "stock", p.Stock)
		}
		return t.say("stock_yes", "title", p.Title)
	case "sizes":
		if len(p.Sizes) == 0 {
			return t.say("one_size", "title", p.Title)
		}
		return t.say("sizes", "title", p.Title, "list", t.list(p.Sizes))
	case "colors":
		if names := t.colorNames(p); len(names) > 0 {
			return t.say("colors", "title", p.Title, "list", t.list(names))
		}
		return t.say("unknown", "title", p.Title)
	}
	for _, a := range p.Attributes {
		if slices.Contains(topic.names, strings.ToLower(a.Name)) {
			return t.say("stated", "title", p.Title, "fact", t.fact(a.Name, a.Label, a.Values))
		}
	}
	for _, s := range append(sentences(p.Description), p.Bullets...) {
		for _, w := range topic.words {
			if strings.Contains(strings.ToLower(s), w) {
				return t.say("quoted", "title", p.Title, "quote", s)
			}
		}
	}
	return t.say("unknown", "title", p.Title)
}

var asking = regexp.MustCompile(`^(does|do|is|are|was|can|could|will|would|has|have|how|what|which|where|who)\b.*\?|\?$|(吗|呢|多少|几|什么|怎么|哪)`)

// askedOf are the words of a question that are not the product's own name.
func (t *turn) askedOf(p product) []string {
	title := strings.ToLower(p.Title)
	text := pointing.ReplaceAllString(t.text, " ")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " ")
	}
	return slices.DeleteFunc(t.contentOf(text), func(w string) bool { return strings.Contains(title, w) || vague[w] })
}

// vague words ask about nothing in particular.
var vague = map[string]bool{"about": true, "details": true, "info": true, "information": true, "product": true, "products": true, "describe": true, "special": true, "介绍": true, "详细": true, "product's": true}

// fact says an attribute: "weight 310 g", 「重量310 g」.
func (t *turn) fact(name, label string, values []string) string {
	if t.lang == "zh" {
		return cmp.Or(label, name) + " " + strings.Join(values, "、")
	}
	return name + " " + strings.Join(values, ", ")
}

// stated quotes what the shop says with the words of a question, or says that
// it says nothing.
func (t *turn) stated(p product, words []string) string {
	says := func(s string) bool {
		s = strings.ToLower(s)
		return slices.ContainsFunc(words, func(w string) bool {
			if r := []rune(w); len(r) > 5 && r[0] < 0x80 {
				w = string(r[:len(r)-1]) // zips and zipped, weighs and weight
			}
			return strings.Contains(s, strings.Trim(w, fillerHan))
		})
	}
	for _, a := range p.Attributes {
		if says(a.Name) || says(strings.Join(a.Values, " ")) {
			return t.say("stated", "title", p.Title, "fact", t.fact(a.Name, a.Label, a.Values))
		}
	}
	for _, s := range append(sentences(p.Description), p.Bullets...) {
		if says(s) {
			return t.say("quoted", "title", p.Title, "quote", s)
		}
	}
	return t.say("unknown", "title", p.Title)
}

// colorWord is a colour in the language of the answer, if it is known there.
func (t *turn) colorWord(color string) string {
	for _, n := range t.m.colors {
		if t.lang == "zh" && strings.EqualFold(n.id, color) && n.name[0] >= 0x80 {
			return n.name
		}
	}
	return color
}

func (t *turn) colorNames(p product) []string {
	var out []string
	for _, c := range p.Colors {
		out = append(out, t.colorWord(c.Name))
	}
	return out
}

func sentences(text string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(strings.NewReplacer(". ", ".\n", "。", "。\n", "! ", "!\n", "•", "\n").Replace(text), func(r rune) bool { return r == '\n' }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}
