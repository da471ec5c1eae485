package catalog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Synthetic makes a shop of n products that no shop sells, for benchmarks: kinds,
// qualities and colours of the lexicon under made-up names, with variants and
// measured facts. The same seed makes the same shop.
func Synthetic(seed uint64, n int) (*Shop, error) {
	l, err := loadLexicon()
	if err != nil {
		return nil, err
	}
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), lexicon: l}
	for _, x := range l.lines {
		if w := x.names[0]; !hasHan(w) {
			if x.section == "" {
				g.features = append(g.features, w)
			} else {
				g.things = append(g.things, x)
			}
		}
	}
	for c := range l.colorsOf {
		g.colors = append(g.colors, c)
	}
	slices.Sort(g.colors)
	for range 60 {
		g.brands = append(g.brands, g.name())
	}
	s := &Shop{Name: "Synthetic", Currency: "USD", Locale: "en"}
	for i := range n {
		s.Products = append(s.Products, g.product(i))
	}
	return s, nil
}

type generator struct {
	*rand.Rand
	lexicon  *lexicon
	things   []line
	features []string
	colors   []string
	brands   []string
}

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// name makes up a name of two or three syllables.
func (g *generator) name() string {
	var b strings.Builder
	for range 2 + g.IntN(2) {
		b.WriteString(pick(g, []string{"ba", "cor", "den", "fal", "gri", "hol", "jem", "kar", "lun", "mor", "nes", "ori", "pel", "quin", "ros", "sel", "tam", "ul", "ver", "wyn", "zan"}))
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func (g *generator) product(i int) *Product {
	kind := pick(g, g.things)
	f := []string{pick(g, g.features), pick(g, g.features), pick(g, g.features)}
	brand := pick(g, g.brands)
	title := fmt.Sprintf("%s %s %s", g.name(), f[0], kind.names[0])
	weight := 50 + g.IntN(4000)
	p := &Product{
		ID: fmt.Sprintf("S%06d", i), Title: title, Brand: brand, Categories: []string{kind.section + "/" + kind.names[0]},
		Description: fmt.Sprintf("A %s %s that is %s and %s, made by %s for %s. Weighs %d g and comes with a %d year warranty. Sold in %d shops since %d.",
			f[0], kind.names[0], f[1], f[2], brand, pick(g, g.features), weight, 1+g.IntN(5), 1+g.IntN(900), 1990+g.IntN(35)),
		Bullets: []string{f[1], pick(g, g.features) + " and " + f[2]},
		Attributes: []Attribute{
			{"material", []string{pick(g, []string{"cotton", "steel", "wool", "oak", "nylon", "glass", "leather", "paper"})}},
			{"weight", []string{fmt.Sprintf("%d g", weight)}},
			{"capacity", []string{fmt.Sprintf("%.1f litres", float64(1+g.IntN(600))/10)}},
		},
		Price: Money(500 + g.IntN(40_000)), Rating: float64(g.IntN(41)+10) / 10, ReviewCount: g.IntN(300),
		Added: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.IntN(10_000)) * time.Hour),
	}
	if g.IntN(3) == 0 {
		p.Gender = []string{pick(g, []string{"men", "women", "kids", "unisex"})}
	}
	for k := range 1 + g.IntN(4) {
		v := Variant{SKU: fmt.Sprintf("%s-%d", p.ID, k), Price: p.Price + Money(100*k), Stock: g.IntN(12), Options: map[string]string{"color": pick(g, g.colors)}}
		if g.IntN(2) == 0 {
			v.Options["size"] = pick(g, []string{"S", "M", "L", "XL"})
		}
		p.Variants = append(p.Variants, v)
	}
	p.complete("USD")
	return p
}

// query makes what a shopper might ask of the shop, some of it in Chinese, some
// misspelt.
func (g *generator) query() string {
	kind := pick(g, g.things)
	w := pick(g, kind.names)
	switch g.IntN(8) {
	case 0:
		return w
	case 1:
		return pick(g, g.colors) + " " + w
	case 2:
		return fmt.Sprintf("%s %s under %d dollars", pick(g, g.features), w, 20+g.IntN(300))
	case 3:
		return fmt.Sprintf("%s for women under %d g", w, 200+g.IntN(3000))
	case 4:
		return fmt.Sprintf("%d块以内的%s", 20+g.IntN(300), w)
	case 5:
		return fmt.Sprintf("%s %s without %s", pick(g, g.features), w, pick(g, g.features))
	case 6:
		if k := strings.IndexFunc(w, func(r rune) bool { return r > 'z' }); len(w) > 5 && k < 0 {
			return w[:3] + w[4:]
		}
		return w
	}
	return fmt.Sprintf("cheapest %s %s", pick(g, g.features), w)
}
