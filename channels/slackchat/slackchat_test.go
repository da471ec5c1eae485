package slackchat

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/agent"
	"parley/agent/llm"
	"parley/channels"
	"parley/channels/slackchat/slacktest"
	"parley/memory/store"
)

// handsOff asks for a person at every message.
type handsOff struct{}

func (handsOff) Reply(_ context.Context, t agent.Turn) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		yield(agent.Event{Done: &agent.Outcome{Text: "I'm bringing in a person.", Locale: "en", HandOff: &agent.HandOff{Reason: "requested"},
			Messages: []llm.Message{llm.Text(llm.User, t.Text), llm.Text(llm.Assistant, "I'm bringing in a person.")}}}, nil)
	}
}

type desk struct {
	t     *testing.T
	ctx   context.Context
	hub   *channels.Hub
	slack *slacktest.Slack
	id    string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return newDeskOf(t, slacktest.New(t), nil)
}

// newDeskOf works in a workspace; wrap puts something between desk and hub.
func newDeskOf(t *testing.T, s *slacktest.Slack, wrap func(Hub) Hub) *desk {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := channels.New(channels.Config{Store: st, Agent: handsOff{}})
	if err != nil {
		t.Fatal(err)
	}
	var h Hub = hub
	if wrap != nil {
		h = wrap(h)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	d, err := New(ctx, Config{Hub: h, Store: st, Retry: 50 * time.Millisecond, AppToken: slacktest.AppToken, BotToken: slacktest.BotToken, Channel: "#support", APIURL: s.URL(), Pace: -1, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{}, 2)
	go func() { _ = hub.Run(ctx); done <- struct{}{} }()
	go func() { _ = d.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-done; <-done; st.Close() })
	c, _, err := hub.Start(ctx, channels.Visitor{Customer: llm.Customer{Name: "Kim"}, Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, ctx, hub, s, c.ID}
}

func (d *desk) post(id, text string) {
	d.t.Helper()
	if _, err := d.hub.Post(d.ctx, d.id, channels.Post{ID: id, Text: text}); err != nil {
		d.t.Fatal(err)
	}
}

// card waits for the hand-off card.
func (d *desk) card() slacktest.Message {
	d.t.Helper()
	var card slacktest.Message
	d.slack.Wait("the hand-off card", func(all []slacktest.Message) bool {
		for _, m := range all {
			if m.Thread == "" && m.User == "" {
				card = m
				return true
			}
		}
		return false
	})
	return card
}

// shopperSees waits for an entry that pleases.
func (d *desk) shopperSees(what string, ok func(channels.Entry) bool) {
	d.t.Helper()
	stop := errors.New("seen")
	err := d.hub.Follow(d.ctx, d.id, 0, func(u channels.Update) error {
		if u.Entry != nil {
			if e, public := channels.Public(*u.Entry); public && ok(e) {
				return stop
			}
		}
		return nil
	})
	if !errors.Is(err, stop) {
		d.t.Fatalf("the shopper never saw %s: %v", what, err)
	}
}

func TestTakeOverReplyAndHandBack(t *testing.T) {
	d := newDesk(t)
	d.post("m1", "a person please <!channel>")
	card := d.card()
	if !strings.Contains(string(card.Blocks), "Take over") || strings.Contains(string(card.Blocks), "<!channel>") {
		t.Fatalf("card %s", card.Blocks)
	}
	// Before anyone takes over, what staff write is a note.
	d.slack.Connected()
	d.slack.Say("U0BEN", card.TS, "careful, third complaint", 1)
	d.slack.Press("U0ANA", card.TS, "take_over", d.id)
	d.slack.Wait("the card to say who has it", func(all []slacktest.Message) bool {
		return strings.Contains(string(all[0].Blocks), "Ana took over")
	})
	d.slack.Press("U0BEN", card.TS, "take_over", d.id) // too late
	ts := d.slack.Say("U0ANA", card.TS, "Hello, Ana here &amp; happy to help", 3)
	d.slack.Say("U0BEN", card.TS, "ask about the size", 1)
	d.shopperSees("Ana's words", func(e channels.Entry) bool {
		return strings.Contains(string(e.Body), "Hello, Ana here & happy") || strings.Contains(string(e.Body), `Hello, Ana here \u0026 happy`)
	})
	d.slack.Wait("the marks on what was said", func(all []slacktest.Message) bool {
		n := 0
		for _, m := range all {
			if m.TS == ts && len(m.Reactions) == 1 && m.Reactions[0] == "white_check_mark" || m.User == "U0BEN" && len(m.Reactions) == 1 && m.Reactions[0] == "eyes" {
				n++
			}
		}
		return n == 3
	})
	if told := d.slack.Ephemeral(); len(told) != 1 || told[0].User != "U0BEN" || !strings.Contains(told[0].Text, "Ana has") {
		t.Errorf("the second to press was told %+v", told)
	}
	d.post("m2", "size M <@U0ANA>")
	d.slack.Wait("the shopper's words in the thread", func(all []slacktest.Message) bool {
		for _, m := range all {
			if m.Thread == card.TS && strings.Contains(m.Text, "size M") {
				if strings.Contains(m.Text, "<@") {
					t.Errorf("a mention leaked: %s", m.Text)
				}
				return true
			}
		}
		return false
	})
	d.slack.Press("U0ANA", card.TS, "hand_back", d.id)
	d.slack.Wait("the card to say it was handed back", func(all []slacktest.Message) bool { return strings.Contains(string(all[0].Blocks), "Handed back") })
	all, err := d.hub.Entries(d.ctx, d.id, 0)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, e := range all {
		p, ok := channels.Public(e)
		if ok && strings.Contains(string(p.Body), "third complaint") || ok && strings.Contains(string(p.Body), "ask about") {
			t.Errorf("a note reached the shopper: %s", p.Body)
		}
		if e.From.Role == channels.RoleStaff && e.Kind == channels.KindText {
			said++
		}
	}
	if said != 1 {
		t.Errorf("a message delivered three times was stored %d times", said)
	}
}

func TestSlackBeingAwayDelaysAndLosesNothing(t *testing.T) {
	d := newDesk(t)
	d.slack.Break("chat.postMessage", 1)
	d.slack.Limit("chat.postMessage", 1)
	d.post("m1", "a person please")
	card := d.card()
	d.slack.Press("U0ANA", card.TS, "take_over", d.id)
	d.slack.Disconnect()
	d.post("m2", "are you there?")
	d.slack.Wait("the shopper's words after the break", func(all []slacktest.Message) bool {
		n := 0
		for _, m := range all {
			if strings.Contains(m.Text, "are you there?") {
				n++
			}
		}
		return n == 1
	})
	d.slack.Connected() // it came back by itself
	d.slack.Say("U0ANA", card.TS, "I am", 1)
	d.shopperSees("the reply", func(e channels.Entry) bool { return strings.Contains(string(e.Body), "I am") })
}

func TestSlackBeingAwayAtTheStartIsTriedAgain(t *testing.T) {
	s := slacktest.New(t)
	s.Break("auth.test", 2)
	s.Break("conversations.list", 1)
	d := newDeskOf(t, s, nil) // gives no error
	d.post("m1", "a person please")
	d.card()
}

// forgetful fails the first time that staff say something.
type forgetful struct {
	Hub
	failed atomic.Bool
}

func (f *forgetful) Say(ctx context.Context, conversation string, who channels.Staff, id, text string) (channels.Entry, error) {
	if f.failed.CompareAndSwap(false, true) {
		return channels.Entry{}, store.ErrFull
	}
	return f.Hub.Say(ctx, conversation, who, id, text)
}

func TestAReplyThatCouldNotBeStoredIsTriedAgain(t *testing.T) {
	d := newDeskOf(t, slacktest.New(t), func(h Hub) Hub { return &forgetful{Hub: h} })
	d.post("m1", "a person please")
	card := d.card()
	d.slack.Connected()
	d.slack.Press("U0ANA", card.TS, "take_over", d.id)
	d.slack.Say("U0ANA", card.TS, "I am here", 1)
	d.shopperSees("the reply", func(e channels.Entry) bool { return strings.Contains(string(e.Body), "I am here") })
}

func TestWrongTokensAreNamed(t *testing.T) {
	for want, cfg := range map[string]Config{"SLACK_APP_TOKEN": {AppToken: "xoxb-1", BotToken: "xoxb-1"}, "SLACK_BOT_TOKEN": {AppToken: "xapp-1", BotToken: "xapp-1"}} {
		if _, err := New(context.Background(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func TestSlackMarkupBecomesPlainText(t *testing.T) {
	for in, want := range map[string]string{
		"see <https://a.example/x|the page>": "see the page", "<@U1> hi": "hi", "a &lt;b&gt; &amp; c": "a <b> & c", "<https://a.example>": "https://a.example", "1 < 2": "1 < 2",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
