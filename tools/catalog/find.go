package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Find resolves an id, SKU or title, or the distinctive words of one title.
func (c *Catalog) Find(name string) (*Product, bool) {
	name = strings.TrimSpace(name)
	if p := c.bySKU[strings.ToLower(name)]; p != nil {
		return p, true
	}
	low := fold(name)
	if p := c.byName[low]; p != nil {
		return p, true
	}
	low = strings.TrimPrefix(low, "the ")
	if utf8.RuneCountInString(low) < 3 {
		return nil, false
	}
	terms := c.text.lookup(low)
	if len(terms) == 0 {
		return nil, false
	}
	var found *Product
	either := false
	c.text.match(terms, func(i int32, mask uint16, _ float32) {
		p := c.docs[i].p
		if mask&named == 0 || either || !p.titled(low) {
			return
		}
		either = found != nil
		found = p
	})
	return found, found != nil && !either
}

// titled says that words stand in a product's title, in any of its languages.
func (p *Product) titled(low string) bool {
	in := func(title string) bool { return strings.Contains(" "+fold(title)+" ", " "+low+" ") }
	if in(p.Title) {
		return true
	}
	for _, w := range p.Locales {
		if in(w.Title) {
			return true
		}
	}
	return false
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
