package webchat

import (
	"sync"
	"time"

	"parley/channels"
)

// How long pieces of an answer are joined before they are sent.
const joinFor = 60 * time.Millisecond

// deltas joins pieces of an answer, so that a frame goes out every 60 ms and
// not every word, and none waits longer than that.
type deltas struct {
	send func(channels.Delta)

	mu      sync.Mutex
	pending *channels.Delta
	sent    time.Time
	timer   *time.Timer
}

func (d *deltas) add(x channels.Delta) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.pending == nil:
		d.pending = &x
	case d.pending.Of == x.Of:
		d.pending.Text += x.Text
	default: // another answer began: the older one's entry is on its way
		d.pending = &x
	}
	if wait := joinFor - time.Since(d.sent); wait <= 0 {
		d.flush()
	} else if d.timer == nil {
		d.timer = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.flush()
		})
	}
}

// drop forgets what waits of an answer: the whole of it has come.
func (d *deltas) drop(of string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pending != nil && d.pending.Of == of {
		d.pending = nil
		d.flush()
	}
}

// end forgets all that waits.
func (d *deltas) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = nil
	d.flush()
}

func (d *deltas) flush() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if d.pending != nil {
		d.send(*d.pending)
		d.pending, d.sent = nil, time.Now()
	}
}
