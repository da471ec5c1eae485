package crowd

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"parley/channels"
)

// A talk is the journal of one conversation, as its shopper knows it.
type talk struct {
	id       string
	customer string // signed in, or ""

	mu     sync.Mutex
	said   []*said
	seen   []channels.Entry // in the order in which they came
	last   uint64
	forget *said // the yes to having everything forgotten
	gone   bool  // it was
}

// said is one thing that a shopper said or pressed.
type said struct {
	frame    frame
	asks     bool
	errand   string // pressed yes: what it changes
	fact     bool   // a fact: kept, or forgotten
	keeps    bool
	begun    time.Time
	stored   time.Duration // until it was acknowledged; 0: it was not
	refused  bool          // for now, so that what was said later may stand before it
	seq      uint64
	answered time.Duration // until the first entry of its answer was seen
}

// acknowledged counts what the shopper was told is stored.
func (t *talk) acknowledged() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, s := range t.said {
		if s.stored > 0 {
			n++
		}
	}
	return n
}

// unstored are the frames to be sent again.
func (t *talk) unstored() []frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []frame
	for _, s := range t.said {
		if s.stored == 0 {
			out = append(out, s.frame)
		}
	}
	return out
}

func (t *talk) find(id string) *said {
	if i := slices.IndexFunc(t.said, func(s *said) bool { return s.frame.ID == id }); i >= 0 {
		return t.said[i]
	}
	return nil
}

// store notes an acknowledgement, and says what is wrong with it.
func (t *talk) store(id string, seq uint64) (wrong string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.find(id)
	switch {
	case s == nil:
		return "what was never said is acknowledged"
	case s.stored > 0 && s.seq != seq:
		return "it is acknowledged at two places"
	case s.stored == 0:
		s.stored, s.seq = max(1, time.Since(s.begun)), seq
	}
	return ""
}

func (t *talk) refuse(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.find(id); s != nil {
		s.refused = true
	}
}

// show notes an entry that came.
func (t *talk) show(e channels.Entry) (wrong string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Seq == 0 {
		t.gone = t.forget != nil
		return ""
	}
	if e.Seq <= t.last {
		return "it comes after one that stands behind it"
	}
	t.last = e.Seq
	t.seen = append(t.seen, e)
	if s := t.find(e.Answers); s != nil && s.answered == 0 {
		s.answered = time.Since(s.begun)
	}
	return ""
}

// question is the open question of the answer to a message, and whether there is
// an answer at all.
func (t *talk) question(message string) (id string, answered bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.seen {
		if e.Answers != message {
			continue
		}
		answered = true
		var body channels.ConfirmBody
		if e.Kind == channels.KindConfirm && json.Unmarshal(e.Body, &body) == nil && body.State == "open" {
			id = body.ID
		}
	}
	return id, answered
}
