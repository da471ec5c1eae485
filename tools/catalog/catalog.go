package catalog

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Catalog is a shop's products, indexed in memory, made anew at start. It is
// safe for concurrent use. What it knows of a shop's words it learns from the
// products: kinds, brands, colours, sizes, attributes, measured facts.
type Catalog struct {
	shop    *Shop
	byID    map[string]*Product
	bySKU   map[string]*Product
	byName  map[string]*Product
	reviews map[string][]Review
	rules   rules

	lexicon  *lexicon
	measures *measures
	text     *textIndex
	docs     []doc
	sections []uint64 // of the lexicon, that each product's kinds are in
	keys     *keyed
	columns  map[string]*column // what can be filtered and counted

	names    map[string]int  // words of titles, categories and facts: products that have them
	kinds    map[string]int  // words that end a title or a category: what things are
	hanWords map[string]bool // Chinese names of the shop's own
	colors   map[string]int  // the shop's colours: products
	sizes    map[string]bool
	letters  map[byte][]string // names by first letter, for misspellings
	sale     map[int32]bool    // reduced, or said to be on sale
	scratch  sync.Pool
	alike    alike
}

// A doc is what search keeps of a product beside its terms.
type doc struct {
	p          *Product
	gender     uint8
	young      bool // states an age that children have
	childish   bool // states no age that grown-ups have
	stock      bool
	colors     []int32 // values of the column "color"
	quantities []quantity
}

const (
	men uint8 = 1 << iota
	women
	kids
)

var genderBits = map[string]uint8{"men": men, "women": women, "kids": kids, "unisex": men | women}

// Options tune a catalogue. The zero value is right.
type Options struct {
	// Progress is told how many of how many products are indexed; may be nil.
	Progress func(done, of int)
}

// New indexes a shop's products.
func New(shop *Shop, opt Options) (*Catalog, error) {
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	m, err := loadMeasures()
	if err != nil {
		return nil, err
	}
	if l, err = l.with(shop.Rules.Synonyms); err != nil {
		return nil, err
	}
	c := &Catalog{
		shop: shop, byID: map[string]*Product{}, bySKU: map[string]*Product{}, byName: map[string]*Product{}, reviews: map[string][]Review{},
		lexicon: l, measures: m, text: newTextIndex(l), keys: newKeyed(), columns: map[string]*column{},
		names: map[string]int{}, kinds: map[string]int{}, hanWords: map[string]bool{}, colors: map[string]int{}, sizes: map[string]bool{}, letters: map[byte][]string{},
	}
	for _, r := range shop.Reviews {
		c.reviews[r.Product] = append(c.reviews[r.Product], r)
	}
	for i, p := range shop.Products {
		if err := c.learn(i, p); err != nil {
			return nil, err
		}
		if opt.Progress != nil && i%1000 == 999 {
			opt.Progress(i+1, len(shop.Products))
		}
	}
	c.text.docs = len(c.docs)
	for w := range c.names {
		c.letters[w[0]] = append(c.letters[w[0]], w)
	}
	for _, list := range c.letters {
		slices.Sort(list)
	}
	c.onSale()
	if c.rules, err = c.compile(shop.Rules); err != nil {
		return nil, err
	}
	return c, nil
}

// onSale notes what is reduced, or said to be on sale in a category or a fact.
func (c *Catalog) onSale() {
	c.sale = map[int32]bool{}
	for i, d := range c.docs {
		if d.p.ListPrice > d.p.Price {
			c.sale[int32(i)] = true
		}
	}
	for _, w := range []string{"sale", "clearance", "促销", "特价"} {
		if terms := c.text.lookup(w); len(terms) > 0 {
			c.text.match(terms, func(i int32, mask uint16, _ float32) {
				if mask&(inKind|inCategory|inFacts) != 0 {
					c.sale[i] = true
				}
			})
		}
	}
}

// learn indexes a product and notes its words.
func (c *Catalog) learn(i int, p *Product) error {
	if c.byID[p.ID] != nil {
		return fmt.Errorf("two products have the id %s", p.ID)
	}
	c.byID[p.ID] = p
	c.bySKU[strings.ToLower(p.ID)] = p
	c.byName[fold(p.Title)] = p
	if list := c.reviews[p.ID]; len(list) > 0 {
		sum := 0
		for _, r := range list {
			sum += r.Stars
		}
		p.ReviewCount, p.Rating = len(list), math.Round(float64(sum*10)/float64(len(list)))/10
	}
	d := doc{p: p, stock: p.InStock()}
	c.sections = append(c.sections, 0)
	title := scan(p.Title)
	d.quantities = c.measures.quantities(c.keys, "title", title)
	own := c.head(title)
	c.title(i, title, own)
	for _, g := range p.Gender {
		d.gender |= genderBits[cmpGender(c.lexicon, g)]
	}
	d.gender |= c.genderIn(title, d.gender)
	for k, cat := range p.Categories {
		toks := scan(cat)
		c.kind(i, own.word, toks, k == 0)
		d.gender |= c.genderIn(toks, d.gender)
		c.column("category").put(i, cat)
		if k := strings.LastIndexByte(cat, '/'); k >= 0 {
			c.column("category").put(i, cat[k+1:])
		}
	}
	if p.Brand != "" {
		toks := scan(p.Brand)
		c.text.add(i, toks, inBrand)
		c.note(c.names, toks)
		c.column("brand").put(i, p.Brand)
	}
	c.variants(i, &d, p)
	for _, a := range p.Attributes {
		c.attribute(i, &d, own, a)
		if audience[fold(a.Name)] {
			for _, v := range a.Values {
				d.gender |= c.genderIn(scan(v), d.gender)
			}
		}
	}
	if len(d.colors) == 0 { // "Red Shoes" without a colour option
		for _, t := range title {
			if name := c.lexicon.colors[t.text]; name != "" {
				c.colour(i, &d, name)
			}
		}
	}
	for _, b := range p.Bullets {
		toks := scan(b)
		c.text.add(i, toks, inBullets)
		d.quantities = append(d.quantities, c.measures.quantities(c.keys, "", toks)...)
	}
	body := scan(p.Description)
	c.text.add(i, body, inBody)
	d.quantities = append(d.quantities, c.measures.quantities(c.keys, "", body)...)
	for _, w := range p.Locales {
		c.words(i, w)
	}
	for g, bit := range genderBits {
		if d.gender == bit && g != "unisex" {
			c.column("gender").put(i, g)
		}
	}
	seen := map[int32]bool{}
	for _, q := range d.quantities {
		if q.dim == int8(c.measures.roles["age"].dim) {
			d.young = d.young || q.lo < 13
			d.childish = d.childish || q.hi < 16
		}
		if !seen[q.key] {
			seen[q.key] = true
			c.keys.count[q.key]++
		}
	}
	c.docs = append(c.docs, d)
	return nil
}

// audience names attributes that say whom a product is for.
var audience = map[string]bool{"gender": true, "sex": true, "audience": true, "department": true, "性别": true, "适用性别": true, "适用人群": true, "人群": true, "适用对象": true}

func cmpGender(l *lexicon, g string) string {
	g = strings.ToLower(g)
	if _, ok := genderBits[g]; ok {
		return g
	}
	return l.genders[g]
}

// genderIn reads whom a title or category is for, unless the feed says so.
func (c *Catalog) genderIn(toks []token, stated uint8) (out uint8) {
	if stated != 0 {
		return 0
	}
	for _, t := range toks {
		switch t.kind {
		case word:
			out |= genderBits[c.lexicon.genders[surface(t.text)]]
		case han:
			out |= c.lexicon.genderOf(t.text)
		}
	}
	return out
}

// genderOf reads whom a Chinese name is for: 男士, 女款, 儿童; a single character
// counts before a thing only, 男鞋. Kin are not meant: 老婆饼.
func (l *lexicon) genderOf(s string) (out uint8) {
	for s != "" {
		n := longestHan(s, l.han)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
		}
		w := s[:n]
		if s = s[n:]; l.genders[w] == "" || !strings.ContainsAny(w, "男女童婴") {
			continue
		}
		if next := longestHan(s, l.han); utf8.RuneCountInString(w) > 1 || next > 0 && l.sectionsOf(s[:next]) != 0 {
			out |= genderBits[l.genders[w]]
		}
	}
	return out
}

func (c *Catalog) docOf(i int) *Product { return c.shop.Products[i] }

// Product returns a product by id, or nil.
func (c *Catalog) Product(id string) *Product { return c.byID[id] }

// All returns the products in the feed's order.
func (c *Catalog) All() []*Product { return c.shop.Products }

// Shop returns the shop the catalogue was made of.
func (c *Catalog) Shop() *Shop { return c.shop }

// Reviews returns a product's reviews.
func (c *Catalog) Reviews(id string) []Review { return c.reviews[id] }

// Policies returns the shop's rules in a language, or in English.
func (c *Catalog) Policies(locale string) []Policy {
	var out, fallback []Policy
	for _, p := range c.shop.Policies {
		switch p.Locale {
		case language(locale):
			out = append(out, p)
		case "en", "":
			fallback = append(fallback, p)
		}
	}
	if len(out) == 0 {
		return fallback
	}
	return out
}
