package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// session opens or resumes the conversation and gives a ticket.
func (l *link) session(ctx context.Context, address string) (ticket string, err error) {
	l.mu.Lock()
	in := map[string]string{"token": l.token, "locale": l.locale}
	l.mu.Unlock()
	if l.customer.ID != "" {
		if in["customer"], err = l.crowd.cfg.Sign(l.customer.ID); err != nil {
			return "", fmt.Errorf("sign in as %s: %w", l.customer.ID, err)
		}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/v1/session", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	res, err := l.crowd.client.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var out struct{ Conversation, Token, Ticket, Code string }
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return "", fmt.Errorf("open a session: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("open a session: %s %s", res.Status, out.Code)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.token = out.Token
	if l.talk != nil && l.talk.id == out.Conversation {
		return out.Ticket, nil
	}
	if l.talk != nil {
		l.talk.mu.Lock()
		meant := l.talk.forget != nil
		l.talk.gone = meant
		l.talk.mu.Unlock()
		if !meant {
			l.crowd.saw(Lost, "conversation %s: its token opens another one", l.talk.id)
		}
	}
	l.talk = &talk{id: out.Conversation, customer: l.customer.ID}
	l.crowd.begin(l.talk)
	l.tell()
	return out.Ticket, nil
}
