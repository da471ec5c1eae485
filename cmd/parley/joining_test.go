package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/memory"
	"parley/memory/seal"
	"parley/memory/store"
)

// Premises are an app on a store in memory, sealed, with a clock that is moved by
// hand.
type premises struct {
	*app
	t       *testing.T
	now     atomic.Int64 // Unix time
	settled chan string
	said    int
}

func (p *premises) clock() time.Time { return time.Unix(p.now.Load(), 0).UTC() }

func newPremises(t *testing.T) *premises {
	t.Helper()
	p := &premises{t: t, settled: make(chan string, 16)}
	p.now.Store(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC).Unix())
	st, err := store.Open(t.Context(), store.Config{Now: p.clock})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.Open(t.Context(), seal.Config{Store: st, Key: make([]byte, 32), Now: p.clock})
	if err != nil {
		t.Fatal(err)
	}
	sh, err := openShop("demo", p.clock(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	p.app, _, err = newApp(t.Context(), appConfig{
		Shop: sh, Store: st, Ring: ring, Model: "builtin", Now: p.clock, Log: slog.New(slog.DiscardHandler), Settled: func(_, message string) { p.settled <- message },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = p.Hub.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done; st.Close() })
	return p
}

// start opens a conversation of a customer, or of a guest.
func (p *premises) start(who string) string {
	p.t.Helper()
	c, _, err := p.Hub.Start(p.t.Context(), channels.Visitor{Customer: llm.Customer{ID: who, Authenticated: !channels.IsGuest(who)}, Locale: "en", Transport: "web"})
	if err != nil {
		p.t.Fatal(err)
	}
	return c.ID
}

// says posts a message, waits for its turn, and gives the answer.
func (p *premises) says(conversation string, post channels.Post) string {
	p.t.Helper()
	p.said++
	post.ID = fmt.Sprint("m", p.said)
	if _, err := p.Hub.Post(p.t.Context(), conversation, post); err != nil {
		p.t.Fatal(err)
	}
	for done := ""; done != post.ID; {
		select {
		case done = <-p.settled:
		case <-time.After(time.Minute):
			p.t.Fatalf("%q was never settled", post.Text)
		}
	}
	all, err := p.Hub.Entries(p.t.Context(), conversation, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, e := range all {
		if e.Answers == post.ID {
			out = append(out, string(e.Body))
		}
	}
	return strings.Join(out, "\n")
}

func (p *premises) keeps(who, kind, value string) {
	p.t.Helper()
	_, err := p.Memory.Keep(p.t.Context(), who, memory.Fact{Kind: kind, Value: value, Quote: "my words", Consent: "asked"})
	if err != nil {
		p.t.Fatal(err)
	}
}

// holds lists the facts and the conversations of a customer.
func (p *premises) holds(who string) string {
	p.t.Helper()
	facts, err := p.Memory.Facts(p.t.Context(), who)
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, f := range facts {
		out = append(out, f.Value)
	}
	visits, err := p.Hub.Visits(p.t.Context(), who, "", true)
	if err != nil {
		p.t.Fatal(err)
	}
	return fmt.Sprintf("%s · %d conversations", strings.Join(out, " "), len(visits))
}

// question is the open question of a conversation, "" for none.
func (p *premises) question(conversation string) (text string, times int) {
	p.t.Helper()
	all, err := p.Hub.Entries(p.t.Context(), conversation, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range all {
		if strings.HasPrefix(e.ID, "join:") {
			text = string(e.Body)
			times++
		}
	}
	return text, times
}

// asGuest is somebody who was here before, has something kept, talks, and then
// signs in.
func (p *premises) asGuest() (guest, conversation string) {
	p.t.Helper()
	guest = channels.NewGuest()
	if _, err := p.Hub.GiveToken(p.t.Context(), guest); err != nil {
		p.t.Fatal(err)
	}
	p.keeps(guest, "allergy", "wool")
	p.says(p.start(guest), channels.Post{Text: "do you have tents?"})
	conversation = p.start(guest)
	p.says(conversation, channels.Post{Text: "do you have jackets?"})
	return guest, conversation
}

func (p *premises) signsIn(guest, conversation, who string) {
	p.t.Helper()
	if err := p.Hub.Identify(p.t.Context(), conversation, llm.Customer{ID: who, Name: "Ann", Authenticated: true}); err != nil {
		p.t.Fatal(err)
	}
	for range 2 { // each page that is opened meets them again
		if err := p.Hub.Meet(p.t.Context(), conversation, guest); err != nil {
			p.t.Fatal(err)
		}
	}
}

func TestWhoSignsInIsAskedOnceWhetherTheGuestJoins(t *testing.T) {
	for name, c := range map[string]struct {
		post      channels.Post
		customer  string // holds afterwards
		guest     string
		answer    string
		withdrawn bool
	}{
		"the button":    {channels.Post{Act: "confirm"}, "wool · 2 conversations", " · 0 conversations", "account", false},
		"yes":           {channels.Post{Text: "yes please"}, "wool · 2 conversations", " · 0 conversations", "account", false},
		"yes, Chinese":  {channels.Post{Text: "好的"}, "wool · 2 conversations", " · 0 conversations", "账户", false},
		"no":            {channels.Post{Text: "no thanks"}, " · 1 conversations", "wool · 1 conversations", "declined", false},
		"the no button": {channels.Post{Act: "decline"}, " · 1 conversations", "wool · 1 conversations", "declined", false},
		"other words":   {channels.Post{Text: "do you have mats?"}, " · 1 conversations", "wool · 1 conversations", "dropped", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPremises(t)
			guest, conversation := p.asGuest()
			p.signsIn(guest, conversation, "C1")
			question, times := p.question(conversation)
			if times != 1 || !strings.Contains(question, "Before you signed in, you had me remember one thing, and we had one other chat here. Shall I add that to your account?") {
				t.Fatalf("asked %d times: %s", times, question)
			}
			if got := p.holds("C1"); got != " · 1 conversations" {
				t.Errorf("before the answer the account holds %s", got)
			}
			if answer := p.says(conversation, c.post); !strings.Contains(answer, c.answer) {
				t.Errorf("answered %s", answer)
			}
			if got := p.holds("C1"); got != c.customer {
				t.Errorf("the account holds %s, want %s", got, c.customer)
			}
			if got := p.holds(guest); got != c.guest {
				t.Errorf("the guest holds %s, want %s", got, c.guest)
			}
			for _, again := range []string{conversation, p.start(guest)} { // in another conversation neither
				p.signsIn(guest, again, "C1")
				if _, times := p.question(again); times > 1 || again != conversation && times > 0 {
					t.Errorf("asked %d times", times)
				}
			}
		})
	}
}

func TestNobodyIsAskedWhereThereIsNothingToJoin(t *testing.T) {
	p := newPremises(t)
	guest := channels.NewGuest()
	if _, err := p.Hub.GiveToken(t.Context(), guest); err != nil {
		t.Fatal(err)
	}
	conversation := p.start(guest)
	p.says(conversation, channels.Post{Text: "do you have jackets?"})
	p.signsIn(guest, conversation, "C1")
	if text, _ := p.question(conversation); text != "" {
		t.Errorf("asked %s", text)
	}
	other, second := p.asGuest()
	p.says(second, channels.Post{Text: "I am allergic to down"}) // a question of ours is open
	p.signsIn(other, second, "C2")
	if text, _ := p.question(second); text != "" {
		t.Errorf("asked beside another question: %s", text)
	}
	p.says(second, channels.Post{Text: "no"})
	p.signsIn(other, second, "C2")
	if _, times := p.question(second); times != 1 {
		t.Errorf("asked %d times once the other question was answered", times)
	}
}
