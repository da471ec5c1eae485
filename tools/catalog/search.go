package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
)

// A Query asks for products. Fields that are set are hard limits; the text is
// understood beside them.
type Query struct {
	Text, Locale        string
	Category            string
	PriceMin, PriceMax  Money
	Color, Size, Gender string
	InStockOnly         bool
	Exclude             []string
	Sort                string // "", price_asc, price_desc, rating, newest
	Limit, Offset       int    // Limit 0 means 10
}

// A Hit is one product found, with the variant that has the colour and size
// asked for.
type Hit struct {
	Product *Product
	Variant *Variant
	Score   float64
}

// Results are what a query found. Exact hits match every word and limit; when
// there are none and the shop has something of the kind, Nearest says so and
// Missing names what could not be met.
type Results struct {
	Hits       []Hit
	Total      int // exact ones
	Exact      int // of Hits; the rest match the kind of thing, not every word
	Understood Understood
	Nearest    bool
	Missing    []string
}

// A group is one thing asked for, by any of its words.
type group struct {
	asked string
	any   []string
	kind  bool // names a kind of thing the shop has
}

// Search finds products: those that match every word first, in stock first,
// then those of the same kind.
func (c *Catalog) Search(ctx context.Context, q Query) (*Results, error) {
	u := c.understand(q.Text)
	u.Category = cmp.Or(q.Category, u.Category)
	u.Color, u.Size, u.Gender = cmp.Or(strings.ToLower(q.Color), u.Color), cmp.Or(strings.ToUpper(q.Size), u.Size), cmp.Or(strings.ToLower(q.Gender), u.Gender)
	u.PriceMin, u.PriceMax = cmp.Or(q.PriceMin, u.PriceMin), cmp.Or(q.PriceMax, u.PriceMax)
	r := &Results{Understood: u}
	groups, unknown := c.groups(u.Terms)
	if len(unknown) > 0 && (len(groups) == 0 || !slices.ContainsFunc(groups, func(g group) bool { return g.kind }) || u.thing > 0 && slices.Contains(unknown, u.Terms[u.thing-1])) {
		return r, nil // the thing itself is not of this shop
	}
	var exact, close []Hit
	var thing group // what is asked for
	if len(groups) == 0 {
		for _, p := range c.shop.Products {
			exact = append(exact, Hit{Product: p, Score: p.Rating / 10})
		}
	} else {
		all, err := c.run(ctx, groups, len(groups))
		if err != nil {
			return nil, err
		}
		main := groups
		if u.thing > 0 && u.thing < len(u.Terms) { // "a bag for winter" asks for a bag
			if before, _ := c.groups(u.Terms[:u.thing]); len(before) > 0 {
				main = before
			}
		}
		if len(unknown) == 0 {
			exact = all
		} else {
			close = all
		}
		if head := c.head(groups); head.asked != groups[0].asked {
			some, err := c.run(ctx, []group{head}, 1)
			if err != nil {
				return nil, err
			}
			close = append(close, some...)
		}
		thing = c.head(main)
		exact, close = called(thing, exact, close)
	}
	limits := c.limits(q, u)
	met := limits.keep(exact)
	if len(met) == 0 {
		r.Missing = limits.missing(append(exact, close...), groups, unknown, len(exact) > 0)
	}
	order(met, q.Sort)
	r.Total, r.Exact = len(met), len(met)
	near := limits.keep(close)
	if len(met) == 0 && thing.kind && slices.ContainsFunc(exact, func(h Hit) bool { return thing.names(h.Product) }) && slices.Contains(r.Missing, "price") {
		// The thing itself past the price is nearer than another thing within it.
		near = slices.DeleteFunc(near, func(h Hit) bool { return !thing.names(h.Product) })
	}
	for _, h := range near {
		if !slices.ContainsFunc(met, func(m Hit) bool { return m.Product == h.Product }) {
			met = append(met, h)
		}
	}
	if len(met) == 0 { // of the right kind, past a limit: the nearest, marked as such
		limits = limits.loosened()
		met = limits.keep(exact)
		if len(met) == 0 {
			met = limits.keep(close)
		}
		if u.PriceMax > 0 {
			slices.SortStableFunc(met, func(a, b Hit) int { return cmp.Compare(a.Product.Price, b.Product.Price) })
		}
	}
	r.Nearest = r.Exact == 0 && len(met) > 0
	if q.Offset > 0 {
		met = met[min(q.Offset, len(met)):]
		r.Exact = max(0, r.Exact-q.Offset)
	}
	r.Hits = met[:min(cmp.Or(q.Limit, 10), len(met))]
	r.Exact = min(r.Exact, len(r.Hits))
	return r, nil
}

// names says whether a product is called one of a group's words.
func (g group) names(p *Product) bool {
	name := strings.ToLower(p.Title + " " + strings.Join(p.Categories, " ") + " " + p.TitleIn("zh") + " " + p.CategoryIn("zh"))
	return slices.ContainsFunc(g.any, func(w string) bool { return strings.Contains(name, stem(w)) })
}

// called moves products that only speak of the thing asked for behind those that
// are called so, if there are any: "as warm as a sleeping bag" is a coat.
func called(head group, exact, close []Hit) (first, rest []Hit) {
	is := func(h Hit) bool { return head.names(h.Product) }
	if !head.kind || !slices.ContainsFunc(exact, is) && !slices.ContainsFunc(close, is) {
		return exact, close
	}
	var behind []Hit
	for _, h := range exact {
		if is(h) {
			first = append(first, h)
		} else {
			behind = append(behind, h)
		}
	}
	return first, append(close, behind...)
}

// head is the thing itself of all that is asked for: the last group that names
// a kind, and of a phrase its last word.
func (c *Catalog) head(groups []group) group {
	head := groups[len(groups)-1]
	for _, g := range groups {
		if g.kind {
			head = g
		}
	}
	if parts := strings.Fields(head.any[0]); len(parts) > 1 {
		if g, _ := c.groups(parts[len(parts)-1:]); len(g) > 0 {
			return g[0]
		}
	}
	return head
}

// groups reads words, and phrases of the lexicon, as things asked for. Words
// that neither the catalogue nor the lexicon can place are unknown.
func (c *Catalog) groups(terms []string) (out []group, unknown []string) {
	for i := 0; i < len(terms); {
		n, lines := 1, c.lexicon.groups[terms[i]]
		if len(lines) == 0 {
			lines = c.lexicon.groups[stem(terms[i])]
		}
		for k := min(3, len(terms)-i); k > 1; k-- {
			if l := c.lexicon.groups[strings.Join(terms[i:i+k], " ")]; len(l) > 0 {
				n, lines = k, l
				break
			}
		}
		asked := strings.Join(terms[i:i+n], " ")
		g := group{asked: asked}
		if n > 1 || c.known(asked) {
			g.any = append(g.any, asked)
		}
		for _, l := range lines {
			for _, w := range c.lexicon.Synonyms[l] {
				if w != asked && !slices.Contains(g.any, w) && (hasHan(w) || c.allKnown(w)) {
					g.any = append(g.any, w)
				}
			}
		}
		placed := slices.ContainsFunc(g.any, c.allKnown)
		if !placed && n == 1 {
			if near := c.nearest(asked); near != "" {
				more, _ := c.groups([]string{near})
				g.any, placed = append([]string{near}, more[0].any...), true
			}
		}
		if placed {
			for _, w := range g.any {
				parts := strings.Fields(w)
				g.kind = g.kind || c.kinds[stem(parts[len(parts)-1])] > 0
			}
			out = append(out, g)
		} else {
			parts := strings.Split(asked, "-")
			if len(parts) > 1 && c.allKnown(strings.Join(parts, " ")) {
				out = append(out, group{asked: asked, any: []string{strings.Join(parts, " ")}})
			} else {
				unknown = append(unknown, terms[i+n-1])
			}
		}
		i += n
	}
	return out, unknown
}

func (c *Catalog) allKnown(phrase string) bool {
	for _, w := range strings.Fields(phrase) {
		if !c.known(w) {
			return false
		}
	}
	return true
}

// run scores the products that match at least least of the groups.
func (c *Catalog) run(ctx context.Context, groups []group, least int) ([]Hit, error) {
	var all []query.Query
	for _, g := range groups {
		var any []query.Query
		for k, w := range g.any {
			boost := 1.0
			if k > 0 {
				boost = .6
			}
			for _, f := range []struct {
				name  string
				boost float64
			}{{"title", 3}, {"category", 2.5}, {"facts", 2}, {"body", 1}, {"all", .3}} {
				m := bleve.NewMatchQuery(w)
				m.SetField(f.name)
				m.SetOperator(query.MatchQueryOperatorAnd)
				m.SetBoost(boost * f.boost)
				any = append(any, m)
			}
			if hasHan(w) {
				m := bleve.NewMatchPhraseQuery(w)
				m.SetField("zh")
				m.SetBoost(2 * boost)
				any = append(any, m)
			}
		}
		all = append(all, bleve.NewDisjunctionQuery(any...))
	}
	d := bleve.NewDisjunctionQuery(all...)
	d.SetMin(float64(least))
	req := bleve.NewSearchRequestOptions(d, 1000, 0, false)
	res, err := c.index.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var hits []Hit
	for _, h := range res.Hits {
		p := c.byID[h.ID]
		score := h.Score * (1 + p.Pinned)
		if !p.InStock() {
			score *= .5
		}
		hits = append(hits, Hit{Product: p, Score: score})
	}
	order(hits, "")
	return hits, nil
}

func order(hits []Hit, by string) {
	slices.SortStableFunc(hits, func(a, b Hit) int {
		var c int
		switch by {
		case "price_asc":
			c = cmp.Compare(a.Product.Price, b.Product.Price)
		case "price_desc":
			c = cmp.Compare(b.Product.Price, a.Product.Price)
		case "rating":
			c = cmp.Compare(b.Product.Rating, a.Product.Rating)
		case "newest":
			c = b.Product.Added.Compare(a.Product.Added)
		}
		return cmp.Or(c, cmp.Compare(b.Score, a.Score), strings.Compare(a.Product.ID, b.Product.ID))
	})
}

// limits are what a product must meet beside the words.
type limits struct {
	c *Catalog
	q Query
	u Understood
}

func (c *Catalog) limits(q Query, u Understood) limits { return limits{c, q, u} }

// loosened keeps the kind and drops what only narrows it.
func (l limits) loosened() limits {
	l.u.PriceMin, l.u.PriceMax, l.u.Color, l.u.Size = 0, 0, "", ""
	l.q.InStockOnly = false
	return l
}

func (l limits) keep(hits []Hit) []Hit {
	var out []Hit
	for _, h := range hits {
		if v, ok := l.meets(h.Product); ok {
			h.Variant = v
			out = append(out, h)
		}
	}
	return out
}

func (l limits) meets(p *Product) (*Variant, bool) {
	u := l.u
	if slices.Contains(l.q.Exclude, p.ID) || u.Category != "" && !p.In(u.Category) ||
		u.PriceMax > 0 && p.Price > u.PriceMax || u.PriceMin > 0 && p.Price < u.PriceMin || l.q.InStockOnly && !p.InStock() {
		return nil, false
	}
	if u.Gender != "" && len(p.Gender) > 0 && !slices.Contains(p.Gender, u.Gender) && !slices.Contains(p.Gender, "unisex") {
		return nil, false
	}
	for _, n := range u.Not {
		text := strings.ToLower(p.Title + " " + p.Description + " " + strings.Join(p.Bullets, " "))
		if strings.Contains(text, stem(n)) {
			return nil, false
		}
	}
	if u.Color == "" && u.Size == "" {
		return nil, true
	}
	if u.Color != "" {
		v := l.c.colored(p, u.Color)
		if v == nil || u.Size == "" {
			return v, v != nil
		}
		v = p.VariantFor(v.Options["color"], u.Size)
		return v, v != nil
	}
	v := p.VariantFor("", u.Size)
	return v, v != nil
}

// missing names what kept everything out.
func (l limits) missing(found []Hit, groups []group, unknown []string, matched bool) []string {
	var out []string
	if !matched {
		out = append(out, unknown...)
		if len(unknown) == 0 && len(groups) > 1 {
			for _, g := range groups {
				if !g.kind {
					out = append(out, g.asked)
				}
			}
		}
	}
	u := l.u
	if len(found) > 0 {
		for _, x := range []struct {
			name string
			set  bool
		}{{"price", u.PriceMax > 0 || u.PriceMin > 0}, {"color", u.Color != ""}, {"size", u.Size != ""}, {"stock", l.q.InStockOnly}} {
			if x.set {
				out = append(out, x.name)
			}
		}
	}
	return out
}
