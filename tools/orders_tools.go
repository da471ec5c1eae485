package tools

import (
	"context"
	"slices"

	"parley/agent/llm"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// orderActs are the tools that change orders. Each states its exact effect and
// waits for the customer's yes.
func (s session) orderActs() []llm.Tool {
	return []llm.Tool{s.cancelOrder(), s.returnOrder(), s.exchangeItems(), s.modifyItems(), s.modifyAddress(), s.modifyPayment(), s.moveHome()}
}

type cancelIn struct {
	Order  string `json:"order" jsonschema:"the order number" ground:"true"`
	Reason string `json:"reason,omitempty" jsonschema:"why, in the customer's words"`
}

func (s session) cancelOrder() llm.Tool {
	return tool(s, act[cancelIn]{
		"cancel_order", "Cancel one of the customer's orders that has not been packed. The customer is asked first.",
		func(ctx context.Context, in cancelIn) (deal, error) {
			d, err := s.deal(ctx, orders.Cancel, in.Order)
			d.change.Reason = in.Reason
			return d, err
		},
		func(d deal, out orders.Outcome) *llm.Preview {
			o := d.before
			v := s.view(o)
			items := s.say("items.many", "n", v.Items)
			if v.Items == 1 {
				items = s.say("items.one", "n", 1)
			}
			refund := s.say("cancel.refund_same")
			if len(out.Payments) == 1 {
				refund = s.say("cancel.refund", "card", s.methodText(context.Background(), d, out.Payments[0].Method))
			}
			return &llm.Preview{
				Question: s.say("cancel.ask", "order", o.ID, "items", items, "total", catalog.Exact(o.Total, o.Currency), "refund", refund),
				Yes:      s.say("cancel.yes", "order", o.ID),
				No:       s.say("cancel.no"),
			}
		},
	})
}

type returnIn struct {
	Order   string   `json:"order" jsonschema:"the order number" ground:"true"`
	Items   []string `json:"items,omitempty" jsonschema:"what goes back: SKUs of get_order, or names as the customer said them" ground:"true"`
	Whole   bool     `json:"whole_order,omitempty" jsonschema:"true when the customer means everything in the order"`
	Payment string   `json:"payment,omitempty" jsonschema:"a gift card that gets the refund, as the customer named it; leave out for the way they paid" ground:"true"`
}

func (s session) returnOrder() llm.Tool {
	return tool(s, act[returnIn]{
		"return_order", "Request the return of a delivered order or of some of its items. Possible once for an order. The customer is asked first.",
		func(ctx context.Context, in returnIn) (deal, error) {
			d, err := s.deal(ctx, orders.Return, in.Order)
			if err == nil {
				err = s.of(&d, in.Items, in.Whole)
			}
			if err == nil {
				d.change.Payment, err = s.method(&d, in.Payment)
			}
			return d, err
		},
		func(d deal, out orders.Outcome) *llm.Preview {
			return &llm.Preview{
				Question: s.say("return.ask", "order", d.before.ID, "items", s.listed(d.lines), "refund", catalog.Exact(out.Refund(), d.before.Currency),
					"card", s.methodText(context.Background(), d, out.Payments[0].Method)),
				Yes: s.say("return.yes"),
				No:  s.say("return.no"),
			}
		},
	})
}

type swapIn struct {
	Order   string   `json:"order" jsonschema:"the order number" ground:"true"`
	Items   []string `json:"items,omitempty" jsonschema:"what is exchanged: SKUs of get_order, or names as the customer said them" ground:"true"`
	Whole   bool     `json:"whole_order,omitempty" jsonschema:"true when the customer means everything in the order"`
	Size    string   `json:"size,omitempty" jsonschema:"the size wanted instead" ground:"true"`
	Color   string   `json:"color,omitempty" jsonschema:"the colour wanted instead" ground:"true"`
	New     []string `json:"new_items,omitempty" jsonschema:"SKUs of get_product wanted instead, one for each of items; leave out when size or color says it" ground:"true"`
	Payment string   `json:"payment,omitempty" jsonschema:"what pays or gets a difference of price, as the customer named it; leave out for the way they paid" ground:"true"`
}

func (s session) exchangeItems() llm.Tool {
	return tool(s, act[swapIn]{
		"exchange_items", "Request an exchange of delivered items for other variants of the same products. Possible once for an order, so name all items at once. The customer is asked first.",
		func(ctx context.Context, in swapIn) (deal, error) {
			d, err := s.deal(ctx, orders.Exchange, in.Order)
			if err == nil {
				err = s.swap(&d, in)
			}
			return d, err
		},
		s.askSwap("exchange"),
	})
}

func (s session) modifyItems() llm.Tool {
	return tool(s, act[swapIn]{
		"modify_items", "Change items of an order that has not been packed into other variants of the same products. Possible once; afterwards the order can't be cancelled. The customer is asked first.",
		func(ctx context.Context, in swapIn) (deal, error) {
			d, err := s.deal(ctx, orders.ModifyItems, in.Order)
			if err == nil {
				err = s.swap(&d, in)
			}
			return d, err
		},
		s.askSwap("modify"),
	})
}

// askSwap words the question of an exchange or a modification.
func (s session) askSwap(key string) func(deal, orders.Outcome) *llm.Preview {
	return func(d deal, out orders.Outcome) *llm.Preview {
		difference := s.say("swap.same")
		refund := out.Refund()
		at := func(p orders.Payment) string { return s.methodText(context.Background(), d, p.Method) }
		switch {
		case refund < 0:
			difference = s.say("swap.more", "amount", catalog.Exact(-refund, d.before.Currency), "card", at(out.Payments[0]))
		case refund > 0:
			difference = s.say("swap.less", "amount", catalog.Exact(refund, d.before.Currency), "card", at(out.Payments[0]))
		}
		return &llm.Preview{
			Question: s.say(key+".ask", "order", d.before.ID, "items", s.listed(d.lines), "new", s.listed(d.after()), "difference", difference),
			Yes:      s.say(key + ".yes"),
			No:       s.say(key + ".no"),
		}
	}
}

type addressIn struct {
	Line1   string `json:"address1" jsonschema:"street and number" ground:"true"`
	Line2   string `json:"address2,omitempty" jsonschema:"flat, floor, building" ground:"true"`
	City    string `json:"city" ground:"true"`
	State   string `json:"state,omitempty" ground:"true"`
	Zip     string `json:"zip" jsonschema:"postcode" ground:"true"`
	Country string `json:"country,omitempty" ground:"true"`
}

func (a addressIn) address() *orders.Address {
	return &orders.Address{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.State, Country: a.Country, Zip: a.Zip}
}

type modifyAddressIn struct {
	Order string `json:"order" jsonschema:"the order number" ground:"true"`
	// The address is spelt out, not embedded: grounded fields are looked for one level deep.
	Line1   string `json:"address1" jsonschema:"street and number" ground:"true"`
	Line2   string `json:"address2,omitempty" jsonschema:"flat, floor, building" ground:"true"`
	City    string `json:"city" ground:"true"`
	State   string `json:"state,omitempty" ground:"true"`
	Zip     string `json:"zip" jsonschema:"postcode" ground:"true"`
	Country string `json:"country,omitempty" ground:"true"`
}

func (s session) modifyAddress() llm.Tool {
	return tool(s, act[modifyAddressIn]{
		"modify_address", "Change where an order that has not been packed is sent. The customer is asked first.",
		func(ctx context.Context, in modifyAddressIn) (deal, error) {
			d, err := s.deal(ctx, orders.ModifyAddress, in.Order)
			d.change.Address = addressIn{in.Line1, in.Line2, in.City, in.State, in.Zip, in.Country}.address()
			return d, err
		},
		func(d deal, out orders.Outcome) *llm.Preview {
			return &llm.Preview{
				Question: s.say("address.ask", "order", d.before.ID, "address", out.Order.Address.Text()),
				Yes:      s.say("address.yes"),
				No:       s.say("address.no"),
			}
		},
	})
}

type modifyPaymentIn struct {
	Order   string `json:"order" jsonschema:"the order number" ground:"true"`
	Payment string `json:"payment" jsonschema:"the payment method wanted instead, as the customer named it: the last four digits of a card, gift card, PayPal, or an id of get_order" ground:"true"`
}

func (s session) modifyPayment() llm.Tool {
	return tool(s, act[modifyPaymentIn]{
		"modify_payment", "Pay an order that has not been packed with another of the customer's payment methods. The customer is asked first.",
		func(ctx context.Context, in modifyPaymentIn) (deal, error) {
			if !s.who.Authenticated {
				return deal{}, errSignIn // a guest's proof is of an order, not of a wallet
			}
			d, err := s.deal(ctx, orders.ModifyPayment, in.Order)
			if err == nil {
				if forbids := d.before.CanModify(); forbids != nil {
					return d, s.refused(d, forbids)
				}
				d.change.Payment, err = s.method(&d, in.Payment)
			}
			return d, err
		},
		func(d deal, out orders.Outcome) *llm.Preview {
			at := func(p orders.Payment) string { return s.methodText(context.Background(), d, p.Method) }
			return &llm.Preview{
				Question: s.say("payment.ask", "order", d.before.ID, "total", catalog.Exact(out.Payments[0].Amount, d.before.Currency), "card", at(out.Payments[0]), "old", at(out.Payments[1])),
				Yes:      s.say("payment.yes"),
				No:       s.say("payment.no"),
			}
		},
	})
}

func (s session) moveHome() llm.Tool {
	return tool(s, act[addressIn]{
		"modify_default_address", "Change the customer's own address, for orders to come. The customer is asked first.",
		func(ctx context.Context, in addressIn) (deal, error) {
			if !s.who.Authenticated {
				return deal{}, errSignIn
			}
			return deal{customer: s.who.ID, change: orders.Change{Kind: orders.Move, Address: in.address()}}, nil
		},
		func(d deal, out orders.Outcome) *llm.Preview {
			return &llm.Preview{Question: s.say("move.ask", "address", out.Address.Text()), Yes: s.say("move.yes"), No: s.say("move.no")}
		},
	})
}

// guestTools are what a customer who is not signed in may do with orders.
func (s session) orderTools() []llm.Tool {
	list := append([]llm.Tool{s.getOrder()}, s.orderActs()...)
	if s.Proofs != nil && !s.who.Authenticated {
		list = slices.Insert(list, 1, s.verifyOrder())
	}
	return list
}
