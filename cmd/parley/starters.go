package main

import (
	"strings"

	"parley/agent/llm"
)

// starters are three first questions made from this shop's own catalogue and
// the page one is on.
func (a *app) starters(locale string, page *llm.Page) []string {
	zh := strings.HasPrefix(locale, "zh")
	if page != nil && page.Product != "" && a.Catalog.Product(page.Product) != nil {
		if zh {
			return []string{"这款有什么评价？", "有哪些尺码和颜色？", "搭配什么一起买？"}
		}
		return []string{"What do reviews say about this?", "Which sizes and colours are there?", "What goes with it?"}
	}
	var out []string
	for _, c := range a.Catalog.TopCategories(locale, 2) {
		if zh {
			out = append(out, "有哪些"+c+"？")
		} else {
			out = append(out, "Show me "+strings.ToLower(c))
		}
	}
	if zh {
		return append(out, "怎么退货？")
	}
	return append(out, "How do returns work?")
}
