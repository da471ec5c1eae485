package tools

import (
	"context"
	"math"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/recsys"
	"parley/tools/catalog"
)

type searchIn struct {
	Query    string   `json:"query" jsonschema:"what to look for, in the customer's words"`
	Category string   `json:"category,omitempty" jsonschema:"a category of the shop"`
	PriceMin *float64 `json:"price_min,omitempty" jsonschema:"only if the customer named a lower limit" ground:"true"`
	PriceMax *float64 `json:"price_max,omitempty" jsonschema:"only if the customer named an upper limit" ground:"true"`
	Color    string   `json:"color,omitempty"`
	Size     string   `json:"size,omitempty"`
	Gender   string   `json:"gender,omitempty" jsonschema:"men, women or kids"`
	InStock  bool     `json:"in_stock,omitempty" jsonschema:"only what can be had now"`
	Sort     string   `json:"sort,omitempty" jsonschema:"relevance, price_asc, price_desc, rating, reviews, newest, or a stated number as attr:weight:asc"`
	Filters  []string `json:"filters,omitempty" jsonschema:"facts that must hold, as material=cotton"`
	Not      []string `json:"not,omitempty" jsonschema:"words of what it must not have"`
	Facets   []string `json:"facets,omitempty" jsonschema:"what to count: category, brand, color, size, price or an attribute"`
	OnSale   bool     `json:"on_sale,omitempty" jsonschema:"only what costs less than its list price"`
	Strict   bool     `json:"strict,omitempty" jsonschema:"only what meets everything: nothing nearest"`
	Exclude  []string `json:"exclude,omitempty" jsonschema:"product ids not to show again"`
	Limit    int      `json:"limit,omitempty" jsonschema:"how many, 4 if not given"`
}

// A Found is the result of a search.
type Found struct {
	Products   []ProductCard `json:"products"`
	Total      int           `json:"total"`
	Nearest    bool          `json:"nearest,omitempty"` // nothing matches all; these come nearest
	Missing    []string      `json:"missing,omitempty"` // what could not be met: words, "price", "color", "size", "gender", "stock", "not wool"
	Understood *understood   `json:"understood,omitempty"`
	Sort       string        `json:"sort,omitempty"` // as it was applied
	Facets     []facetView   `json:"facets,omitempty"`
	Title      string        `json:"title,omitempty"`
	Guides     []guideView   `json:"guides,omitempty"`
	Used       []usedFact    `json:"used,omitempty"` // what the customer told us that went into it
}

// understood is what was read of the query and the arguments together.
type understood struct {
	Category  string            `json:"category,omitempty"`
	Color     string            `json:"color,omitempty"` // the first
	Colors    []string          `json:"colors,omitempty"`
	Size      string            `json:"size,omitempty"`
	Gender    string            `json:"gender,omitempty"`
	PriceMin  catalog.Money     `json:"price_min,omitempty"`
	PriceMax  catalog.Money     `json:"price_max,omitempty"`
	Not       []string          `json:"not,omitempty"`
	Bounds    []catalog.Bound   `json:"bounds,omitempty"`
	Terms     []string          `json:"terms,omitempty"`     // the words left
	Corrected map[string]string `json:"corrected,omitempty"` // misspellings
}

type facetView struct {
	Name   string       `json:"name"`
	Values []facetValue `json:"values"`
}

type facetValue struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// Card shows the products found.
func (f Found) Card() *llm.Card {
	if len(f.Products) == 0 {
		return nil
	}
	f.Understood, f.Missing, f.Facets, f.Used = nil, nil, nil, nil
	return card("products", f)
}

func (s session) searchProducts() llm.Tool {
	return llm.NewTool("search_products", "Search the shop's catalogue. Use it for every question about what the shop sells.", llm.Read,
		func(ctx context.Context, in searchIn, _ string) (Found, error) {
			q := catalog.Query{
				Text: in.Query, Locale: s.locale(), Category: in.Category, PriceMin: money(in.PriceMin), PriceMax: money(in.PriceMax),
				Color: in.Color, Size: in.Size, Gender: in.Gender, InStockOnly: in.InStock, Sort: in.Sort, Exclude: in.Exclude,
				Not: in.Not, OnSale: in.OnSale, Facets: in.Facets, Limit: limit(in.Limit, 4, 12),
			}
			if !s.Catalog.Sorts(in.Sort) {
				return Found{}, llm.Errorf("bad_argument", "there is no sort %q; there are: %s", in.Sort, strings.Join(s.Catalog.SortNames(), ", "))
			}
			for _, f := range in.Filters {
				name, value, ok := strings.Cut(f, "=")
				if !ok {
					return Found{}, llm.Errorf("bad_argument", "the filter %q must be written as name=value", f)
				}
				if q.Filters == nil {
					q.Filters = map[string][]string{}
				}
				q.Filters[strings.TrimSpace(name)] = append(q.Filters[strings.TrimSpace(name)], strings.TrimSpace(value))
			}
			k := s.known(ctx)
			if len(k.list) > 0 {
				q.Limit = mostSifted
			}
			r, err := s.Catalog.Search(ctx, q)
			if err != nil {
				return Found{}, err
			}
			if in.Strict && r.Nearest {
				r.Hits, r.Nearest = nil, false
			}
			if len(k.list) == 0 {
				return s.found(r), nil
			}
			return k.found(ctx, r, in, limit(in.Limit, 4, 12)), nil
		})
}

// What is looked through for a customer of whom something is known.
const mostSifted = 60

// found shows what of the results the facts let through.
func (k known) found(ctx context.Context, r *catalog.Results, in searchIn, most int) Found {
	if r.Exact > 0 {
		r.Hits = r.Hits[:r.Exact]
	}
	color := ""
	if len(r.Understood.Colors) > 0 {
		color = r.Understood.Colors[0]
	}
	sized := in.Size != "" || r.Understood.Size != ""
	was, told := len(r.Hits), len(r.Hits)
	if r.Nearest {
		told = most
	}
	hits, sifted := k.sift(r.Hits, color, in.Query, sized, !r.Nearest && (in.Sort == "" || in.Sort == "relevance"), told)
	r.Total -= min(r.Total, was-len(hits))
	r.Hits = hits[:min(most, len(hits))]
	r.Exact = min(r.Exact, len(r.Hits))
	out := k.session.found(r)
	out.Used = sifted.used(ctx, out.Products)
	return out
}

// found shows results: those that meet everything, or else the nearest, which
// lack no more than the first of them. What only comes near is not padded in.
func (s session) found(r *catalog.Results) Found {
	out := Found{Products: []ProductCard{}, Total: r.Total, Nearest: r.Nearest, Missing: r.Missing, Sort: r.Sort}
	if r.Exact > 0 {
		r.Hits = r.Hits[:r.Exact]
	}
	most := r.Understood.PriceMax * 3 / 2 // past the price, but not far
	if len(r.Hits) > 0 && slices.Contains(r.Missing, "price") {
		most = max(most, r.Hits[0].Product.Price*13/10)
	}
	for _, h := range r.Hits {
		if r.Nearest && len(h.Missing) > len(r.Missing) || r.Understood.PriceMax > 0 && h.Product.Price > most {
			continue
		}
		c := s.card(h.Product, h.Variant)
		if name, ok := strings.CutPrefix(r.Sort, "attr:"); ok { // what they are sorted by
			name, _, _ = strings.Cut(name, ":")
			c.Stated = strings.Join(h.Product.ValuesIn(s.locale(), name), ", ")
		}
		out.Products = append(out.Products, c)
	}
	if r.Nearest {
		out.Title = s.say("title.alternatives")
	}
	u := r.Understood
	out.Understood = &understood{
		Category: u.Category, Colors: u.Colors, Size: u.Size, Gender: u.Gender, PriceMin: u.PriceMin, PriceMax: u.PriceMax,
		Not: u.Not, Bounds: u.Bounds, Terms: u.Terms, Corrected: u.Corrected,
	}
	if len(u.Colors) > 0 {
		out.Understood.Color = u.Colors[0]
	}
	for _, f := range r.Facets {
		view := facetView{Name: f.Name, Values: []facetValue{}}
		for _, v := range f.Values {
			view.Values = append(view.Values, facetValue(v))
		}
		out.Facets = append(out.Facets, view)
	}
	return out
}

func money(f *float64) catalog.Money {
	if f == nil {
		return 0
	}
	return catalog.Money(*f*100 + .5)
}

func limit(n, usual, most int) int {
	if n <= 0 {
		return usual
	}
	return min(n, most)
}

func errNoProduct(name string) *llm.ToolError {
	e := llm.Errorf("not_found", "the catalogue has no product called %q; search for it first", name)
	e.Data = map[string]any{"product": name}
	return e
}

type getIn struct {
	Product  string `json:"product" jsonschema:"id, SKU or title of a product"`
	Color    string `json:"color,omitempty"`
	Size     string `json:"size,omitempty"`
	Quantity int    `json:"quantity,omitempty" jsonschema:"how many, for the price of all of them, 2 to 999"`
}

type productView struct {
	ProductCard
	Description string          `json:"description,omitempty"`
	Bullets     []string        `json:"bullets,omitempty"`
	Attributes  []attributeView `json:"attributes,omitempty"`
	Variants    []variantView   `json:"variants,omitempty"`
	Reviews     *reviewsView    `json:"reviews,omitempty"`
}

// An attributeView is a stated fact with its name in the customer's language.
type attributeView struct {
	catalog.Attribute
	Label string `json:"label"`
}

func (s session) attributes(p *catalog.Product) []attributeView {
	var out []attributeView
	for _, a := range p.Attributes {
		out = append(out, attributeView{catalog.Attribute{Name: a.Name, Values: p.ValuesIn(s.locale(), a.Name)}, s.attributeName(p, a.Name)})
	}
	return out
}

type variantView struct {
	SKU     string            `json:"sku"`
	Options map[string]string `json:"options,omitempty"`
	Price   catalog.Money     `json:"price"`
	InStock bool              `json:"in_stock"`
	Stock   int               `json:"stock,omitempty"`
}

type reviewsView struct {
	Count  int         `json:"count"`
	Mean   float64     `json:"mean"`
	Stars  [5]int      `json:"stars"`
	Quotes []quoteView `json:"quotes,omitempty"`
}

type quoteView struct {
	Stars  int    `json:"stars,omitempty"`
	Text   string `json:"text"`
	Author string `json:"author,omitempty"`
}

type askedView struct {
	Color   string        `json:"color,omitempty"`
	Size    string        `json:"size,omitempty"`
	Exists  bool          `json:"exists"` // whether the product comes in this
	InStock bool          `json:"in_stock"`
	Stock   int           `json:"stock,omitempty"`
	SKU     string        `json:"sku,omitempty"`
	Price   catalog.Money `json:"price,omitempty"`
}

type getOut struct {
	Product productView `json:"product"`
	Asked   *askedView  `json:"asked,omitempty"`
	// What so many cost, when several are asked for.
	Quantity   int           `json:"quantity,omitempty"`
	TotalPrice catalog.Money `json:"total_price,omitempty"`
	// Where it cannot be had as asked for: what comes nearest and can be.
	Instead []ProductCard `json:"instead,omitempty"`
	// Warning says that it has what the customer told us they must not have.
	Warning string `json:"warning,omitempty"`
}

func (o getOut) Card() *llm.Card {
	list := append([]ProductCard{o.Product.ProductCard}, o.Instead...)
	return card("products", Found{Products: list, Total: len(list)})
}

func (s session) getProduct() llm.Tool {
	return llm.NewTool("get_product", "All that the catalogue states about one product: description, attributes, variants, stock, reviews.", llm.Read,
		func(ctx context.Context, in getIn, _ string) (getOut, error) {
			p, err := s.find(in.Product)
			if err != nil {
				return getOut{}, err
			}
			var v *catalog.Variant
			var asked *askedView
			if in.Color != "" || in.Size != "" {
				v = p.VariantFor(in.Color, in.Size)
				asked = &askedView{Color: in.Color, Size: in.Size, Exists: v != nil}
				if v != nil {
					asked.InStock, asked.SKU, asked.Price = v.Stock > 0, v.SKU, v.Price
					if v.Stock >= 1 && v.Stock <= 5 {
						asked.Stock = v.Stock
					}
				}
			}
			out := getOut{Product: s.product(p, v), Asked: asked}
			if !p.InStock() || asked != nil && asked.Exists && !asked.InStock {
				if out.Instead, err = s.insteadOf(ctx, p, in.Color, in.Size, recsys.Query{K: 3, Filter: s.fits("", 0, 0)}); err != nil {
					return getOut{}, err
				}
			}
			out.Warning = s.known(ctx).warn(ctx, p)
			if in.Quantity > 1 && in.Quantity < 1000 && out.Product.Price > 0 {
				out.Quantity, out.TotalPrice = in.Quantity, out.Product.Price*catalog.Money(in.Quantity)
			}
			return out, nil
		})
}

func (s session) product(p *catalog.Product, v *catalog.Variant) productView {
	out := productView{
		ProductCard: s.card(p, v), Description: p.DescriptionIn(s.locale()), Bullets: p.BulletsIn(s.locale()),
		Attributes: s.attributes(p),
	}
	for _, x := range p.Variants {
		view := variantView{SKU: x.SKU, Options: x.Options, Price: x.Price, InStock: x.Stock > 0}
		if x.Stock >= 1 && x.Stock <= 5 {
			view.Stock = x.Stock
		}
		out.Variants = append(out.Variants, view)
	}
	if list := s.Catalog.Reviews(p.ID); len(list) > 0 {
		out.Reviews = s.reviews(list)
	}
	return out
}

// reviews counts stars and quotes up to four reviews: those in the customer's
// language first, good and bad by turns.
func (s session) reviews(list []catalog.Review) *reviewsView {
	v := &reviewsView{Count: len(list)}
	sum := 0
	var good, bad []catalog.Review
	for _, r := range list {
		if r.Stars < 1 || r.Stars > 5 {
			continue
		}
		sum += r.Stars
		v.Stars[r.Stars-1]++
		if r.Stars >= 4 {
			good = append(good, r)
		} else {
			bad = append(bad, r)
		}
	}
	v.Mean = math.Round(float64(sum*10)/float64(max(len(list), 1))) / 10
	mine := func(a, b catalog.Review) int {
		return boolInt(strings.HasPrefix(s.locale(), "zh") != strings.HasPrefix(a.Locale, "zh")) -
			boolInt(strings.HasPrefix(s.locale(), "zh") != strings.HasPrefix(b.Locale, "zh"))
	}
	slices.SortStableFunc(good, mine)
	slices.SortStableFunc(bad, mine)
	for k := range 2 {
		for _, group := range [][]catalog.Review{good, bad} {
			if k < len(group) {
				v.Quotes = append(v.Quotes, quoteView{group[k].Stars, group[k].Text, group[k].Author})
			}
		}
	}
	return v
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
