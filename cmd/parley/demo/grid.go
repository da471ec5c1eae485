package demo

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley/tools/catalog"
)

// A choice is one value of a filter.
type choice struct {
	Name, Label string
	Count       int
	On          bool
}

type grid struct {
	Products           []*catalog.Product
	Total              int
	Categories, Colors []choice
	Query, Sort, Max   string
	Category           string
	InStock, Nearest   bool
	Filtered           bool
	Next, Previous     string
	Page, Pages        int
	Again, Popular     []recommended  // rows above the grid
	Guide              *catalog.Guide // of the category
}

const perPage = 24

func (s *storefront) grid(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	lang := language(r)
	g := grid{Query: strings.TrimSpace(q.Get("q")), Sort: q.Get("sort"), Max: q.Get("max"), InStock: q.Get("stock") != "", Category: q.Get("category")}
	g.Filtered = g.Max != "" || g.InStock || g.Category != "" || q.Get("color") != ""
	if words := []rune(g.Query); len(words) > 200 {
		g.Query = string(words[:200])
	}
	most, _ := strconv.Atoi(g.Max)
	most = min(max(0, most), 1_000_000)
	list := s.cfg.Catalog.All()
	if g.Query != "" {
		res, err := s.cfg.Catalog.Search(r.Context(), catalog.Query{Text: g.Query, Locale: lang, Limit: 500})
		if err != nil {
			http.Error(w, "the search failed", http.StatusInternalServerError)
			return
		}
		list, g.Nearest = nil, res.Nearest
		for _, h := range res.Hits {
			list = append(list, h.Product)
		}
	}
	counts, colors := map[string]*choice{}, map[string]*choice{}
	for _, p := range list {
		name := p.CategoryIn("en")
		fits := most == 0 || p.Price <= catalog.Money(most*100)
		fits = fits && (!g.InStock || p.InStock())
		hasColor := q.Get("color") == "" || slices.Contains(p.Colors(), q.Get("color"))
		inCategory := g.Category == "" || name == g.Category
		if fits && hasColor {
			tally(counts, name, p.CategoryIn(lang), g.Category)
		}
		if fits && inCategory {
			for _, c := range p.Colors() {
				tally(colors, c, s.color(lang, c), q.Get("color"))
			}
		}
		if fits && hasColor && inCategory {
			g.Products = append(g.Products, p)
		}
	}
	g.Categories, g.Colors = sorted(counts), sorted(colors)
	switch g.Sort {
	case "price":
		slices.SortStableFunc(g.Products, func(a, b *catalog.Product) int { return int(a.Price - b.Price) })
	case "rating":
		slices.SortStableFunc(g.Products, func(a, b *catalog.Product) int { return int(b.Rating*10) - int(a.Rating*10) })
	}
	if g.Sort == "" && g.Query == "" && g.Category == "" {
		g.Products = mixed(g.Products)
	}
	g.Total = len(g.Products)
	n, _ := strconv.Atoi(q.Get("page"))
	n = max(0, min(n, (g.Total-1)/perPage))
	g.Page, g.Pages = n+1, (g.Total-1)/perPage+1
	at := func(n int) string { q.Set("page", strconv.Itoa(n)); return "/?" + q.Encode() }
	if n > 0 {
		g.Previous = at(n - 1)
	}
	if (n+1)*perPage < g.Total {
		g.Next = at(n + 1)
	}
	g.Products = g.Products[min(n*perPage, g.Total):min((n+1)*perPage, g.Total)]
	if g.Page == 1 && g.Query == "" && g.Max == "" && !g.InStock && q.Get("color") == "" && g.Sort == "" {
		s.rows(r, &g)
	}
	s.render(w, r, http.StatusOK, "grid.html", page{Body: g, Query: g.Query})
}

// rows fills what stands above the grid: on the first page what a customer buys
// again and what is popular, in a category what is popular there, with its guide.
func (s *storefront) rows(r *http.Request, g *grid) {
	if g.Category != "" {
		g.Guide = s.cfg.Catalog.GuideFor(language(r), s.label(r, g))
	} else if s.signedIn(r) != "" {
		g.Again = s.row(r, Row{Kind: "again", N: 6})
	}
	if g.Total > 8 { // fewer are all seen anyway
		g.Popular = s.row(r, Row{Kind: "popular", Category: g.Category, N: 6})
	}
}

// label is what the category on view is called.
func (s *storefront) label(r *http.Request, g *grid) string {
	for _, c := range g.Categories {
		if c.On {
			return c.Label
		}
	}
	return g.Category
}

// mixed takes one product of each category in turn, so that a first page shows
// what the shop has.
func mixed(list []*catalog.Product) []*catalog.Product {
	var names []string
	by := map[string][]*catalog.Product{}
	for _, p := range list {
		name := p.CategoryIn("en")
		if by[name] == nil {
			names = append(names, name)
		}
		by[name] = append(by[name], p)
	}
	out := make([]*catalog.Product, 0, len(list))
	for k := 0; len(out) < len(list); k++ {
		for _, name := range names {
			if k < len(by[name]) {
				out = append(out, by[name][k])
			}
		}
	}
	return out
}

func tally(m map[string]*choice, name, label, on string) {
	if name == "" {
		return
	}
	if m[name] == nil {
		m[name] = &choice{Name: name, Label: label, On: name == on}
	}
	m[name].Count++
}

func sorted(m map[string]*choice) []choice {
	var out []choice
	for _, c := range m {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b choice) int { return strings.Compare(a.Name, b.Name) })
	return out
}
