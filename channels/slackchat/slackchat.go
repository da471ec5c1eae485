// Package slackchat is the support desk in Slack: a hand-off becomes a card in
// the support channel, its thread is the conversation, and what the assignee
// writes there after Take over reaches the shopper. It decides nothing about a
// hand-off, the hub does; and Slack being away never touches the shopper's
// chat. It uses slack-go, the client that the field uses, over Socket Mode.
// Start with [Desk].
package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"parley/channels"
	"parley/memory/seal"
	"parley/memory/store"
)

// A Hub is what the desk needs of the conversations.
type Hub interface {
	Get(ctx context.Context, conversation string) (channels.Conversation, error)
	Follow(ctx context.Context, conversation string, after uint64, fn func(channels.Update) error) error
	Claim(ctx context.Context, conversation string, who channels.Staff) error
	Say(ctx context.Context, conversation string, who channels.Staff, id, text string) (channels.Entry, error)
	Note(ctx context.Context, conversation string, who channels.Staff, id, text string) (channels.Entry, error)
	Return(ctx context.Context, conversation string, who channels.Staff, brief string) error
	WatchHandOffs(ctx context.Context, fn func(channels.HandOffState) error) error
	Brief(ctx context.Context, conversation string) (channels.HandOffBrief, error)
}

// A Config says which workspace to work in.
type Config struct {
	Hub      Hub
	Store    store.Store
	Ring     *seal.Ring    // seals events until they are carried out; nil keeps them in plain
	AppToken string        // xapp-..., scope connections:write
	BotToken string        // xoxb-...
	Channel  string        // the support channel's name or id
	APIURL   string        // for tests; empty means Slack
	Pace     time.Duration // between two posts to the channel; 0 means 1 s, < 0 none
	Retry    time.Duration // before an event that failed is tried again; 0 means 15 s
	Now      func() time.Time
	Log      *slog.Logger
}

// A Desk connects a hub to one support channel.
type Desk struct {
	cfg     Config
	api     *slack.Client
	keys    store.Bucket
	channel string // id
	self    string // our bot's user id

	mu      sync.Mutex
	running map[string]chan channels.HandOffState // by conversation
	names   map[string]string                     // of Slack users
	posted  time.Time
	pacing  sync.Mutex
}

// New checks what can be checked without Slack. An error names the token and
// says what to do.
func New(ctx context.Context, cfg Config) (*Desk, error) {
	if !strings.HasPrefix(cfg.AppToken, "xapp-") {
		return nil, errors.New("SLACK_APP_TOKEN must be an app-level token (xapp-...) with the scope connections:write; make one under Basic Information of the Slack app")
	}
	if !strings.HasPrefix(cfg.BotToken, "xoxb-") {
		return nil, errors.New("SLACK_BOT_TOKEN must be a bot token (xoxb-...); it is shown under OAuth & Permissions once the app is installed")
	}
	if cfg.Pace == 0 {
		cfg.Pace = time.Second
	}
	if cfg.Retry == 0 {
		cfg.Retry = 15 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	retry := slack.DefaultRetryConfig()
	retry.RetryAfterDuration = 2 * time.Second
	opts := []slack.Option{slack.OptionAppLevelToken(cfg.AppToken), slack.OptionRetryConfig(retry)}
	if cfg.APIURL != "" {
		opts = append(opts, slack.OptionAPIURL(cfg.APIURL))
	}
	d := &Desk{cfg: cfg, api: slack.New(cfg.BotToken, opts...), running: map[string]chan channels.HandOffState{}, names: map[string]string{}}
	var err error
	if d.keys, err = cfg.Store.Bucket(ctx, bucketDesk); err != nil {
		return nil, fmt.Errorf("open the desk's bucket: %w", err)
	}
	return d, nil
}

// signIn finds out who we are and where the support channel is. An error names
// the token or the channel and says what to do.
func (d *Desk) signIn(ctx context.Context) error {
	who, err := d.api.AuthTestContext(ctx)
	if err != nil {
		return fmt.Errorf("sign in to Slack with SLACK_BOT_TOKEN: %w", err)
	}
	d.self = who.UserID
	if d.channel, err = d.findChannel(ctx, d.cfg.Channel); err != nil {
		return err
	}
	d.cfg.Log.Info("slack: signed in", "bot", who.User, "channel", d.channel)
	return nil
}

// findChannel gives the id of a channel by name, of those the bot is a member.
func (d *Desk) findChannel(ctx context.Context, name string) (string, error) {
	name = strings.TrimPrefix(name, "#")
	for cursor := ""; ; {
		list, next, err := d.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 200, Cursor: cursor,
		})
		if err != nil {
			return "", fmt.Errorf("list Slack channels (scopes channels:read, groups:read): %w", err)
		}
		for _, c := range list {
			if c.ID == name || c.Name == name {
				if !c.IsMember {
					return "", fmt.Errorf("the bot is not in #%s; write /invite @parley there", c.Name)
				}
				return c.ID, nil
			}
		}
		if next == "" {
			return "", fmt.Errorf("the workspace shows no channel %q to the bot; invite it there with /invite @parley, or name another with --slack-channel", name)
		}
		cursor = next
	}
}

// Run works until ctx ends. It signs in and reconnects by itself, for as long as
// it takes: Slack being away, or a wrong token, never ends the shop's chat.
func (d *Desk) Run(ctx context.Context) error {
	signing, signedIn := context.WithCancel(ctx)
	d.again(signing, "sign in", func(ctx context.Context) error {
		err := d.signIn(ctx)
		if err == nil {
			signedIn()
		}
		return err
	})
	signedIn()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wg sync.WaitGroup
	wg.Go(func() { d.again(ctx, "take events from Slack", d.listen) })
	wg.Go(func() { d.again(ctx, "watch hand-offs", d.watch) })
	wg.Wait()
	return ctx.Err()
}

// again runs work until ctx ends, with a growing pause after each failure.
func (d *Desk) again(ctx context.Context, what string, work func(context.Context) error) {
	for pause := 250 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, 30*time.Second) {
		start := time.Now()
		err := work(ctx)
		if ctx.Err() != nil {
			return
		}
		d.cfg.Log.Warn("slack: "+what+" failed; trying again", "error", err, "in", pause)
		if time.Since(start) > time.Minute {
			pause = 250 * time.Millisecond
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// listen takes Socket Mode envelopes until the connection is given up.
func (d *Desk) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var retry <-chan time.Time
	if err := d.replayInbox(ctx); err != nil {
		d.cfg.Log.Warn("slack: carry out what is left", "error", err)
		retry = time.After(d.cfg.Retry)
	}
	client := socketmode.New(d.api)
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-retry:
			retry = nil
			if err := d.replayInbox(ctx); err != nil {
				d.cfg.Log.Warn("slack: carry out what is left", "error", err)
				retry = time.After(d.cfg.Retry)
			}
		case e := <-client.Events:
			if e.Request == nil || e.Request.EnvelopeID == "" {
				if e.Type == socketmode.EventTypeConnectionError {
					d.cfg.Log.Warn("slack: no connection yet; trying again", "error", e.Data)
				}
				continue
			}
			id, err := d.keep(ctx, e.Request)
			if err != nil {
				return fmt.Errorf("keep an event before acknowledging it: %w", err)
			}
			if err := client.Ack(*e.Request); err != nil {
				d.cfg.Log.Warn("slack: acknowledge", "error", err) // it comes again and is known by its id
			}
			if id != "" && !d.process(ctx, id, e.Request.Type, e.Request.Payload) && retry == nil {
				retry = time.After(d.cfg.Retry)
			}
		}
	}
}

// An inboxItem is an event that is on disk and not yet carried out.
type inboxItem struct {
	Type    string          `json:"type,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
	Done    time.Time       `json:"done,omitzero"` // when it was carried out
}

// Slack repeats an event for an hour; its mark is kept for longer.
const keepMarks = 24 * time.Hour

// keep stores an event before it is acknowledged and returns its key, or ""
// when it is known already or nothing for us.
func (d *Desk) keep(ctx context.Context, r *socketmode.Request) (string, error) {
	id := eventID(r)
	if id == "" {
		return "", nil
	}
	b, err := json.Marshal(inboxItem{Type: r.Type, Payload: r.Payload})
	if err == nil {
		b, err = d.cfg.Ring.Seal(ctx, eventOwner(id), eventOwner(id), b)
	}
	if err != nil {
		return "", err
	}
	_, err = d.keys.Create(ctx, "event "+id, b)
	if errors.Is(err, store.ErrConflict) {
		return "", nil
	}
	return id, err
}

// process carries an event out and leaves its key as a mark. A failure keeps
// the event for another try.
func (d *Desk) process(ctx context.Context, id, kind string, payload json.RawMessage) bool {
	if err := d.carryOut(ctx, kind, payload); err != nil {
		d.cfg.Log.Error("slack: carry out an event; tried again later", "event", id, "error", err)
		return false
	}
	mark, _ := json.Marshal(inboxItem{Done: d.cfg.Now()}) // of a time: cannot fail
	if _, err := d.keys.Put(ctx, "event "+id, mark); err != nil {
		d.cfg.Log.Error("slack: mark an event as done", "event", id, "error", err)
		return true
	}
	// What it said can be read nowhere any more.
	if err := d.cfg.Ring.DropUntold(ctx, eventOwner(id)); err != nil {
		d.cfg.Log.Warn("slack: the key of an event is left", "event", id, "error", err)
	}
	return true
}

// replayInbox carries out what was kept and not done, and drops old marks.
func (d *Desk) replayInbox(ctx context.Context) error {
	keys, err := d.keys.Keys(ctx)
	if err != nil {
		return err
	}
	failed := 0
	for _, k := range keys {
		id, ok := strings.CutPrefix(k, "event ")
		if !ok {
			continue
		}
		b, _, err := d.keys.Get(ctx, k)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if b, err = d.cfg.Ring.Open(ctx, eventOwner(id), b); err != nil && !errors.Is(err, seal.ErrDropped) {
			return err
		}
		var item inboxItem
		switch {
		case json.Unmarshal(b, &item) != nil:
		case item.Type != "":
			if !d.process(ctx, id, item.Type, item.Payload) {
				failed++
			}
		case d.cfg.Now().Sub(item.Done) > keepMarks:
			if err := errors.Join(d.keys.Delete(ctx, k), d.cfg.Ring.DropUntold(ctx, eventOwner(id))); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d events are left", failed)
	}
	return nil
}
