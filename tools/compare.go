package tools

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/agent/llm"
	"parley/tools/catalog"
)

type compareIn struct {
	Products []string `json:"products" jsonschema:"ids or titles of two to four products"`
	Describe bool     `json:"describe,omitempty" jsonschema:"also all that the shop states of each, to tell which suits a purpose"`
}

// A Comparison is products side by side. Rows hold one value a product, "" when
// the catalogue does not state it.
type Comparison struct {
	Products []ProductCard `json:"products"`
	Rows     []Row         `json:"rows"`
	// Of all together, and between the dearest and the cheapest; 0 where a price
	// is not stated or currencies differ.
	TotalPrice catalog.Money `json:"total_price,omitempty"`
	PriceGap   catalog.Money `json:"price_gap,omitempty"`
	Details    []productView `json:"details,omitempty"` // of each product, when that was asked for
}

// A Row is one fact of each compared product.
type Row struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
	Differ bool     `json:"differ"`
}

// Card shows the comparison.
func (c Comparison) Card() *llm.Card {
	c.Details = nil
	return card("comparison", c)
}

func (s session) compareProducts() llm.Tool {
	return llm.NewTool("compare_products", "Put two to four products side by side, fact by fact.", llm.Read,
		func(ctx context.Context, in compareIn, _ string) (Comparison, error) {
			var list []*catalog.Product
			for _, name := range in.Products {
				p, err := s.find(name)
				if err != nil {
					return Comparison{}, err
				}
				if !slices.Contains(list, p) {
					list = append(list, p)
				}
			}
			if len(list) < 2 || len(list) > 4 {
				return Comparison{}, llm.Errorf("bad_argument", "a comparison needs two to four different products, not %d", len(list))
			}
			out := s.compare(list)
			if in.Describe {
				for _, p := range list {
					out.Details = append(out.Details, s.product(p, nil))
				}
			}
			return out, nil
		})
}

func (s session) compare(list []*catalog.Product) Comparison {
	var c Comparison
	least, most, priced := list[0].Price, list[0].Price, true
	for _, p := range list {
		c.Products = append(c.Products, s.card(p, nil))
		c.TotalPrice += p.Price
		least, most = min(least, p.Price), max(most, p.Price)
		priced = priced && p.Price > 0 && p.Currency == list[0].Currency
	}
	if c.PriceGap = most - least; !priced {
		c.TotalPrice, c.PriceGap = 0, 0
	}
	row := func(name string, value func(k int) string) {
		r := Row{Name: name}
		stated := false
		for k := range list {
			v := value(k)
			stated = stated || v != ""
			r.Values = append(r.Values, v)
			r.Differ = r.Differ || v != r.Values[0]
		}
		if stated {
			c.Rows = append(c.Rows, r)
		}
	}
	row(s.say("row.price"), func(k int) string {
		if list[k].Price == 0 {
			return "" // a feed may state none
		}
		return catalog.Format(list[k].Price, list[k].Currency, s.locale())
	})
	row(s.say("row.rating"), func(k int) string {
		if list[k].Rating == 0 {
			return ""
		}
		return fmt.Sprintf("%.1f (%d)", list[k].Rating, list[k].ReviewCount)
	})
	row(s.say("row.stock"), func(k int) string {
		switch {
		case !list[k].InStock():
			return s.say("stock.no")
		case c.Products[k].Stock > 0:
			return strconv.Itoa(c.Products[k].Stock)
		}
		return s.say("stock.yes")
	})
	row(s.say("row.brand"), func(k int) string { return list[k].Brand })
	for _, name := range attributeNames(list) {
		states := list[slices.IndexFunc(list, func(p *catalog.Product) bool { return len(p.Attribute(name)) > 0 })]
		row(s.attributeName(states, name), func(k int) string { return s.list(list[k].ValuesIn(s.locale(), name)) })
	}
	row(s.say("row.colors"), func(k int) string {
		var names []string
		for _, color := range list[k].Colors() {
			names = append(names, s.Catalog.ColorIn(s.locale(), color))
		}
		return s.list(names)
	})
	row(s.say("row.sizes"), func(k int) string { return s.list(list[k].Sizes()) })
	return c
}

func (s session) list(values []string) string {
	if strings.HasPrefix(s.locale(), "zh") {
		return strings.Join(values, "、")
	}
	return strings.Join(values, ", ")
}

// sorting attributes put products on shelves and say nothing of them.
var sorting = map[string]bool{"tags": true, "tag": true, "collection": true, "标签": true}

// attributeNames lists the stated attributes, those that more products state
// first, at most twelve.
func attributeNames(list []*catalog.Product) []string {
	var names []string
	count := map[string]int{}
	for _, p := range list {
		for _, a := range p.Attributes {
			if sorting[strings.ToLower(a.Name)] {
				continue
			}
			if count[a.Name] == 0 {
				names = append(names, a.Name)
			}
			count[a.Name]++
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return count[b] - count[a] })
	return names[:min(12, len(names))]
}

// AttributeName is how people read the name of a product's attribute in a language.
func (t *Tools) AttributeName(locale string, p *catalog.Product, name string) string {
	return session{Tools: t, who: llm.Customer{Locale: locale}}.attributeName(p, name)
}

// attributeName is the shop's own name of an attribute in the customer's
// language, the phrase files' word for it, or the feed's word made readable.
func (s session) attributeName(p *catalog.Product, name string) string {
	if term := p.TermIn(s.locale(), name); term != name {
		return term
	}
	key := "attribute." + strings.ToLower(strings.ReplaceAll(name, " ", "_"))
	if _, ok := s.phrases[key]; ok {
		return s.say(key)
	}
	text := strings.ReplaceAll(name, "_", " ")
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
