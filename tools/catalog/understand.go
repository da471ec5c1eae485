package catalog

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

//go:embed lexicon.yaml
var lexiconFile []byte

// A lexicon is what shop words mean in general.
type lexicon struct {
	Synonyms [][]string          `yaml:"synonyms"`
	Genders  map[string][]string `yaml:"genders"`
	Colors   map[string][]string `yaml:"colors"`
	Families map[string][]string `yaml:"families"`
	Stop     []string            `yaml:"stop"`

	groups map[string][]int // word or phrase to its lines
	stop   map[string]bool
	han    []string // Chinese words, longest first
}

func loadLexicon() (*lexicon, error) {
	l := &lexicon{groups: map[string][]int{}, stop: map[string]bool{}}
	if err := yaml.UnmarshalWithOptions(lexiconFile, l, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/catalog/lexicon.yaml: %w", err)
	}
	for i, line := range l.Synonyms {
		for _, w := range line {
			l.groups[w] = append(l.groups[w], i)
			l.addHan(w)
		}
	}
	for _, m := range []map[string][]string{l.Genders, l.Colors} {
		for _, words := range m {
			for _, w := range words {
				l.addHan(w)
			}
		}
	}
	for _, w := range l.Stop {
		l.stop[w] = true
		l.addHan(w)
	}
	slices.SortStableFunc(l.han, func(a, b string) int { return len(b) - len(a) })
	l.han = slices.Compact(l.han)
	return l, nil
}

func (l *lexicon) addHan(w string) {
	if hasHan(w) {
		l.han = append(l.han, w)
	}
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// Understood is what a query says beside its words.
type Understood struct {
	Terms              []string // words left to look for
	Category           string
	Color, Size        string
	Gender             string
	PriceMin, PriceMax Money
	Not                []string // words that must not match
	thing              int      // how many of Terms stand before "with", "for" and the like
}

const amount = `(?:[$€£¥]|us\$|usd\s?)?\s?(\d[\d,]*(?:\.\d+)?)\s?(?:k\b)?(?:\s?(?:dollars?|bucks?|usd|euros?|eur|pounds?|gbp|美元|美金|元|块钱|块|刀|[$€£]))?`

var (
	priceRange = regexp.MustCompile(`(?:between\s+|from\s+)?` + amount + `\s*(?:-|–|to|and|到|至|~)\s*` + amount)
	priceMax   = regexp.MustCompile(`(?:under|below|less than|cheaper than|at most|up to|no more than|max(?:imum)?|within|<=?|不超过|低于|少于|最多)\s*` + amount)
	priceMax2  = regexp.MustCompile(amount + `\s*(?:以内|以下|之内|之下|or less|or under|max\b)`)
	priceMin   = regexp.MustCompile(`(?:over|above|more than|at least|from|min(?:imum)?|>=?|高于|超过|至少)\s*` + amount)
	priceMin2  = regexp.MustCompile(amount + `\s*(?:以上|之上|or more|and up)`)
	measured   = regexp.MustCompile(`^\s*(?:cm|mm|m\b|km|kg|g\b|lb|oz|l\b|litre|liter|ml|inch|"|people|person|人|升|公斤|克|厘米|米|hours?|小时|平米|w\b|watt)`)
	negation   = regexp.MustCompile(`(?:\bwithout|\bnot|\bno|\bexcept|不要|不带)\s*(?:a |an |the |any )?([\p{L}-]+)`)
	sizeWord   = regexp.MustCompile(`(?:\bsize\s*|尺码|尺寸)?\b(xxs|xs|xxl|xl|3xl)\b|(?:\bsize\s+|尺码|尺寸)\s*([smlSML]\b|\d{1,3}(?:\.5)?)|\b([sml])\s*(?:码|号)|\bin (?:an? )?(s|m|l|small|medium|large)\b`)
)

// understand reads a query's price limits, gender, colour, size and negation,
// in English and Chinese, and returns the words left.
func (c *Catalog) understand(text string) Understood {
	t := " " + strings.ToLower(width.Replace(text)) + " "
	var u Understood
	t = c.prices(t, &u)
	if m := negation.FindStringSubmatchIndex(t); m != nil {
		if w := t[m[2]:m[3]]; !c.lexicon.stop[w] && (strings.HasPrefix(t[m[0]:m[1]], "with") || c.known(w)) {
			if hasHan(w) {
				w = c.cutHan(w)[0]
			}
			if !c.lexicon.stop[w] {
				u.Not = append(u.Not, w)
				t = t[:m[0]] + strings.Replace(t[m[0]:m[1]], t[m[0]:m[1]], " ", 1) + t[m[1]:]
			}
		}
	}
	if m := sizeWord.FindStringSubmatchIndex(t); m != nil {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 {
				size := strings.ToUpper(t[m[g]:m[g+1]])
				size = map[string]string{"SMALL": "S", "MEDIUM": "M", "LARGE": "L"}[size] + strings.NewReplacer("SMALL", "", "MEDIUM", "", "LARGE", "").Replace(size)
				if c.sizes[size] {
					u.Size = size
					t = t[:m[0]] + " " + t[m[1]:]
				}
				break
			}
		}
	}
	words := c.words(t)
	var rest []string
	for _, w := range words {
		if slices.Contains(linking, w) && u.thing == 0 {
			u.thing = len(rest)
		}
		if g := c.gender(w); g != "" && u.Gender == "" {
			u.Gender = g
			continue
		}
		if col := c.colour(w); col != "" && u.Color == "" {
			u.Color = col
			continue
		}
		if !c.lexicon.stop[w] {
			rest = append(rest, w)
		}
	}
	u.Terms = rest
	if u.thing == 0 {
		u.thing = len(rest)
	}
	return u
}

// linking words end the name of the thing that is asked for.
var linking = []string{"with", "for", "of", "in", "from", "that", "to"}

var width = strings.NewReplacer("，", " ", "。", " ", "？", " ", "！", " ", "、", " ", "’", "'", "“", " ", "”", " ", "「", " ", "」", " ")

func (c *Catalog) prices(t string, u *Understood) string {
	cut := func(re *regexp.Regexp, set func(v []Money)) {
		m := re.FindStringSubmatchIndex(t)
		if m == nil || measured.MatchString(t[m[1]:]) {
			return
		}
		var v []Money
		for g := 2; g+1 < len(m); g += 2 {
			f, err := strconv.ParseFloat(strings.ReplaceAll(t[m[g]:m[g+1]], ",", ""), 64)
			if err != nil {
				return
			}
			v = append(v, Money(f*100+.5))
		}
		set(v)
		t = t[:m[0]] + " " + t[m[1]:]
	}
	cut(priceRange, func(v []Money) { u.PriceMin, u.PriceMax = min(v[0], v[1]), max(v[0], v[1]) })
	if u.PriceMax == 0 {
		cut(priceMax, func(v []Money) { u.PriceMax = v[0] })
	}
	if u.PriceMax == 0 {
		cut(priceMax2, func(v []Money) { u.PriceMax = v[0] })
	}
	if u.PriceMin == 0 {
		cut(priceMin, func(v []Money) { u.PriceMin = v[0] })
	}
	if u.PriceMin == 0 {
		cut(priceMin2, func(v []Money) { u.PriceMin = v[0] })
	}
	return t
}

// words cuts a text: Latin runs as they stand, Chinese by the longest words
// that the lexicon and the catalogue know.
func (c *Catalog) words(t string) []string {
	var out []string
	for _, f := range strings.FieldsFunc(t, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '\'' && r != '.'
	}) {
		f = strings.Trim(strings.TrimSuffix(f, "'s"), "-'.")
		switch {
		case f == "":
		case hasHan(f):
			out = append(out, c.cutHan(f)...)
		case unitGlued.MatchString(f):
			out = append(out, unitGlued.FindStringSubmatch(f)[1:]...)
		default:
			out = append(out, f)
		}
	}
	return out
}

var unitGlued = regexp.MustCompile(`^(\d+(?:\.\d+)?)(cm|mm|m|km|kg|g|lb|oz|l|ml|w|v|in|ft)$`)

func (c *Catalog) cutHan(s string) []string {
	var out []string
	var rest []rune
	flush := func() {
		if len(rest) > 0 {
			out = append(out, string(rest))
			rest = nil
		}
	}
	for s != "" {
		found := ""
		for _, w := range c.han {
			if strings.HasPrefix(s, w) {
				found = w
				break
			}
		}
		if found == "" {
			r := []rune(s)[0]
			rest = append(rest, r)
			s = s[len(string(r)):]
			continue
		}
		flush()
		out = append(out, found)
		s = s[len(found):]
	}
	flush()
	return out
}

func (c *Catalog) gender(w string) string {
	for g, words := range c.lexicon.Genders {
		if slices.Contains(words, w) && c.genders[g] {
			return g
		}
	}
	return ""
}

// colour returns the catalogue's own colour, or family, that a word names.
func (c *Catalog) colour(w string) string {
	if c.colors[w] {
		return w
	}
	for name, words := range c.lexicon.Colors {
		if !slices.Contains(words, w) {
			continue
		}
		if c.colors[name] {
			return name
		}
		for _, member := range c.lexicon.Families[name] {
			if c.colors[member] {
				return name
			}
		}
	}
	return ""
}

// colored says whether a product comes in a colour or a member of its family.
func (c *Catalog) colored(p *Product, color string) *Variant {
	if v := p.VariantFor(color, ""); v != nil {
		return v
	}
	for _, member := range c.lexicon.Families[strings.ToLower(color)] {
		if v := p.VariantFor(member, ""); v != nil {
			return v
		}
	}
	return nil
}
