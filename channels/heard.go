package channels

import (
	"encoding/json"
	"time"

	"parley/agent"
	"parley/agent/llm"
)

// A session ends when a conversation has rested this long: a no of yesterday
// evening does not hold for good, and what was said then is recalled, not heard.
const rest = 12 * time.Hour

// Messages of a session that tools are handed, the newest.
const mostHeard = 8

// heard is what was said and settled in the session of a message.
func heard(all []Entry, asked *Entry, now time.Time) *llm.Heard {
	h := &llm.Heard{}
	open := map[string]string{} // the tools of our questions
	last := now
	from := len(all)
	for from > 0 && last.Sub(all[from-1].At) < rest {
		from--
		last = all[from].At
	}
	for _, e := range all[from:] {
		switch {
		case e.Seq > asked.Seq:
			continue
		case e.From.Role == RoleShopper && e.Kind == KindText:
			h.Said = append(h.Said, llm.Said{Seq: e.Seq, Text: textOf(e)})
		case e.Kind == KindConfirm && e.From.Role == RoleAssistant:
			var body ConfirmBody
			if json.Unmarshal(e.Body, &body) == nil && body.State != "open" && open[body.ID] != "" {
				h.Settled = append(h.Settled, llm.Settled{Tool: open[body.ID], How: body.State, Seq: e.Seq})
			}
		}
		if e.Inside != nil && len(e.Inside.Pending) > 0 {
			var p agent.Pending
			if json.Unmarshal(e.Inside.Pending, &p) == nil {
				open[p.ID] = p.Call.Name
			}
		}
	}
	h.Said = h.Said[max(0, len(h.Said)-mostHeard):]
	return h
}
