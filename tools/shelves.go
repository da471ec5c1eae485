package tools

import (
	"cmp"
	"context"
	"slices"

	"parley/agent/llm"
	"parley/recsys"
	"parley/tools/catalog"
)

// A Shelf is what a page shows in one row.
type Shelf struct {
	Kind     string // also_like, together, look, picture, instead, popular or again
	Customer llm.Customer
	Product  string // around which; not for popular and again
	Category string // for popular; empty for all
	K        int
}

// Shelf fills a row of a page with products, each with its reason in words.
func (t *Tools) Shelf(ctx context.Context, row Shelf) ([]ProductCard, error) {
	s := session{Tools: t, who: row.Customer}
	q := recsys.Query{K: row.K, Filter: t.fits(row.Category, 0, 0)}
	if row.Kind == "popular" {
		return s.popularNow(ctx, q)
	}
	if row.Kind == "again" {
		out, err := s.buyAgain(ctx, nil, q)
		return out.Products, err
	}
	p := t.Catalog.Product(row.Product)
	if p == nil {
		return nil, errNoProduct(row.Product)
	}
	switch row.Kind {
	case "together":
		return s.boughtWith(ctx, p, q)
	case "look":
		return s.lookWith(ctx, p, q)
	case "picture":
		return s.looksLike(ctx, p, q)
	case "instead":
		return s.insteadOf(ctx, p, "", "", q)
	}
	return s.alsoLiked(ctx, p, q)
}

// fits filters to what can be bought now and matches category and price.
func (t *Tools) fits(category string, low, high catalog.Money) func(string) bool {
	return func(id string) bool {
		p := t.Catalog.Product(id)
		return p != nil && p.InStock() && (category == "" || p.In(category)) &&
			(low == 0 || p.Price >= low) && (high == 0 || p.Price <= high)
	}
}

// alsoLiked gives what people who took a product took as well; the shop's own
// pairs fill what the data leaves open.
func (s session) alsoLiked(ctx context.Context, p *catalog.Product, q recsys.Query) ([]ProductCard, error) {
	return s.around(ctx, p, q, s.AlsoLike, p.Related)
}

// boughtWith gives what shared a basket with a product, less what the customer
// has.
func (s session) boughtWith(ctx context.Context, p *catalog.Product, q recsys.Query) ([]ProductCard, error) {
	owned, err := s.owned(ctx)
	if err != nil {
		return nil, err
	}
	q.Exclude = append(q.Exclude, owned...)
	return s.around(ctx, p, q, s.Together, p.BoughtTogether)
}

// lookWith completes an outfit or a set around a product.
func (s session) lookWith(ctx context.Context, p *catalog.Product, q recsys.Query) ([]ProductCard, error) {
	if s.Look == nil {
		return s.boughtWith(ctx, p, q)
	}
	owned, err := s.owned(ctx)
	if err != nil {
		return nil, err
	}
	q.Exclude = append(q.Exclude, owned...)
	return s.around(ctx, p, q, s.Look, nil)
}

// looksLike gives what looks like a product.
func (s session) looksLike(ctx context.Context, p *catalog.Product, q recsys.Query) ([]ProductCard, error) {
	if s.Picture == nil {
		return s.insteadOf(ctx, p, "", "", q)
	}
	usual := q.Filter
	q.Filter = func(id string) bool { // a pack in the colour of a jacket does not look like it
		other := s.Catalog.Product(id)
		return other != nil && usual(id) && suits(p, other)
	}
	return s.around(ctx, p, q, s.Picture, nil)
}

// popularNow gives what sells at present to anybody; where too little was sold
// lately to say so, what sold most over all.
func (s session) popularNow(ctx context.Context, q recsys.Query) ([]ProductCard, error) {
	if s.Popular != nil {
		list, err := s.Popular.Recommend(ctx, q)
		if err != nil {
			return nil, err
		}
		lately := 0
		for _, x := range list {
			if len(x.Reasons) > 0 && x.Reasons[0].Days > 0 {
				lately++
			}
		}
		if lately > 0 && lately == len(list) {
			// Spread over the categories they were; shown they are by what each card says.
			slices.SortStableFunc(list, func(a, b recsys.Scored) int { return cmp.Compare(b.Reasons[0].Count, a.Reasons[0].Count) })
			return s.cards(list, nil), nil
		}
	}
	list, err := s.AlsoLike.Recommend(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.cards(list, nil), nil
}

func (s session) around(ctx context.Context, p *catalog.Product, q recsys.Query, r recsys.Recommender, set []string) ([]ProductCard, error) {
	q.Recent, q.Exclude = []string{p.ID}, append(q.Exclude, p.ID)
	scored, err := r.Recommend(ctx, q)
	if err != nil {
		return nil, err
	}
	// Popularity knows nothing of this product: the shop's own pairs go before it.
	scored = slices.DeleteFunc(scored, func(x recsys.Scored) bool { return len(x.Reasons) == 0 || x.Reasons[0].Item == "" })
	if len(set) > 0 { // two baskets may be chance: what the shop says goes before them
		scored = slices.DeleteFunc(scored, func(x recsys.Scored) bool { return x.Reasons[0].Kind == "basket" && x.Reasons[0].Count < 3 })
	}
	for _, id := range set {
		named := slices.ContainsFunc(scored, func(x recsys.Scored) bool { return x.Item == id })
		if len(scored) < q.K && !named && q.Filter(id) && !slices.Contains(q.Exclude, id) {
			scored = append(scored, recsys.Scored{Item: id, Reasons: []recsys.Reason{{Kind: "set", Item: p.ID}}})
		}
	}
	return s.cards(scored, nil), nil
}

// cards shows what a recommender gave; bought are the products of the
// customer's own orders.
func (s session) cards(list []recsys.Scored, bought []string) []ProductCard {
	out := []ProductCard{}
	for _, x := range list {
		if p := s.Catalog.Product(x.Item); p != nil {
			c := s.card(p, nil)
			c.Reason = s.because(x, bought)
			out = append(out, c)
		}
	}
	return out
}
