package webchat

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"parley/agent/llm"
	"parley/channels"
)

// A client is one open socket.
type client struct {
	server       *Server
	conn         *websocket.Conn
	conversation string
	customer     string // whose the conversation was when the socket opened
	address      string
	out          chan any // frames to be written; full: deltas are dropped first, then the socket
	cancel       context.CancelFunc
	done         chan struct{} // closed when write has ended, and with it the socket
	heard        chan struct{} // closed when read has ended
	leaving      atomic.Bool   // we have said farewell

	shown, acked atomic.Uint64 // sequences: of the last entry sent, and of the last one read

	sent   int // messages in this window, against floods
	window time.Time
	hello  bool
}

// A frame is what a browser sends.
type frame struct {
	Type  string    `json:"type"`
	ID    string    `json:"id"`
	Text  string    `json:"text"`
	Page  *llm.Page `json:"page"`
	Of    string    `json:"of"`
	Value string    `json:"value"`
	Last  uint64    `json:"last"`
	Seq   uint64    `json:"seq"`
}

// How many entries a client may be behind and still get pieces of answers.
const mostBehind = 64

// push queues a frame. One that may be lost is dropped when the queue is half
// full; when it is full the socket ends, and the client resumes.
func (c *client) push(v any, mayBeLost bool) {
	if mayBeLost && len(c.out) > cap(c.out)/2 {
		return
	}
	select {
	case c.out <- v:
	default:
		c.cancel()
	}
}

// write sends queued frames; deltas that wait are joined.
func (c *client) write(ctx context.Context) {
	defer close(c.done)
	defer c.server.leave(c)
	defer c.conn.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-c.out:
			if x, ok := v.(closing); ok {
				c.leaving.Store(true)
				farewell(c.conn, x.code, x.text)
				<-c.heard
				c.cancel()
				return
			}
			_ = c.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if err := c.conn.WriteJSON(v); err != nil {
				c.cancel()
				return
			}
		}
	}
}

// read takes frames until the socket ends.
func (c *client) read(ctx context.Context) {
	defer c.cancel() // after heard: a farewell under way is finished first
	defer close(c.heard)
	c.conn.SetReadLimit(mostFrame)
	for ctx.Err() == nil {
		_ = c.conn.SetReadDeadline(time.Now().Add(silence))
		kind, data, err := c.conn.ReadMessage()
		if err != nil {
			c.readFailed(err)
			return
		}
		switch {
		case kind != websocket.TextMessage:
			c.end(closeBadFrame, "frames are text")
		case !utf8.Valid(data):
			c.end(websocket.CloseInvalidFramePayloadData, "not UTF-8")
		default:
			var f frame
			if err := json.Unmarshal(data, &f); err != nil {
				c.end(closeBadFrame, "a frame is one JSON object")
			} else {
				c.take(ctx, f)
				continue
			}
		}
		c.drain()
		return
	}
}

// drain reads away what still comes, until the other side closes.
func (c *client) drain() {
	_ = c.conn.SetReadDeadline(time.Now().Add(parting))
	drain(c.conn)
}

// An errorFrame tells a client what went wrong with a frame of its own.
type errorFrame struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Code string `json:"code"`
	Text string `json:"text"`
}

func (c *client) take(ctx context.Context, f frame) {
	switch f.Type {
	case "hello":
		if !c.hello {
			c.hello = true
			c.acked.Store(f.Last)
			go c.follow(ctx, f.Last)
		}
	case "ping":
		c.push(map[string]string{"type": "pong"}, true)
	case "typing", "read":
	case "ack":
		c.acked.Store(max(c.acked.Load(), f.Seq))
	case "send", "act":
		if f.ID == "" || len(f.ID) > 100 {
			c.push(errorFrame{"error", f.ID, "bad_id", "A message needs an id of 1 to 100 bytes."}, false)
			return
		}
		if now := time.Now(); now.Sub(c.window) > 10*time.Second {
			c.window, c.sent = now, 0
		}
		if c.sent++; c.sent > 20 {
			c.push(errorFrame{"error", f.ID, "too_fast", "That was a lot at once. Please wait a few seconds."}, false)
			return
		}
		if f.Type == "act" && f.Of == "rating" {
			e, err := c.server.cfg.Hub.Rate(ctx, c.conversation, f.ID, f.Value, f.Text)
			c.stored(f.ID, e, err)
			return
		}
		p := channels.Post{ID: f.ID, Text: f.Text, Page: f.Page, As: c.customer}
		if f.Type == "act" {
			if f.Value != "confirm" && f.Value != "decline" {
				c.push(errorFrame{"error", f.ID, "bad_act", "There is no such button."}, false)
				return
			}
			p.Of, p.Act = f.Of, f.Value
		}
		e, err := c.server.cfg.Hub.Post(ctx, c.conversation, p)
		c.stored(f.ID, e, err)
	default:
		c.push(errorFrame{"error", f.ID, "bad_type", "There is no frame of this type."}, false)
	}
}

// stored acknowledges a message that is on disk, or says why it is not.
func (c *client) stored(id string, e channels.Entry, err error) {
	if err == nil {
		c.push(map[string]any{"type": "stored", "id": id, "seq": e.Seq}, false)
		return
	}
	var known *channels.Error
	if !errors.As(err, &known) {
		c.server.cfg.Log.Error("webchat: store a message", "error", err)
		known = &channels.Error{Code: "not_stored", Text: "This message could not be stored just now. It will be sent again."}
	}
	c.push(errorFrame{"error", id, known.Code, known.Text}, false)
}

// follow sends what stands after a sequence, then what comes.
func (c *client) follow(ctx context.Context, after uint64) {
	hub, since := c.server.cfg.Hub, c.server.cfg.Now().Add(-time.Minute)
	conv, err := hub.Get(ctx, c.conversation)
	if err != nil {
		c.end(closeBadTicket, "the conversation does not exist any more")
		return
	}
	if conv.Customer.ID != c.customer { // somebody signed in since the ticket
		c.end(closeBadTicket, "the conversation is somebody else's now")
		return
	}
	agent := "assistant"
	if conv.HandOff.State == channels.Claimed {
		agent = conv.HandOff.Who.Name
	}
	c.push(map[string]any{"type": "welcome", "conversation": conv.ID, "last": after, "agent": agent}, false)
	joined := deltas{send: func(d channels.Delta) {
		if c.shown.Load() > c.acked.Load()+mostBehind {
			return // it reads slowly: the whole entry comes anyway
		}
		c.push(struct {
			Type string `json:"type"`
			channels.Delta
		}{"delta", d}, true)
	}}
	defer joined.end()
	answered := "" // the message whose answer went out last: what is late of it is of no use
	err = hub.Follow(ctx, c.conversation, after, func(u channels.Update) error {
		switch {
		case u.Entry != nil && u.Entry.At.After(since) && c.late(ctx, u.Entry), u.Customer != "" && u.Customer != c.customer:
			c.end(closeBadTicket, "the conversation is somebody else's now")
			return ctx.Err()
		case u.Entry != nil:
			joined.drop(u.Entry.Answers)
			answered = cmp.Or(u.Entry.Answers, answered)
			if e, ok := hub.Shown(ctx, c.conversation, *u.Entry); ok {
				for len(c.out) > cap(c.out)/2 && ctx.Err() == nil && u.Entry.Seq > 0 { // a slow reader of a long history
					select {
					case <-ctx.Done():
					case <-time.After(5 * time.Millisecond):
					}
				}
				c.shown.Store(max(c.shown.Load(), e.Seq))
				c.push(struct {
					Type string `json:"type"`
					channels.Entry
				}{"entry", e}, false)
			}
		case u.Delta != nil && u.Delta.Of != answered:
			joined.add(*u.Delta)
		case u.Status != nil:
			c.push(struct {
				Type string `json:"type"`
				channels.StatusUpdate
			}{"status", *u.Status}, true)
		}
		return ctx.Err()
	})
	if ctx.Err() == nil {
		c.server.cfg.Log.Warn("webchat: follow a conversation", "error", err)
		c.end(websocket.CloseServiceRestart, "please reconnect")
	}
}

// late says that somebody signed in to the conversation since the socket opened.
// That they did is told once, and what is told once can be lost: a message of
// theirs is looked at before it is shown.
func (c *client) late(ctx context.Context, e *channels.Entry) bool {
	if e.From.Role != channels.RoleShopper {
		return false
	}
	conv, err := c.server.cfg.Hub.Get(ctx, c.conversation)
	return err == nil && conv.Customer.ID != c.customer
}
