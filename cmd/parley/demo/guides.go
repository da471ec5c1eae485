package demo

import (
	"net/http"

	"parley/tools/catalog"
)

// An article is a guide with the products that it names.
type article struct {
	catalog.Guide
	Named []recommended
}

// guides lists the shop's guides.
func (s *storefront) guides(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	s.render(w, r, http.StatusOK, "guides.html", page{Title: s.words["guides"][langIndex(lang)], Body: s.cfg.Catalog.Guides(lang)})
}

// guide is one of them.
func (s *storefront) guide(w http.ResponseWriter, r *http.Request) {
	for _, g := range s.cfg.Catalog.Guides(language(r)) {
		if g.ID != r.PathValue("id") {
			continue
		}
		a := article{Guide: g}
		for _, x := range g.Picks {
			if p := s.cfg.Catalog.Product(x.Product); p != nil {
				a.Named = append(a.Named, recommended{p, x.For})
			}
		}
		s.render(w, r, http.StatusOK, "guide.html", page{Title: g.Title, Body: a})
		return
	}
	s.missing(w, r)
}

// langIndex is where a word of a language stands in words.yaml.
func langIndex(lang string) int {
	if lang == "zh" {
		return 1
	}
	return 0
}
