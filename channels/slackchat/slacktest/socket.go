package slacktest

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

type socket struct {
	conn *websocket.Conn
	mu   sync.Mutex
}

func (c *socket) write(v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = c.conn.WriteJSON(v)
}

// read takes acknowledgements until the connection ends.
func (c *socket) read(s *Slack) {
	defer func() {
		s.mu.Lock()
		delete(s.sockets, c)
		s.note()
		s.mu.Unlock()
		c.conn.Close()
	}()
	for {
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if err := c.conn.ReadJSON(&ack); err != nil {
			return
		}
		s.mu.Lock()
		if len(ack.Payload) >= 20<<10 {
			s.problems = append(s.problems, "a Socket Mode answer of 20 KiB or more is dropped")
		}
		s.acked[ack.EnvelopeID] = true
		s.note()
		s.mu.Unlock()
	}
}

// Disconnect cuts all Socket Mode connections.
func (s *Slack) Disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sockets {
		c.conn.Close()
	}
}

// Connected waits until the app is connected.
func (s *Slack) Connected() {
	s.t.Helper()
	s.wait("the app to connect", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.sockets) > 0 })
}

// Send delivers an envelope to one connection and waits for its
// acknowledgement, as Slack wants it: within 3 s.
func (s *Slack) Send(envelopeType string, payload any) {
	s.t.Helper()
	s.Connected()
	s.mu.Lock()
	s.seq++
	id := fmt.Sprintf("env-%d", s.seq)
	var c *socket
	for c = range s.sockets {
		break
	}
	s.mu.Unlock()
	c.write(map[string]any{"envelope_id": id, "type": envelopeType, "payload": payload, "accepts_response_payload": false})
	s.wait("the acknowledgement of "+envelopeType, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.acked[id] })
}

// Say lets a person write into a thread and delivers the event times over
// (a retried event has the same event_id). It returns the message's ts.
func (s *Slack) Say(user, thread, text string, times int) string {
	s.t.Helper()
	s.mu.Lock()
	m := &Message{Channel: Channel, TS: s.stamp(), Thread: thread, User: user, Text: text}
	s.messages = append(s.messages, m)
	s.note()
	event := fmt.Sprintf("Ev%d", s.seq)
	s.mu.Unlock()
	for range times {
		s.Send("events_api", map[string]any{
			"type": "event_callback", "event_id": event, "team_id": Workspace, "event_time": 1767225600,
			"event": map[string]any{"type": "message", "channel": Channel, "channel_type": "channel", "user": user, "text": text, "ts": m.TS, "thread_ts": thread, "event_ts": m.TS},
		})
	}
	return m.TS
}

// Press lets a person press a button of a message.
func (s *Slack) Press(user, ts, action, value string) {
	s.t.Helper()
	s.Send("interactive", map[string]any{
		"type": "block_actions", "team": map[string]any{"id": Workspace}, "user": map[string]any{"id": user, "name": Users[user]},
		"channel":   map[string]any{"id": Channel, "name": "support"},
		"container": map[string]any{"type": "message", "message_ts": ts, "channel_id": Channel},
		"message":   map[string]any{"ts": ts, "text": ""},
		"actions":   []any{map[string]any{"type": "button", "action_id": action, "block_id": "handoff", "value": value, "action_ts": "1767225600.9"}},
	})
}

// wait returns once ok holds, looking again after every change.
func (s *Slack) wait(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.After(time.Minute)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("waited a minute for %s; the workspace holds %+v", what, s.Messages())
		}
	}
}
