package webchat

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"parley/channels"
)

// signed is a token by which the shop says who is signed in.
func signed(t *testing.T, id string) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": id, "aud": "parley", "exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// An outcome is what a browser got, and whose the conversation is then.
type outcome struct{ Conversation, Token, Guest, Ticket, whose string }

func (w *web) enters(in map[string]string) outcome {
	w.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := w.srv.Client().Post(w.srv.URL+"/v1/session", "application/json", bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	var o outcome
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil || o.Ticket == "" {
		w.t.Fatal(r.Status, err)
	}
	c, err := w.s.cfg.Hub.Get(w.t.Context(), o.Conversation)
	if err != nil {
		w.t.Fatal(err)
	}
	o.whose = c.Customer.ID
	return o
}

func TestAGuestStaysTheSameInANewConversation(t *testing.T) {
	w := newWeb(t)
	first := w.enters(nil)
	again := w.enters(map[string]string{"token": first.Token, "guest": first.Guest})
	if again.Conversation != first.Conversation || again.Guest != first.Guest {
		t.Errorf("the same browser got %+v after %+v", again, first)
	}
	fresh := w.enters(map[string]string{"guest": first.Guest})
	if fresh.Conversation == first.Conversation || fresh.whose != first.whose {
		t.Errorf("a new conversation is of %s, not of %s", fresh.whose, first.whose)
	}
	for what, token := range map[string]string{"a wrong secret": first.whose + ".0000", "none": "", "no guest": "C1." + strings.Split(first.Guest, ".")[1]} {
		if other := w.enters(map[string]string{"guest": token}); other.whose == first.whose {
			t.Errorf("%s opened somebody's visit", what)
		}
	}
}

// A conversation from before guests had a token of their own.
func TestATokenOfAConversationGivesItsGuestOne(t *testing.T) {
	w := newWeb(t)
	old := w.enters(nil)
	got := w.enters(map[string]string{"token": old.Token})
	if got.Conversation != old.Conversation || !strings.HasPrefix(got.Guest, old.whose+".") {
		t.Errorf("got %+v after %+v", got, old)
	}
}

// A computer that several people use: what is one customer's opens for nobody
// else, whatever the browser still holds.
func TestTheNextOneAtThisComputerGetsAConversationOfTheirOwn(t *testing.T) {
	w := newWeb(t)
	guest := w.enters(nil)
	ann := w.enters(map[string]string{"token": guest.Token, "guest": guest.Guest, "customer": signed(t, "C1")})
	if ann.Conversation != guest.Conversation || ann.whose != "C1" {
		t.Fatalf("signing in did not bring the conversation along: %+v", ann)
	}
	for next, in := range map[string]map[string]string{
		"another customer": {"customer": signed(t, "C2")},
		"nobody signed in": {},
	} {
		in["token"], in["guest"] = ann.Token, ann.Guest
		got := w.enters(in)
		if got.Conversation == ann.Conversation || got.whose == "C1" {
			t.Errorf("%s got the conversation of the one before: %+v", next, got)
		}
	}
	if back := w.enters(map[string]string{"token": ann.Token, "customer": signed(t, "C1")}); back.Conversation != ann.Conversation {
		t.Error("the customer did not get their own conversation back")
	}
}

// A socket that was opened before somebody signed in is not theirs.
func TestASocketOfTheGuestEndsWhenSomebodySignsIn(t *testing.T) {
	w := newWeb(t)
	guest := w.enters(nil)
	c := w.dial(guest.Ticket, nil)
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 0})
	w.until(c, "welcome")
	late := w.enters(map[string]string{"token": guest.Token, "guest": guest.Guest})
	w.enters(map[string]string{"token": guest.Token, "guest": guest.Guest, "customer": signed(t, "C1")})
	if code := closeCode(c); code != closeBadTicket {
		t.Errorf("the guest's socket ended with %d, want %d", code, closeBadTicket)
	}
	c = w.dial(late.Ticket, nil) // a ticket from before, used after
	_ = c.WriteJSON(map[string]any{"type": "send", "id": "m1", "text": "where is my order?"})
	if f := w.until(c, "error"); f["code"] != "not_found" {
		t.Errorf("a message of the guest's came into the customer's conversation: %v", f)
	}
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 0})
	if code := closeCode(c); code != closeBadTicket {
		t.Errorf("the late socket ended with %d, want %d", code, closeBadTicket)
	}
}

// That somebody signed in is told to open sockets once, which can be lost.
func TestALateSocketIsShownNothingOfWhoSignedIn(t *testing.T) {
	w := newWeb(t)
	guest := w.enters(nil)
	c := w.dial(guest.Ticket, nil)
	_ = c.WriteJSON(map[string]any{"type": "hello", "last": 0})
	w.until(c, "welcome")
	records, err := w.store.Bucket(t.Context(), "records")
	if err != nil {
		t.Fatal(err)
	}
	b, rev, err := records.Get(t.Context(), guest.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.ReplaceAll(b, []byte(guest.whose), []byte("C1")) // as of another process, which nobody hears
	if _, err := records.Update(t.Context(), guest.Conversation, b, rev); err != nil {
		t.Fatal(err)
	}
	if _, err := w.s.cfg.Hub.Post(t.Context(), guest.Conversation, channels.Post{Text: "my secret", As: "C1"}); err != nil {
		t.Fatal(err)
	}
	for {
		_, said, err := c.ReadMessage()
		if websocket.IsCloseError(err, closeBadTicket) {
			break
		}
		if err != nil || bytes.Contains(said, []byte("secret")) {
			t.Fatalf("the guest's socket was shown %s, %v", said, err)
		}
	}
}
