package tools

import (
	"context"
	"strconv"

	"parley/agent/llm"
)

type joinOut struct {
	Facts         int `json:"joined_facts"`
	Conversations int `json:"joined_conversations"`
}

// joinGuest takes over what is kept of the guest that the customer was before
// they signed in. It is there only for who was one, and asked by the channels.
func (s session) joinGuest() llm.Tool {
	t := llm.NewTool("join_guest", "Add to the customer's account what is kept from before they signed in here. The customer is asked first.", llm.Confirm,
		func(ctx context.Context, _ struct{}, _ string) (out joinOut, err error) {
			out.Facts, out.Conversations, err = s.Join(ctx, s.who)
			return out, err
		})
	return llm.WithPreview(t, func(ctx context.Context, _ struct{}) (*llm.Preview, error) {
		what, err := s.asGuest(ctx)
		if err != nil {
			return nil, err
		}
		if what == "" {
			return nil, llm.Errorf("not_found", "nothing is kept from before the customer signed in")
		}
		return &llm.Preview{Question: s.say("join.ask", "what", what), Yes: s.say("join.yes"), No: s.say("join.no")}, nil
	})
}

// asGuest says what is kept from before, "" for nothing.
func (s session) asGuest(ctx context.Context) (string, error) {
	facts, err := s.Memory.Facts(ctx, s.who.Guest)
	if err != nil {
		return "", err
	}
	talks := 0
	if s.Conversations != nil {
		if talks, err = s.Conversations(ctx, s.who.Guest); err != nil {
			return "", err
		}
	}
	count := func(key string, n int) string {
		switch n {
		case 0:
			return ""
		case 1:
			return s.say(key + ".one")
		}
		return s.say(key+".many", "n", strconv.Itoa(n))
	}
	a, b := count("join.facts", len(facts)), count("join.talks", talks)
	if a != "" && b != "" {
		return s.say("join.and", "a", a, "b", b), nil
	}
	return a + b, nil
}
