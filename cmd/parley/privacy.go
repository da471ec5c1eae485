package main

import (
	"context"
	"errors"

	"parley/agent/llm"
	"parley/channels/webchat"
	"parley/memory"
)

// privacy is what the page /privacy works with.
func (a *app) privacy() webchat.Privacy {
	return webchat.Privacy{
		Kept: a.kept,
		Forget: func(ctx context.Context, who llm.Customer, fact string) error {
			return there(a.Memory.Drop(ctx, who.ID, fact))
		},
		Change: func(ctx context.Context, who llm.Customer, fact, value string) error {
			err := there(a.Memory.Correct(ctx, who.ID, fact, value))
			var refusal *memory.Refusal
			if errors.As(err, &refusal) {
				err = webchat.ErrNeverKept
			}
			return err
		},
		Allow: func(ctx context.Context, who llm.Customer, allowed bool) error {
			if !allowed {
				return a.Memory.Revoke(ctx, who.ID, "on the page of what is kept")
			}
			return a.Memory.Allow(ctx, who.ID, memory.Consent{Given: a.Now(), Words: "on the page of what is kept", Kinds: memory.Harmless()})
		},
		Erase: func(ctx context.Context, who llm.Customer) (string, error) {
			receipt, err := a.erase(ctx, who.ID, "page")
			return receipt.ID, err
		},
		Export: func(ctx context.Context, who llm.Customer) (any, error) { return a.export(ctx, who.ID, true) },
		Home:   "/",
	}
}

func there(found bool, err error) error {
	if err == nil && !found {
		return webchat.ErrNotKept
	}
	return err
}

func (a *app) kept(ctx context.Context, who llm.Customer) (k webchat.Kept, err error) {
	p, err := a.Memory.Profile(ctx, who.ID)
	if err != nil {
		return k, err
	}
	k.Facts = convert(p.Live(a.Now()), func(f memory.Fact) webchat.KeptFact {
		return webchat.KeptFact{ID: f.ID, Value: f.Value, Words: memory.Sentence(f, who.Locale), Quote: f.Quote, Since: f.Since, Used: f.Used, Until: f.Ends(a.Keep.KeepFacts)}
	})
	if c := p.Consent; c != nil {
		k.Consent = webchat.Consent{Known: true, Allowed: !p.Stopped(), At: c.Given}
		if p.Stopped() {
			k.Consent.At = c.Revoked
		}
	}
	k.Visits, err = a.Hub.Visits(ctx, who.ID, "", false)
	return k, err
}
