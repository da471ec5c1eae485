// Package demo is Fernhill, the demo shop: its products, pictures, customers
// and orders, all our own, made from the files in source/ by a seeded
// generator, and the storefront pages that any catalogue can be shown in. It
// holds nothing of a real shop or person. Start with [Fernhill].
package demo

import (
	"cmp"
	"embed"
	"fmt"
	"hash/fnv"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"parley/tools/catalog"
	"parley/tools/orders"
)

//go:embed source
var source embed.FS

// A group is a category's file: what its products share, and the products.
type group struct {
	Category string
	ZH       string
	Traits   `yaml:",inline"`
	Products []entry

	products []*catalog.Product
}

// Traits stand on a category, and on a product that differs from it.
type Traits struct {
	Shape    string
	Sizes    []string
	Gender   string
	Brand    string
	Material string // parts apart by "; "
	Care     string
	Use      string
	Tastes   []string
	Every    int // days until it is used up and bought again; 0 for what lasts
}

// An entry is one product of the source.
type entry struct {
	ID        string
	Title     string
	ZH        string
	Traits    `yaml:",inline"`
	Price     string // price, or price/list price
	Colors    string
	Facts     yaml.MapSlice // attributes in order
	With      []string      // products that use it up
	Text      string
	TextZH    string `yaml:"text_zh"`
	Bullets   []string
	BulletsZH []string `yaml:"bullets_zh"`
}

// Fernhill makes the shop as it stands at a time: orders end today. The same
// time gives the same shop.
func Fernhill(now time.Time) (*catalog.Shop, []orders.Customer, []orders.Order, error) {
	d, err := newDrawer()
	if err != nil {
		return nil, nil, nil, err
	}
	var groups []*group
	names, err := fs.Glob(source, "source/products/*.yaml")
	if err != nil {
		return nil, nil, nil, err
	}
	slices.Sort(names)
	s := &catalog.Shop{Name: "Fernhill", Currency: "USD", Locale: "en", Tagline: "Gear for the hill behind the house"}
	for _, name := range names {
		g := &group{}
		if err := decode(name, g); err != nil {
			return nil, nil, nil, err
		}
		for i := range g.Products {
			p, err := g.product(d, &g.Products[i])
			if err != nil {
				return nil, nil, nil, fmt.Errorf("cmd/parley/demo/%s: %s: %w", name, g.Products[i].ID, err)
			}
			g.products = append(g.products, p)
			s.Products = append(s.Products, p)
		}
		groups = append(groups, g)
	}
	terms := map[string]string{}
	if err := decode("source/terms_zh.yaml", &terms); err != nil {
		return nil, nil, nil, err
	}
	for _, p := range s.Products {
		p.Locales["zh"] = inTerms(p, p.Locales["zh"], terms)
	}
	pair(groups)
	if err := decode("source/policies.yaml", &s.Policies); err != nil {
		return nil, nil, nil, err
	}
	if err := decode("source/guides.yaml", &s.Guides); err != nil {
		return nil, nil, nil, err
	}
	var words reviewWords
	if err := decode("source/reviews.yaml", &words); err != nil {
		return nil, nil, nil, err
	}
	s.Reviews = reviews(s.Products, &words)
	if err := sets(groups); err != nil {
		return nil, nil, nil, err
	}
	people, list := simulate(groups, &words, now)
	supply(groups)
	return s, people, list, nil
}

// inTerms adds what a language calls the product's facts.
func inTerms(p *catalog.Product, w catalog.Words, terms map[string]string) catalog.Words {
	w.Terms = map[string]string{}
	for _, a := range p.Attributes {
		for _, word := range append([]string{a.Name}, a.Values...) {
			if t := terms[word]; t != "" {
				w.Terms[word] = t
			}
		}
	}
	return w
}

func decode(name string, to any) error {
	b, err := source.ReadFile(name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(b, to, yaml.Strict()); err != nil {
		return fmt.Errorf("cmd/parley/demo/%s: %w", name, err)
	}
	return nil
}

// over gives a product's traits where it has its own, else the category's.
func (t Traits) over(own Traits) Traits {
	own.Shape = cmp.Or(own.Shape, t.Shape)
	own.Gender = cmp.Or(own.Gender, t.Gender)
	own.Brand = cmp.Or(own.Brand, t.Brand, "Fernhill")
	own.Material = cmp.Or(own.Material, t.Material)
	own.Care = cmp.Or(own.Care, t.Care)
	own.Use = cmp.Or(own.Use, t.Use)
	own.Every = cmp.Or(own.Every, t.Every)
	if own.Sizes == nil {
		own.Sizes = t.Sizes
	}
	if own.Tastes == nil {
		own.Tastes = t.Tastes
	}
	return own
}

// product makes a product of its entry.
func (g *group) product(d *drawer, e *entry) (*catalog.Product, error) {
	price, list, reduced := strings.Cut(e.Price, "/")
	var amount, before catalog.Money
	if err := amount.UnmarshalJSON([]byte(price)); err != nil {
		return nil, err
	}
	if reduced {
		if err := before.UnmarshalJSON([]byte(list)); err != nil {
			return nil, err
		}
	}
	t, id := g.over(e.Traits), e.ID
	p := &catalog.Product{
		ID: id, Title: e.Title, Description: e.Text, Bullets: e.Bullets,
		Brand: t.Brand, Categories: []string{g.Category}, URL: "/p/" + id, Currency: "USD", Shape: t.Shape,
		Price: amount, ListPrice: before,
		Locales: map[string]catalog.Words{"zh": {Title: e.ZH, Description: e.TextZH, Bullets: e.BulletsZH, Category: g.ZH}},
	}
	if e.Shape == "" {
		p.Shape = d.shapeOf(t.Shape, e.Title)
	}
	state := func(name string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			p.Attributes = append(p.Attributes, catalog.Attribute{Name: name, Values: values})
		}
	}
	state("material", strings.Split(t.Material, "; ")...)
	for _, f := range e.Facts {
		state(fmt.Sprint(f.Key), fmt.Sprint(f.Value))
	}
	state("care", t.Care)
	state("use", strings.Split(t.Use, ", ")...)
	if t.Gender != "" {
		p.Gender = []string{t.Gender}
	}
	for word, who := range map[string]string{"Women's": "women", "Men's": "men", "Kids": "kids"} {
		if strings.Contains(p.Title, word+" ") {
			p.Gender = []string{who}
		}
	}
	sizes := t.Sizes
	if len(sizes) == 0 {
		sizes = []string{""}
	}
	for _, color := range strings.Split(e.Colors, ", ") {
		image := "/img/" + id + "-" + color + ".svg"
		if p.Image == "" {
			p.Image = image
		}
		for _, size := range sizes {
			v := catalog.Variant{SKU: id + "-" + strings.ToUpper(color), Price: amount, ListPrice: before, Image: image, Options: map[string]string{"color": color}}
			if size != "" {
				v.SKU += "-" + size
				v.Options["size"] = size
			}
			v.Stock = stock(v.SKU)
			p.Variants = append(p.Variants, v)
		}
	}
	if h := hash(id); h%23 == 0 { // a few are wholly out of stock
		for i := range p.Variants {
			p.Variants[i].Stock = 0
		}
	}
	return p, nil
}

func hash(s string) int {
	h := fnv.New32a()
	h.Write([]byte(s))
	return int(h.Sum32() >> 3)
}

// stock is none for one in twelve, few for one in six, else plenty.
func stock(sku string) int {
	switch h := hash(sku); {
	case h%12 == 0:
		return 0
	case h%6 == 1:
		return 1 + h%5
	default:
		return 8 + h%60
	}
}

// pair states that neighbours in a category are alike, and what customers put
// into one basket with a thing: things of categories that share a taste.
func pair(groups []*group) {
	for n, g := range groups {
		for k, p := range g.products {
			for d := 1; d <= 3; d++ {
				p.Related = append(p.Related, g.products[(k+d)%len(g.products)].ID)
			}
			for m, other := range groups {
				if m != n && other.Every == 0 && len(p.BoughtTogether) < 3 && shares(g.Tastes, other.Tastes) {
					p.BoughtTogether = append(p.BoughtTogether, other.products[k%len(other.products)].ID)
				}
			}
		}
	}
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

func itoa(n int) string { return strconv.Itoa(n) }
