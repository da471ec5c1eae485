package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

//go:embed lexicon/*.yaml
var lexiconFiles embed.FS

// A lexicon is what shop words mean in general, in both languages: the files of
// lexicon/, in which no product, brand or shop is named.
type lexicon struct {
	lines    []line
	at       map[string][]int // a word or phrase to its lines
	genders  map[string]string
	people   map[string]bool // whom a wish is for, of no sex or age: nephew
	ages     map[string][2]float64
	colors   map[string]string   // any word of a colour to its name
	colorsOf map[string][]string // its words
	families map[string][]string
	stop     map[string]bool
	not      map[string]bool   // "without", 不要
	sale     map[string]bool   // "on sale", 打折
	instock  map[string]bool   // "in stock", 现货
	words    map[string]bool   // common words that are no misspellings
	links    map[string]bool   // words after which the thing itself is no longer named
	uses     map[string]bool   // those after which it is said what for
	sorts    map[string]string // "cheapest" to price_asc
	superl   map[string][]string
	leans    map[string]string // "small" to the superlative that orders by it
	sizes    map[string]string
	han      map[string]bool // every Chinese word
	sections []string
	denials  denials
}

// A line is words that mean the same.
type line struct {
	names    []string
	narrower []string // also found when the line is asked for: boots for footwear
	section  string   // of things; "" when the line is a quality, a use or a part
	soft     bool     // a wish that leaves nothing out: big, cute
	use      bool     // whom, where or what a thing is for: a wish only where some of its kind say so
}

var loadLexicon = sync.OnceValues(func() (*lexicon, error) {
	l := &lexicon{
		at: map[string][]int{}, genders: map[string]string{}, people: map[string]bool{}, ages: map[string][2]float64{}, colors: map[string]string{}, colorsOf: map[string][]string{}, families: map[string][]string{},
		stop: map[string]bool{}, not: map[string]bool{}, sale: map[string]bool{}, instock: map[string]bool{}, words: map[string]bool{}, links: map[string]bool{}, uses: map[string]bool{}, sorts: map[string]string{}, superl: map[string][]string{}, leans: map[string]string{}, sizes: map[string]string{}, han: map[string]bool{},
	}
	names, err := fs.Glob(lexiconFiles, "lexicon/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == "lexicon/units.yaml" || name == "lexicon/numbers.yaml" || name == "lexicon/denials.yaml" {
			continue
		}
		b, err := lexiconFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := l.read(b); err != nil {
			return nil, fmt.Errorf("tools/catalog/%s: %w", name, err)
		}
	}
	if len(l.sections) > 64 {
		return nil, fmt.Errorf("tools/catalog/lexicon: %d sections of things, and room for 64: put some together", len(l.sections))
	}
	l.plurals(0)
	if l.denials, err = loadDenials(); err != nil {
		return nil, err
	}
	m, err := loadMeasures()
	if err != nil {
		return nil, err
	}
	for _, d := range m.dims {
		for _, r := range d.Roles {
			for way, words := range map[string][]string{"asc": r.Least, "desc": r.Most} {
				for _, w := range words {
					l.superl[w] = append(l.superl[w], "attr:"+r.ID+":"+way)
					l.addHan(w)
				}
			}
		}
	}
	for w := range l.superl { // made by walking maps; the order must not depend on it
		slices.Sort(l.superl[w])
	}
	return l, nil
})

// read takes in one file. A line of things or features is words apart by commas;
// those after ">" are narrower.
func (l *lexicon) read(b []byte) error {
	var f struct {
		Things   map[string][]string
		Features []string
		Soft     []string
		Uses     []string
		Genders  map[string]string
		People   string
		Ages     map[string]string
		Colors   map[string]string
		Families map[string]string
		Sorts    map[string]string
		Sizes    map[string]string
		Stop     []string
		Not      string
		Sale     string
		InStock  string
		Leans    map[string]string
		Words    string
		Links    string
		For      string
	}
	if err := yaml.UnmarshalWithOptions(b, &f, yaml.Strict()); err != nil {
		return err
	}
	var sections []string
	for s := range f.Things {
		sections = append(sections, s)
	}
	slices.Sort(sections)
	for _, s := range sections {
		if !slices.Contains(l.sections, s) {
			l.sections = append(l.sections, s)
		}
		for _, text := range f.Things[s] {
			l.line(s, text)
		}
	}
	for _, text := range f.Features {
		l.line("", text)
	}
	for _, text := range f.Soft {
		l.line("", text)
		l.lines[len(l.lines)-1].soft = true
	}
	for _, text := range f.Uses {
		l.line("", text)
		l.lines[len(l.lines)-1].use = true
	}
	each := func(from map[string]string, do func(name, w string)) {
		for name, text := range from {
			for _, w := range list(text) {
				do(name, w)
				l.addHan(w)
			}
		}
	}
	each(f.Genders, func(name, w string) { l.genders[w] = name })
	each(f.Colors, func(name, w string) {
		l.colors[w] = name
		l.colorsOf[name] = append(l.colorsOf[name], w)
	})
	each(f.Families, func(name, w string) { l.families[name] = append(l.families[name], w) })
	each(f.Sorts, func(name, w string) { l.sorts[w] = name })
	each(f.Leans, func(name, w string) { l.leans[w] = name })
	each(f.Sizes, func(name, w string) { l.sizes[w] = name })
	add := func(to map[string]bool, text string) {
		for _, w := range list(text) {
			to[w] = true
			l.addHan(w)
		}
	}
	for _, text := range f.Stop {
		add(l.stop, text)
	}
	for span, text := range f.Ages {
		var r [2]float64
		if _, err := fmt.Sscanf(span, "%g-%g", &r[0], &r[1]); err != nil {
			return fmt.Errorf("ages: %q is no range of years", span)
		}
		for _, w := range list(text) {
			l.ages[w] = r
			l.addHan(w)
		}
	}
	add(l.people, f.People)
	add(l.not, f.Not)
	add(l.sale, f.Sale)
	add(l.instock, f.InStock)
	add(l.words, f.Words)
	add(l.links, f.Links)
	add(l.uses, f.For)
	return nil
}

func list(text string) []string {
	var out []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func (l *lexicon) line(section, text string) {
	same, below, _ := strings.Cut(text, ">")
	n := line{names: list(same), narrower: list(below), section: section}
	i := len(l.lines)
	l.lines = append(l.lines, n)
	for _, w := range n.names {
		l.addHan(w)
		if !slices.Contains(l.at[w], i) {
			l.at[w] = append(l.at[w], i)
		}
	}
	for _, w := range n.narrower {
		l.addHan(w)
	}
}

// plurals lets every name be found without its plurals too, unless that is a
// name of another thing: glass.
func (l *lexicon) plurals(from int) {
	for i, n := range l.lines[from:] {
		for _, w := range n.names {
			if p := plain(w); p != w && !slices.ContainsFunc(l.at[p], func(k int) bool { return slices.Contains(l.lines[k].names, p) }) {
				l.at[p] = append(l.at[p], from+i)
			}
		}
	}
}

func (l *lexicon) addHan(w string) {
	if hasHan(w) {
		l.han[w] = true
	}
}

// find gives the lines of a word or phrase, as it is written or without plurals.
func (l *lexicon) find(phrase string) []int {
	if at := l.at[phrase]; len(at) > 0 {
		return at
	}
	return l.at[plain(phrase)]
}

// common says that a word is one of the language's, and no misspelling.
func (l *lexicon) common(w string) bool {
	one := singular(w)
	return l.words[w] || l.words[one] || l.stop[w] || l.links[w] || l.sale[w] || l.sizes[w] != "" || l.genders[w] != "" || l.sorts[w] != "" || len(l.superl[w]) > 0
}

// plain takes the plurals and hyphens out of an English phrase.
func plain(phrase string) string {
	if hasHan(phrase) {
		return phrase
	}
	words := strings.FieldsFunc(phrase, func(r rune) bool { return r == ' ' || r == '-' })
	for i, w := range words {
		words[i] = singular(surface(w))
	}
	return strings.Join(words, " ")
}

// singular takes the plural off an English word.
func singular(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 5 && strings.HasSuffix(w, "oes") && w != "canoes": // potatoes, not shoes
		return w[:len(w)-2]
	case len(w) > 4 && (strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "sses")):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		return w[:len(w)-1]
	}
	return w
}

// longestHan is the length of the longest of some Chinese words that a text
// starts with, or 0.
func longestHan(s string, in ...map[string]bool) int {
	best := 0
	for i, n := 0, 0; i < len(s) && n < 8; n++ {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
		for _, m := range in {
			if m[s[:i]] {
				best = i
			}
		}
	}
	return best
}

// quality says that a word may name a quality or a material: cherry, which is
// wood too.
func (l *lexicon) quality(w string) bool {
	return slices.ContainsFunc(l.find(w), func(i int) bool { return l.lines[i].section == "" })
}

// apart says that a word means another thing than its singular does: glasses,
// which are no glass.
func (l *lexicon) apart(w string) bool {
	one := singular(w)
	a, b := l.at[w], l.at[one]
	return one != w && len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(i int) bool { return slices.Contains(b, i) })
}

// sectionBit numbers a section of things: outerwear, footwear, seating.
func (l *lexicon) sectionBit(name string) uint64 {
	i := slices.Index(l.sections, name)
	if i < 0 {
		return 0
	}
	return 1 << i
}

// sectionsOf gives the sections that a word's things are in.
func (l *lexicon) sectionsOf(w string) (bits uint64) {
	for _, i := range l.find(w) {
		bits |= l.sectionBit(l.lines[i].section)
	}
	return bits
}
