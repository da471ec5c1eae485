package webchat

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/memory/store"
)

type echo struct{}

func (echo) Reply(_ context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		if yield(agent.Event{Delta: "You said "}, nil) {
			yield(agent.Event{Done: &agent.Outcome{Text: "You said " + t.Text, Messages: []llm.Message{llm.Text(llm.User, t.Text)}}}, nil)
		}
	}
}

type web struct {
	t     *testing.T
	srv   *httptest.Server
	s     *Server
	store store.Store
}

func newWeb(t *testing.T) *web {
	t.Helper()
	return newWebOf(t, echo{})
}

func newWebOf(t *testing.T, agent channels.Replier) *web {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := channels.New(channels.Config{Store: st, Agent: agent})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Hub: hub, Key: []byte(strings.Repeat("k", 32)), Shop: "Hill"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = hub.Run(ctx); close(done) }()
	srv := httptest.NewServer(s)
	t.Cleanup(func() { s.Shutdown(ctx); srv.Close(); cancel(); <-done; st.Close() })
	return &web{t, srv, s, st}
}

type opened struct{ Conversation, Token, Ticket string }

func (w *web) session(token string) opened {
	w.t.Helper()
	r, err := w.srv.Client().Post(w.srv.URL+"/v1/session", "application/json", strings.NewReader(`{"token":"`+token+`"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	var o opened
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Ticket == "" {
		w.t.Fatal(r.Status, err)
	}
	return o
}

func (w *web) dial(ticket string, header map[string][]string) *websocket.Conn {
	w.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"parley.v1"}}
	c, _, err := d.Dial("ws"+strings.TrimPrefix(w.srv.URL, "http")+"/v1/chat?ticket="+ticket, header)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(time.Minute))
	return c
}

// until reads frames until one is of a type.
func (w *web) until(c *websocket.Conn, kind string) map[string]any {
	w.t.Helper()
	for {
		var f map[string]any
		if err := c.ReadJSON(&f); err != nil {
			w.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if f["type"] == kind {
			return f
		}
	}
}

func closeCode(c *websocket.Conn) int {
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			var e *websocket.CloseError
			if errors.As(err, &e) {
				return e.Code
			}
			return -1
		}
	}
}

func TestAMessageIsStoredAnsweredAndThereAgainAfterAReconnect(t *testing.T) {
	w := newWeb(t)
	o := w.session("")
	c := w.dial(o.Ticket, nil)
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 0})
	w.until(c, "welcome")
	for range 2 { // the same id twice is stored once
		_ = c.WriteJSON(map[string]any{"type": "send", "id": "m1", "text": "hi"})
	}
	for stored, answered := 0, false; stored < 2 || !answered; {
		var f map[string]any
		if err := c.ReadJSON(&f); err != nil {
			t.Fatalf("%d stored, answered %v: %v", stored, answered, err)
		}
		switch f["type"] {
		case "stored":
			if stored++; f["seq"] != 1.0 || f["id"] != "m1" {
				t.Errorf("stored %v", f)
			}
		case "entry":
			answered = answered || f["answers"] == "m1"
			if _, leaked := f["inside"]; leaked {
				t.Error("the inside of an answer went to the browser")
			}
		}
	}
	c.Close()
	again := w.session(o.Token)
	if again.Conversation != o.Conversation {
		t.Fatal("the token opened another conversation")
	}
	c = w.dial(again.Ticket, nil)
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 1})
	if e := w.until(c, "entry"); e["seq"] != 2.0 {
		t.Errorf("after 1 came %v", e["seq"])
	}
}

func TestEachBadClientIsClosedWithItsCode(t *testing.T) {
	w := newWeb(t)
	for name, c := range map[string]struct {
		code int
		do   func() *websocket.Conn
	}{
		"a ticket twice": {closeBadTicket, func() *websocket.Conn {
			k := w.session("").Ticket
			first := w.dial(k, nil)
			_ = first.WriteJSON(map[string]any{"type": "ping"})
			w.until(first, "pong") // the ticket is taken after the upgrade: only now is it used
			return w.dial(k, nil)
		}},
		"no ticket": {closeBadTicket, func() *websocket.Conn { return w.dial("", nil) }},
		"a bad origin": {closeBadOrigin, func() *websocket.Conn {
			return w.dial(w.session("").Ticket, map[string][]string{"Origin": {"https://evil.example"}})
		}},
		"not JSON": {closeBadFrame, func() *websocket.Conn {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.TextMessage, []byte("{"))
			return c
		}},
		"binary": {closeBadFrame, func() *websocket.Conn {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.BinaryMessage, []byte("{}"))
			return c
		}},
		"not UTF-8": {1007, func() *websocket.Conn {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.TextMessage, []byte("{\"type\":\"\xff\"}"))
			return c
		}},
		"over 32 KiB": {1009, func() *websocket.Conn {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.TextMessage, []byte(strings.Repeat(" ", 40<<10)))
			return c
		}},
		"in too many places": {closeTooOften, func() *websocket.Conn {
			o := w.session("")
			for range mostPerTalk {
				c := w.dial(w.session(o.Token).Ticket, nil)
				_ = c.WriteJSON(map[string]any{"type": "ping"})
				w.until(c, "pong")
			}
			return w.dial(w.session(o.Token).Ticket, nil)
		}},
		"a server stop": {1001, func() *websocket.Conn {
			other := newWeb(t)
			c := other.dial(other.session("").Ticket, nil)
			_ = c.WriteJSON(map[string]any{"type": "ping"})
			other.until(c, "pong")
			go other.s.Shutdown(context.Background())
			return c
		}},
	} {
		if got := closeCode(c.do()); got != c.code {
			t.Errorf("%s: closed with %d, want %d", name, got, c.code)
		}
	}
}

// A socket that is closed with bytes unread is reset, and a reset may take the
// close frame with it: the page then sees only 1006 and never learns why.
func TestTheSocketIsClosedAndNotResetWhileTheClientIsStillSending(t *testing.T) {
	w := newWeb(t)
	for name, dial := range map[string]func() (*websocket.Conn, int){
		"a bad ticket": func() (*websocket.Conn, int) { return w.dial("unknown", nil), closeBadTicket },
		"not JSON": func() (*websocket.Conn, int) {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.TextMessage, []byte("{"))
			return c, closeBadFrame
		},
		"too long": func() (*websocket.Conn, int) {
			c := w.dial(w.session("").Ticket, nil)
			_ = c.WriteMessage(websocket.TextMessage, []byte(strings.Repeat(" ", 40<<10)))
			return c, 1009
		},
	} {
		c, want := dial()
		for range 50 {
			if err := c.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","text":"`+strings.Repeat("x", 8<<10)+`"}`)); err != nil {
				t.Errorf("%s: sending on: %v", name, err)
				break
			}
		}
		if got := closeCode(c); got != want {
			t.Errorf("%s: closed with %d, want %d", name, got, want)
		}
		if _, err := io.Copy(io.Discard, c.UnderlyingConn()); err != nil {
			t.Errorf("%s: after the close frame: %v", name, err)
		}
	}
}

func TestWhatCannotBeTakenIsSaidAndTheSocketStays(t *testing.T) {
	w := newWeb(t)
	c := w.dial(w.session("").Ticket, nil)
	for frame, code := range map[string]string{
		`{"type":"send","id":"1","text":""}`: "empty", `{"type":"send","id":"1","text":"` + strings.Repeat("a", 9000) + `"}`: "too_long",
		`{"type":"send","text":"x"}`: "bad_id", `{"type":"dance"}`: "bad_type", `{"type":"act","id":"2","value":"steal"}`: "bad_act",
	} {
		_ = c.WriteMessage(websocket.TextMessage, []byte(frame))
		if f := w.until(c, "error"); f["code"] != code {
			t.Errorf("%.40s: %v, want %s", frame, f, code)
		}
	}
}

func TestTheWidgetStaysSmall(t *testing.T) {
	s, err := newWidget()
	if err != nil {
		t.Fatal(err)
	}
	if len(s.zipped) > 20<<10 {
		t.Errorf("%d bytes gzipped, at most 20 KiB", len(s.zipped))
	}
	for _, word := range []string{"innerHTML", "insertAdjacentHTML", "eval("} {
		if strings.Contains(string(s.plain), word) {
			t.Errorf("the widget uses %s", word)
		}
	}
}

// halfway says a piece, then that it types, and ends when it is let go.
type halfway chan struct{}

func (h halfway) Reply(ctx context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		if !yield(agent.Event{Delta: "You said "}, nil) || !yield(agent.Event{Status: &agent.Status{Doing: "typing"}}, nil) {
			return
		}
		select {
		case <-h:
		case <-ctx.Done():
		}
		yield(agent.Event{Done: &agent.Outcome{Text: "You said " + t.Text, Messages: []llm.Message{llm.Text(llm.User, t.Text)}}}, nil)
	}
}

// A client that does not say that it reads gets no pieces of answers once it is
// far behind; the entries come all the same.
func TestWhoReadsSlowlyGetsNoPieces(t *testing.T) {
	let := make(halfway)
	w := newWebOf(t, let)
	o := w.session("")
	var old []channels.Entry
	for n := range mostBehind + 5 {
		old = append(old, channels.Entry{ID: fmt.Sprint("old", n), From: channels.From{Role: channels.RoleAssistant}, Kind: channels.KindText, Body: json.RawMessage(`{"text":"x"}`)})
	}
	if err := w.s.cfg.Hub.Record(t.Context(), o.Conversation, old...); err != nil {
		t.Fatal(err)
	}
	c := w.dial(o.Ticket, nil)
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 0})
	for range old { // only then is it behind
		w.until(c, "entry")
	}
	answer := func(id, until string) (pieces int) {
		_ = c.WriteJSON(map[string]any{"type": "send", "id": id, "text": "hi"})
		for {
			var f map[string]any
			if err := c.ReadJSON(&f); err != nil {
				t.Fatal(err)
			}
			if f["type"] == "delta" {
				pieces++
			}
			if f["type"] == until && f["doing"] != "thinking" {
				let <- struct{}{}
			}
			if f["answers"] == id {
				return pieces
			}
		}
	}
	if n := answer("m1", "status"); n != 0 { // which comes after the piece
		t.Errorf("%d pieces went to a client that read nothing", n)
	}
	_ = c.WriteJSON(map[string]any{"type": "ack", "seq": len(old) + 2})
	_ = c.WriteJSON(map[string]any{"type": "ping"})
	w.until(c, "pong")
	answer("m2", "delta") // ends only when the piece comes
}

// Whatever a browser sends, it gets at most one frame for it, of a kind that is
// in the protocol.
func FuzzFrame(f *testing.F) {
	for _, s := range []string{`{"type":"send","id":"1","text":"x"}`, `{"type":"hello","last":-1}`, `{"type":"act","id":"2","of":"rating","value":"up"}`, `{"type":"act","id":"3","value":"confirm"}`, `{"type":"ack","seq":18446744073709551615}`, `{"type":"ping"}`, `{"type":null}`, `[]`} {
		f.Add(s)
	}
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { st.Close() })
	hub, err := channels.New(channels.Config{Store: st, Agent: echo{}})
	if err != nil {
		f.Fatal(err)
	}
	talk, _, err := hub.Start(context.Background(), channels.Visitor{})
	if err != nil {
		f.Fatal(err)
	}
	server := &Server{cfg: Config{Hub: hub, Log: slog.New(slog.DiscardHandler)}}
	f.Fuzz(func(t *testing.T, s string) {
		var x frame
		if json.Unmarshal([]byte(s), &x) != nil {
			return
		}
		c := &client{server: server, conversation: talk.ID, out: make(chan any, 8), cancel: func() {}, hello: true}
		c.take(context.Background(), x)
		if len(c.out) > 1 {
			t.Errorf("%d frames for %s", len(c.out), s)
		}
		for len(c.out) > 0 {
			b, err := json.Marshal(<-c.out)
			var kind struct{ Type string }
			if err != nil || json.Unmarshal(b, &kind) != nil || !slices.Contains([]string{"stored", "error", "pong"}, kind.Type) {
				t.Errorf("%s got %s, %v", s, b, err)
			}
		}
	})
}

func TestOnlyTokensOfTheShopsKeySayWhoSomebodyIs(t *testing.T) {
	sign := func(key, subject, audience string, life time.Duration) string {
		claims := jwt.MapClaims{"sub": subject, "aud": audience, "exp": time.Now().Add(life).Unix()}
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	key := strings.Repeat("k", 32)
	s := newWeb(t).s
	if who, err := s.customer(sign(key, "C1", "parley", time.Hour)); err != nil || who.ID != "C1" || !who.Authenticated {
		t.Errorf("a good token gave %+v, %v", who, err)
	}
	for name, token := range map[string]string{
		"another key": sign(strings.Repeat("x", 32), "C1", "parley", time.Hour), "late": sign(key, "C1", "parley", -time.Minute),
		"elsewhere": sign(key, "C1", "shop", time.Hour), "nobody": sign(key, "", "parley", time.Hour), "a guest": sign(key, "visitor:1", "parley", time.Hour),
		"none": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJDMSJ9.",
	} {
		if who, err := s.customer(token); err == nil {
			t.Errorf("%s: gave %+v", name, who)
		}
	}
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{"sub": "C2", "aud": "parley", "exp": time.Now().Add(time.Hour).Unix()}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims).SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := s.customer(signed); err == nil {
		t.Errorf("without the public key it gave %+v", who)
	}
	s.cfg.PublicKey = public
	if who, err := s.customer(signed); err != nil || who.ID != "C2" {
		t.Errorf("a token of the public key gave %+v, %v", who, err)
	}
	if who, err := s.customer(sign(string(public), "C1", "parley", time.Hour)); err == nil {
		t.Errorf("the public key, used as a secret, gave %+v", who)
	}
	s.cfg.Key = nil
	if _, err := s.customer(sign("", "C1", "parley", time.Hour)); err == nil {
		t.Error("a server without a key took a token signed with none")
	}
}
