package catalog

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
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
		lexicon: l, measures: m, text: newTextIndex(l.apart), keys: newKeyed(), columns: map[string]*column{},
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
			c.text.match(terms, func(i int32, mask uint8, _ float32) {
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
	c.byName[strings.ToLower(p.Title)] = p
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
		if !seen[q.key] {
			seen[q.key] = true
			c.keys.count[q.key]++
		}
	}
	c.docs = append(c.docs, d)
	return nil
}

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
		if t.kind == word {
			out |= genderBits[c.lexicon.genders[surface(t.text)]]
		}
	}
	return out
}

// title indexes a title, and the thing it names.
func (c *Catalog) title(i int, toks []token, h heading) {
	c.text.add(i, toks, inTitle)
	c.note(c.names, toks)
	c.mark(i, h, inHead)
}

// fits says that a thing's name and one part of its category may be the same:
// they share a line of the lexicon, or it does not know the name.
func (c *Catalog) fits(own string, part []token) bool {
	lines := c.lexicon.find(own)
	if len(lines) == 0 || len(part) == 0 {
		return true
	}
	w := surface(part[len(part)-1].text)
	for _, i := range append(lines, c.lexicon.find(w)...) {
		l := &c.lexicon.lines[i]
		all := append(slices.Clone(l.names), l.narrower...)
		has := func(name string) bool {
			return slices.ContainsFunc(all, func(x string) bool {
				x = plain(x)
				return x == plain(name) || strings.HasSuffix(x, " "+plain(name))
			})
		}
		if has(own) && has(w) {
			return true
		}
	}
	return false
}

// kind indexes a category path or a type: each of its parts names a thing. Of
// "Stoves & Mugs", and of categories after the first, a product is only what
// agrees with its own name.
func (c *Catalog) kind(i int, own string, toks []token, sure bool) {
	c.text.add(i, toks, inCategory)
	c.note(c.names, toks)
	level, from := 0, 0
	for k := 0; k <= len(toks); k++ {
		if k < len(toks) && toks[k].text != "/" && toks[k].text != "&" && toks[k].text != ">" && toks[k].text != "and" && toks[k].text != "," {
			continue
		}
		several := k < len(toks) && (toks[k].text == "&" || toks[k].text == "and" || toks[k].text == ",") || level > 0 || !sure
		if !several || c.fits(own, toks[from:k]) {
			c.mark(i, c.head(toks[from:k]), inKind)
		}
		if from, level = k+1, level+1; k < len(toks) && (toks[k].text == "/" || toks[k].text == ">") {
			level = 0
		}
	}
}

// head finds the thing that a title or category names: the last word before
// "with" and the like that is no colour, number, person or material.
func (c *Catalog) head(toks []token) (h heading) {
	for k, t := range toks {
		if k > 0 && (c.lexicon.links[t.text] || t.kind == sign && strings.Contains("(,:|–—", t.text) || t.text == "-" && !t.glued) {
			toks = toks[:k]
			break
		}
	}
	last, plainest := -1, -1
	for k := len(toks) - 1; k >= 0; k-- {
		w := surface(toks[k].text)
		if _, isUnit := c.measures.units[w]; toks[k].kind == number || toks[k].kind == sign || isUnit && k > 0 && toks[k-1].kind == number {
			continue
		}
		if k > 0 && toks[k-1].kind == word && c.lexicon.sectionsOf(surface(toks[k-1].text)+" "+w) != 0 { // "cook set"
			last, plainest = k, k
			break
		}
		if k > 0 && (c.lexicon.colors[w] != "" || c.lexicon.genders[w] != "" || c.lexicon.stop[w]) {
			continue
		}
		if plainest < 0 {
			plainest = k
		}
		if c.lexicon.quality(w) { // the table of "Table African Cherry"
			continue
		}
		if last < 0 {
			last = k
		}
		if last == plainest || c.lexicon.sectionsOf(w) != 0 {
			last = k
			break
		}
	}
	if last < 0 && plainest >= 0 && c.lexicon.sectionsOf(surface(toks[plainest].text)) != 0 {
		last = plainest
	}
	if last < 0 { // "Hooded" names no thing
		return h
	}
	t := toks[last]
	h.word = surface(t.text)
	h.sections = c.lexicon.sectionsOf(h.word)
	if t.kind == han {
		r := []rune(t.text)
		h.terms = []string{string(r[max(0, len(r)-2):]), string(r[len(r)-1:])}
		return h
	}
	if last > 0 && toks[last-1].kind == word {
		both := surface(toks[last-1].text) + " " + h.word
		if bits := c.lexicon.sectionsOf(both); bits != 0 && bits&h.sections == 0 {
			return heading{both, []string{whole(both)}, bits}
		}
	}
	h.terms = []string{h.word}
	if last > 1 && t.glued && toks[last-1].text == "-" { // T-shirt
		h.terms = append(h.terms, surface(toks[last-2].text)+h.word)
	}
	return h
}

// A heading is the thing that a title or category names.
type heading struct {
	word     string
	terms    []string
	sections uint64
}

// mark indexes a heading.
func (c *Catalog) mark(i int, h heading, mask uint8) {
	c.sections[i] |= h.sections
	for _, w := range h.terms {
		c.text.put(i, w, mask)
	}
	if !hasHan(h.word) && h.word != "" {
		c.kinds[h.word]++
	}
}

// note counts the words of a text that names.
func (c *Catalog) note(in map[string]int, toks []token) {
	for _, t := range toks {
		if t.kind == word && len(t.text) > 2 {
			in[surface(t.text)]++
		}
	}
}

func (c *Catalog) variants(i int, d *doc, p *Product) {
	for _, v := range p.Variants {
		c.bySKU[strings.ToLower(v.SKU)] = p
		for name, x := range v.Options {
			switch x = strings.TrimSpace(x); {
			case x == "":
			case name == "color":
				c.colour(i, d, strings.ToLower(x))
			case name == "size":
				c.sizes[strings.ToUpper(x)] = true
				c.column("size").put(i, x)
			default:
				c.column(name).put(i, x)
				toks := scan(x)
				c.text.add(i, toks, inFacts)
				c.note(c.names, toks)
			}
		}
	}
}

func (c *Catalog) colour(i int, d *doc, name string) {
	col := c.column("color")
	if v, isNew := col.put(i, name); isNew {
		d.colors = append(d.colors, v)
		c.colors[name]++
		toks := scan(name)
		c.text.add(i, toks, inFacts)
		c.note(c.names, toks)
	}
}

// typed says that an attribute's values say what a thing is: tags, a type, a
// style.
func typed(name []token) bool {
	return slices.ContainsFunc(name, func(t token) bool {
		switch t.text {
		case "tags", "tag", "type", "kind", "style", "category", "类型", "款式", "品类":
			return true
		}
		return false
	})
}

var denials = map[string]bool{"no": true, "none": true, "false": true, "without": true, "not included": true, "n/a": true, "无": true, "否": true, "没有": true}

func (c *Catalog) attribute(i int, d *doc, own heading, a Attribute) {
	name := strings.ToLower(a.Name)
	if len(a.Values) == 1 && denials[strings.ToLower(a.Values[0])] {
		return // "hood: no" is no hood
	}
	toks := scan(a.Name)
	c.text.add(i, toks, inFacts)
	if typed(toks) {
		for _, v := range a.Values {
			bits := c.lexicon.sectionsOf(fold(v)) // a bag of the style "laptop" is no laptop
			if c.sections[i] != 0 && bits != 0 && c.sections[i]&bits == 0 || strings.EqualFold(v, d.p.Brand) {
				continue
			}
			c.kind(i, own.word, scan(v), true)
		}
	}
	for _, v := range a.Values {
		value := scan(v)
		if w := whole(strings.ToLower(v) + " weather"); name == "climate" || name == "weather" || name == "season" { // made for warm weather is not warm
			c.text.put(i, w, inFacts)
			if strings.EqualFold(v, "warm") {
				continue
			}
		}
		c.text.add(i, value, inFacts)
		c.note(c.names, value)
		d.quantities = append(d.quantities, c.measures.quantities(c.keys, name, value)...)
		if len(v) <= 60 {
			c.column(name).put(i, v)
		}
		if (name == "color" || name == "colour") && len(v) <= 30 {
			c.colour(i, d, strings.ToLower(v))
		}
	}
}

// words indexes a product's texts of another language.
func (c *Catalog) words(i int, w Words) {
	if w.Title != "" {
		c.byName[strings.ToLower(w.Title)] = c.docOf(i)
		toks := scan(w.Title)
		c.title(i, toks, c.head(toks))
	}
	if w.Category != "" {
		c.kind(i, "", scan(w.Category), true)
		if hasHan(w.Category) {
			c.hanWords[fold(w.Category)] = true
		}
	}
	for _, b := range w.Bullets {
		c.text.add(i, scan(b), inBullets)
	}
	c.text.add(i, scan(w.Description), inBody)
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
