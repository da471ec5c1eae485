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
	"strings"

	"github.com/goccy/go-yaml"

	"parley/tools/catalog"
)

//go:embed web
var web embed.FS

// A Config says what a storefront shows.
type Config struct {
	Catalog *catalog.Catalog
	Assets  fs.FS                                                       // pictures by name; nil draws them
	Shelf   func(ctx context.Context, row Row) []Rec                    // nil shows none
	Said    func(reviews []catalog.Review) []Said                       // what reviews say, by aspect; nil shows none
	Fact    func(locale string, p *catalog.Product, name string) string // an attribute's name as people read it; nil leaves it
	OnEvent func(ctx context.Context, e Event) error                    // nil drops events
	SignIn  func(ctx context.Context, id string) (token, name string, err error)
	People  []Person // who one can sign in as
}

// A Rec is a recommended product with its reason.
type Rec struct{ ID, Reason string }

// A Row asks for the products of one row of a page: Kind is also_like, together,
// look, picture, instead, popular or again.
type Row struct {
	Kind, Locale string
	Customer     string // who is signed in; empty for a guest
	Product      string
	Category     string
	N            int
}

// A Person is a demo customer.
type Person struct{ ID, Name string }

// A Said counts what reviews say about one aspect, such as "quality".
type Said struct {
	Aspect        string
	Praise, Gripe int
}

type storefront struct {
	cfg    Config
	pages  *template.Template
	words  map[string][2]string
	colors map[string]string // Chinese names
	draw   *drawer
}

// Storefront makes the pages of a shop: grid, product, policies, guides, pictures,
// events. It works for any catalogue.
func Storefront(cfg Config) (http.Handler, error) {
	s := &storefront{cfg: cfg, words: map[string][2]string{}, colors: map[string]string{}}
	for _, c := range cfg.Catalog.Vocabulary().Colors {
		if zh := c.Names["zh"]; len(zh) > 0 {
			s.colors[strings.ToLower(c.ID)] = zh[0]
		}
	}
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
		"money": func(m catalog.Money, c string) string {
			if m == 0 { // a feed may state none
				return ""
			}
			return catalog.Format(m, c, "")
		},
		"stars": func(f float64) string { return strings.Repeat("★", int(f+.5)) + strings.Repeat("☆", 5-int(f+.5)) },
		"join":  strings.Join,
		"json":  func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
	}).ParseFS(web, "web/*.html")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.grid)
	mux.HandleFunc("GET /p/{id}", s.product)
	mux.HandleFunc("GET /policies", s.policies)
	mux.HandleFunc("GET /guides", s.guides)
	mux.HandleFunc("GET /guides/{id}", s.guide)
	mux.HandleFunc("GET /img/{name...}", s.image)
	mux.HandleFunc("POST /signin", s.signin)
	mux.HandleFunc("POST /v1/events", s.events)
	mux.HandleFunc("GET /v1/product/{id}", s.line)
	for _, name := range []string{"shop.css", "shop.js", "favicon.svg"} {
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
	SignedIn, Query                         string
	People                                  []Person
	Other                                   string // address in the other language
	Guides                                  bool   // the shop has some
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

// Fact is the name of a product's attribute, and Values what it states.
func (p page) Fact(x *catalog.Product, name string) string {
	if p.s.cfg.Fact == nil {
		return x.TermIn(p.Lang, name)
	}
	return p.s.cfg.Fact(p.Lang, x, name)
}

func (p page) Values(x *catalog.Product, name string) []string { return x.ValuesIn(p.Lang, name) }

// Color is a colour's name.
func (p page) Color(name string) string { return p.s.color(p.Lang, name) }

func (s *storefront) color(lang, name string) string {
	if zh := s.colors[strings.ToLower(name)]; zh != "" && lang == "zh" {
		return zh
	}
	return name
}

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
	p.s, p.Shop, p.Lang = s, s.cfg.Catalog.Shop().Name, language(r)
	if r.URL.Query().Get("lang") != "" {
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: p.Lang, Path: "/", SameSite: http.SameSiteLaxMode, MaxAge: 365 * 86400})
	}
	p.lang, p.Guides = langIndex(p.Lang), len(s.cfg.Catalog.Shop().Guides) > 0
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

// language is the one asked for, else the one chosen before, else what the
// browser prefers.
func language(r *http.Request) string {
	lang := r.URL.Query().Get("lang")
	if c, err := r.Cookie("lang"); err == nil && lang == "" {
		lang = c.Value
	}
	if lang == "" {
		lang = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(lang, "zh") {
		return "zh"
	}
	return "en"
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

func (s *storefront) policies(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "policies.html", page{Body: s.cfg.Catalog.Policies(language(r))})
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
