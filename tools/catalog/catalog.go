package catalog

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk" // the analyser of Chinese
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"  // the analyser of English
)

// A Catalog is a shop's products, indexed. It is safe for concurrent use. The
// index is bleve's, in memory, made anew at start: the field's Go search
// library, with analysers for both languages.
type Catalog struct {
	shop    *Shop
	byID    map[string]*Product
	bySKU   map[string]*Product
	byName  map[string]*Product
	reviews map[string][]Review
	index   bleve.Index

	lexicon *lexicon
	spoken  map[string]int // how many products say a word, by its stem
	names   map[string]int // the same for titles, categories and attributes
	kinds   map[string]int // the same for titles and categories: what a thing is called
	colors  map[string]bool
	sizes   map[string]bool
	genders map[string]bool
	han     []string
}

// Options tune a catalogue. The zero value is right.
type Options struct{}

// A document is what is indexed of a product.
type document struct {
	Title    string `json:"title"`
	Category string `json:"category"`
	Facts    string `json:"facts"`
	Body     string `json:"body"`
	All      string `json:"all"`
	ZH       string `json:"zh"`
}

// New indexes a shop's products.
func New(shop *Shop, _ Options) (*Catalog, error) {
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	m := bleve.NewIndexMapping()
	m.DefaultAnalyzer = "en"
	m.ScoringModel = "bm25"
	doc := bleve.NewDocumentStaticMapping()
	for _, f := range []string{"title", "category", "facts", "body", "all", "zh"} {
		field := bleve.NewTextFieldMapping()
		field.Store, field.IncludeInAll, field.DocValues = false, false, false
		field.IncludeTermVectors = f == "zh" // phrases of characters need positions
		if f == "zh" {
			field.Analyzer = "cjk"
		}
		doc.AddFieldMappingsAt(f, field)
	}
	m.DefaultMapping = doc
	index, err := bleve.NewMemOnly(m)
	if err != nil {
		return nil, fmt.Errorf("make the search index: %w", err)
	}
	c := &Catalog{
		shop: shop, index: index, lexicon: l, byID: map[string]*Product{}, bySKU: map[string]*Product{}, byName: map[string]*Product{},
		reviews: map[string][]Review{}, spoken: map[string]int{}, names: map[string]int{}, kinds: map[string]int{}, colors: map[string]bool{}, sizes: map[string]bool{}, genders: map[string]bool{},
		han: slices.Clone(l.han),
	}
	batch := index.NewBatch()
	for _, p := range shop.Products {
		d := c.learn(p)
		if err := batch.Index(p.ID, d); err != nil {
			return nil, fmt.Errorf("index %s: %w", p.ID, err)
		}
		if batch.Size() >= 1000 {
			if err := index.Batch(batch); err != nil {
				return nil, fmt.Errorf("index the products: %w", err)
			}
			batch.Reset()
		}
	}
	if err := index.Batch(batch); err != nil {
		return nil, fmt.Errorf("index the products: %w", err)
	}
	slices.SortStableFunc(c.han, func(a, b string) int { return len(b) - len(a) })
	c.han = slices.Compact(c.han)
	for _, r := range shop.Reviews {
		c.reviews[r.Product] = append(c.reviews[r.Product], r)
	}
	for id, list := range c.reviews {
		if p := c.byID[id]; p != nil {
			sum := 0
			for _, r := range list {
				sum += r.Stars
			}
			p.ReviewCount, p.Rating = len(list), float64(sum*10/len(list))/10
		}
	}
	return c, nil
}

// learn notes a product's names and words and gives its document.
func (c *Catalog) learn(p *Product) document {
	c.byID[p.ID] = p
	c.bySKU[strings.ToLower(p.ID)] = p
	c.byName[strings.ToLower(p.Title)] = p
	for _, v := range p.Variants {
		c.bySKU[strings.ToLower(v.SKU)] = p
		if x := v.Options["color"]; x != "" {
			c.colors[strings.ToLower(x)] = true
		}
		if x := v.Options["size"]; x != "" {
			c.sizes[strings.ToUpper(x)] = true
		}
	}
	for _, g := range p.Gender {
		c.genders[g] = true
	}
	facts := append([]string{p.Brand}, p.Gender...)
	facts = append(facts, p.Colors()...)
	for _, a := range p.Attributes {
		facts = append(facts, a.Name)
		facts = append(facts, a.Values...)
	}
	d := document{
		Title: p.Title, Category: strings.Join(p.Categories, " "), Facts: strings.Join(facts, " "),
		Body: p.Description + " " + strings.Join(p.Bullets, " "),
	}
	d.Category = strings.NewReplacer("/", " ", "&", " ").Replace(d.Category)
	var zh []string
	for _, w := range p.Locales {
		zh = append(zh, w.Title, w.Category, w.Description, strings.Join(w.Bullets, " "))
		if w.Title != "" {
			c.byName[strings.ToLower(w.Title)] = p
		}
		if hasHan(w.Category) {
			c.han = append(c.han, w.Category)
		}
	}
	d.ZH = strings.Join(zh, " ")
	d.All = strings.Join([]string{d.Title, d.Category, d.Facts, d.Body}, " ")
	count := func(to map[string]int, text string) {
		seen := map[string]bool{}
		for _, w := range c.words(strings.ToLower(text)) {
			for _, part := range append([]string{w}, strings.Split(w, "-")...) {
				if s := stem(part); !seen[s] {
					seen[s] = true
					to[s]++
				}
			}
		}
	}
	count(c.spoken, d.All+" "+d.ZH)
	count(c.names, d.Title+" "+d.Category+" "+d.Facts)
	count(c.kinds, d.Title+" "+d.Category)
	return d
}

// stem takes the plural off an English word.
func stem(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case len(w) > 4 && (strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "sses")):
		return w[:len(w)-2]
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		return w[:len(w)-1]
	}
	return w
}

func (c *Catalog) known(w string) bool { return c.spoken[stem(w)] > 0 }

// nearest gives the word of the catalogue that an unknown word is a misspelling
// of, the most frequent first, or "".
func (c *Catalog) nearest(w string) string {
	n := utf8.RuneCountInString(w)
	if n < 4 || hasHan(w) || strings.ContainsAny(w, "0123456789") {
		return ""
	}
	most := 1
	if n >= 9 {
		most = 2
	}
	best, bestD, bestN := "", most+1, 0
	for k, count := range c.names { // a misspelt word of prose is too often another word
		if len(k)-len(w) > most || len(w)-len(k) > most || k[0] != w[0] {
			continue
		}
		if d := distance(stem(w), k, most); d < bestD || d == bestD && d <= most && (count > bestN || count == bestN && k < best) {
			best, bestD, bestN = k, d, count
		}
	}
	return best
}

// distance is the Damerau-Levenshtein distance, or most+1 when it is more.
func distance(a, b string, most int) int {
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		low := cur[0]
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			low = min(low, cur[j])
		}
		if low > most {
			return most + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

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

// Find resolves an id, SKU or title, or the distinctive words of one title.
func (c *Catalog) Find(name string) (*Product, bool) {
	low := strings.ToLower(strings.TrimSpace(name))
	if p := c.bySKU[low]; p != nil {
		return p, true
	}
	if p := c.byName[low]; p != nil {
		return p, true
	}
	low = strings.TrimPrefix(low, "the ")
	if utf8.RuneCountInString(low) < 3 {
		return nil, false
	}
	var found *Product
	for title, p := range c.byName {
		if strings.HasPrefix(title, low+" ") || strings.Contains(" "+title+" ", " "+low+" ") {
			if found != nil && found != p {
				return nil, false // it could be either
			}
			found = p
		}
	}
	return found, found != nil
}

// TopCategories names the largest categories.
func (c *Catalog) TopCategories(locale string, n int) []string {
	count := map[string]int{}
	var order []string
	for _, p := range c.shop.Products {
		name := p.CategoryIn(locale)
		if name == "" {
			continue
		}
		if count[name] == 0 {
			order = append(order, name)
		}
		count[name]++
	}
	slices.SortStableFunc(order, func(a, b string) int { return count[b] - count[a] })
	return order[:min(n, len(order))]
}

// A Term is a word of the catalogue's own vocabulary, with its names by language.
type Term struct {
	ID    string
	Names map[string][]string
}

// A Vocabulary is what a catalogue calls things.
type Vocabulary struct{ Categories, Colors, Sizes, Brands, Products, Attributes []Term }

// Vocabulary returns the catalogue's own words.
func (c *Catalog) Vocabulary() Vocabulary {
	var v Vocabulary
	cats, brands, attrs := map[string]map[string][]string{}, map[string]bool{}, map[string]bool{}
	for _, p := range c.shop.Products {
		if name := p.CategoryIn("en-x"); name != "" {
			if cats[name] == nil {
				cats[name] = map[string][]string{"en": {name}}
			}
			if zh := p.Locales["zh"].Category; zh != "" && !slices.Contains(cats[name]["zh"], zh) {
				cats[name]["zh"] = append(cats[name]["zh"], zh)
			}
		}
		if p.Brand != "" {
			brands[p.Brand] = true
		}
		for _, a := range p.Attributes {
			attrs[a.Name] = true
		}
		names := map[string][]string{"en": {p.Title}}
		if zh := p.Locales["zh"].Title; zh != "" {
			names["zh"] = []string{zh}
		}
		v.Products = append(v.Products, Term{p.ID, names})
	}
	for name, names := range cats {
		v.Categories = append(v.Categories, Term{name, names})
	}
	for name := range c.colors {
		names := map[string][]string{"en": {name}}
		for _, w := range c.lexicon.Colors[name] {
			if hasHan(w) {
				names["zh"] = append(names["zh"], w)
			}
		}
		v.Colors = append(v.Colors, Term{name, names})
	}
	plain := func(set map[string]bool) []Term {
		var out []Term
		for name := range set {
			out = append(out, Term{name, map[string][]string{"en": {name}}})
		}
		return out
	}
	v.Sizes, v.Brands, v.Attributes = plain(c.sizes), plain(brands), plain(attrs)
	for _, list := range [][]Term{v.Categories, v.Colors, v.Sizes, v.Brands, v.Attributes} {
		slices.SortFunc(list, func(a, b Term) int { return strings.Compare(a.ID, b.ID) })
	}
	return v
}
