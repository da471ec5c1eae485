package slackchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"parley/channels"
)

// A threadMessage is the part of Slack's message event that we read.
type threadMessage struct {
	EventID string `json:"event_id"`
	Event   struct {
		Type     string `json:"type"`
		SubType  string `json:"subtype"`
		Channel  string `json:"channel"`
		User     string `json:"user"`
		BotID    string `json:"bot_id"`
		Text     string `json:"text"`
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
	} `json:"event"`
}

// eventID names an event so that a retry is known, "" for what is not for us.
func eventID(r *socketmode.Request) string {
	switch r.Type {
	case socketmode.RequestTypeEventsAPI:
		var m threadMessage
		if json.Unmarshal(r.Payload, &m) != nil || m.Event.Type != "message" || m.Event.ThreadTS == "" {
			return ""
		}
		return m.EventID
	case socketmode.RequestTypeInteractive:
		var c slack.InteractionCallback
		if json.Unmarshal(r.Payload, &c) != nil || len(c.ActionCallback.BlockActions) == 0 {
			return ""
		}
		a := c.ActionCallback.BlockActions[0]
		return c.User.ID + " " + a.ActionID + " " + a.Value + " " + a.ActionTs + " " + r.EnvelopeID
	}
	return ""
}

func (d *Desk) carryOut(ctx context.Context, kind string, payload json.RawMessage) error {
	if kind == socketmode.RequestTypeInteractive {
		var c slack.InteractionCallback
		if err := json.Unmarshal(payload, &c); err != nil {
			return err
		}
		return d.press(ctx, &c)
	}
	var m threadMessage
	if err := json.Unmarshal(payload, &m); err != nil {
		return err
	}
	return d.heard(ctx, &m)
}

// heard takes a message in a thread: the assignee's goes to the shopper, any
// other is a note. A mark on it says which.
func (d *Desk) heard(ctx context.Context, m *threadMessage) error {
	e := m.Event
	if e.Channel != d.channel || e.BotID != "" || e.User == "" || e.User == d.self || e.SubType != "" || strings.TrimSpace(e.Text) == "" {
		return nil
	}
	conversation, err := d.conversationOf(ctx, e.ThreadTS)
	if err != nil || conversation == "" {
		return err
	}
	who := d.staff(ctx, e.User)
	c, err := d.cfg.Hub.Get(ctx, conversation)
	if err != nil {
		return err
	}
	id, mark := "slack:"+e.TS, "eyes"
	if c.HandOff.State == channels.Claimed && c.HandOff.Who.ID == who.ID {
		mark = "white_check_mark"
		_, err = d.cfg.Hub.Say(ctx, conversation, who, id, plain(e.Text))
	} else {
		_, err = d.cfg.Hub.Note(ctx, conversation, who, id, plain(e.Text))
	}
	if err != nil {
		return fmt.Errorf("pass on a message from Slack: %w", err)
	}
	if err := d.api.AddReactionContext(ctx, mark, slack.NewRefToMessage(e.Channel, e.TS)); err != nil {
		d.cfg.Log.Warn("slack: mark a message as delivered", "error", err)
	}
	return nil
}

// press carries out a button of the hand-off card.
func (d *Desk) press(ctx context.Context, c *slack.InteractionCallback) error {
	a := c.ActionCallback.BlockActions[0]
	who, conversation := d.staff(ctx, c.User.ID), a.Value
	var err error
	switch a.ActionID {
	case "take_over":
		err = d.cfg.Hub.Claim(ctx, conversation, who)
	case "hand_back":
		err = d.cfg.Hub.Return(ctx, conversation, who, "")
	default:
		return nil
	}
	var known *channels.Error
	if errors.As(err, &known) {
		// Told to the one who pressed, and to nobody else.
		_, err = d.api.PostEphemeralContext(ctx, d.channel, c.User.ID, slack.MsgOptionText(known.Text, true), slack.MsgOptionTS(c.Container.MessageTs))
	}
	return err
}

// staff names a Slack user; the id is prefixed, so that staff of other desks
// never share it.
func (d *Desk) staff(ctx context.Context, user string) channels.Staff {
	d.mu.Lock()
	name, ok := d.names[user]
	d.mu.Unlock()
	if !ok {
		name = "Support"
		if u, err := d.api.GetUserInfoContext(ctx, user); err == nil {
			for _, n := range []string{u.Profile.DisplayName, u.RealName, u.Name} {
				if n != "" {
					name = n
					break
				}
			}
			d.mu.Lock()
			d.names[user] = name
			d.mu.Unlock()
		}
	}
	return channels.Staff{ID: "slack:" + user, Name: name}
}

// plain undoes Slack's escaping and shows links and mentions as their text.
func plain(text string) string {
	var b strings.Builder
	for text != "" {
		before, rest, open := strings.Cut(text, "<")
		b.WriteString(before)
		if !open {
			break
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed {
			b.WriteString("<" + rest)
			break
		}
		target, label, named := strings.Cut(inside, "|")
		switch {
		case named:
			b.WriteString(label)
		case strings.HasPrefix(target, "http"), strings.HasPrefix(target, "mailto:"):
			b.WriteString(strings.TrimPrefix(target, "mailto:"))
		default: // a mention without a label: nothing a shopper should see
		}
		text = after
	}
	return strings.TrimSpace(strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String()))
}
