package webchat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/agent/llm"
)

// An owner is who the page /privacy is open for. They come in with a ticket, as
// a socket does, or with the shop's own token, both by POST. From then on a cookie
// says who they are: signed by us, for this page only, never sent from another
// site, out of reach of scripts, and good for a quarter of an hour.
type owner struct {
	llm.Customer
	nonce string // of this opening
}

const (
	privacyCookie   = "parley-privacy"
	privacyAudience = "parley-privacy" // a customer token has another one
	privacyLife     = 15 * time.Minute
)

type privacyClaims struct {
	jwt.RegisteredClaims
	Name   string `json:"name,omitempty"`
	Signed bool   `json:"signed,omitempty"`
}

// privacyKey is for this page alone: what it signs is no customer token.
func (s *Server) privacyKey(purpose string) []byte {
	m := hmac.New(sha256.New, s.ownKey)
	m.Write([]byte("privacy " + purpose))
	return m.Sum(nil)
}

// opens takes a ticket or a customer token, and goes to the page.
func (s *Server) opens(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if !s.allowed(r) {
		http.Error(w, "This page may not open the data of a customer. Add its origin with --origins.", http.StatusForbidden)
		return
	}
	who, err := s.customer(r.PostFormValue("customer"))
	if err != nil {
		who = llm.Customer{}
	}
	if t, ok := s.redeem(r.PostFormValue("ticket")); ok && !who.Authenticated {
		c, err := s.cfg.Hub.Get(r.Context(), t.conversation)
		if err == nil && c.Customer.ID == t.customer {
			who = c.Customer
		}
	}
	if who.ID == "" {
		s.render(w, r, http.StatusUnauthorized, "closed", sheet{})
		return
	}
	nonce := make([]byte, 16)
	rand.Read(nonce)
	now := s.cfg.Now()
	value, err := jwt.NewWithClaims(jwt.SigningMethodHS256, privacyClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: who.ID, ID: hex.EncodeToString(nonce), Audience: jwt.ClaimStrings{privacyAudience},
			ExpiresAt: jwt.NewNumericDate(now.Add(privacyLife)),
		},
		Name: who.Name, Signed: who.Authenticated,
	}).SignedString(s.privacyKey("session"))
	if err != nil {
		s.fails(w, r, owner{}, err)
		return
	}
	setSession(w, r, value)
	at := "/privacy?lang=" + language(r, owner{Customer: who})
	if from := r.Header.Get("Origin"); from != "" && !sameHost(from, r.Host) {
		// A browser keeps the cookie from a page that another site redirects to.
		s.render(w, r, http.StatusOK, "continue", sheet{At: at})
		return
	}
	http.Redirect(w, r, at, http.StatusSeeOther)
}

func (s *Server) closes(w http.ResponseWriter, r *http.Request) {
	forgetSession(w)
	s.render(w, r, http.StatusOK, "closed", sheet{})
}

func setSession(w http.ResponseWriter, r *http.Request, value string) {
	http.SetCookie(w, &http.Cookie{
		Name: privacyCookie, Value: value, Path: "/privacy", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
}

func forgetSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: privacyCookie, Path: "/privacy", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
}

// guarded serves who the cookie is of. What changes something must also come
// from the page itself, with the word that only it knows.
func (s *Server) guarded(next func(http.ResponseWriter, *http.Request, owner)) http.HandlerFunc {
	cross := http.NewCrossOriginProtection()
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		if err := cross.Check(r); err != nil {
			http.Error(w, "This was sent by a page of another site.", http.StatusForbidden)
			return
		}
		who, ok := s.owner(r)
		if t := r.URL.Query().Get("ticket"); t != "" && r.URL.Path == "/privacy" && r.Method == http.MethodGet {
			s.render(w, r, http.StatusOK, "open", sheet{Ticket: t})
			return
		}
		if !ok {
			forgetSession(w)
			s.render(w, r, http.StatusUnauthorized, "closed", sheet{})
			return
		}
		if r.Method == http.MethodPost && subtle.ConstantTimeCompare([]byte(r.PostFormValue("word")), []byte(s.word(who))) != 1 {
			http.Error(w, "This form is not of the page that is open now. Go back and reload it.", http.StatusForbidden)
			return
		}
		who.Locale = language(r, who)
		next(w, r, who)
	}
}

// owner reads the cookie.
func (s *Server) owner(r *http.Request) (owner, bool) {
	c, err := r.Cookie(privacyCookie)
	if err != nil {
		return owner{}, false
	}
	var claims privacyClaims
	_, err = jwt.ParseWithClaims(c.Value, &claims, func(*jwt.Token) (any, error) { return s.privacyKey("session"), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithAudience(privacyAudience), jwt.WithTimeFunc(s.cfg.Now))
	if err != nil || claims.Subject == "" {
		return owner{}, false
	}
	return owner{llm.Customer{ID: claims.Subject, Name: claims.Name, Authenticated: claims.Signed}, claims.ID}, true
}

// word is what the forms of one opening of the page carry.
func (s *Server) word(who owner) string {
	m := hmac.New(sha256.New, s.privacyKey("forms"))
	m.Write([]byte(who.nonce + " " + who.ID))
	return hex.EncodeToString(m.Sum(nil))
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host == host
}
