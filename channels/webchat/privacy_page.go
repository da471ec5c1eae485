package webchat

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed privacy
var privacyFiles embed.FS

// pages are the templates of /privacy, and their words in English and Chinese.
type pages struct {
	sheets *template.Template
	words  map[string][2]string
}

func loadPages() (*pages, error) {
	p := &pages{words: map[string][2]string{}}
	b, err := privacyFiles.ReadFile("privacy/words.yaml")
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(b, &p.words); err != nil {
		return nil, fmt.Errorf("channels/webchat/privacy/words.yaml: %w", err)
	}
	p.sheets, err = template.ParseFS(privacyFiles, "privacy/*.html")
	return p, err
}

// A sheet is what every template gets.
type sheet struct {
	Shop, Lang, Other, Home string
	Word                    string // for forms
	Ticket, At, Done        string
	Receipt                 string
	Guest                   bool
	CanChange, CanAllow     bool
	GuestDays               int
	Name                    string
	Kept                    Kept

	who   owner
	words map[string][2]string
}

// T is a word of the page; {n} in it is the number given, {x} the text.
func (s sheet) T(key string, values ...any) string {
	w, ok := s.words[key]
	if !ok {
		return key
	}
	text := w[0]
	if s.Lang == "zh" {
		text = w[1]
	}
	for _, v := range values {
		mark := "{x}"
		if _, ok := v.(int); ok {
			mark = "{n}"
		}
		text = strings.Replace(text, mark, fmt.Sprint(v), 1)
	}
	return text
}

// Day writes a date out.
func (s sheet) Day(t time.Time) string {
	if s.Lang == "zh" {
		return t.Format("2006年1月2日")
	}
	return t.Format("2 January 2006")
}

// Short is a date in a table.
func (s sheet) Short(t time.Time) string {
	if s.Lang == "zh" {
		return s.Day(t)
	}
	return t.Format("2 Jan 2006")
}

// language is the one asked for, else what the browser prefers.
func language(r *http.Request, who owner) string {
	lang := r.URL.Query().Get("lang")
	if lang == "" {
		lang = who.Locale
	}
	if lang == "" {
		lang = r.Header.Get("Accept-Language")
	}
	if strings.HasPrefix(lang, "zh") {
		return "zh"
	}
	return "en"
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, p sheet) {
	p.Lang, p.Shop, p.Home, p.words = language(r, p.who), s.cfg.Shop, s.cfg.Privacy.Home, s.pages.words
	p.Other = map[string]string{"en": "zh", "zh": "en"}[p.Lang]
	p.Guest, p.Name = p.who.ID != "" && !p.who.Authenticated, p.who.Name
	p.CanChange, p.CanAllow = s.cfg.Privacy.Change != nil, s.cfg.Privacy.Allow != nil
	p.GuestDays = int(s.cfg.Hub.GuestLife().Hours() / 24)
	if p.who.ID != "" {
		p.Word = s.word(p.who)
	}
	var b bytes.Buffer
	if err := s.pages.sheets.ExecuteTemplate(&b, name+".html", p); err != nil {
		s.cfg.Log.Error("webchat: make a page of /privacy", "error", err)
		http.Error(w, "This page could not be made. Please try again later.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that left is no concern
}

// fails says that something of ours went wrong, and logs what.
func (s *Server) fails(w http.ResponseWriter, r *http.Request, who owner, err error) {
	s.cfg.Log.Error("webchat: /privacy", "error", err)
	s.render(w, r, http.StatusInternalServerError, "failed", sheet{who: who})
}
