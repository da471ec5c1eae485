package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"parley/agent/llm"
	"parley/tools/catalog"
)

// madeUp names the first argument of a call whose value the shopper never gave,
// or "". It is the judge of tool_choice and shares no code with the grounding
// that it judges. What a tool lets choose from (a topic, a sort) is no value.
func madeUp(call llm.Call, said string, v catalog.Vocabulary) string {
	var args map[string]any
	if err := json.Unmarshal(call.Args, &args); err != nil {
		return "arguments that are no object"
	}
	for name, value := range args {
		if slices.Contains([]string{"topic", "kind", "sort", "facets", "strict", "describe", "limit", "text"}, name) || name == "reason" && call.Name == "hand_off" {
			continue
		}
		for _, x := range flat(value) {
			if !wasSaid(name, x, said, v) {
				return fmt.Sprintf("%s %v", name, x)
			}
		}
	}
	return ""
}

func flat(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// What a shopper says for an argument that is only true or false.
var saidFor = map[string]*regexp.Regexp{
	"in_stock": regexp.MustCompile(`(?i)stock|available|现货|有货`),
	"on_sale":  regexp.MustCompile(`(?i)sale|discount|reduced|打折|优惠|特价`),
}

var inWords = regexp.MustCompile(`[\p{Latin}\d'-]+|\p{Han}`)

// wasSaid says that a value stands in a message: each number of it, and of a name
// flat word, of a free text at least one.
func wasSaid(name string, value any, said string, v catalog.Vocabulary) bool {
	said = strings.ToLower(said)
	switch x := value.(type) {
	case bool:
		return !x || saidFor[name] != nil && saidFor[name].MatchString(said)
	case float64:
		return hasNumber(said, strconv.FormatFloat(x, 'f', -1, 64))
	case string:
		x = strings.ToLower(x)
		if x == "" || name == "what" && slices.Contains([]string{"all", "everything", "size", "allergy", "taste", "fit", "gift"}, x) || strings.Contains(said, x) || known(x, said, v) {
			return true
		}
		free := slices.Contains([]string{"query", "for", "what", "value", "quote", "reason"}, name)
		some, all := false, true
		for _, w := range inWords.FindAllString(x, -1) {
			if unicode.IsDigit([]rune(w)[0]) && !hasNumber(said, w) {
				return false
			}
			if hasWord(said, w) {
				some = true
			} else {
				all = false
			}
		}
		return all || free && some
	}
	return false
}

// hasNumber says that a number stands in a text by itself, in figures.
func hasNumber(said, number string) bool {
	return slices.Contains(regexp.MustCompile(`\d+(?:\.\d+)?`).FindAllString(strings.ReplaceAll(said, ",", ""), -1), number)
}

// hasWord says that a word or its stem stands in a text.
func hasWord(said, word string) bool {
	if len(word) > 4 && unicode.Is(unicode.Latin, []rune(word)[0]) {
		word = strings.TrimSuffix(word[:max(4, len(word)-2)], "e")
	}
	return strings.Contains(said, word)
}

// begins says that the first words of a product's name were said, its number
// with them: "brook 20" of "brook 20 daypack".
func begins(name, said string) bool {
	words := strings.Fields(name)
	return len(words) > 1 && strings.Contains(said, words[0]) && (!unicode.IsDigit([]rune(words[1])[0]) || hasNumber(said, words[1]))
}

// known says that the shop has another name for the same thing, in whatever
// language, that was said. A product's may be cut short.
func known(value, said string, v catalog.Vocabulary) bool {
	same := func(list []catalog.Term, mentioned func(name string) bool) bool {
		return slices.ContainsFunc(list, func(t catalog.Term) bool {
			names := []string{strings.ToLower(t.ID)}
			for _, n := range t.Names {
				for _, s := range n {
					names = append(names, strings.ToLower(s))
				}
			}
			return slices.Contains(names, value) && slices.ContainsFunc(names, mentioned)
		})
	}
	whole := func(name string) bool { return name != "" && strings.Contains(said, name) }
	for _, list := range [][]catalog.Term{v.Categories, v.Colors, v.Sizes, v.Brands, v.Attributes} {
		if same(list, whole) {
			return true
		}
	}
	return same(v.Products, func(name string) bool { return whole(name) || begins(name, said) })
}
