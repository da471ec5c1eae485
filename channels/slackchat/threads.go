package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"parley/channels"
	"parley/memory/store"
)

// A thread is where a conversation stands in Slack.
type thread struct {
	Conversation string `json:"conversation"`
	TS           string `json:"ts"`    // of the card, which the thread hangs on
	Shown        uint64 `json:"shown"` // last entry mirrored
	State        string `json:"state"`
}

// conversationOf finds the conversation of a thread, "" for one that is not ours.
func (d *Desk) conversationOf(ctx context.Context, ts string) (string, error) {
	b, _, err := d.keys.Get(ctx, "thread "+ts)
	if errors.Is(err, store.ErrNotFound) { // its card may be on its way into the store
		d.pacing.Lock()
		b, _, err = d.keys.Get(ctx, "thread "+ts)
		d.pacing.Unlock()
	}
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return string(b), err
}

func (d *Desk) loadThread(ctx context.Context, conversation string) (thread, error) {
	t := thread{Conversation: conversation}
	b, _, err := d.keys.Get(ctx, "conversation "+conversation)
	if errors.Is(err, store.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(b, &t)
}

func (d *Desk) saveThread(ctx context.Context, t thread) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if t.TS != "" {
		if _, err := d.keys.Put(ctx, "thread "+t.TS, []byte(t.Conversation)); err != nil {
			return err
		}
	}
	_, err = d.keys.Put(ctx, "conversation "+t.Conversation, b)
	return err
}

// watch gives every conversation that was handed off a goroutine that keeps
// its card and thread up to date.
func (d *Desk) watch(ctx context.Context) error {
	return d.cfg.Hub.WatchHandOffs(ctx, func(s channels.HandOffState) error {
		d.mu.Lock()
		states, ok := d.running[s.Conversation]
		if !ok {
			if s.State == channels.NotHandedOff {
				d.mu.Unlock()
				return nil
			}
			states = make(chan channels.HandOffState, 1)
			d.running[s.Conversation] = states
			go d.again(ctx, "keep a thread up to date", func(ctx context.Context) error { return d.keepThread(ctx, s.Conversation, states) })
		}
		d.mu.Unlock()
		select { // only the newest state matters
		case <-states:
		default:
		}
		states <- s
		return nil
	})
}

// keepThread posts the card, then mirrors the conversation into its thread
// and redraws the card at every change, until ctx ends.
func (d *Desk) keepThread(ctx context.Context, conversation string, states chan channels.HandOffState) error {
	t, err := d.loadThread(ctx, conversation)
	if err != nil {
		return err
	}
	entries := make(chan channels.Entry)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	followed := make(chan error, 1)
	start := t.Shown
	go func() {
		followed <- d.cfg.Hub.Follow(ctx, conversation, start, func(u channels.Update) error {
			if u.Entry == nil {
				return nil
			}
			select {
			case entries <- *u.Entry:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	var state channels.HandOffState
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-followed:
			return err
		case state = <-states:
			if err := d.draw(ctx, &t, state); err != nil {
				put(states, state)
				return err
			}
		case e := <-entries:
			if t.TS == "" { // the card comes first; its brief holds what was said before it
				c, err := d.cfg.Hub.Get(ctx, conversation)
				if err != nil {
					return err
				}
				if err := d.draw(ctx, &t, c.HandOff); err != nil {
					return err
				}
			}
			if e.Seq <= t.Shown {
				continue
			}
			if text := mirrored(e); text != "" {
				if err := d.post(ctx, nil, slack.MsgOptionText(text, false), slack.MsgOptionTS(t.TS), slack.MsgOptionDisableLinkUnfurl()); err != nil {
					return err
				}
			}
			t.Shown = e.Seq
			if err := d.saveThread(ctx, t); err != nil {
				return err
			}
		}
	}
}

// put leaves a state for the next try, unless a newer one has come.
func put(states chan channels.HandOffState, s channels.HandOffState) {
	select {
	case states <- s:
	default:
	}
}

// draw posts the card of a hand-off, or redraws it in place.
func (d *Desk) draw(ctx context.Context, t *thread, s channels.HandOffState) error {
	brief, err := d.cfg.Hub.Brief(ctx, t.Conversation)
	if err != nil {
		return err
	}
	text, blocks := card(t.Conversation, s, brief)
	options := []slack.MsgOption{slack.MsgOptionText(text, false), slack.MsgOptionBlocks(blocks...)}
	if t.TS == "" {
		err := d.post(ctx, func(ts string) error {
			t.TS, t.State, t.Shown = ts, string(s.State), max(t.Shown, brief.Last)
			return d.saveThread(ctx, *t)
		}, options...)
		if err != nil {
			return fmt.Errorf("post a hand-off card: %w", err)
		}
		return nil
	}
	if _, _, _, err := d.api.UpdateMessageContext(ctx, d.channel, t.TS, options...); err != nil {
		return fmt.Errorf("redraw a hand-off card: %w", err)
	}
	t.State = string(s.State)
	return d.saveThread(ctx, *t)
}

// post writes to the support channel, no faster than Slack allows. then runs
// before anything else is posted, and before a reply in a thread that is not
// known yet is taken for somebody else's.
func (d *Desk) post(ctx context.Context, then func(ts string) error, options ...slack.MsgOption) error {
	d.pacing.Lock()
	defer d.pacing.Unlock()
	if wait := d.cfg.Pace - time.Since(d.posted); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	_, ts, err := d.api.PostMessageContext(ctx, d.channel, options...)
	d.posted = time.Now()
	if err == nil && then != nil {
		err = then(ts)
	}
	return err
}

// mirrored puts an entry into Slack's words, "" for what the thread does not
// show: what came from Slack itself, and what only the card says.
func mirrored(e channels.Entry) string {
	if strings.HasPrefix(e.ID, "slack:") {
		return ""
	}
	var body struct {
		Text     string `json:"text"`
		Question string `json:"question"`
		Products []struct {
			Title string `json:"title"`
		} `json:"products"`
	}
	if json.Unmarshal(e.Body, &body) != nil {
		return ""
	}
	text := body.Text
	if text == "" {
		text = body.Question
	}
	if len(body.Products) > 0 {
		var titles []string
		for _, p := range body.Products {
			titles = append(titles, p.Title)
		}
		text = strings.Join(titles, " · ")
	}
	if text == "" || e.Kind == channels.KindHandOff {
		return ""
	}
	who := map[channels.Role]string{channels.RoleShopper: "Shopper", channels.RoleAssistant: "Assistant", channels.RoleStaff: e.From.Name}[e.From.Role]
	if who == "" {
		return ""
	}
	return "*" + escape(who) + "*  " + escape(clip(text, 3000))
}
