package tools

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"parley/agent/llm"
	"parley/recsys"
	"parley/tools/catalog"
	"parley/tools/orders"
)

type recommendIn struct {
	For      string   `json:"for,omitempty" jsonschema:"what for or for whom, in the customer's words"`
	Product  string   `json:"product,omitempty" jsonschema:"a product to start from, by id or title"`
	Category string   `json:"category,omitempty"`
	PriceMin *float64 `json:"price_min,omitempty" ground:"true"`
	PriceMax *float64 `json:"price_max,omitempty" ground:"true"`
	Limit    int      `json:"limit,omitempty"`
}

type recommendOut struct {
	Products []ProductCard `json:"products"`
	Basis    string        `json:"basis"`           // product, words, history, popular, rated, or shop: just what there is
	Unmet    string        `json:"unmet,omitempty"` // what was asked for and nothing is stated to be for: then there are no products
	Kinds    []string      `json:"kinds,omitempty"` // of things that the shop has, where nothing is suggested
}

func (o recommendOut) Card() *llm.Card {
	if len(o.Products) == 0 {
		return nil
	}
	return card("products", Found{Products: o.Products, Total: len(o.Products)})
}

func (s session) recommend() llm.Tool {
	return llm.NewTool("recommend", "Suggest products for this customer: around a product, for a purpose, or from what they bought and looked at. Each comes with its reason.", llm.Read,
		func(ctx context.Context, in recommendIn, _ string) (recommendOut, error) {
			q := recsys.Query{K: limit(in.Limit, 4, 12), Filter: s.fits(in.Category, money(in.PriceMin), money(in.PriceMax))}
			switch {
			case in.Product != "":
				p, err := s.find(in.Product)
				if err != nil {
					return recommendOut{}, err
				}
				list, err := s.AlsoLiked(ctx, s.locale(), p.ID, q)
				return recommendOut{Products: list, Basis: "product"}, err
			case in.For != "":
				list, err := s.forWords(ctx, in, q.K)
				if err != nil || len(list) > 0 {
					return recommendOut{Products: list, Basis: "words"}, err
				}
				return recommendOut{Products: []ProductCard{}, Unmet: in.For, Kinds: s.kinds(6)}, nil // what is popular would be padding
			}
			return s.forCustomer(ctx, q)
		})
}

// kinds names what the shop has, by its categories, n at most.
func (s session) kinds(n int) []string {
	var out []string
	for _, t := range s.Catalog.Vocabulary().Categories {
		lang, _, _ := strings.Cut(s.locale(), "-")
		name := strings.ToLower(t.ID)
		if list := t.Names[lang]; len(list) > 0 {
			name = strings.ToLower(list[0])
		}
		if len(out) < n && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// forWords searches for what the customer said it is for.
func (s session) forWords(ctx context.Context, in recommendIn, k int) ([]ProductCard, error) {
	r, err := s.Catalog.Search(ctx, catalog.Query{
		Text: in.For, Locale: s.locale(), Category: in.Category,
		PriceMin: money(in.PriceMin), PriceMax: money(in.PriceMax), InStockOnly: true, Limit: k,
	})
	if err != nil || r.Nearest || len(r.Understood.Terms) == 0 && r.Understood.PriceMax == 0 && r.Understood.PriceMin == 0 {
		return nil, err // of no word of it
	}
	out := []ProductCard{}
	for _, h := range r.Hits {
		c := s.card(h.Product, h.Variant)
		c.Reason = s.say("why.words")
		out = append(out, c)
	}
	return out, nil
}

func (s session) forCustomer(ctx context.Context, q recsys.Query) (recommendOut, error) {
	q.Customer, q.Recent = s.who.ID, s.Recent(s.who.ID)
	bought, past, err := s.bought(ctx)
	q.Past = past
	if err != nil {
		return recommendOut{}, err
	}
	q.Exclude = append(q.Exclude, bought...)
	q.Exclude = append(q.Exclude, q.Recent...)
	list, err := s.AlsoLike.Recommend(ctx, q)
	if err != nil {
		return recommendOut{}, err
	}
	out := recommendOut{Products: []ProductCard{}, Basis: "popular"}
	for _, x := range list {
		p := s.Catalog.Product(x.Item)
		if p == nil {
			continue
		}
		c := s.card(p, nil)
		c.Reason = s.because(x, bought)
		if len(x.Reasons) > 0 && x.Reasons[0].Item != "" {
			out.Basis = "history"
		}
		out.Products = append(out.Products, c)
	}
	if len(out.Products) == 0 {
		return s.forAnybody(ctx, q)
	}
	return out, nil
}

// forAnybody suggests what sells best; where nothing has been sold yet, what is
// rated best.
func (s session) forAnybody(ctx context.Context, q recsys.Query) (recommendOut, error) {
	list, err := s.AlsoLike.Recommend(ctx, q)
	if err != nil {
		return recommendOut{}, err
	}
	out := recommendOut{Products: []ProductCard{}, Basis: "popular"}
	for _, x := range list {
		if p := s.Catalog.Product(x.Item); p != nil {
			c := s.card(p, nil)
			c.Reason = s.because(x, nil)
			out.Products = append(out.Products, c)
		}
	}
	if len(out.Products) > 0 {
		return out, nil
	}
	out.Basis = "rated"
	for _, p := range s.rated(q.Filter, q.K) {
		c := s.card(p, nil)
		c.Reason = s.say("why.rated", "n", p.ReviewCount, "rating", strconv.FormatFloat(p.Rating, 'f', 1, 64))
		out.Products = append(out.Products, c)
	}
	if len(out.Products) == 0 {
		out.Basis = "shop"
		for _, p := range s.Catalog.All() {
			if len(out.Products) < q.K && p.InStock() && (q.Filter == nil || q.Filter(p.ID)) {
				out.Products = append(out.Products, s.card(p, nil))
			}
		}
	}
	return out, nil
}

// rated are the products in stock that are rated best, those with more reviews
// first among equals.
func (s session) rated(fits func(string) bool, k int) []*catalog.Product {
	var list []*catalog.Product
	for _, p := range s.Catalog.All() {
		if p.ReviewCount > 0 && p.InStock() && (fits == nil || fits(p.ID)) {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b *catalog.Product) int {
		return cmp.Or(cmp.Compare(b.Rating, a.Rating), cmp.Compare(b.ReviewCount, a.ReviewCount))
	})
	return list[:min(k, len(list))]
}

// bought lists the products of the customer's own orders, and what was kept of
// them as recommenders learn from it.
func (s session) bought(ctx context.Context) (out []string, past []recsys.Interaction, err error) {
	if s.Orders == nil || !s.who.Authenticated {
		return nil, nil, nil
	}
	list, err := s.Orders.List(ctx, s.who.ID, 0)
	for _, o := range list {
		for _, l := range o.Lines {
			if o.Status != orders.Cancelled && o.Status != orders.Returned {
				past = append(past, recsys.Interaction{Item: l.Product, At: o.Placed, Basket: o.ID})
			}
			if !slices.Contains(out, l.Product) {
				out = append(out, l.Product)
			}
		}
	}
	return out, past, err
}

// because puts the strongest reason of a recommendation into words.
func (s session) because(x recsys.Scored, bought []string) string {
	if len(x.Reasons) == 0 {
		return ""
	}
	r := x.Reasons[0]
	title := ""
	if p := s.Catalog.Product(r.Item); p != nil {
		title = p.TitleIn(s.locale())
	}
	switch {
	case r.Kind == "popular":
		return s.say("why.popular", "n", r.Count)
	case title == "":
		return ""
	case r.Kind == "basket":
		return s.say("why.basket", "item", title, "n", r.Count)
	case r.Kind == "set":
		return s.say("why.set", "item", title)
	case slices.Contains(bought, r.Item):
		return s.say("why.bought", "item", title)
	case slices.Contains(s.Recent(s.who.ID), r.Item):
		return s.say("why.viewed", "item", title)
	}
	return s.say("why.also", "item", title, "n", r.Count)
}

// fits filters to what can be bought now and matches category and price.
func (t *Tools) fits(category string, low, high catalog.Money) func(string) bool {
	return func(id string) bool {
		p := t.Catalog.Product(id)
		return p != nil && p.InStock() && (category == "" || p.In(category)) &&
			(low == 0 || p.Price >= low) && (high == 0 || p.Price <= high)
	}
}

// AlsoLiked gives what people who took a product took as well, each with its
// reason in words; the shop's own pairs fill what the data leaves open.
func (t *Tools) AlsoLiked(ctx context.Context, locale, product string, q recsys.Query) ([]ProductCard, error) {
	if q.Filter == nil {
		q.Filter = t.fits("", 0, 0)
	}
	related := func(p *catalog.Product) []string { return p.Related }
	return t.around(ctx, locale, product, q, t.AlsoLike, related)
}

// BoughtWith gives what shared a basket with a product.
func (t *Tools) BoughtWith(ctx context.Context, locale, product string, k int) ([]ProductCard, error) {
	together := func(p *catalog.Product) []string { return p.BoughtTogether }
	return t.around(ctx, locale, product, recsys.Query{K: k, Filter: t.fits("", 0, 0)}, t.Together, together)
}

func (t *Tools) around(ctx context.Context, locale, product string, q recsys.Query, r recsys.Recommender, set func(*catalog.Product) []string) ([]ProductCard, error) {
	s := session{Tools: t, who: llm.Customer{Locale: locale}}
	p := t.Catalog.Product(product)
	if p == nil {
		return nil, errNoProduct(product)
	}
	q.Recent, q.Exclude = []string{product}, append(q.Exclude, product)
	scored, err := r.Recommend(ctx, q)
	if err != nil {
		return nil, err
	}
	// Popularity knows nothing of this product: the shop's own pairs go before it.
	scored = slices.DeleteFunc(scored, func(x recsys.Scored) bool { return len(x.Reasons) == 0 || x.Reasons[0].Item == "" })
	for _, id := range set(p) {
		named := slices.ContainsFunc(scored, func(x recsys.Scored) bool { return x.Item == id })
		if len(scored) < q.K && !named && q.Filter(id) {
			scored = append(scored, recsys.Scored{Item: id, Reasons: []recsys.Reason{{Kind: "set", Item: product}}})
		}
	}
	out := []ProductCard{}
	for _, x := range scored {
		if other := t.Catalog.Product(x.Item); other != nil {
			c := s.card(other, nil)
			c.Reason = s.because(x, nil)
			out = append(out, c)
		}
	}
	return out, nil
}

type togetherIn struct {
	Product string `json:"product" jsonschema:"id or title of a product"`
}

type togetherOut struct {
	Product  ProductCard   `json:"product"`
	Products []ProductCard `json:"products"`
	Total    catalog.Money `json:"total_price"`
	Currency string        `json:"currency"`
}

func (o togetherOut) Card() *llm.Card {
	if len(o.Products) == 0 {
		return nil
	}
	return card("products", Found{Products: o.Products, Total: len(o.Products)})
}

func (s session) boughtTogether() llm.Tool {
	return llm.NewTool("bought_together", "What other customers put into the same basket as a product.", llm.Read,
		func(ctx context.Context, in togetherIn, _ string) (togetherOut, error) {
			p, err := s.find(in.Product)
			if err != nil {
				return togetherOut{}, err
			}
			list, err := s.BoughtWith(ctx, s.locale(), p.ID, 3)
			out := togetherOut{Product: s.card(p, nil), Products: list, Total: p.Price, Currency: p.Currency}
			for _, c := range list {
				out.Total += c.Price
			}
			return out, err
		})
}
