package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"parley/agent/llm"
)

// Meet notes that a conversation's customer came in as a guest, and asks them,
// once, whether what is kept of that guest is to be theirs too: the yes is read
// as any other, and the tool that it runs calls [Hub.TakeOver]. While another
// question is open, or a person has the conversation, it waits for another visit.
func (h *Hub) Meet(ctx context.Context, conversation, guest string) error {
	if h.cfg.Joins == nil || !IsGuest(guest) {
		return nil
	}
	g, err := h.guest(ctx, guest)
	if errors.Is(err, error(ErrNoGuest)) {
		return nil
	}
	if err != nil {
		return err
	}
	c, err := h.Get(ctx, conversation)
	if err != nil {
		return err
	}
	if !c.Customer.Authenticated || slices.Contains(g.Asked, c.Customer.ID) || c.HandOff.State == Claimed {
		return nil
	}
	if all, err := h.Entries(ctx, conversation, 0); err != nil || busy(all) {
		return err
	}
	who := c.Customer
	who.Guest = guest
	p, err := h.cfg.Joins(ctx, who)
	if err == nil && p == nil && g.Claimed {
		// All that there was is the customer's. The next guest here is another one.
		err = errors.Join(h.guests.Erase(ctx, guest), h.visits.Erase(ctx, guest))
	}
	if p == nil || err != nil {
		return err
	}
	// The guest first: the turn that reads the answer needs the tool.
	if err := h.change(ctx, conversation, func(c *Conversation) error { c.Customer.Guest = guest; return nil }); err != nil {
		return err
	}
	if c, err = h.Get(ctx, conversation); err != nil {
		return err
	}
	body, err := json.Marshal(confirm(p, "open"))
	if err != nil {
		return err
	}
	inside := &Inside{Messages: []llm.Message{llm.Text(llm.Assistant, p.Preview.Question)}, Locale: c.Locale}
	if inside.Pending, err = json.Marshal(p); err != nil {
		return err
	}
	if _, err := h.append(ctx, c, Entry{ID: "join:" + p.ID, From: From{Role: RoleAssistant}, Kind: KindConfirm, Body: body, Inside: inside}); err != nil {
		return fmt.Errorf("ask who was a guest: %w", err)
	}
	err = h.changeGuest(ctx, guest, func(g *guestRecord) bool {
		g.Asked = append(g.Asked, c.Customer.ID)
		return true
	})
	if errors.Is(err, error(ErrNoGuest)) { // joined or erased meanwhile
		return nil
	}
	return err
}

// busy says that a conversation waits for an answer: of the assistant, or of the
// customer to a question before an act.
func busy(all []Entry) bool {
	for _, e := range slices.Backward(all) {
		if asks(e) {
			return true
		}
		if e.From.Role == RoleAssistant && e.Inside != nil {
			return len(e.Inside.Pending) > 0
		}
	}
	return false
}

// TakeOver gives a customer the conversations of a guest who they turned out to
// be, and says how many those were. The guest is no more then. Again, after a
// crash, it goes on where it was.
func (h *Hub) TakeOver(ctx context.Context, guest string, who llm.Customer) (int, error) {
	if !IsGuest(guest) || !who.Authenticated {
		return 0, errors.New("take over from a guest: only a guest's things can be, and only by who is signed in")
	}
	n := 0
	err := h.each(ctx, guest, func(c Conversation) error {
		n++
		return h.Identify(ctx, c.ID, llm.Customer{ID: who.ID, Name: who.Name, Authenticated: true})
	})
	if err == nil {
		err = errors.Join(h.guests.Erase(ctx, guest), h.visits.Erase(ctx, guest), h.usage.Erase(ctx, guest))
	}
	if err == nil && who.Conversation != "" {
		err = h.change(ctx, who.Conversation, func(c *Conversation) error { c.Customer.Guest = ""; return nil })
	}
	if err != nil {
		return n, fmt.Errorf("take over from a guest: %w", err)
	}
	return n, nil
}
