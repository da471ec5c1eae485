// Package webchat serves the chat widget and its websocket (sessions, one-use
// tickets, frames), and the page on which customers see what is kept of them and
// have it forgotten. It translates between a socket and the hub and decides
// nothing about a conversation. It alone uses gorilla/websocket, the library
// that Go programs speak websocket with. Start with [Server].
package webchat

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

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
	Privacy Privacy // without Kept there is no page /privacy
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
	pages    *pages
	ownKey   []byte // what the page /privacy signs for itself

	mu      sync.Mutex
	tickets map[string]ticket
	clients map[*client]bool
	from    map[string]int // clients by address
	talks   map[string]int // clients by conversation
	closing bool
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
	sheets, err := loadPages()
	if err != nil {
		return nil, err
	}
	own := cfg.Key
	if len(own) < leastKey {
		own = make([]byte, leastKey)
		rand.Read(own)
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux(), pages: sheets, ownKey: own, tickets: map[string]ticket{}, clients: map[*client]bool{}, from: map[string]int{}, talks: map[string]int{}}
	// Small buffers, and write buffers that idle connections share.
	s.upgrader = websocket.Upgrader{
		Subprotocols: []string{"parley.v1"}, ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // checked after the upgrade: browsers cannot read a refusal before it
	}
	s.mux.HandleFunc("POST /v1/session", s.session)
	s.mux.HandleFunc("OPTIONS /v1/session", s.session)
	s.mux.HandleFunc("GET /v1/chat", s.chat)
	s.mux.Handle("GET /v1/widget.js", script)
	s.servePrivacy()
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
	admitted, ok := s.redeem(r.URL.Query().Get("ticket"))
	if !ok {
		refuse(closeBadTicket, "the ticket is used, late or unknown")
		return
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	conversation := admitted.conversation
	c := &client{server: s, conn: conn, conversation: conversation, customer: admitted.customer, address: address, out: make(chan any, 256), done: make(chan struct{}), heard: make(chan struct{})}
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
