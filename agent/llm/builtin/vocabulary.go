package builtin

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Term is a word of the catalogue with its names by language.
type Term struct {
	ID    string
	Names map[string][]string
}

// A Vocabulary is what a shop's catalogue calls things.
type Vocabulary struct {
	Categories, Colors, Sizes, Brands, Products, Attributes []Term
	Things                                                  []Term // kinds of things that shops sell, whether this one does or not
	Features                                                []Term // what things are like, in both languages
	Guides                                                  []Term // what the shop's guides are about
}

// named is a name as it may stand in a message, folded, and what it stands for.
type named struct{ name, id string }

// vocabulary is the catalogue's own words, longest first.
type vocabulary struct {
	colors, sizes, brands []named
	titles                index
	kinds                 index               // what things are: categories, and the words that titles end with
	ranges                map[string][]string // names of the categories, by language
	terms                 map[string]bool     // policies that the catalogue states product by product
	facts                 []named             // names of attributes
	parts                 index               // pieces of titles that only one product has
	guides                index               // what guides are about
	byMark                titles
	colorNames            map[string]string
	english               map[string][]string // of general Chinese words
	general               map[string]bool     // stems of words for what things are like and what there is
}

func newVocabulary(v Vocabulary) vocabulary {
	w := vocabulary{colors: names(v.Colors), sizes: names(v.Sizes), brands: names(v.Brands), kinds: newIndex(kinds(v))}
	w.titles = newIndex(titleNames(v.Products, w.kinds.list))
	for _, s := range v.Sizes { // letters are also said as words
		for _, said := range sizeWords[strings.ToLower(s.ID)] {
			w.sizes = append(w.sizes, named{said, s.ID})
		}
	}
	longestFirst(w.sizes)
	w.terms = map[string]bool{}
	for _, a := range v.Attributes {
		for topic, re := range termNames {
			if re.MatchString(a.ID) {
				w.terms[topic] = true
			}
		}
	}
	w.parts = newIndex(titleParts(v.Products))
	w.guides = newIndex(names(v.Guides))
	w.byMark = newTitles(v.Products)
	w.english, w.general = map[string][]string{}, map[string]bool{}
	for _, list := range [][]Term{v.Features, v.Things} {
		for _, t := range list {
			for _, en := range t.Names["en"] {
				for _, m := range marksOf(en) {
					w.general[m] = true
				}
			}
			for _, zh := range t.Names["zh"] {
				w.english[zh] = append(w.english[zh], t.Names["en"]...)
			}
		}
	}
	w.colorNames = map[string]string{}
	for _, n := range w.colors {
		w.colorNames[n.name] = n.id
	}
	w.facts = names(v.Attributes)
	w.ranges = map[string][]string{}
	for _, t := range v.Categories {
		for _, lang := range []string{"en", "zh"} {
			name := t.ID
			if list := t.Names[lang]; len(list) > 0 {
				name = list[0]
			}
			if lang == "en" {
				name = strings.ToLower(strings.ReplaceAll(name, "-", " "))
			}
			w.ranges[lang] = append(w.ranges[lang], name)
		}
	}
	return w
}

// termNames are what feeds call a policy that differs by product.
var termNames = map[string]*regexp.Regexp{
	"returns": regexp.MustCompile(`(?i)^returns?|return.policy|退货|退换`), "shipping": regexp.MustCompile(`(?i)^shipping|^delivery|发货|配送`), "warranty": regexp.MustCompile(`(?i)warranty|guarantee|保修|质保|保固`),
}

// titleParts are two or three words in a row that stand in one title only:
// "galaxy s8", "macbook pro".
func titleParts(products []Term) []named {
	ids := map[string]string{}
	for _, t := range products {
		for _, list := range t.Names {
			for _, n := range list {
				w := strings.Fields(unquoted.Replace(strings.ToLower(n)))
				for size := 2; size <= 3; size++ {
					for i := 0; i+size <= len(w); i++ {
						if filler[w[i]] || joins[w[i+size-1]] {
							continue // "of the" calls nothing
						}
						part := strings.Join(w[i:i+size], " ")
						if was, ok := ids[part]; ok && was != t.ID {
							ids[part] = ""
						} else {
							ids[part] = t.ID
						}
					}
				}
			}
		}
	}
	var out []named
	for part, id := range ids {
		if id != "" && !hasHan(part) {
			out = append(out, named{part, id})
		}
	}
	return longestFirst(out)
}

// unquoted takes the marks off a title that nobody types.
var unquoted = strings.NewReplacer(" '", " ", "' ", " ", "\"", " ", "“", " ", "”", " ", "‘", " ", "®", "", "™", "")

var joins = wordSet("a an the of and or in on for with to & from by")

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

var sizeWords = map[string][]string{
	"xs": {"extra small", "加小号", "特小号"}, "s": {"small", "小号", "小码"}, "m": {"medium", "中号", "中码"}, "l": {"large", "大号", "大码"},
	"xl": {"extra large", "x-large", "加大号", "加大码"}, "xxl": {"2xl", "xx-large", "特大号"},
}

func names(terms []Term) []named {
	var out []named
	for _, t := range terms {
		for _, list := range t.Names {
			for _, n := range list {
				if n != "" {
					out = append(out, named{strings.ToLower(n), t.ID})
				}
			}
		}
	}
	return longestFirst(out)
}

// kinds are the names of categories and of their parts, and the words that
// titles end with, singular and plural.
func kinds(v Vocabulary) []named {
	var out []named
	seen := map[string]bool{}
	for _, a := range v.Attributes { // "its weight" is no dumbbell
		seen[strings.ToLower(a.ID)] = true
	}
	for _, c := range names(v.Colors) { // "in green" asks for no vegetables
		seen[c.name] = true
	}
	add := func(word, id string) {
		word = strings.TrimSpace(strings.ToLower(word))
		if utf8.RuneCountInString(word) < 2 || len(word) < 3 || noKind[word] || seen[word] || strings.ContainsAny(word, "0123456789") {
			return
		}
		seen[word] = true
		out = append(out, named{word, id})
	}
	for _, t := range v.Categories {
		for _, list := range t.Names {
			for _, n := range list {
				for _, part := range strings.FieldsFunc(n, func(r rune) bool { return strings.ContainsRune(">/&,，、", r) }) {
					part = strings.ToLower(strings.Join(strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), " "))
					for _, form := range numbers(part) {
						add(form, t.ID)
					}
					if w := strings.Fields(part); len(w) > 1 && !hasHan(part) {
						for _, form := range numbers(w[len(w)-1]) {
							add(form, t.ID)
						}
					}
				}
			}
		}
	}
	for _, t := range v.Things {
		for _, list := range t.Names {
			for _, n := range list {
				for _, form := range numbers(strings.ToLower(n)) {
					add(form, t.ID)
				}
			}
		}
	}
	endings := map[string]int{}
	for _, t := range v.Products {
		for lang, list := range t.Names {
			for _, n := range list {
				n = strings.ToLower(n)
				if lang != "zh" && !hasHan(n) {
					w := strings.FieldsFunc(n, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' })
					if raw := strings.Fields(n); len(w) > 1 && !strings.ContainsAny(raw[len(raw)-1], "0123456789") { // a model's number says nothing of the word before it
						endings[slices.Min(numbers(w[len(w)-1]))]++
					}
					continue
				}
				r := []rune(n)
				for k := 2; k <= 4 && k < len(r); k++ {
					if end := string(r[len(r)-k:]); !strings.ContainsFunc(end, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
						endings[end]++
					}
				}
			}
		}
	}
	for end, n := range endings { // what one title alone ends with is its name
		if n > 1 {
			for _, form := range numbers(end) {
				add(form, end)
			}
		}
	}
	return longestFirst(out)
}

// alike are all names of what a kind's name stands for, in both languages.
func (w *vocabulary) alike(kind string) []string {
	out := numbers(kind)
	for _, k := range w.kinds.list {
		if k.name != kind {
			continue
		}
		for _, other := range w.kinds.list {
			if other.id == k.id {
				out = append(out, other.name)
			}
		}
	}
	return out
}

// noKind are words that titles and categories end with and that name no thing.
var noKind = map[string]bool{
	"new": true, "sale": true, "men": true, "women": true, "kids": true, "accessories": true, "gear": true, "collections": true, "set": true, "kit": true, "pack": true,
	"other": true, "more": true, "all": true, "general": true, "home": true, "one": true, "ones": true, "pair": true, "size": true, "foot": true, "black": true, "white": true, "blue": true,
	"light": true, "lights": false, "color": true, "colour": true, "default": true, "category": true, "products": true, "care": true, "large": true, "small": true, "pro": true, "max": true, "plus": true, "mini": true,
}

// numbers are the singular and plural of an English word.
func numbers(word string) []string {
	if hasHan(word) || word == "" {
		return []string{word}
	}
	switch {
	case strings.HasSuffix(word, "ies"):
		return []string{word, strings.TrimSuffix(word, "ies") + "y"}
	case strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"):
		return []string{word, strings.TrimSuffix(word, "es")}
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "sh"), strings.HasSuffix(word, "ch"), strings.HasSuffix(word, "x"):
		return []string{word, word + "es"}
	case strings.HasSuffix(word, "s"):
		return []string{word, strings.TrimSuffix(word, "s")}
	case strings.HasSuffix(word, "y") && len(word) > 2 && !strings.ContainsAny(word[len(word)-2:len(word)-1], "aeiou"):
		return []string{word, strings.TrimSuffix(word, "y") + "ies"}
	}
	return []string{word, word + "s"}
}

// titleNames are full titles, and first words that only one title begins with
// and that name no kind of thing.
func titleNames(products []Term, kinds []named) []named {
	kind := map[string]bool{}
	for _, k := range kinds {
		kind[k.name] = true
	}
	var out []named
	first := map[string]map[string]bool{}
	for _, t := range products {
		for _, list := range t.Names {
			for _, n := range list {
				n = strings.ToLower(n)
				out = append(out, named{n, t.ID})
				if bare := strings.Join(strings.Fields(unquoted.Replace(n)), " "); bare != n {
					out = append(out, named{bare, t.ID})
				}
				if strings.Contains(n, " & ") {
					out = append(out, named{strings.ReplaceAll(n, " & ", " and "), t.ID})
				}
				for _, head := range heads(n) {
					if first[head] == nil {
						first[head] = map[string]bool{}
					}
					first[head][t.ID] = true
				}
			}
		}
	}
	for head, ids := range first {
		for id := range ids {
			if len(ids) == 1 && len(head) >= 4 && !common[head] && !kind[head] {
				out = append(out, named{head, id})
			}
		}
	}
	return longestFirst(out)
}

// heads are the first word of a title and its first two.
func heads(title string) []string {
	w := strings.Fields(title)
	if len(w) < 2 || hasHan(w[0]) {
		return nil
	}
	return []string{w[0], w[0] + " " + w[1]}
}

// common words begin titles and ordinary sentences alike.
var common = map[string]bool{
	"kids": true, "women's": true, "men's": true, "trail": true, "rain": true, "light": true, "yoga": true, "camp": true, "double": true, "water": true, "foam": true, "sport": true,
	"sports": true, "travel": true, "green": true, "black": true, "white": true, "blue": true, "apple": true, "wood": true, "home": true, "mini": true, "running": true, "classic": true,
	"wool": true, "down": true, "merino": true, "dash": true, "digital": true, "wireless": true, "smart": true, "bedside": true, "coffee": true, "dining": true, "kitchen": true, "office": true,
	"gold": true, "silver": true, "leather": true, "cotton": true, "organic": true, "fresh": true, "cooking": true, "chicken": true, "protein": true, "summer": true, "winter": true, "beach": true,
	"children's": true, "portable": true, "electric": true, "steel": true, "glass": true, "plastic": true, "wooden": true, "large": true, "small": true, "cold": true, "warm": true, "bright": true,
	"one": true, "two": true, "three": true, "four": true, "five": true, "six": true, "first": true, "second": true, "third": true, "last": true, "more": true, "best": true, "what": true, "with": true, "nice": true, "good": true, "price": true, "hiking": true, "camping": true, "gift": true,
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func longestFirst(list []named) []named {
	slices.SortFunc(list, func(a, b named) int {
		return cmp.Or(cmp.Compare(len(b.name), len(a.name)), cmp.Compare(a.name, b.name), cmp.Compare(a.id, b.id))
	})
	return list
}

// find is the first name of a list that stands in a text.
func find(text string, list []named) (named, bool) {
	for _, n := range list {
		if wordAt(text, n.name) >= 0 {
			return n, true
		}
	}
	return named{}, false
}

// wordAt finds a name at word boundaries; Chinese has none.
func wordAt(text, name string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(name)
		if name[0] >= 0x80 || (!letter(text, i-1) && !letter(text, end)) {
			return i
		}
		from = end
	}
}

func letter(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] >= 'a' && s[i] <= 'z' || s[i] >= '0' && s[i] <= '9')
}
