package tools

import (
	"context"
	"errors"

	"parley/agent/llm"
	"parley/tools/orders"
)

type verifyIn struct {
	Order string `json:"order" jsonschema:"the order number that the customer named" ground:"true"`
	Proof string `json:"email_or_postcode" jsonschema:"the e-mail address or the postcode of the order, as the customer gave it" ground:"true"`
}

// verifyOrder lets a guest prove one order for this conversation.
func (s session) verifyOrder() llm.Tool {
	return llm.NewTool("verify_order", "For a customer who is not signed in: prove one order by its number and its e-mail address or postcode. Afterwards get_order and the tools that change an order work on that order.", llm.Write,
		func(ctx context.Context, in verifyIn, _ string) (ordersOut, error) {
			if !s.who.Authenticated {
				err := s.Proofs.Prove(ctx, s.guest(), in.Order, in.Proof)
				switch {
				case errors.Is(err, orders.ErrNotFound):
					e := llm.Errorf("not_proved", "the order number and that e-mail address or postcode do not belong together; neither of them is confirmed to exist")
					e.Data = map[string]any{"order": orders.Number(in.Order)}
					return ordersOut{}, e
				case errors.Is(err, orders.ErrTries):
					e := llm.Errorf("too_many_tries", "too many tries: the customer can try again in an hour, or sign in")
					e.Data = map[string]any{"order": orders.Number(in.Order)}
					return ordersOut{}, e
				case err != nil:
					return ordersOut{}, err
				}
			}
			o, err := s.own(ctx, in.Order)
			if err != nil {
				return ordersOut{}, err
			}
			return ordersOut{Orders: []OrderView{s.view(o)}}, nil
		})
}

// proved are the orders that a guest has proved in this conversation.
func (s session) proved(ctx context.Context) (ordersOut, error) {
	if s.Proofs == nil {
		return ordersOut{}, errSignIn
	}
	ids, err := s.Proofs.Proved(ctx, s.guest())
	if err != nil {
		return ordersOut{}, err
	}
	if len(ids) == 0 {
		return ordersOut{}, errProve
	}
	var out ordersOut
	for _, id := range ids {
		o, err := s.own(ctx, id)
		if err != nil {
			return ordersOut{}, err
		}
		out.Orders = append(out.Orders, s.view(o))
	}
	return out, nil
}
