package channels

import (
	"context"
	"encoding/json"

	"parley/agent"
)

// An Overhearer looks for what is worth remembering in a message that is
// answered. The agent is one.
type Overhearer interface {
	Overhear(ctx context.Context, t agent.Turn, out *agent.Outcome) *agent.Outcome
}

// overhear adds a question to an answer that is stored and read already, when a
// model finds something worth remembering in the message. Nobody waits for it: a
// new message ends it, and what fails is only not asked.
func (h *Hub) overhear(ctx context.Context, c Conversation, asked *Entry, t agent.Turn, out *agent.Outcome) {
	o, ok := h.cfg.Agent.(Overhearer)
	if !ok {
		return
	}
	late := o.Overhear(ctx, t, out)
	if late == nil || late.Pending == nil || ctx.Err() != nil {
		return
	}
	p := late.Pending
	inside := &Inside{Messages: late.Messages, Locale: late.Locale}
	var err error
	if inside.Pending, err = json.Marshal(p); err != nil {
		return
	}
	body, err := json.Marshal(confirm(p, "open"))
	if err != nil {
		return
	}
	all, err := h.Entries(ctx, c.ID, 0)
	if err != nil || len(all) == 0 || all[len(all)-1].Answers != asked.ID {
		return // something was said since: the moment is over
	}
	e := Entry{ID: asked.ID + "/overheard", From: From{Role: RoleAssistant}, Kind: KindConfirm, Body: t.Veil.Conceal(ctx, body), Answers: asked.ID, Inside: inside}
	if _, err := h.append(ctx, c, e); err != nil && ctx.Err() == nil {
		h.cfg.Log.Warn("hub: a question to remember something was not stored", "conversation", c.ID, "error", err)
	}
}
