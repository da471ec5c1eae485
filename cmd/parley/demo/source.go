// Package demo is Fernhill, the demo shop: its products, pictures, customers
// and orders, all our own, made from the files in source/ by a seeded
// generator, and the storefront pages that any catalogue can be shown in. It
// holds nothing of a real shop or person. Start with [Fernhill].
package demo

import (
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

//go:embed source/*.yaml
var source embed.FS

// A group is a category's part of the source files.
type group struct {
	Category string
	ZH       string
	Shape    string
	Sizes    []string
	Gender   string
	Material string
	Care     string
	Use      string
	Text     string
	TextZH   string `yaml:"text_zh"`
	Tastes   []string
	Lines    []string

	products []*catalog.Product
}

// Fernhill makes the shop as it stands at a time: orders end today. The same
// time gives the same shop.
func Fernhill(now time.Time) (*catalog.Shop, []orders.Customer, []orders.Order, error) {
	var groups []*group
	names, err := fs.Glob(source, "source/*.yaml")
	if err != nil {
		return nil, nil, nil, err
	}
	slices.Sort(names)
	slices.Reverse(names) // tents first
	for _, name := range names {
		if name == "source/policies.yaml" || name == "source/reviews.yaml" {
			continue
		}
		var g []*group
		if err := decode(name, &g); err != nil {
			return nil, nil, nil, err
		}
		groups = append(groups, g...)
	}
	s := &catalog.Shop{Name: "Fernhill", Currency: "USD", Locale: "en", Tagline: "Gear for the hill behind the house"}
	for n, g := range groups {
		for k, line := range g.Lines {
			p, err := g.product(fmt.Sprintf("FH-%d%02d", n+1, k+1), line)
			if err != nil {
				return nil, nil, nil, fmt.Errorf("source of %s, line %d: %w", g.Category, k+1, err)
			}
			g.products = append(g.products, p)
			s.Products = append(s.Products, p)
		}
	}
	pair(groups)
	if err := decode("source/policies.yaml", &s.Policies); err != nil {
		return nil, nil, nil, err
	}
	var words reviewWords
	if err := decode("source/reviews.yaml", &words); err != nil {
		return nil, nil, nil, err
	}
	s.Reviews = reviews(s.Products, &words)
	people, list := simulate(groups, &words, now)
	return s, people, list, nil
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

// product reads one line of the source.
func (g *group) product(id, line string) (*catalog.Product, error) {
	f := strings.Split(line, " | ")
	if len(f) != 7 {
		return nil, fmt.Errorf("%d fields apart by \" | \", want 7", len(f))
	}
	price, list, reduced := strings.Cut(f[2], "/")
	var amount, before catalog.Money
	if err := amount.UnmarshalJSON([]byte(price)); err != nil {
		return nil, err
	}
	if reduced {
		if err := before.UnmarshalJSON([]byte(list)); err != nil {
			return nil, err
		}
	}
	p := &catalog.Product{
		ID: id, Title: f[0], Description: f[5] + " " + g.Text, Bullets: []string{"Weight " + f[3], "Care: " + g.Care},
		Brand: "Fernhill", Categories: []string{g.Category}, URL: "/p/" + id, Currency: "USD", Shape: shapeOf(g.Shape, f[0]),
		Price: amount, ListPrice: before,
		Attributes: []catalog.Attribute{{Name: "material", Values: []string{g.Material}}, {Name: "care", Values: []string{g.Care}}, {Name: "weight", Values: []string{f[3]}}, {Name: "use", Values: strings.Split(g.Use, ", ")}},
		Locales:    map[string]catalog.Words{"zh": {Title: f[1], Description: f[6] + g.TextZH, Bullets: []string{"重量" + strings.ReplaceAll(f[3], " ", "")}, Category: g.ZH}},
	}
	if g.Gender != "" {
		p.Gender = []string{g.Gender}
	}
	for word, who := range map[string]string{"Women's": "women", "Men's": "men", "Kids": "kids"} {
		if strings.Contains(p.Title, word+" ") {
			p.Gender = []string{who}
		}
	}
	sizes := g.Sizes
	if len(sizes) == 0 {
		sizes = []string{""}
	}
	for _, color := range strings.Split(f[4], ", ") {
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

// shapeOf lets a picture follow the title where it says more than the category.
func shapeOf(shape, title string) string {
	low := strings.ToLower(title)
	for _, s := range []struct{ word, shape string }{
		{"sock", "socks"}, {"glove", "gloves"}, {"mitten", "gloves"}, {"beanie", "hat"}, {"hat", "hat"}, {"cap", "hat"}, {"lantern", "lantern"}, {"shorts", "shorts"},
		{"pot", "pot"}, {"cook", "pot"}, {"mug", "mug"}, {"filter", "filter"}, {"rope", "rope"}, {"harness", "harness"}, {"helmet", "helmet"}, {"light", "headlamp"},
		{"bag", ""}, {"dumbbell", "dumbbell"}, {"kettle", "dumbbell"}, {"roller", "roller"}, {"shoes", "shoes"}, {"sandals", "shoes"}, {"slippers", "shoes"}, {"pillow", "mat"}, {"duffel", "backpack"},
	} {
		if s.shape != "" && strings.Contains(low, s.word) && !strings.Contains(low, "insulated") {
			return s.shape
		}
	}
	return shape
}

// pair states what goes with what: neighbours in the category are alike, and
// things of categories that share a taste go together.
func pair(groups []*group) {
	for n, g := range groups {
		for k, p := range g.products {
			for d := 1; d <= 3; d++ {
				p.Related = append(p.Related, g.products[(k+d)%len(g.products)].ID)
			}
			for m, other := range groups {
				if m != n && len(p.BoughtTogether) < 3 && shares(g.Tastes, other.Tastes) {
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
