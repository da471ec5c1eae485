package mcp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/tools/catalog"
)

// Bounds of requests.
const (
	usualPage    = 10
	mostPage     = 50
	mostQuery    = 500 // characters
	mostOffset   = 2000
	mostIDs      = 50
	mostFilters  = 50
	mostVariants = 5 // of each product in a list
)

// search answers search_catalog: what meets the query and every filter; when a
// query without filters is met by nothing, what comes nearest, said to be that.
func (c *Catalog) search(ctx context.Context, in searchRequest) (any, error) {
	out := productsAnswer{UCP: enveloped(ucpSearch), Products: []product{}}
	fail := func(code, format string, args ...any) (any, error) {
		out.UCP.Status = "error"
		out.Messages = append(out.Messages, failure(code, "recoverable", format, args...))
		return out, nil
	}
	locale := localeOf(in.Context.Language, in.Query)
	bounds, notes, err := c.bounds(in.Filters, in.Context)
	if err != nil {
		return nil, err
	}
	out.Messages = append(out.Messages, notes...)
	in.Query = strings.TrimSpace(clean(in.Query, mostQuery+1))
	switch {
	case in.Purpose != "" && in.Purpose != "search" || len(in.References) > 0:
		return fail("unsupported_purpose", "only searches by words and filters are answered here")
	case utf8.RuneCountInString(in.Query) > mostQuery:
		return fail("query_too_long", "a query may have %d characters", mostQuery)
	case in.Query == "" && !bounds.any():
		return fail("empty_request", "give a query, or filters to browse by")
	}
	offset, err := openCursor(in.Pagination.Cursor, in)
	if err != nil {
		return fail("invalid_cursor", "%v", err)
	}
	limit := min(cmp.Or(in.Pagination.Limit, usualPage), mostPage)
	q := catalog.Query{Text: in.Query, Locale: locale, Limit: limit, Offset: offset, PriceMin: bounds.min, PriceMax: bounds.max}
	if bounds.categories != nil {
		q.Filters = map[string][]string{"category": bounds.categories}
	}
	r, err := c.cfg.Catalog.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	hits := r.Hits[:r.Exact]
	if r.Nearest && !bounds.any() && offset == 0 {
		hits = r.Hits
		out.Messages = append(out.Messages, info("nearest_matches", "Nothing meets all of the query; these come nearest. Not met: %s.", strings.Join(r.Missing, ", ")))
	}
	for _, h := range hits {
		list := bounds.pass(c.currencyOf(h.Product), featuredFirst(h.Product, h.Variant))
		if len(list) == 0 {
			continue
		}
		out.Products = append(out.Products, c.shape(h.Product, list[:min(len(list), mostVariants)], locale, false))
	}
	out.Pagination = &pagination{}
	mixed := bounds.currency != "" && len(c.index.currencies) > 1 // some of those counted are in another currency
	if !mixed && !(r.Nearest && len(hits) > 0) {
		out.Pagination.Total = &r.Total
	}
	if next := offset + limit; next < r.Total && next <= mostOffset {
		out.Pagination.HasNext, out.Pagination.Cursor = true, makeCursor(next, in)
	}
	return out, nil
}

// localeOf is the language to answer in: the one asked for, else the query's.
func localeOf(language, query string) string {
	if language == "" {
		if strings.ContainsFunc(query, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			return "zh"
		}
		return "en"
	}
	tag, _, _ := strings.Cut(strings.ReplaceAll(language, "_", "-"), "-")
	return strings.ToLower(tag)
}

// featuredFirst are the variants that state a price: the one asked for, else the
// first in stock, then the others.
func featuredFirst(p *catalog.Product, featured *catalog.Variant) []*catalog.Variant {
	var list []*catalog.Variant
	for i := range p.Variants {
		if v := &p.Variants[i]; v.Price > 0 {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b *catalog.Variant) int { return rank(a, featured) - rank(b, featured) })
	return list
}

func rank(v, featured *catalog.Variant) int {
	switch {
	case featured != nil && v.SKU == featured.SKU:
		return 0
	case v.Stock > 0:
		return 1
	}
	return 2
}

// bounds are the filters of a request, in the catalogue's terms.
type bounds struct {
	categories []string // nil for any
	min, max   catalog.Money
	none       bool   // a price of nothing at most: nothing passes
	currency   string // of min and max, "" when there is no limit
}

func (b *bounds) any() bool { return b.categories != nil || b.currency != "" }

// bounds reads filters. A price in another currency than the shop's cannot be
// held against its prices: it is passed over, and that is said. Products in
// another currency than the filter's do not pass it.
func (c *Catalog) bounds(f *filters, who buyer) (b bounds, notes []message, err error) {
	if f == nil {
		return b, nil, nil
	}
	if len(f.Categories) > mostFilters {
		return b, nil, invalid("at most %d categories can be given", mostFilters)
	}
	for _, name := range f.Categories {
		b.categories = append(b.categories, c.index.category(name)...)
		if b.categories == nil {
			b.categories = []string{}
		}
	}
	if f.Price.Min == nil && f.Price.Max == nil {
		return b, nil, nil
	}
	asked := strings.ToUpper(who.Currency)
	switch {
	case asked == "" && len(c.index.currencies) > 1:
		return b, []message{info("price_filter_ignored", "Prices here are in %s: say in context.currency which is meant. The price filter was not used.", strings.Join(c.index.currencies, " and "))}, nil
	case asked == "" && len(c.index.currencies) == 1:
		asked = c.index.currencies[0]
	case !slices.Contains(c.index.currencies, asked):
		return b, []message{info("price_filter_ignored", "Prices are in %s and are not converted, so the price filter in %s was not used.", strings.Join(c.index.currencies, " and "), oneLine(asked, 10))}, nil
	}
	b.currency = asked
	if f.Price.Min != nil {
		b.min = hundredths(*f.Price.Min, asked)
	}
	if f.Price.Max != nil {
		b.max = hundredths(*f.Price.Max, asked)
		b.none = b.max == 0
		b.max = max(b.max, 1)
	}
	return b, nil, nil
}

// pass keeps the variants that the price filter lets through.
func (b *bounds) pass(currency string, list []*catalog.Variant) []*catalog.Variant {
	if b.currency == "" {
		return list
	}
	return slices.DeleteFunc(list, func(v *catalog.Variant) bool {
		return currency != b.currency || b.none || v.Price < b.min || b.max > 0 && v.Price > b.max
	})
}

// inside says that a product is in one of the categories.
func (b *bounds) inside(p *catalog.Product) bool {
	return b.categories == nil || slices.ContainsFunc(p.Categories, func(x string) bool { return slices.Contains(b.categories, x) })
}

// A cursor is where the next page begins, and of which search.
type cursor struct {
	Offset int    `json:"o"`
	Of     uint64 `json:"q"`
}

func makeCursor(offset int, in searchRequest) string {
	b, err := json.Marshal(cursor{offset, fingerprint(in)})
	if err != nil { // of two numbers
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func openCursor(text string, in searchRequest) (int, error) {
	if text == "" {
		return 0, nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(b, &c) != nil || c.Offset < 0 || c.Offset > mostOffset {
		return 0, fmt.Errorf("the cursor is not one that was given out here; begin without one")
	}
	if c.Of != fingerprint(in) {
		return 0, fmt.Errorf("the cursor belongs to another search; begin without one")
	}
	return c.Offset, nil
}

// fingerprint tells searches apart, but for the page.
func fingerprint(in searchRequest) uint64 {
	in.Pagination.Cursor, in.Pagination.Limit = "", 0
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(in) // of plain fields: cannot fail
	return h.Sum64() >> 11            // JSON numbers hold 53 bits
}
