package webchat

import (
	"context"
	"errors"

	"parley/agent/llm"
	"parley/channels"
)

// An entrance is what a browser asks to come in with.
type entrance struct {
	Token    string // of the conversation it had last
	Guest    string // of who it is while nobody is signed in
	Customer string // signed by the shop: who is signed in
	Locale   string
	Visitor  string
	Page     *llm.Page
}

// An admission is what it gets. Guest is empty where there is no guest's token.
type admission struct {
	channels.Conversation
	Token, Guest string
}

// enter opens the conversation that a browser had last, or a new one: a
// customer's opens for that customer alone, whoever has its token.
func (s *Server) enter(ctx context.Context, in entrance, who llm.Customer) (a admission, err error) {
	guest := ""
	if in.Guest != "" {
		guest, err = s.cfg.Hub.Guest(ctx, in.Guest)
		if errors.Is(err, error(channels.ErrNoGuest)) {
			in.Guest, err = "", nil
		}
		if err != nil {
			return a, err
		}
	}
	a.Token, err = in.Token, channels.ErrNoConversation
	if in.Token != "" {
		a.Conversation, err = s.cfg.Hub.Resume(ctx, in.Token)
		if err == nil && a.Customer.Authenticated && a.Customer.ID != who.ID {
			err = channels.ErrNoConversation // somebody else's, or signed out since
		}
	}
	switch {
	case errors.Is(err, error(channels.ErrNoConversation)):
		as := who
		if as.ID == "" {
			as.ID = guest
		}
		a.Conversation, a.Token, err = s.cfg.Hub.Start(ctx, channels.Visitor{Customer: as, Locale: in.Locale, Transport: "web"})
	case err == nil && who.Authenticated && !a.Customer.Authenticated:
		if guest == "" {
			guest = a.Customer.ID // its token says that it was theirs
		}
		if err = s.cfg.Hub.Identify(ctx, a.ID, who); err == nil {
			who.Conversation, who.Locale = a.ID, a.Locale
			a.Customer = who
		}
	}
	if err != nil {
		return a, err
	}
	switch {
	case channels.IsGuest(a.Customer.ID) && a.Customer.ID != guest:
		a.Guest, err = s.cfg.Hub.GiveToken(ctx, a.Customer.ID)
	case guest != "" && in.Guest == "":
		a.Guest, err = s.cfg.Hub.GiveToken(ctx, guest)
	default:
		a.Guest = in.Guest
	}
	if err == nil && a.Customer.Authenticated && guest != "" {
		if err := s.cfg.Hub.Meet(ctx, a.ID, guest); err != nil { // asked another time
			s.cfg.Log.Warn("webchat: who was a guest is not asked", "conversation", a.ID, "error", err)
		}
	}
	return a, err
}
