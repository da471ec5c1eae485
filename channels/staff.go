package channels

import (
	"context"
	"encoding/json"
	"strings"

	"parley/agent/llm"
)

// WatchHandOffs calls fn for every conversation that was ever handed off, now
// and whenever its hand-off changes, until ctx ends.
func (h *Hub) WatchHandOffs(ctx context.Context, fn func(HandOffState) error) error {
	seen := map[string]HandOffState{}
	return h.keys.Watch(ctx, func(id string, value []byte, _ uint64) error {
		if value == nil {
			return nil
		}
		c, err := h.openRecord(ctx, id, value)
		if err != nil {
			return nil
		}
		s := c.HandOff
		s.Conversation = c.ID
		if old, ok := seen[c.ID]; s.State == NotHandedOff || ok && old == s {
			return nil
		}
		seen[c.ID] = s
		return fn(s)
	})
}

// Claim makes a person answer instead of the assistant. Of two at once one
// wins; the other is told who.
func (h *Hub) Claim(ctx context.Context, id string, who Staff) error {
	var now Conversation
	err := h.change(ctx, id, func(c *Conversation) error {
		if c.HandOff.State == Claimed {
			if c.HandOff.Who.ID == who.ID {
				return &Error{"claimed", "You have this conversation already."}
			}
			return &Error{"claimed", c.HandOff.Who.Name + " has this conversation."}
		}
		c.HandOff = HandOffState{Conversation: id, State: Claimed, Reason: c.HandOff.Reason, Who: who, At: h.cfg.Now()}
		now = *c
		return nil
	})
	if err != nil {
		return err
	}
	h.interrupt(id, "")
	text := who.Name + " from our team is here now."
	if strings.HasPrefix(now.Locale, "zh") {
		text = "客服" + who.Name + "来了。"
	}
	return h.system(ctx, now, HandOffBody{State: string(Claimed), Who: who.Name, Text: text})
}

// Return gives a conversation back to the assistant, with a brief for it.
func (h *Hub) Return(ctx context.Context, id string, who Staff, brief string) error {
	var now Conversation
	brief = h.cfg.Public.Text(brief)
	err := h.change(ctx, id, func(c *Conversation) error {
		if c.HandOff.State != Claimed || c.HandOff.Who.ID != who.ID {
			return &Error{"not_yours", "This conversation is not yours to hand back."}
		}
		c.HandOff = HandOffState{Conversation: id, State: Returned, Who: who, At: h.cfg.Now(), Brief: brief}
		now = *c
		return nil
	})
	if err != nil {
		return err
	}
	text := "The assistant is back. It has read what " + who.Name + " and you wrote."
	if strings.HasPrefix(now.Locale, "zh") {
		text = "现在由助手继续，它看过您和" + who.Name + "的对话。"
	}
	return h.system(ctx, now, HandOffBody{State: string(Returned), Who: who.Name, Text: text})
}

func (h *Hub) system(ctx context.Context, c Conversation, body HandOffBody) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = h.append(ctx, c, Entry{ID: newID("h"), From: From{Role: RoleSystem}, Kind: KindHandOff, Body: b})
	return err
}

// Say sends a person's words to the shopper. Only who has the conversation may.
func (h *Hub) Say(ctx context.Context, id string, who Staff, entry, text string) (Entry, error) {
	c, err := h.Get(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	if c.HandOff.State != Claimed || c.HandOff.Who.ID != who.ID {
		return Entry{}, &Error{"not_yours", "Take this conversation over first."}
	}
	return h.write(ctx, c, who, entry, KindText, text)
}

// Note keeps a remark among staff; a shopper never sees it.
func (h *Hub) Note(ctx context.Context, id string, who Staff, entry, text string) (Entry, error) {
	c, err := h.Get(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	return h.write(ctx, c, who, entry, KindNote, text)
}

func (h *Hub) write(ctx context.Context, c Conversation, who Staff, entry string, kind Kind, text string) (Entry, error) {
	if err := checkText(text); err != nil {
		return Entry{}, err
	}
	b, err := json.Marshal(TextBody{Text: text})
	if err != nil {
		return Entry{}, err
	}
	if entry == "" {
		entry = newID("s")
	}
	return h.append(ctx, c, Entry{ID: entry, From: From{Role: RoleStaff, ID: who.ID, Name: who.Name}, Kind: kind, Body: b})
}

// A HandOffBrief is what a person needs to take over.
type HandOffBrief struct {
	Customer llm.Customer
	Summary  []string  // the shopper's last words, newest last
	Products []string  // titles last shown
	Order    string    // last order shown
	Mood     []float64 // of the shopper's messages, oldest first
	Last     uint64    // sequence of the newest entry it covers
}

// Brief collects it from the log.
func (h *Hub) Brief(ctx context.Context, id string) (HandOffBrief, error) {
	c, err := h.Get(ctx, id)
	if err != nil {
		return HandOffBrief{}, err
	}
	all, err := h.Entries(ctx, id, 0)
	if err != nil {
		return HandOffBrief{}, err
	}
	b := HandOffBrief{Customer: c.Customer}
	for _, e := range all {
		b.Last = e.Seq
		var body struct {
			Text     string
			Products []struct{ Title string }
			Orders   []struct{ ID string }
		}
		if json.Unmarshal(e.Body, &body) != nil {
			continue
		}
		switch {
		case e.From.Role == RoleShopper && body.Text != "":
			b.Summary = append(b.Summary, "“"+clip(body.Text, 200)+"”")
		case e.Kind == KindProducts:
			b.Products = nil
			for _, p := range body.Products[:min(3, len(body.Products))] {
				b.Products = append(b.Products, p.Title)
			}
		case e.Kind == KindOrder && len(body.Orders) > 0:
			b.Order = body.Orders[0].ID
		}
		if e.Inside != nil && e.From.Role == RoleAssistant {
			b.Mood = append(b.Mood, e.Inside.Mood)
		}
	}
	b.Summary = b.Summary[max(0, len(b.Summary)-3):]
	return b, nil
}

func clip(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}
