package webchat

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/agent/llm"
)

type ticket struct {
	conversation string
	customer     string // whose it was when the ticket was issued
	until        time.Time
}

// session opens or resumes a conversation and gives a ticket for the socket.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(r) {
		problem(w, http.StatusForbidden, "bad_origin", "This page may not use the chat. Add its origin with --origins.")
		return
	}
	if o := r.Header.Get("Origin"); o != "" {
		w.Header().Set("Access-Control-Allow-Origin", o)
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Vary", "Origin")
	}
	if r.Method == http.MethodOptions {
		return
	}
	var in entrance
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10)).Decode(&in); err != nil {
		problem(w, http.StatusBadRequest, "bad_request", "The body must be a JSON object of at most 16 KiB.")
		return
	}
	who, err := s.customer(in.Customer)
	if err != nil {
		problem(w, http.StatusUnauthorized, "bad_customer", "The customer token is not valid: "+err.Error()+".")
		return
	}
	if !strings.HasPrefix(in.Locale, "zh") {
		in.Locale = "en"
	}
	a, err := s.enter(r.Context(), in, who)
	if err != nil {
		s.cfg.Log.Error("webchat: open a session", "error", err)
		problem(w, http.StatusServiceUnavailable, "unavailable", "The chat is not available just now.")
		return
	}
	if in.Visitor != "" && len(in.Visitor) <= 100 {
		s.cfg.Visited(a.Customer.ID, in.Visitor)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"conversation": a.ID, "token": a.Token, "guest": a.Guest, "ticket": s.issue(ticket{conversation: a.ID, customer: a.Customer.ID}),
		"shop": s.cfg.Shop, "starters": s.cfg.Starters(in.Locale, in.Page),
	})
}

func problem(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code, "text": text})
}

// The shortest key for HS256 (RFC 7518, section 3.2).
const leastKey = 32

// customer reads a token signed by the shop; none is a guest.
func (s *Server) customer(token string) (llm.Customer, error) {
	if token == "" {
		return llm.Customer{}, nil
	}
	var claims struct {
		jwt.RegisteredClaims
		Name string `json:"name"`
	}
	_, err := jwt.ParseWithClaims(token, &claims, s.keyFor,
		jwt.WithValidMethods([]string{"HS256", "EdDSA"}), jwt.WithExpirationRequired(), jwt.WithAudience("parley"), jwt.WithTimeFunc(s.cfg.Now))
	if err != nil {
		return llm.Customer{}, err
	}
	if claims.Subject == "" {
		return llm.Customer{}, errors.New("it names no customer")
	}
	if strings.HasPrefix(claims.Subject, "visitor:") {
		return llm.Customer{}, errors.New("its subject is a guest's id")
	}
	return llm.Customer{ID: claims.Subject, Name: claims.Name, Authenticated: true}, nil
}

// keyFor is the key of a token's method, and of no other.
func (s *Server) keyFor(t *jwt.Token) (any, error) {
	switch t.Method {
	case jwt.SigningMethodEdDSA:
		if len(s.cfg.PublicKey) == ed25519.PublicKeySize {
			return s.cfg.PublicKey, nil
		}
	case jwt.SigningMethodHS256:
		if len(s.cfg.Key) >= leastKey {
			return s.cfg.Key, nil
		}
	}
	return nil, fmt.Errorf("this server has no key to check an %s token with", t.Method.Alg())
}

// issue makes a ticket that is good once, for a minute.
func (s *Server) issue(of ticket) string {
	b := make([]byte, 16)
	rand.Read(b)
	t := hex.EncodeToString(b)
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tickets) > 10_000 {
		for k, v := range s.tickets {
			if now.After(v.until) {
				delete(s.tickets, k)
			}
		}
	}
	of.until = now.Add(ticketLife)
	s.tickets[t] = of
	return t
}

func (s *Server) redeem(t string) (ticket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.tickets[t]
	delete(s.tickets, t)
	return v, ok && !s.cfg.Now().After(v.until)
}
