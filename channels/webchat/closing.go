package webchat

import (
	"errors"
	"io"
	"time"

	"github.com/gorilla/websocket"
)

// A closing is queued behind the frames that go out before it.
type closing struct {
	code int
	text string
}

// end closes the socket after what is queued.
func (c *client) end(code int, text string) {
	select {
	case c.out <- closing{code, text}:
	default:
		c.cancel()
	}
}

// How long a socket that we close stays open for the other side to close too.
const parting = 2 * time.Second

// farewell says why a socket closes. The caller reads on, for as long as
// parting, before it closes: what is closed with unread bytes is reset, and a
// reset takes the close frame with it, so that the page sees only 1006.
func farewell(conn *websocket.Conn, code int, text string) {
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, text), time.Now().Add(time.Second))
	_ = conn.SetReadDeadline(time.Now().Add(parting))
}

// drain reads away what still comes, until the other side closes or a deadline.
func drain(conn *websocket.Conn) {
	var err error
	for err == nil {
		_, _, err = conn.NextReader()
	}
	if errors.Is(err, websocket.ErrReadLimit) { // the rest of a long frame, and what follows it
		_, _ = io.Copy(io.Discard, conn.UnderlyingConn())
	}
}

// readFailed lets the other side read why, where it is us who end.
func (c *client) readFailed(err error) {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, websocket.ErrReadLimit): // its close frame is sent
	case errors.As(err, &timeout) && timeout.Timeout() && !c.leaving.Load():
		c.end(closeSilent, "silent too long")
	default:
		return
	}
	c.drain()
}
