package demo

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"parley/tools/catalog"
)

//go:embed web
var web embed.FS

// A Config says what a storefront shows.
type Config struct {
	Catalog  *catalog.Catalog
	Assets   fs.FS                                             // pictures by name; nil draws them
	AlsoLike func(ctx context.Context, id string, n int) []Rec // nil shows none
	Together func(ctx context.Context, id string, n int) []Rec // nil shows none
	OnEvent  func(ctx context.Context, e Event) error          // nil drops events
	SignIn   func(ctx context.Context, id string) (token, name string, err error)
	People   []Person // who one can sign in as
}

// A Rec is a recommended product with its reason.
type Rec struct{ ID, Reason string }

// A Person is a demo customer.
type Person struct{ ID, Name string }

type storefront struct {
	cfg   Config
	pages *template.Template
	words map[string][2]string
	draw  *drawer
}

// Storefront makes the pages of a shop: grid, product, policies, pictures,
// events. It works for any catalogue.
func Storefront(cfg Config) (http.Handler, error) {
	s := &storefront{cfg: cfg, words: map[string][2]string{}}
	b, err := web.ReadFile("web/words.yaml")
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(b, &s.words); err != nil {
		return nil, fmt.Errorf("cmd/parley/demo/web/words.yaml: %w", err)
	}
	if s.draw, err = newDrawer(); err != nil {
		return nil, err
	}
	s.pages, err = template.New("").Funcs(template.FuncMap{
		"money": func(m catalog.Money, c string) string { return catalog.Format(m, c, "") },
		"stars": func(f float64) string { return strings.Repeat("★", int(f+.5)) + strings.Repeat("☆", 5-int(f+.5)) },
		"lower": strings.ToLower, "join": strings.Join,
	}).ParseFS(web, "web/*.html")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.grid)
	mux.HandleFunc("GET /p/{id}", s.product)
	mux.HandleFunc("GET /policies", s.policies)
	mux.HandleFunc("GET /img/{name...}", s.image)
	mux.HandleFunc("POST /signin", s.signin)
	mux.HandleFunc("POST /v1/events", s.events)
	mux.HandleFunc("GET /v1/product/{id}", s.line)
	for _, name := range []string{"shop.css", "shop.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=300")
			http.ServeFileFS(w, r, web, "web/"+name)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.missing(w, r) })
	return mux, nil
}

// A page is what every template gets.
type page struct {
	Shop, Lang, Title, Product, Token, Name string
	SignedIn                                string
	People                                  []Person
	Other                                   string // address in the other language
	Body                                    any
	s                                       *storefront
	lang                                    int
}

// T is a word of the interface.
func (p page) T(key string) string {
	if w, ok := p.s.words[key]; ok {
		return w[p.lang]
	}
	return key
}

// TitleOf and the others give a product's words in the page's language.
func (p page) TitleOf(x *catalog.Product) string       { return x.TitleIn(p.Lang) }
func (p page) DescriptionOf(x *catalog.Product) string { return x.DescriptionIn(p.Lang) }
func (p page) CategoryOf(x *catalog.Product) string    { return x.CategoryIn(p.Lang) }

// A tile is a product as the grid shows it.
type tile struct {
	P                       *catalog.Product
	Title, Was, Out, Reason string
}

// Tile makes one.
func (p page) Tile(x *catalog.Product, reason string) tile {
	return tile{x, x.TitleIn(p.Lang), p.T("was"), p.T("out"), reason}
}

func (s *storefront) render(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.s, p.Shop, p.Lang = s, s.cfg.Catalog.Shop().Name, "en"
	if c, err := r.Cookie("lang"); err == nil {
		p.Lang = c.Value
	}
	if q := r.URL.Query().Get("lang"); q != "" {
		p.Lang = q
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: map[bool]string{true: "zh", false: "en"}[q == "zh"], Path: "/", SameSite: http.SameSiteLaxMode, MaxAge: 365 * 86400})
	}
	if p.Lang != "zh" {
		p.Lang = "en"
	} else {
		p.lang = 1
	}
	q := r.URL.Query()
	q.Set("lang", map[bool]string{true: "en", false: "zh"}[p.lang == 1])
	p.Other = r.URL.Path + "?" + q.Encode()
	if p.SignedIn = s.signedIn(r); p.SignedIn != "" {
		var err error
		if p.Token, p.Name, err = s.cfg.SignIn(r.Context(), p.SignedIn); err != nil {
			p.SignedIn = ""
		}
	}
	p.People = s.cfg.People
	if p.Title == "" {
		p.Title = p.Shop
	}
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(w, "this page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (s *storefront) signedIn(r *http.Request) string {
	c, err := r.Cookie("customer")
	if err != nil || s.cfg.SignIn == nil || !slices.ContainsFunc(s.cfg.People, func(p Person) bool { return p.ID == c.Value }) {
		return ""
	}
	return c.Value
}

func (s *storefront) signin(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "customer", Value: r.FormValue("id"), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	back := "/"
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		back = u.RequestURI()
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// A choice is one value of a filter.
type choice struct {
	Name, Label string
	Count       int
	On          bool
}

type grid struct {
	Products               []*catalog.Product
	Total                  int
	Categories, Colors     []choice
	Query, Sort, Max       string
	InStock                bool
	Next, Previous, Search string
}

const perPage = 24

func (s *storefront) grid(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	g := grid{Query: q.Get("q"), Sort: q.Get("sort"), Max: q.Get("max"), InStock: q.Get("stock") != ""}
	if len(g.Query) > 200 {
		g.Query = ""
	}
	most, _ := strconv.Atoi(g.Max)
	list := s.cfg.Catalog.All()
	if g.Query != "" {
		res, err := s.cfg.Catalog.Search(r.Context(), catalog.Query{Text: g.Query, Limit: 500})
		if err != nil {
			http.Error(w, "the search failed", http.StatusInternalServerError)
			return
		}
		list = nil
		for _, h := range res.Hits {
			list = append(list, h.Product)
		}
	}
	zh := q.Get("lang") == "zh"
	if c, err := r.Cookie("lang"); err == nil && q.Get("lang") == "" {
		zh = c.Value == "zh"
	}
	counts, colors := map[string]*choice{}, map[string]*choice{}
	for _, p := range list {
		name := p.CategoryIn("en")
		fits := most == 0 || p.Price <= catalog.Money(most*100)
		fits = fits && (!g.InStock || p.InStock())
		hasColor := q.Get("color") == "" || slices.Contains(p.Colors(), q.Get("color"))
		inCategory := q.Get("category") == "" || name == q.Get("category")
		if fits && hasColor {
			label := name
			if zh {
				label = p.CategoryIn("zh")
			}
			tally(counts, name, label, q.Get("category"))
		}
		if fits && inCategory {
			for _, c := range p.Colors() {
				tally(colors, c, c, q.Get("color"))
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
	if g.Sort == "" && g.Query == "" && q.Get("category") == "" {
		g.Products = mixed(g.Products)
	}
	g.Total = len(g.Products)
	n, _ := strconv.Atoi(q.Get("page"))
	n = max(0, min(n, (g.Total-1)/perPage))
	at := func(n int) string { q.Set("page", strconv.Itoa(n)); return "/?" + q.Encode() }
	if n > 0 {
		g.Previous = at(n - 1)
	}
	if (n+1)*perPage < g.Total {
		g.Next = at(n + 1)
	}
	g.Products = g.Products[min(n*perPage, g.Total):min((n+1)*perPage, g.Total)]
	s.render(w, r, http.StatusOK, "grid.html", page{Body: g})
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

type recommended struct {
	*catalog.Product
	Reason string
}

type detail struct {
	P              *catalog.Product
	Reviews        []catalog.Review
	Stars          [5]int
	Also, Together []recommended
	Sum            catalog.Money
	InStock        bool
}

func (s *storefront) product(w http.ResponseWriter, r *http.Request) {
	p := s.cfg.Catalog.Product(r.PathValue("id"))
	if p == nil {
		s.missing(w, r)
		return
	}
	d := detail{P: p, Reviews: s.cfg.Catalog.Reviews(p.ID), Sum: p.Price, InStock: p.InStock()}
	for _, x := range d.Reviews {
		if x.Stars >= 1 && x.Stars <= 5 {
			d.Stars[5-x.Stars]++
		}
	}
	resolve := func(fn func(context.Context, string, int) []Rec, n int) (out []recommended) {
		if fn == nil {
			return nil
		}
		for _, x := range fn(r.Context(), p.ID, n) {
			if other := s.cfg.Catalog.Product(x.ID); other != nil {
				out = append(out, recommended{other, x.Reason})
			}
		}
		return out
	}
	d.Also, d.Together = resolve(s.cfg.AlsoLike, 4), resolve(s.cfg.Together, 3)
	for _, x := range d.Together {
		d.Sum += x.Price
	}
	s.render(w, r, http.StatusOK, "product.html", page{Title: p.Title, Product: p.ID, Body: d})
}

// line is what a basket needs of a product.
func (s *storefront) line(w http.ResponseWriter, r *http.Request) {
	p := s.cfg.Catalog.Product(r.PathValue("id"))
	if p == nil {
		http.NotFound(w, r)
		return
	}
	sku := p.ID
	if v := p.VariantFor("", ""); v != nil {
		sku = v.SKU
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"sku": sku, "title": p.Title, "image": p.Image, "price": p.Price})
}

func (s *storefront) policies(w http.ResponseWriter, r *http.Request) {
	locale := r.URL.Query().Get("lang")
	if c, err := r.Cookie("lang"); err == nil && locale == "" {
		locale = c.Value
	}
	s.render(w, r, http.StatusOK, "policies.html", page{Body: s.cfg.Catalog.Policies(locale)})
}

func (s *storefront) missing(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusNotFound, "missing.html", page{})
}

// image serves a shop's own picture, or draws one for PRODUCT-colour.svg.
func (s *storefront) image(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	name := path.Clean(r.PathValue("name"))
	if s.cfg.Assets != nil {
		if _, err := fs.Stat(s.cfg.Assets, name); err == nil {
			http.ServeFileFS(w, r, s.cfg.Assets, name)
			return
		}
	}
	base, color := strings.TrimSuffix(name, ".svg"), ""
	if i := strings.LastIndexByte(base, '-'); i > 0 {
		base, color = base[:i], base[i+1:]
	}
	p := s.cfg.Catalog.Product(base)
	if p == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(s.draw.picture(p.Shape, color, base))
}
