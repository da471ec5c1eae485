package channels

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"parley/agent"
)

// KindTrace is the record of a turn that has no answer, because a newer message
// or a person took its place: {of: the message}. It is never sent to shoppers or
// staff. A turn that has one leaves its record inside the answer.
const KindTrace Kind = "trace"

// keepTrace stores the record of a turn that has no answer.
func (h *Hub) keepTrace(ctx context.Context, c Conversation, asked *Entry, t agent.Trace) {
	ctx = context.WithoutCancel(ctx)
	t.Ended = cmp.Or(t.Ended, "interrupted")
	c, err := h.Get(ctx, c.ID)
	if errors.Is(err, error(ErrNoConversation)) {
		return // erased: nothing is kept
	}
	if err != nil {
		h.cfg.Log.Warn("hub: the trace of an interrupted turn is not kept", "conversation", c.ID, "message", asked.ID, "error", err)
		return
	}
	body, err := json.Marshal(map[string]string{"of": asked.ID})
	inside := &Inside{}
	if err == nil {
		inside.Trace, err = json.Marshal(t)
	}
	if err == nil {
		_, err = h.append(ctx, c, Entry{ID: asked.ID + "/trace", From: From{Role: RoleSystem}, Kind: KindTrace, Body: body, Inside: inside})
	}
	if err != nil {
		h.cfg.Log.Warn("hub: the trace of an interrupted turn is not kept", "conversation", c.ID, "message", asked.ID, "error", err)
	}
}

// failedTrace is the record of a turn that ended in an error of ours.
func failedTrace(t agent.Trace, err error) agent.Trace {
	t.Ended, t.Error = "failed", err.Error()
	return t
}
