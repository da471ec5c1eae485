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
	Kind     string   `json:"kind,omitempty" enum:"also_like,look,again,popular,picture,instead,guide" jsonschema:"look: what completes an outfit or a set with the product. again: what they bought before and may need again. popular: what sells now. picture: what looks like the product. instead: the nearest to a product, as when it is sold out. guide: how to choose, from the shop's guides"`
	For      string   `json:"for,omitempty" jsonschema:"what for or for whom, in the customer's words"`
	Product  string   `json:"product,omitempty" jsonschema:"a product to start from, by id or title"`
	Color    string   `json:"color,omitempty" jsonschema:"of the product, for instead"`
	Size     string   `json:"size,omitempty" jsonschema:"of the product, for instead"`
	Cheaper  bool     `json:"cheaper,omitempty" jsonschema:"only what costs less than the product"`
	Category string   `json:"category,omitempty"`
	PriceMin *float64 `json:"price_min,omitempty" ground:"true"`
	PriceMax *float64 `json:"price_max,omitempty" ground:"true"`
	Limit    int      `json:"limit,omitempty"`
}

type recommendOut struct {
	Guides   []guideView   `json:"guides,omitempty"`
	Products []ProductCard `json:"products"`
	Basis    string        `json:"basis"`            // product, words, history, popular, rated, look, again, picture, instead, guide, or shop: just what there is
	Around   *ProductCard  `json:"around,omitempty"` // the product that it is about
	Unmet    string        `json:"unmet,omitempty"`  // what was asked for and nothing is stated to be for: then there are no products
	Used     []usedFact    `json:"used,omitempty"`   // what the customer told us that went into it
	Kinds    []string      `json:"kinds,omitempty"`  // of things that the shop has, where nothing is suggested
}

func (o recommendOut) Card() *llm.Card {
	if len(o.Products) == 0 && len(o.Guides) == 0 {
		return nil
	}
	return card("products", Found{Products: o.Products, Total: len(o.Products), Guides: o.Guides})
}

func (s session) recommend() llm.Tool {
	return llm.NewTool("recommend", "Suggest products for this customer: around a product, for a purpose, or from what they bought and looked at. Each comes with its reason.", llm.Read,
		func(ctx context.Context, in recommendIn, _ string) (recommendOut, error) {
			q := recsys.Query{K: limit(in.Limit, 4, 12), Filter: s.fits(in.Category, money(in.PriceMin), money(in.PriceMax))}
			var p *catalog.Product
			if in.Product != "" {
				var err error
				if p, err = s.find(in.Product); err != nil {
					return recommendOut{}, err
				}
				if in.Cheaper {
					q.Filter = s.cheaperThan(p, q.Filter)
				}
			}
			k := s.known(ctx)
			sifted := k.narrow(&q, in.For)
			out, err := s.suggest(ctx, in, p, q)
			if err == nil && in.Kind != "again" {
				out.Used = sifted.used(ctx, out.Products)
			}
			if p != nil {
				c := s.card(p, nil)
				out.Around = &c
			}
			return out, err
		})
}

// cheaperThan keeps what a filter keeps and costs less than a product.
func (s session) cheaperThan(p *catalog.Product, usual func(string) bool) func(string) bool {
	return func(id string) bool {
		other := s.Catalog.Product(id)
		return other != nil && other.Price < p.Price && usual(id)
	}
}

// suggest gives what one kind of recommendation is; without a kind, what the
// other arguments ask for.
func (s session) suggest(ctx context.Context, in recommendIn, p *catalog.Product, q recsys.Query) (recommendOut, error) {
	given := func(basis string, list []ProductCard, err error) (recommendOut, error) {
		return recommendOut{Products: list, Basis: basis}, err
	}
	switch in.Kind {
	case "again", "popular":
		if in.For != "" && p == nil {
			if err := s.among(ctx, in, &q); err != nil {
				return recommendOut{}, err
			}
		}
		if in.Kind == "again" {
			return s.buyAgain(ctx, p, q)
		}
		list, err := s.popularNow(ctx, q)
		return given("popular", list, err)
	case "guide":
		if out := s.guided(in, p, q); len(out.Guides) > 0 {
			return out, nil
		}
	case "look", "picture", "instead":
		if p == nil {
			return recommendOut{}, llm.Errorf("bad_argument", "kind %s wants the product that it is about", in.Kind)
		}
		switch in.Kind {
		case "look":
			list, err := s.lookWith(ctx, p, q)
			return given("look", list, err)
		case "picture":
			list, err := s.looksLike(ctx, p, q)
			return given("picture", list, err)
		}
		list, err := s.insteadOf(ctx, p, in.Color, in.Size, q)
		return given("instead", list, err)
	}
	switch {
	case p != nil:
		list, err := s.alsoLiked(ctx, p, q)
		return given("product", list, err)
	case in.For != "":
		list, err := s.forWords(ctx, in, q)
		if err != nil || len(list) > 0 {
			return given("words", list, err)
		}
		return recommendOut{Products: []ProductCard{}, Unmet: in.For, Kinds: s.kinds(6)}, nil // what is popular would be padding
	}
	return s.forCustomer(ctx, q)
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
func (s session) forWords(ctx context.Context, in recommendIn, q recsys.Query) ([]ProductCard, error) {
	r, err := s.Catalog.Search(ctx, catalog.Query{
		Text: in.For, Locale: s.locale(), Category: in.Category,
		PriceMin: money(in.PriceMin), PriceMax: money(in.PriceMax), InStockOnly: true, Limit: q.K * 5,
	})
	if err != nil || r.Nearest || len(r.Understood.Terms) == 0 && r.Understood.PriceMax == 0 && r.Understood.PriceMin == 0 {
		return nil, err // of no word of it
	}
	out := []ProductCard{}
	for _, h := range r.Hits {
		if len(out) == q.K {
			break
		}
		if !q.Filter(h.Product.ID) {
			continue
		}
		c := s.card(h.Product, h.Variant)
		c.Reason = s.say("why.words")
		if said := met(r.Understood.Terms, h.Missing); len(said) > 0 {
			c.Reason = s.say("why.said", "words", strings.Join(said, s.say("list.comma")))
		}
		out = append(out, c)
	}
	return out, nil
}

// among narrows a query to what the customer's words find: "popular tents".
func (s session) among(ctx context.Context, in recommendIn, q *recsys.Query) error {
	r, err := s.Catalog.Search(ctx, catalog.Query{Text: in.For, Locale: s.locale(), Category: in.Category, Limit: 500})
	if err != nil || r.Nearest || len(r.Hits) == 0 {
		return err // no words that find anything
	}
	found := map[string]bool{}
	for i, h := range r.Hits {
		if r.Exact > 0 && i == r.Exact {
			break
		}
		found[h.Product.ID] = true
	}
	usual := q.Filter
	q.Filter = func(id string) bool { return found[id] && usual(id) }
	return nil
}

// met are the words of a wish that a product does not lack.
func met(terms, missing []string) []string {
	return slices.DeleteFunc(slices.Clone(terms), func(w string) bool { return slices.Contains(missing, w) })
}

func (s session) forCustomer(ctx context.Context, q recsys.Query) (recommendOut, error) {
	q.Customer, q.Recent = s.who.ID, s.Recent(s.who.ID)
	mine, err := s.ordered(ctx)
	if err != nil {
		return recommendOut{}, err
	}
	had, past := bought(mine)
	q.Past = past
	q.Exclude = append(q.Exclude, had...)
	q.Exclude = append(q.Exclude, q.Recent...)
	list, err := s.AlsoLike.Recommend(ctx, q)
	if err != nil {
		return recommendOut{}, err
	}
	out := recommendOut{Products: s.cards(list, had), Basis: "popular"}
	if slices.ContainsFunc(list, func(x recsys.Scored) bool { return len(x.Reasons) > 0 && x.Reasons[0].Item != "" }) {
		out.Basis = "history"
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
	out := recommendOut{Products: s.cards(list, nil), Basis: "popular"}
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

// ordered are the customer's own orders; a guest has none.
func (s session) ordered(ctx context.Context) ([]orders.Order, error) {
	if s.Orders == nil || !s.who.Authenticated {
		return nil, nil
	}
	return s.Orders.List(ctx, s.who.ID, 0)
}

// bought lists the products of orders, and what was kept of them as recommenders
// learn from it.
func bought(list []orders.Order) (out []string, past []recsys.Interaction) {
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
	return out, past
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
			list, err := s.boughtWith(ctx, p, recsys.Query{K: 3, Filter: s.fits("", 0, 0)})
			out := togetherOut{Product: s.card(p, nil), Products: list, Total: p.Price, Currency: p.Currency}
			for _, c := range list {
				out.Total += c.Price
			}
			return out, err
		})
}
