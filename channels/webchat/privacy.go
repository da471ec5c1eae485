package webchat

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"parley/agent/llm"
	"parley/channels"
)

// Privacy is what the page /privacy shows and does, each for the customer who
// asks and for nobody else. Without Kept there is no page, without Change or Allow
// their part of it is left out; the others must be there.
type Privacy struct {
	Kept func(ctx context.Context, who llm.Customer) (Kept, error)
	// Change puts a fact right, and Forget drops one. An id that is not of this
	// customer gives [ErrNotKept], a value of what nobody may keep [ErrNeverKept].
	Change func(ctx context.Context, who llm.Customer, fact, value string) error
	Forget func(ctx context.Context, who llm.Customer, fact string) error
	// Allow takes the consent to remember back, or gives it.
	Allow func(ctx context.Context, who llm.Customer, allowed bool) error
	// Erase removes all that is kept of a customer, and gives the receipt's number.
	Erase func(ctx context.Context, who llm.Customer) (receipt string, err error)
	// Export is all that is kept of a customer, for one JSON file.
	Export func(ctx context.Context, who llm.Customer) (any, error)
	Home   string // of the shop's pages, where the orders are; empty: no link
}

// Kept is what is kept of a customer, in the words of their language.
type Kept struct {
	Facts   []KeptFact
	Consent Consent
	Visits  []channels.Visit
}

// A KeptFact is one thing that is remembered.
type KeptFact struct {
	ID, Value string
	Words     string // the fact as a sentence
	Quote     string // what the customer said
	Since     time.Time
	Used      time.Time // zero: not yet
	Until     time.Time // zero: until it is forgotten
}

// Consent says whether facts may be kept.
type Consent struct {
	Known   bool // the customer was asked, or said so
	Allowed bool
	At      time.Time
}

// What a change may come to, beside an error of ours.
var (
	ErrNotKept   = errors.New("webchat: nothing of this customer's has that id")
	ErrNeverKept = errors.New("webchat: such a thing is kept of nobody") // an address, a secret
)

func (s *Server) servePrivacy() {
	if s.cfg.Privacy.Kept == nil {
		return
	}
	s.mux.HandleFunc("GET /privacy", s.guarded(s.shows))
	s.mux.HandleFunc("POST /privacy/open", s.opens)
	s.mux.HandleFunc("POST /privacy/close", s.closes)
	s.mux.HandleFunc("POST /privacy/fact", s.guarded(s.changes))
	s.mux.HandleFunc("POST /privacy/remember", s.guarded(s.allows))
	s.mux.HandleFunc("GET /privacy/erase", s.guarded(s.asksToErase))
	s.mux.HandleFunc("POST /privacy/erase", s.guarded(s.erases))
	s.mux.HandleFunc("GET /privacy/export", s.guarded(s.exports))
	s.mux.HandleFunc("GET /privacy/conversation/{id}", s.guarded(s.downloads))
	for _, name := range []string{"privacy.css", "privacy.js"} {
		s.mux.HandleFunc("GET /privacy/"+name, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=300")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			http.ServeFileFS(w, r, privacyFiles, "privacy/"+name)
		})
	}
}

func (s *Server) shows(w http.ResponseWriter, r *http.Request, who owner) {
	kept, err := s.cfg.Privacy.Kept(r.Context(), who.Customer)
	if err != nil {
		s.fails(w, r, who, err)
		return
	}
	done := r.URL.Query().Get("done")
	if _, known := s.pages.words["done_"+done]; !known {
		done = ""
	}
	s.render(w, r, http.StatusOK, "data", sheet{who: who, Kept: kept, Done: done})
}

func (s *Server) changes(w http.ResponseWriter, r *http.Request, who owner) {
	p, id := s.cfg.Privacy, r.PostFormValue("id")
	switch do := r.PostFormValue("do"); {
	case do == "change" && p.Change != nil:
		s.then(w, r, who, "changed", p.Change(r.Context(), who.Customer, id, r.PostFormValue("value")))
	case do == "forget" && p.Forget != nil:
		s.then(w, r, who, "forgotten", p.Forget(r.Context(), who.Customer, id))
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) allows(w http.ResponseWriter, r *http.Request, who owner) {
	if s.cfg.Privacy.Allow == nil {
		http.NotFound(w, r)
		return
	}
	allowed, done := r.PostFormValue("allow") == "yes", "stopped"
	if allowed {
		done = "allowed"
	}
	s.then(w, r, who, done, s.cfg.Privacy.Allow(r.Context(), who.Customer, allowed))
}

// then goes back to the page, and says there what was done.
func (s *Server) then(w http.ResponseWriter, r *http.Request, who owner, done string, err error) {
	switch {
	case errors.Is(err, ErrNotKept):
		done, err = "gone", nil
	case errors.Is(err, ErrNeverKept):
		done, err = "never", nil
	}
	if err != nil {
		s.fails(w, r, who, err)
		return
	}
	http.Redirect(w, r, "/privacy?lang="+language(r, who)+"&done="+done, http.StatusSeeOther)
}

func (s *Server) asksToErase(w http.ResponseWriter, r *http.Request, who owner) {
	s.render(w, r, http.StatusOK, "erase", sheet{who: who})
}

// erases forgets everything. The receipt's number is all that this page keeps.
func (s *Server) erases(w http.ResponseWriter, r *http.Request, who owner) {
	receipt, err := s.cfg.Privacy.Erase(r.Context(), who.Customer)
	if err != nil {
		s.fails(w, r, who, err)
		return
	}
	forgetSession(w)
	s.render(w, r, http.StatusOK, "receipt", sheet{who: who, Receipt: receipt})
}

func (s *Server) exports(w http.ResponseWriter, r *http.Request, who owner) {
	all, err := s.cfg.Privacy.Export(r.Context(), who.Customer)
	if err != nil {
		s.fails(w, r, who, err)
		return
	}
	file(w, "my-data.json", all)
}

func (s *Server) downloads(w http.ResponseWriter, r *http.Request, who owner) {
	visits, err := s.cfg.Hub.Visits(r.Context(), who.ID, r.PathValue("id"), true)
	switch {
	case err != nil:
		s.fails(w, r, who, err)
	case len(visits) != 1:
		http.NotFound(w, r)
	default:
		file(w, "conversation-"+visits[0].Begun.Format(time.DateOnly)+".json", visits[0])
	}
}

func file(w http.ResponseWriter, name string, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // a client that left is no concern
}
