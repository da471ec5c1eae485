package demo

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"parley/tools/catalog"
)

type recommended struct {
	*catalog.Product
	Reason string
}

type detail struct {
	P                   *catalog.Product
	Options             []option
	Variants            []variant
	Reviews             []catalog.Review
	Stars               [5]star
	Praised, Criticised []Said
	Instead, Together   []recommended
	Look, Alike, Also   []recommended
	Sum                 catalog.Money
	InStock             bool
	Guide               *catalog.Guide
}

// A star is how many reviews gave so many stars, and of the most given.
type star struct{ Stars, Count, Of int }

// Width is how long its bar is drawn, of 160.
func (s star) Width() int { return 160 * s.Count / max(1, s.Of) }

// An option is what a product is chosen by, with its values in the feed's order.
type option struct {
	Name   string
	Values []value
}

type value struct{ Value, Label, Image string }

// A variant is what the page's script needs to know of one.
type variant struct {
	SKU     string            `json:"sku"`
	Price   catalog.Money     `json:"price"`
	Was     catalog.Money     `json:"was,omitempty"`
	Stock   int               `json:"stock"`
	Image   string            `json:"image,omitempty"`
	Options map[string]string `json:"options"`
}

// options collects what the variants differ in: colour and size first.
func (s *storefront) options(p *catalog.Product, lang string) (list []option, variants []variant) {
	at := map[string]int{}
	names := []string{"color", "size"}
	for _, v := range p.Variants {
		for _, name := range slices.Sorted(maps.Keys(v.Options)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, v := range p.Variants {
		x := variant{SKU: v.SKU, Price: v.Price, Stock: max(0, v.Stock), Image: v.Image, Options: v.Options}
		if v.ListPrice > v.Price {
			x.Was = v.ListPrice
		}
		variants = append(variants, x)
		for _, name := range names {
			word := v.Options[name]
			if word == "" {
				continue
			}
			if _, ok := at[name]; !ok {
				at[name] = len(list)
				list = append(list, option{Name: name})
			}
			o := &list[at[name]]
			if slices.ContainsFunc(o.Values, func(x value) bool { return x.Value == word }) {
				continue
			}
			n := value{Value: word, Label: word}
			if name == "color" {
				n.Label, n.Image = s.color(lang, word), v.Image
			}
			o.Values = append(o.Values, n)
		}
	}
	return list, variants
}

func (s *storefront) product(w http.ResponseWriter, r *http.Request) {
	p := s.cfg.Catalog.Product(r.PathValue("id"))
	if p == nil {
		s.missing(w, r)
		return
	}
	lang := language(r)
	d := detail{P: p, Reviews: s.cfg.Catalog.Reviews(p.ID), Sum: p.Price, InStock: p.InStock()}
	d.Options, d.Variants = s.options(p, lang)
	d.rate()
	if s.cfg.Said != nil {
		for _, x := range s.cfg.Said(d.Reviews) {
			if x.Praise > x.Gripe {
				d.Praised = append(d.Praised, x)
			} else if x.Gripe > 0 {
				d.Criticised = append(d.Criticised, x)
			}
		}
	}
	row := func(kind string, n int, shown ...[]recommended) (out []recommended) {
		for _, x := range s.row(r, Row{Kind: kind, Product: p.ID, N: n + 4}) { // nothing stands in two rows
			taken := slices.ContainsFunc(shown, func(list []recommended) bool {
				return slices.ContainsFunc(list, func(y recommended) bool { return y.ID == x.ID })
			})
			if !taken && len(out) < n {
				out = append(out, x)
			}
		}
		return out
	}
	d.Guide = s.cfg.Catalog.GuideFor(lang, p.CategoryIn(lang)+" "+p.TitleIn(lang))
	if !d.InStock {
		d.Instead = row("instead", 4)
	}
	d.Together = row("together", 3, d.Instead)
	for _, x := range d.Together {
		d.Sum += x.Price
	}
	d.Look = row("look", 4, d.Instead, d.Together)
	d.Alike = row("picture", 4, d.Instead, d.Together, d.Look)
	d.Also = row("also_like", 4, d.Instead, d.Together, d.Look, d.Alike)
	s.render(w, r, http.StatusOK, "product.html", page{Title: p.TitleIn(lang), Product: p.ID, Body: d})
}

// row fills a row of a page.
func (s *storefront) row(r *http.Request, row Row) (out []recommended) {
	if s.cfg.Shelf == nil {
		return nil
	}
	row.Locale, row.Customer = language(r), s.signedIn(r)
	for _, x := range s.cfg.Shelf(r.Context(), row) {
		if other := s.cfg.Catalog.Product(x.ID); other != nil {
			out = append(out, recommended{other, x.Reason})
		}
	}
	return out
}

// rate counts the stars, the most first.
func (d *detail) rate() {
	for k := range d.Stars {
		d.Stars[k].Stars = 5 - k
	}
	most := 0
	for _, x := range d.Reviews {
		if x.Stars >= 1 && x.Stars <= 5 {
			n := &d.Stars[5-x.Stars].Count
			*n++
			most = max(most, *n)
		}
	}
	for k := range d.Stars {
		d.Stars[k].Of = most
	}
}

// line is what a basket needs of a product.
func (s *storefront) line(w http.ResponseWriter, r *http.Request) {
	p := s.cfg.Catalog.Product(r.PathValue("id"))
	if p == nil {
		http.NotFound(w, r)
		return
	}
	lang := language(r)
	line := map[string]any{"sku": p.ID, "title": p.TitleIn(lang), "image": p.Image, "price": p.Price, "currency": p.Currency, "in_stock": p.InStock(), "category": p.CategoryIn("en"), "options": ""}
	v := p.VariantFor("", "") // one that is there
	for k := range p.Variants {
		if p.Variants[k].SKU == r.URL.Query().Get("sku") {
			v = &p.Variants[k]
		}
	}
	if v != nil {
		var words []string
		for _, name := range []string{"color", "size"} {
			if word := v.Options[name]; word != "" {
				words = append(words, s.color(lang, word))
			}
		}
		line["sku"], line["price"], line["in_stock"], line["options"] = v.SKU, v.Price, v.Stock > 0, strings.Join(words, ", ")
		if v.Image != "" {
			line["image"] = v.Image
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(line)
}
