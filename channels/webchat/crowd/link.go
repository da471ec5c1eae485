package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/channels"
)

// A link is a shopper's way to a server: session, ticket, socket, and what is
// not stored yet, as in widget/link.js.
type link struct {
	crowd    *Crowd
	n        int
	customer Customer
	locale   string
	rng      *rand.Rand // of its plays

	sending sync.Mutex // held over what must go out in order
	mu      sync.Mutex
	token   string
	talk    *talk
	ws      *websocket.Conn
	news    chan struct{} // closed when something came
}

// A frame is what a shopper sends.
type frame struct {
	Type  string `json:"type"`
	ID    string `json:"id,omitempty"`
	Text  string `json:"text,omitempty"`
	Of    string `json:"of,omitempty"`
	Value string `json:"value,omitempty"`
	Last  uint64 `json:"last,omitempty"`
	Seq   uint64 `json:"seq,omitempty"`
}

// run keeps the link up until ctx ends: it goes from server to server, with a
// pause that grows while none answers.
func (l *link) run(ctx context.Context) {
	pause := rand.New(rand.NewPCG(l.crowd.cfg.Seed, uint64(l.n)+1<<32))
	failed := 0
	for n := l.n; ctx.Err() == nil; n++ {
		address, err := l.crowd.address(n)
		up := false
		if err == nil {
			up, err = l.visit(ctx, address)
		}
		if failed++; up {
			failed = 0
		}
		l.crowd.cfg.Log.Debug("crowd: a link ended", "link", l.n, "address", address, "error", err)
		most := min(500*time.Millisecond, 10*time.Millisecond<<min(failed, 6))
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(pause.Int64N(int64(most)))):
		}
	}
}

// visit opens a session and a socket and reads until it ends. Up says that the
// server let us in.
func (l *link) visit(ctx context.Context, address string) (up bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ticket, err := l.session(ctx, address)
	if err != nil {
		return false, err
	}
	dial := websocket.Dialer{Subprotocols: []string{"parley.v1"}, HandshakeTimeout: l.crowd.cfg.Patience}
	ws, _, err := dial.DialContext(ctx, "ws"+strings.TrimPrefix(address, "http")+"/v1/chat?ticket="+ticket, nil)
	if err != nil {
		return false, err
	}
	defer ws.Close()
	defer context.AfterFunc(ctx, func() { ws.Close() })()
	t := l.enter(ws)
	defer func() {
		l.mu.Lock()
		l.ws = nil
		l.mu.Unlock()
	}()
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keep(ctx, ws) })
	defer keeping.Wait()
	defer cancel()
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return true, err
		}
		if done, err := l.take(t, data); done || err != nil {
			return true, err
		}
	}
}

// keep sends again what is not acknowledged, and leaves a server that does not
// acknowledge it in time.
func (l *link) keep(ctx context.Context, ws *websocket.Conn) {
	tick := time.NewTicker(min(2*time.Second, l.crowd.cfg.Patience/2))
	defer tick.Stop()
	since := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		t := l.talk
		l.mu.Unlock()
		switch waiting := t.unstored(); {
		case len(waiting) == 0:
			since = time.Now()
			l.sending.Lock()
			l.send(ws, frame{Type: "ping"})
			l.sending.Unlock()
		case time.Since(since) > l.crowd.cfg.Patience:
			ws.Close()
			return
		default:
			l.flush()
		}
	}
}

// tell wakes those who wait; the caller holds mu.
func (l *link) tell() {
	close(l.news)
	l.news = make(chan struct{})
}

// take reads one frame of the server; done says that the conversation is gone.
func (l *link) take(t *talk, data []byte) (done bool, err error) {
	var f struct {
		Type, Code, Text string
		channels.Entry
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return false, fmt.Errorf("a frame of the server: %w", err)
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.tell()
	}()
	switch f.Type {
	case "stored":
		if wrong := t.store(f.ID, f.Seq); wrong != "" {
			l.crowd.saw(Doubled, "conversation %s, message %s at %d: %s", t.id, f.ID, f.Seq, wrong)
		}
	case "entry":
		if wrong := t.show(f.Entry); wrong != "" {
			l.crowd.saw(Reordered, "conversation %s, entry %s at %d, as shown: %s", t.id, f.ID, f.Seq, wrong)
		}
		t.mu.Lock()
		done = t.gone
		t.mu.Unlock()
		if done { // the shopper begins anew, as the widget does
			l.mu.Lock()
			l.token = ""
			l.mu.Unlock()
		}
	case "error":
		switch f.Code {
		case "too_fast", "not_stored": // sent again
			t.refuse(f.ID)
		case "not_found":
			return false, errors.New("the conversation is gone")
		default:
			l.crowd.saw(Lost, "conversation %s, message %s is refused: %s %s", t.id, f.ID, f.Code, f.Text)
		}
	}
	return done, nil
}

// enter says hello on a new socket and sends what is not acknowledged.
func (l *link) enter(ws *websocket.Conn) *talk {
	l.sending.Lock()
	defer l.sending.Unlock()
	l.mu.Lock()
	l.ws = ws
	t := l.talk
	l.mu.Unlock()
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	l.send(ws, frame{Type: "hello", Last: last})
	for _, f := range t.unstored() {
		l.send(ws, f)
	}
	return t
}

// flush sends all that is not acknowledged, in order.
func (l *link) flush() {
	l.sending.Lock()
	defer l.sending.Unlock()
	l.mu.Lock()
	ws, t := l.ws, l.talk
	l.mu.Unlock()
	if ws == nil {
		return
	}
	for _, f := range t.unstored() {
		l.send(ws, f)
	}
}

// put says something in a conversation; it is kept until it is acknowledged.
// It is not said when that conversation is not the link's any more.
func (l *link) put(t *talk, s *said) {
	l.sending.Lock()
	defer l.sending.Unlock()
	s.begun = time.Now()
	t.mu.Lock()
	t.said = append(t.said, s)
	t.mu.Unlock()
	l.mu.Lock()
	ws := l.ws
	if l.talk != t {
		ws = nil
	}
	l.mu.Unlock()
	if ws != nil {
		l.send(ws, s.frame)
	}
}

// send writes a frame; one that is lost with its socket is sent again later.
// The caller holds sending.
func (l *link) send(ws *websocket.Conn, f frame) {
	_ = ws.SetWriteDeadline(time.Now().Add(l.crowd.cfg.Patience))
	if ws.WriteJSON(f) != nil {
		ws.Close()
	}
}

// await waits until something is so.
func (l *link) await(ctx context.Context, so func() bool) error {
	for {
		l.mu.Lock()
		news := l.news
		l.mu.Unlock()
		if so() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		}
	}
}
