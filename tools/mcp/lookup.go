package mcp

import (
	"context"
	"slices"
	"strings"

	"parley/tools/catalog"
)

// An index finds products by what UCP calls their identifiers.
type index struct {
	products   map[string]*catalog.Product
	variants   map[string]place // by SKU and barcode
	categories []string         // all paths
	currencies []string
}

type place struct {
	p *catalog.Product
	v *catalog.Variant
}

func (c *Catalog) makeIndex() index {
	x := index{products: map[string]*catalog.Product{}, variants: map[string]place{}}
	seen := map[string]bool{}
	all := c.cfg.Catalog.All()
	for _, p := range all {
		if cur := c.currencyOf(p); !slices.Contains(x.currencies, cur) {
			x.currencies = append(x.currencies, cur)
		}
		x.products[strings.ToLower(p.ID)] = p
		for i := range p.Variants {
			v := &p.Variants[i]
			x.variants[strings.ToLower(v.SKU)] = place{p, v}
		}
		for _, path := range p.Categories {
			if !seen[path] {
				seen[path] = true
				x.categories = append(x.categories, path)
			}
		}
	}
	for _, p := range all { // a barcode never hides a SKU
		for i := range p.Variants {
			v := &p.Variants[i]
			if _, taken := x.variants[strings.ToLower(v.GTIN)]; v.GTIN != "" && !taken {
				x.variants[strings.ToLower(v.GTIN)] = place{p, v}
			}
		}
	}
	return x
}

// find gives the product of an identifier, and the variant if it names one.
func (x *index) find(id string) (*catalog.Product, *catalog.Variant) {
	id = strings.ToLower(strings.TrimSpace(id))
	if at, ok := x.variants[id]; ok {
		return at.p, at.v
	}
	return x.products[id], nil
}

// category gives the paths that a name stands for: itself, what is below it, and
// those that end in it.
func (x *index) category(name string) []string {
	want := foldPath(name)
	var out []string
	for _, path := range x.categories {
		have := foldPath(path)
		if have == want || strings.HasPrefix(have, want+" > ") || strings.HasSuffix(have, " > "+want) || strings.Contains(have, " > "+want+" > ") {
			out = append(out, path)
		}
	}
	return out
}

func foldPath(path string) string {
	parts := strings.FieldsFunc(strings.ToLower(path), func(r rune) bool { return r == '/' || r == '>' })
	for i, p := range parts {
		parts[i] = strings.TrimSpace(p)
	}
	return strings.Join(parts, " > ")
}

// lookup answers lookup_catalog: each product once, with the variants that the
// identifiers mean.
func (c *Catalog) lookup(_ context.Context, in lookupRequest) (any, error) {
	if len(in.IDs) > mostIDs {
		return nil, invalid("at most %d ids can be looked up at once", mostIDs)
	}
	out := productsAnswer{UCP: enveloped(ucpLookup), Products: []product{}}
	bounds, notes, err := c.bounds(in.Filters, in.Context)
	if err != nil {
		return nil, err
	}
	out.Messages = notes
	locale := localeOf(in.Context.Language, "")
	at := map[string]int{} // of products, in out
	asked := map[string]bool{}
	for _, id := range in.IDs {
		if asked[id] {
			continue
		}
		asked[id] = true
		p, v := c.index.find(id)
		if p == nil {
			out.Messages = append(out.Messages, info("not_found", "%s", oneLine(id, 200)))
			continue
		}
		match := "featured"
		list := featuredFirst(p, nil)
		if v != nil {
			match, list = "exact", slices.DeleteFunc(list, func(x *catalog.Variant) bool { return x.SKU != v.SKU })
		}
		if len(list) == 0 {
			out.Messages = append(out.Messages, info("price_unavailable", "%s", oneLine(id, 200)))
			continue
		}
		if list = bounds.pass(c.currencyOf(p), list); len(list) == 0 || !bounds.inside(p) {
			continue
		}
		k, known := at[p.ID]
		if !known {
			k = len(out.Products)
			at[p.ID] = k
			out.Products = append(out.Products, c.shape(p, nil, locale, false))
		}
		out.Products[k].add(c.shapeVariant(p, list[0], out.Products[k].Title, c.currencyOf(p)), input{id, match})
	}
	return out, nil
}

// add notes that an identifier means a variant.
func (p *product) add(v variant, in input) {
	for i := range p.Variants {
		if p.Variants[i].ID == v.ID {
			p.Variants[i].Inputs = append(p.Variants[i].Inputs, in)
			return
		}
	}
	v.Inputs = []input{in}
	p.Variants = append(p.Variants, v)
}
