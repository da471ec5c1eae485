// Package slacktest is a Slack of our own for tests: a subset of the Web API
// over real HTTP and Socket Mode over a real websocket, on loopback. It refuses
// payloads that Slack would refuse (limits of blocks and texts) and can drop
// connections, repeat events and answer 429. It is never linked into the
// program. Start with [New].
package slacktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
)

// A Message is what was posted to a channel, as it stands now.
type Message struct {
	Channel, TS, Thread string
	User                string // "" for the app's own
	Text                string
	Blocks              json.RawMessage
	Edits               int
	Reactions           []string
	ClientMsgID         string
}

// A Slack is a fake workspace with one app installed.
type Slack struct {
	t      testing.TB
	server *httptest.Server

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever anything happens
	messages  []*Message
	sockets   map[*socket]bool
	seq       int
	limited   map[string]int // method: answers of 429 still to give
	broken    map[string]int // method: answers of 500 still to give
	acked     map[string]bool
	ephemeral []Message
	problems  []string
}

// The workspace's fixed parts.
const (
	BotUser   = "U0BOT"
	Channel   = "C0SUPPORT"
	AppToken  = "xapp-test"
	BotToken  = "xoxb-test"
	Workspace = "T0FERN"
)

// Users are the people of the workspace, by id.
var Users = map[string]string{"U0ANA": "Ana", "U0BEN": "Ben", BotUser: "Parley"}

// New starts a workspace that ends with the test.
func New(t testing.TB) *Slack {
	s := &Slack{t: t, changed: make(chan struct{}), sockets: map[*socket]bool{}, limited: map[string]int{}, broken: map[string]int{}, acked: map[string]bool{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		s.Disconnect()
		s.server.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, p := range s.problems {
			t.Errorf("slack refused: %s", p)
		}
	})
	return s
}

// URL is the base of the Web API, for slack.OptionAPIURL.
func (s *Slack) URL() string { return s.server.URL + "/api/" }

// Limit makes the next n calls of a method answer 429 with Retry-After 0.
func (s *Slack) Limit(method string, n int) { s.mu.Lock(); s.limited[method] = n; s.mu.Unlock() }

// Break makes the next n calls of a method answer 500.
func (s *Slack) Break(method string, n int) { s.mu.Lock(); s.broken[method] = n; s.mu.Unlock() }

// Messages returns what stands in the workspace, oldest first.
func (s *Slack) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, len(s.messages))
	for i, m := range s.messages {
		out[i] = *m
	}
	return out
}

// Ephemeral returns what was shown to one person only.
func (s *Slack) Ephemeral() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.ephemeral...)
}

// Wait returns once ok says yes to the messages, or fails the test.
func (s *Slack) Wait(what string, ok func([]Message) bool) {
	s.t.Helper()
	s.wait(what, func() bool { return ok(s.Messages()) })
}

func (s *Slack) note() { close(s.changed); s.changed = make(chan struct{}) }

func (s *Slack) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/socket" {
		s.upgrade(w, r)
		return
	}
	method := strings.TrimPrefix(r.URL.Path, "/api/")
	s.mu.Lock()
	limited, broken := s.limited[method] > 0, s.broken[method] > 0
	if limited {
		s.limited[method]--
	} else if broken {
		s.broken[method]--
	}
	s.mu.Unlock()
	switch {
	case limited:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case broken:
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	form := values(r)
	token := cmp.Or(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), form.Get("token"))
	want := BotToken
	if method == "apps.connections.open" {
		want = AppToken
	}
	if token != want {
		reply(w, map[string]any{"ok": false, "error": "invalid_auth"})
		return
	}
	answer, err := s.method(method, form)
	if err != "" {
		s.mu.Lock()
		s.problems = append(s.problems, method+": "+err)
		s.mu.Unlock()
		reply(w, map[string]any{"ok": false, "error": strings.Fields(err)[0]})
		return
	}
	answer["ok"] = true
	reply(w, answer)
}

// values reads a form, or a JSON body as if it were one.
func values(r *http.Request) url.Values {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		v := url.Values{}
		for k, x := range body {
			if s, ok := x.(string); ok {
				v.Set(k, s)
			} else {
				b, _ := json.Marshal(x)
				v.Set(k, string(b))
			}
		}
		return v
	}
	_ = r.ParseForm()
	return r.Form
}

func reply(w http.ResponseWriter, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

// method answers one Web API call, or gives Slack's error code.
func (s *Slack) method(name string, f url.Values) (map[string]any, string) {
	switch name {
	case "auth.test":
		return map[string]any{"user_id": BotUser, "user": "parley", "team_id": Workspace, "team": "Fernhill", "bot_id": "B0BOT"}, ""
	case "apps.connections.open":
		return map[string]any{"url": "ws" + strings.TrimPrefix(s.server.URL, "http") + "/socket"}, ""
	case "conversations.list":
		return map[string]any{"channels": []any{map[string]any{"id": Channel, "name": "support", "is_member": true}}, "response_metadata": map[string]any{"next_cursor": ""}}, ""
	case "users.info":
		name, ok := Users[f.Get("user")]
		if !ok {
			return nil, "user_not_found"
		}
		return map[string]any{"user": map[string]any{"id": f.Get("user"), "name": strings.ToLower(name), "real_name": name, "profile": map[string]any{"display_name": name, "real_name": name}}}, ""
	case "chat.postMessage":
		return s.post(f)
	case "chat.postEphemeral":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ephemeral = append(s.ephemeral, Message{Channel: f.Get("channel"), Thread: f.Get("thread_ts"), User: f.Get("user"), Text: f.Get("text")})
		s.note()
		return map[string]any{"message_ts": s.stamp()}, ""
	case "chat.update":
		return s.update(f)
	case "reactions.add":
		return s.react(f)
	}
	return nil, "unknown_method " + name
}

func (s *Slack) post(f url.Values) (map[string]any, string) {
	if f.Get("channel") != Channel {
		return nil, "channel_not_found"
	}
	if err := check(f); err != "" {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &Message{Channel: Channel, TS: s.stamp(), Thread: f.Get("thread_ts"), Text: f.Get("text"), Blocks: json.RawMessage(f.Get("blocks"))}
	s.messages = append(s.messages, m)
	s.note()
	return map[string]any{"channel": Channel, "ts": m.TS, "message": map[string]any{"text": m.Text}}, ""
}

func (s *Slack) update(f url.Values) (map[string]any, string) {
	if err := check(f); err != "" {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.TS == f.Get("ts") && m.User == "" {
			m.Text, m.Blocks = f.Get("text"), json.RawMessage(f.Get("blocks"))
			m.Edits++
			s.note()
			return map[string]any{"channel": Channel, "ts": m.TS, "text": m.Text}, ""
		}
	}
	return nil, "message_not_found"
}

func (s *Slack) react(f url.Values) (map[string]any, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.TS == f.Get("timestamp") {
			m.Reactions = append(m.Reactions, f.Get("name"))
			s.note()
			return map[string]any{}, ""
		}
	}
	return nil, "message_not_found"
}

func (s *Slack) stamp() string {
	s.seq++
	return fmt.Sprintf("1767225600.%06d", s.seq)
}

// upgrade opens a Socket Mode connection.
func (s *Slack) upgrade(w http.ResponseWriter, r *http.Request) {
	conn, err := (&websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &socket{conn: conn}
	c.write(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A0"}})
	s.mu.Lock()
	s.sockets[c] = true
	s.note()
	s.mu.Unlock()
	c.read(s)
}
