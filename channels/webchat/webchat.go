// Package webchat serves the chat widget and its websocket: sessions, one-use
// tickets, frames. It translates between a socket and the hub and decides
// nothing about a conversation. It alone uses gorilla/websocket, the library
// that Go programs speak websocket with. Start with [Server].
package webchat

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"parley/agent/llm"
	"parley/channels"
)

// A Config says what a server works with.
type Config struct {
	Hub *channels.Hub
	Key []byte // customer tokens are signed with it (HS256), 32 bytes at the least
	// PublicKey belongs to the key that the shop signs customer tokens with (EdDSA).
	PublicKey ed25519.PublicKey
	Origins   []string // of pages that may embed the chat; this server's own host always may
	Shop      string
	Starters  func(locale string, page *llm.Page) []string
	// Visited is told under which id the page sends its shop events for the
	// customer of a conversation. The id is the page's word: use it for what was
	// looked at, never for what is private.
	Visited func(customer, visitor string)
	Now     func() time.Time
	Log     *slog.Logger
}

// Limits of one server. Beyond them a client is told to come back later.
const (
	mostClients    = 20_000
	mostPerAddress = 200
	mostPerTalk    = 20 // open sockets of one conversation: tabs and devices
	ticketLife     = time.Minute
	mostFrame      = 32 << 10
	silence        = 70 * time.Second // a client pings every 25 s
)

// A Server is the web's way in. It is an http.Handler.
type Server struct {
	cfg      Config
	mux      *http.ServeMux
	upgrader websocket.Upgrader

	mu      sync.Mutex
	tickets map[string]ticket
	clients map[*client]bool
	from    map[string]int // clients by address
	talks   map[string]int // clients by conversation
	closing bool
}

type ticket struct {
	conversation string
	until        time.Time
}

// New makes a server.
func New(cfg Config) (*Server, error) {
	if cfg.Hub == nil {
		return nil, errors.New("webchat: a hub is needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Visited == nil {
		cfg.Visited = func(string, string) {}
	}
	if cfg.Starters == nil {
		cfg.Starters = func(string, *llm.Page) []string { return nil }
	}
	script, err := newWidget()
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), tickets: map[string]ticket{}, clients: map[*client]bool{}, from: map[string]int{}, talks: map[string]int{}}
	// Small buffers, and write buffers that idle connections share.
	s.upgrader = websocket.Upgrader{
		Subprotocols: []string{"parley.v1"}, ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // checked after the upgrade: browsers cannot read a refusal before it
	}
	s.mux.HandleFunc("POST /v1/session", s.session)
	s.mux.HandleFunc("OPTIONS /v1/session", s.session)
	s.mux.HandleFunc("GET /v1/chat", s.chat)
	s.mux.Handle("GET /v1/widget.js", script)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closing {
			http.Error(w, "closing", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// allowed says whether a page of an origin may use the chat.
func (s *Server) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Host == r.Host || slices.Contains(s.cfg.Origins, origin))
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
	var in struct {
		Token, Customer, Locale, Visitor string
		Page                             *llm.Page
	}
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
	ctx := r.Context()
	c, token := channels.Conversation{}, in.Token
	err = channels.ErrNoConversation
	if token != "" {
		c, err = s.cfg.Hub.Resume(ctx, token)
		if err == nil && c.Customer.Authenticated && c.Customer.ID != who.ID {
			err = channels.ErrNoConversation // somebody else's, or signed out since
		}
	}
	if errors.Is(err, error(channels.ErrNoConversation)) {
		c, token, err = s.cfg.Hub.Start(ctx, channels.Visitor{Customer: who, Locale: in.Locale, Transport: "web"})
	} else if err == nil && who.Authenticated && !c.Customer.Authenticated {
		err = s.cfg.Hub.Identify(ctx, c.ID, who)
	}
	if err != nil {
		s.cfg.Log.Error("webchat: open a session", "error", err)
		problem(w, http.StatusServiceUnavailable, "unavailable", "The chat is not available just now.")
		return
	}
	if in.Visitor != "" && len(in.Visitor) <= 100 {
		id := c.Customer.ID
		if who.Authenticated {
			id = who.ID
		}
		s.cfg.Visited(id, in.Visitor)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"conversation": c.ID, "token": token, "ticket": s.issue(c.ID), "shop": s.cfg.Shop, "starters": s.cfg.Starters(in.Locale, in.Page),
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
func (s *Server) issue(conversation string) string {
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
	s.tickets[t] = ticket{conversation, now.Add(ticketLife)}
	return t
}

func (s *Server) redeem(t string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.tickets[t]
	delete(s.tickets, t)
	return v.conversation, ok && !s.cfg.Now().After(v.until)
}

// Close codes of ours.
const (
	closeBadFrame  = 4400
	closeBadTicket = 4401
	closeBadOrigin = 4403
	closeSilent    = 4408
	closeTooOften  = 4409
)

// chat upgrades, then refuses with a code that the page can read, or serves.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	conn, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	refuse := func(code int, text string) {
		conn.SetReadLimit(mostFrame)
		farewell(conn, code, text)
		drain(conn)
		conn.Close()
	}
	if !s.allowed(r) {
		refuse(closeBadOrigin, "this page may not use the chat")
		return
	}
	if conn.Subprotocol() != "parley.v1" {
		refuse(closeBadFrame, "the subprotocol is parley.v1")
		return
	}
	conversation, ok := s.redeem(r.URL.Query().Get("ticket"))
	if !ok {
		refuse(closeBadTicket, "the ticket is used, late or unknown")
		return
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	c := &client{server: s, conn: conn, conversation: conversation, address: address, out: make(chan any, 256), done: make(chan struct{}), heard: make(chan struct{})}
	s.mu.Lock()
	full := s.closing || len(s.clients) >= mostClients || s.from[address] >= mostPerAddress
	often := s.talks[conversation] >= mostPerTalk
	if !full && !often {
		s.clients[c] = true
		s.from[address]++
		s.talks[conversation]++
	}
	s.mu.Unlock()
	if often {
		refuse(closeTooOften, "this conversation is open in too many places; close one")
		return
	}
	if full {
		refuse(websocket.CloseTryAgainLater, "try again in 10 s")
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	go c.write(ctx)
	go c.read(ctx) // detached: the handler's own memory is given back
}

func fewer(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

func (s *Server) leave(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients[c] {
		delete(s.clients, c)
		fewer(s.from, c.address)
		fewer(s.talks, c.conversation)
	}
}

// Shutdown tells every client to come back elsewhere and waits until they have
// gone, or ctx ends.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	var all []*client
	for c := range s.clients {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.end(websocket.CloseGoingAway, "the server restarts")
	}
	for _, c := range all {
		select {
		case <-c.done:
		case <-ctx.Done():
			return
		}
	}
}
