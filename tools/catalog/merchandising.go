package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/goccy/go-yaml"
)

// Rules are a shop's own wishes on the order of what is found, from
// merchandising.yaml in the shop folder. They order what matches and never bring
// in what does not.
type Rules struct {
	// Mixed leaves products that are out of stock where they rank; otherwise
	// they come last.
	Mixed bool `yaml:"out_of_stock_mixed"`
	// Pin puts products first, Bury last, in every search or in those that a
	// rule names.
	Pin   []string `yaml:"pin"`
	Bury  []string `yaml:"bury"`
	Rules []Rule   `yaml:"rules"`
	// Synonyms are lines of words that mean the same in this shop, apart by
	// commas: "brolly, umbrella".
	Synonyms []string `yaml:"synonyms"`
}

// A Rule holds for searches that ask for a word, in any of its forms.
type Rule struct {
	Query string   `yaml:"query"`
	Pin   []string `yaml:"pin"`
	Bury  []string `yaml:"bury"`
}

// rules are Rules by product number.
type rules struct {
	mixed bool
	all   map[int32]int // more is earlier
	terms []ruled
}

type ruled struct {
	terms []int32
	tiers map[int32]int
}

func readRules(fsys fs.FS) (r Rules, err error) {
	b, err := fs.ReadFile(fsys, "merchandising.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = yaml.UnmarshalWithOptions(b, &r, yaml.Strict())
	}
	if err != nil {
		return r, fmt.Errorf("merchandising.yaml: %w", err)
	}
	return r, nil
}

func (c *Catalog) compile(r Rules) (rules, error) {
	at := map[string]int32{}
	for i, d := range c.docs {
		at[d.p.ID] = int32(i)
	}
	tiers := func(pin, bury []string) (map[int32]int, error) {
		out := map[int32]int{}
		for k, id := range slices.Concat(pin, bury) {
			i, ok := at[id]
			if !ok {
				return nil, fmt.Errorf("merchandising.yaml: the shop has no product %q", id)
			}
			if out[i] = len(pin) - k; k >= len(pin) { // the first of the pinned is first, the last of the buried last
				out[i] = len(pin) - k - 1
			}
		}
		return out, nil
	}
	out := rules{mixed: r.Mixed}
	var err error
	if out.all, err = tiers(r.Pin, r.Bury); err != nil {
		return out, err
	}
	for _, x := range r.Rules {
		t, err := tiers(x.Pin, x.Bury)
		if err != nil {
			return out, err
		}
		out.terms = append(out.terms, ruled{c.text.lookup(x.Query), t})
	}
	return out, nil
}

// tiers are the rules of one search.
func (r *rules) tiers(groups []group) map[int32]int {
	out := r.all
	for _, x := range r.terms {
		if len(x.terms) == 0 || !slices.ContainsFunc(groups, func(g group) bool {
			return slices.ContainsFunc(g.any, func(a alternative) bool { return slices.Equal(a.terms, x.terms) })
		}) {
			continue
		}
		out = maps.Clone(out)
		maps.Copy(out, x.tiers)
	}
	return out
}

// ownLines is the section of a shop's own synonyms.
const ownLines = "own"

// with adds a shop's own lines to the lexicon.
func (l *lexicon) with(lines []string) (*lexicon, error) {
	if len(lines) == 0 {
		return l, nil
	}
	own := &lexicon{
		lines: slices.Clone(l.lines), at: maps.Clone(l.at), genders: l.genders, people: l.people, ages: l.ages, colors: l.colors, colorsOf: l.colorsOf, families: l.families,
		stop: l.stop, not: l.not, sale: l.sale, instock: l.instock, words: l.words, links: l.links, uses: l.uses, sorts: l.sorts, superl: l.superl, leans: l.leans, sizes: l.sizes, han: maps.Clone(l.han), sections: l.sections, denials: l.denials,
	}
	for w, at := range own.at {
		own.at[w] = slices.Clip(at)
	}
	for _, text := range lines {
		if len(list(text)) < 2 {
			return nil, fmt.Errorf("merchandising.yaml: the synonyms %q need two words or more, apart by commas", text)
		}
		own.line(ownLines, text)
	}
	own.plurals(len(l.lines))
	return own, nil
}
