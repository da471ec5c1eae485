package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"
)

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
