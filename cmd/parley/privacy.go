package main

import (
	"context"

	"parley/agent/llm"
	"parley/channels/webchat"
	"parley/memory"
)

// privacy is what the page /privacy works with.
func (a *app) privacy() webchat.Privacy {
	return webchat.Privacy{
		Kept: a.kept,
		Forget: func(ctx context.Context, who llm.Customer, fact string) error {
			there, err := a.Memory.Drop(ctx, who.ID, fact)
			if err == nil && !there {
				err = webchat.ErrNotKept
			}
			return err
		},
		Erase:  func(ctx context.Context, who llm.Customer) (string, error) { return a.eraseCustomer(ctx, who.ID) },
		Export: func(ctx context.Context, who llm.Customer) (any, error) { return a.export(ctx, who.ID) },
		Home:   "/",
	}
}

func (a *app) kept(ctx context.Context, who llm.Customer) (k webchat.Kept, err error) {
	facts, err := a.Memory.Facts(ctx, who.ID)
	if err != nil {
		return k, err
	}
	k.Facts = convert(facts, func(f memory.Fact) webchat.KeptFact {
		return webchat.KeptFact{ID: f.ID, Value: f.Value, Words: memory.Sentence(f, who.Locale), Quote: f.Quote, Since: f.Since}
	})
	k.Visits, err = a.Hub.Visits(ctx, who.ID, "", false)
	return k, err
}

// eraseCustomer removes all that is kept of a customer, and gives the receipt's
// number.
func (a *app) eraseCustomer(ctx context.Context, customer string) (string, error) {
	receipt, err := a.Memory.Erase(ctx, customer)
	if err != nil {
		return "", err
	}
	_, err = a.Hub.EraseCustomer(ctx, customer)
	return receipt.ID, err
}
