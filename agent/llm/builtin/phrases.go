package builtin

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// phrases are what is said: by key, by language, in variants.
type phrases struct {
	texts map[string]map[string][]string
	asked []askedPhrase
}

// An askedPhrase recognises a question of ours in the history.
type askedPhrase struct {
	what string // product, order, person
	re   *regexp.Regexp
}

// What our phrases ask for: a question that is answered next turn.
var asks = map[string][]string{
	"product": {"which", "compare_few", "only_n"},
	"errand":  {"unclear", "none_said", "which_kind"},
	"order":   {"which_order", "orders", "which_return"},
	"item":    {"which_item", "no_such_item"},
	"variant": {"which_variant", "no_such_variant", "swap_out_of_stock"},
	"address": {"which_address", "bad_address"},
	"proof":   {"sign_in_or_prove", "not_proved", "which_order_too"},
	"person":  {"unknown", "partly", "price_unpriced", "policy_none", "complaint", "complaint_order", "abuse", "cannot", "stock_alert", "promo_none", "advice_unknown", "which_again", "unclear_again", "sure", "same_again", "order_missing"},
}

func newPhrases(texts map[string]map[string][]string) (phrases, error) {
	p := phrases{texts: texts}
	for key, by := range texts {
		if len(by["en"]) == 0 || len(by["zh"]) == 0 {
			return p, fmt.Errorf("agent/llm/builtin/phrases.yaml: %s wants both en and zh", key)
		}
	}
	for what, keys := range asks {
		for _, key := range keys {
			if texts[key] == nil {
				return p, fmt.Errorf("agent/llm/builtin/phrases.yaml: %s is missing", key)
			}
			for _, list := range texts[key] {
				for _, v := range list {
					re := slot.ReplaceAllString(regexp.QuoteMeta(v), `.*`)
					compiled, err := regexp.Compile(`(?s)` + re + `\s*$`)
					if err != nil {
						return p, err
					}
					p.asked = append(p.asked, askedPhrase{what, compiled})
				}
			}
		}
	}
	return p, nil
}

var slot = regexp.MustCompile(`\\\{[^}]*\\\}`)

// ends says what the end of an earlier reply asked for, "" for nothing.
func (p phrases) ends(reply string) string {
	for _, a := range p.asked {
		if reply != "" && a.re.MatchString(reply) {
			return a.what
		}
	}
	return ""
}

// say picks a variant by the words of the message, so that a conversation
// varies and a replay does not. {name} is filled in; {n|item|items} takes the
// form that the language has for a number.
func (t *turn) say(key string, args ...any) string {
	for k := 0; k+1 < len(args); k += 2 { // a shop may state no price: then none is said
		if args[k] == "price" && args[k+1] == "" && t.m.phrases.texts[key+"_unpriced"] != nil {
			key += "_unpriced"
			break
		}
	}
	list := t.m.phrases.texts[key][t.lang]
	if len(list) == 0 {
		return ""
	}
	h := fnv.New32a()
	h.Write([]byte(t.text))
	fmt.Fprint(h, t.nth)
	text := list[int(h.Sum32())%len(list)]
	values := map[string]any{}
	for k := 0; k+1 < len(args); k += 2 {
		values[fmt.Sprint(args[k])] = args[k+1]
	}
	text = placeholder.ReplaceAllStringFunc(text, func(s string) string {
		name, forms, _ := strings.Cut(strings.Trim(s, "{}"), "|")
		v, ok := values[name]
		if !ok {
			return s
		}
		if n, isNumber := v.(int); isNumber && forms != "" {
			one, other, _ := strings.Cut(forms, "|")
			if plural.Cardinal.MatchPlural(t.tag(), n, 0, 0, 0, 0) == plural.One {
				return one
			}
			return other
		}
		return fmt.Sprint(v)
	})
	return articles.ReplaceAllString(text, "$1 $2")
}

// articles are said once: some titles bring their own.
var articles = regexp.MustCompile(`\b[Tt]he (The|An?) (\p{Lu})`)

var placeholder = regexp.MustCompile(`\{[a-z_]+(?:\|[^{}|]*\|[^{}|]*)?\}`)

func (t *turn) tag() language.Tag {
	if t.lang == "zh" {
		return language.Chinese
	}
	return language.English
}

// money writes a price, whole amounts without decimals; "" for none.
func money(v float64, currency string) string {
	if v == 0 {
		return ""
	}
	return strings.TrimSuffix(exact(v, currency), ".00")
}

var printer = message.NewPrinter(language.English) // the grouping of 1,299.00 is the same in Chinese

// exact writes an amount that is paid or paid back, always with decimals.
func exact(v float64, currency string) string {
	text := printer.Sprintf("%.2f", v)
	switch sign := map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}[currency]; {
	case sign != "":
		return sign + text
	case currency == "":
		return text
	}
	return currency + " " + text
}

func (t *turn) list(items []string) string {
	if t.lang == "zh" {
		return strings.Join(items, "、")
	}
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// join puts sentences beside each other.
func (t *turn) join(parts []string) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	if t.lang == "zh" {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, " ")
}

func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n]) + "…"
}
