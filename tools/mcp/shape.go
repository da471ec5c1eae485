package mcp

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"parley/tools/catalog"
)

// The longest texts of an answer, in characters: in lists, and of one product.
const (
	mostBlurb = 400
	mostText  = 5000
)

// shape writes a product as UCP has it, with the variants given, the featured
// one first.
func (c *Catalog) shape(p *catalog.Product, variants []*catalog.Variant, locale string, whole bool) product {
	cur := c.currencyOf(p)
	title := cmp.Or(oneLine(p.TitleIn(locale), 300), p.ID)
	out := product{ID: p.ID, Title: title, URL: c.link(p.URL), Options: optionsOf(p)}
	text := p.DescriptionIn(locale)
	if bullets := p.BulletsIn(locale); whole && len(bullets) > 0 {
		text = strings.TrimSpace(text + "\n" + strings.Join(bullets, "\n"))
	}
	most := mostBlurb
	if whole {
		most = mostText
	}
	out.Description.Plain = cmp.Or(clean(text, most), title)
	for _, path := range p.Categories {
		out.Categories = append(out.Categories, category{categoryName(path), "merchant"})
	}
	for _, picture := range append([]string{p.Image}, p.Images...) {
		if at := c.link(picture); at != "" && !slices.ContainsFunc(out.Media, func(m medium) bool { return m.URL == at }) {
			out.Media = append(out.Media, medium{"image", at, title})
		}
	}
	if p.Rating > 0 {
		out.Rating = &rating{p.Rating, 1, 5, p.ReviewCount}
	}
	out.Metadata = map[string]any{}
	if p.Brand != "" {
		out.Metadata["brand"] = oneLine(p.Brand, 200)
	}
	if whole && len(p.Attributes) > 0 {
		facts := map[string][]string{}
		for _, a := range p.Attributes {
			for _, v := range p.ValuesIn(locale, a.Name) {
				facts[a.Name] = append(facts[a.Name], clean(v, 1000))
			}
		}
		out.Metadata["attributes"] = facts
	}
	if len(out.Metadata) == 0 {
		out.Metadata = nil
	}
	c.prices(&out, p, cur)
	for _, v := range variants {
		out.Variants = append(out.Variants, c.shapeVariant(p, v, title, cur))
	}
	return out
}

// prices fills in the ranges over all variants that state a price.
func (c *Catalog) prices(out *product, p *catalog.Product, cur string) {
	var low, high, listLow, listHigh catalog.Money
	reduced := false
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Price <= 0 {
			continue
		}
		list := max(v.ListPrice, v.Price)
		reduced = reduced || list > v.Price
		if low == 0 || v.Price < low {
			low = v.Price
		}
		if listLow == 0 || list < listLow {
			listLow = list
		}
		high, listHigh = max(high, v.Price), max(listHigh, list)
	}
	out.PriceRange = span{minor(low, cur), minor(high, cur)}
	if reduced {
		out.ListPriceRange = &span{minor(listLow, cur), minor(listHigh, cur)}
	}
}

func (c *Catalog) shapeVariant(p *catalog.Product, v *catalog.Variant, title, cur string) variant {
	out := variant{ID: v.SKU, SKU: v.SKU, Price: minor(v.Price, cur), Availability: availability{v.Stock > 0, "in_stock"}, Options: chosen(p, v)}
	if v.Stock <= 0 {
		out.Availability.Status = "out_of_stock"
	}
	if v.ListPrice > v.Price {
		list := minor(v.ListPrice, cur)
		out.ListPrice = &list
	}
	if v.GTIN != "" {
		out.Barcodes = []barcode{{"GTIN", v.GTIN}}
	}
	var labels []string
	for _, o := range out.Options {
		labels = append(labels, o.Label)
	}
	out.Title = cmp.Or(strings.Join(labels, " / "), title)
	out.Description.Plain = title
	if len(labels) > 0 {
		out.Description.Plain += ", " + strings.Join(labels, ", ")
	}
	if at := c.link(v.Image); at != "" {
		out.Media = []medium{{"image", at, out.Description.Plain}}
	}
	return out
}

// link is a whole web address, "" when there is none.
func (c *Catalog) link(at string) string {
	if strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "//") && c.cfg.Site != "" {
		at = c.cfg.Site + at
	}
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// categoryName writes a path as UCP does: "Men > Tops".
func categoryName(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return strings.Join(parts, " > ")
}

// axes are the names of a product's options: colour, size, then the others.
func axes(p *catalog.Product) []string {
	var names []string
	for _, v := range p.Variants {
		for name := range v.Options {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	first := []string{"size", "color"}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(slices.Index(first, b)-slices.Index(first, a), cmp.Compare(a, b))
	})
	return names
}

func optionsOf(p *catalog.Product) []option {
	var out []option
	for _, name := range axes(p) {
		o := option{Name: name}
		for _, v := range p.Variants {
			label, ok := v.Options[name]
			if ok && label != "" && !slices.ContainsFunc(o.Values, func(x value) bool { return x.Label == label }) {
				o.Values = append(o.Values, value{Label: label})
			}
		}
		if len(o.Values) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// chosen are a variant's options.
func chosen(p *catalog.Product, v *catalog.Variant) []selected {
	var out []selected
	for _, name := range axes(p) {
		if label := v.Options[name]; label != "" {
			out = append(out, selected{Name: name, Label: label})
		}
	}
	return out
}
