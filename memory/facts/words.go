package facts

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// A person is somebody else whom a fact may be about.
type person struct {
	ID     string
	Pet    bool
	EN, ZH string
	SayEN  string `yaml:"say_en"`
	SayZH  string `yaml:"say_zh"`
	named  *regexp.Regexp
	en, zh *regexp.Regexp // at the beginning of a clause, as its subject
}

// A thing is a material, a food or a way of living, by the words of shoppers and
// of products.
type thing struct {
	ID       string
	EN, ZH   []string
	In, Text []string // patterns of attributes and titles, of descriptions
	Bars     []string // things that do not go with it
	in, text *regexp.Regexp
}

type kindWords struct {
	Kind, Of, EN, ZH string
	re               *regexp.Regexp
}

func (r *Reader) words(b []byte) error {
	var f struct {
		People    []person
		ForOthers string `yaml:"for_others"`
		ForMe     string `yaml:"for_me"`
		Things    []thing
		Kinds     []kindWords
		Say       map[string]map[string]string
	}
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return fmt.Errorf("memory/facts/words.yaml: %w", err)
	}
	c := compiler{file: "words.yaml"}
	for _, p := range f.People {
		p.named = c.compile(p.ID, `\b(?:`+p.EN+`)(?:'s)?\b|`+p.ZH)
		p.en = c.compile(p.ID, `^(?:(?:and|but|so|also|because|remember|that) )*(?:my|our) (?:\w+ )?(?:`+p.EN+`)( is| wears| takes| likes| loves| hates| dislikes| prefers| has| can't| can not| does not| doesn't| never| also|'s)\b(.*)$`)
		p.zh = c.compile(p.ID, `^(?:而且|另外|还有|对了|其实)*我?(?:们|家)?(?:的)?(?:`+p.ZH+`)(?:的)?(.*)$`)
		r.people = append(r.people, p)
	}
	var anyone []string
	for _, p := range r.people {
		anyone = append(anyone, p.named.String())
	}
	r.anyone = c.compile("people", strings.Join(anyone, "|"))
	r.others, r.me = c.compile("for_others", f.ForOthers), c.compile("for_me", f.ForMe)
	for _, t := range f.Things {
		t.in = c.compile(t.ID, strings.Join(t.In, "|"))
		t.text = c.compile(t.ID, strings.Join(t.Text, "|"))
		r.things = append(r.things, t)
	}
	for _, k := range f.Kinds {
		k.re = c.compile(k.Kind, `\b(?:`+k.EN+`)\b|`+k.ZH)
		r.kinds = append(r.kinds, k)
	}
	r.say = f.Say
	for key, by := range r.say {
		if by["en"] == "" || by["zh"] == "" {
			return fmt.Errorf("memory/facts/words.yaml: say %s wants both en and zh", key)
		}
	}
	return c.err
}

var pronoun = regexp.MustCompile(`^(?:(?:and|but|so|also) )*(he|she)( is|'s| wears| takes| likes| loves| hates| dislikes| prefers| has| can't| does not| doesn't| never)\b(.*)$|^([他她])(.*)$`)

// verbs in the first person, by the third.
var verbs = map[string]string{
	"is": "i am", "'s": "i am", "wears": "i wear", "takes": "i take", "likes": "i like", "loves": "i love", "hates": "i hate", "dislikes": "i dislike", "prefers": "i prefer",
	"has": "i have", "can't": "i can't", "can not": "i can't", "does not": "i do not", "doesn't": "i don't", "never": "i never", "also": "i also",
}

// subject turns a clause about another person into the first person, and names
// the person. A clause about nobody known gives no text; he and she are the one
// spoken of last.
func (r *Reader) subject(text, about string) (first, who string) {
	someone := r.anyone.MatchString(text)
	for _, p := range r.people {
		if !someone {
			break
		}
		if m := p.en.FindStringSubmatch(text); m != nil {
			verb, rest := strings.TrimSpace(m[1]), m[2]
			if verb == "'s" && ofPerson.MatchString(rest) { // my son's size is
				return "my" + rest, p.ID
			}
			if verb == "never" {
				rest = third.ReplaceAllStringFunc(rest, func(s string) string { return strings.TrimSuffix(s, "s") })
			}
			return verbs[verb] + rest, p.ID
		}
		if m := p.zh.FindStringSubmatch(text); m != nil && m[1] != "" {
			return "我" + m[1], p.ID
		}
	}
	if m := pronoun.FindStringSubmatch(text); m != nil {
		if about == "" {
			return "", ""
		}
		if m[4] != "" {
			return "我" + m[5], about
		}
		return verbs[strings.TrimSpace(m[2])] + m[3], about
	}
	return text, ""
}

var (
	ofPerson = regexp.MustCompile(`^ (?:(?:shoe|boot|trouser|clothes|clothing|shirt|jacket|usual) )?(?:size|waist|feet|allerg\w+|favou?rite|shoe size)\b`)
	third    = regexp.MustCompile(`^ \w+s\b`)
)

// Person is whom a text names that is not the customer, "" for nobody.
func (r *Reader) Person(text string) string {
	if !r.anyone.MatchString(text) {
		return ""
	}
	for _, p := range r.people {
		if p.named.MatchString(text) {
			return p.ID
		}
	}
	return ""
}

// Whom says for whom a message shops: a person's id, "other" for somebody who is
// not named, "me", or "" when it does not say.
func (r *Reader) Whom(message string) string {
	t := fold(message)
	for _, p := range r.people {
		if !p.Pet && p.named.MatchString(t) {
			return p.ID
		}
	}
	switch {
	case r.others.MatchString(t):
		return "other"
	case r.me.MatchString(t):
		return "me"
	}
	return ""
}

// Thing is the name that a thing goes by, whatever the language: wool for 羊毛.
func (r *Reader) Thing(word string) string {
	w := strings.ToLower(strings.TrimSpace(word))
	for _, t := range r.things {
		if slices.Contains(t.EN, w) || slices.Contains(t.ZH, w) {
			return t.ID
		}
	}
	return w
}

// Bars are the things that a customer's diet does without.
func (r *Reader) Bars(value string) []string {
	for _, t := range r.things {
		if t.ID == value {
			return t.Bars
		}
	}
	return nil
}

// Has says that a product has a thing: by what is stated of it (its title and
// attributes), or by what its description says.
func (r *Reader) Has(value, stated, description string) bool {
	stated, description = fold(stated), fold(description)
	for _, t := range r.things {
		if t.ID == value && t.in.String() != "" {
			return has(t.in, stated) || t.text.String() != "" && has(t.text, description)
		}
	}
	value = fold(value)
	return value != "" && (hasWord(value, stated) || hasWord(value, description))
}

// Says says that a text has a word, or words, as such: not as a part of others.
func Says(text, words string) bool {
	text, words = fold(text), fold(words)
	return words != "" && hasWord(words, text)
}

// hasWord finds a whole word, or Chinese characters, that is not said to be missing.
func hasWord(word, text string) bool {
	letter := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] >= 'a' && text[i] <= 'z' || text[i] >= '0' && text[i] <= '9')
	}
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		at, end := from+i, from+i+len(word)
		from = end
		if strings.HasPrefix(text[end:], "s") && !letter(end+1) {
			end++ // of several
		}
		whole := word[0] >= 0x80 || !letter(at-1) && !letter(end)
		if whole && !withoutBefore.MatchString(text[max(0, at-24):at]) && !withoutAfter.MatchString(text[end:]) {
			return true
		}
	}
}

// without stands before what a product has not: "no down", "free of wool".
var (
	withoutBefore = regexp.MustCompile(`(?:\bno|\bnot|\bnon|\bwithout|\bfree (?:of|from)|\binstead of|\bunlike|\bimitation|\bfaux|\bfake|\bvegan|\bsynthetic|无|不含|非|没有|代替|仿|人造|免)[ -]*$`)
	withoutAfter  = regexp.MustCompile(`^(?:[ -]free\b|[ -]like\b|替代)`)
)

// has finds a thing that is not said to be missing.
func has(re *regexp.Regexp, text string) bool {
	for _, m := range re.FindAllStringIndex(text, -1) {
		if !withoutBefore.MatchString(text[max(0, m[0]-24):m[0]]) && !withoutAfter.MatchString(text[m[1]:]) {
			return true
		}
	}
	return false
}

// KindOf is the kind of fact that words name: "my shoe size".
func (r *Reader) KindOf(words string) (kind, of string) {
	t := fold(words)
	for _, k := range r.kinds {
		if k.re.MatchString(t) {
			return k.Kind, k.Of
		}
	}
	return "", ""
}

// Name is a value in a language: 羊毛 for wool.
func (r *Reader) Name(value, locale string) string {
	for _, t := range r.things {
		if t.ID == value {
			if strings.HasPrefix(locale, "zh") && len(t.ZH) > 0 {
				return t.ZH[0]
			}
			return t.EN[0]
		}
	}
	return value
}

// Who names a person in a language.
func (r *Reader) Who(id, locale string) string {
	for _, p := range r.people {
		if p.ID == id {
			if strings.HasPrefix(locale, "zh") {
				return p.SayZH
			}
			return p.SayEN
		}
	}
	return id
}

// Sentence says a statement in words, without a full stop.
func (r *Reader) Sentence(s Statement, locale string) string {
	lang := "en"
	if strings.HasPrefix(locale, "zh") {
		lang = "zh"
	}
	key := s.Kind
	if of := s.Kind + "." + s.Of; r.say[of] != nil || r.say[of+".other"] != nil {
		key = of
	}
	if s.Against {
		key += ".against"
	}
	if other := key + ".other"; s.For != "" && r.say[other] != nil {
		key = other
	}
	if r.say[key] == nil {
		key = "other"
	}
	return strings.NewReplacer("{value}", r.Name(s.Value, locale), "{who}", r.Who(s.For, locale)).Replace(r.say[key][lang])
}
