package tools

import (
	"context"
	"errors"
	"slices"
	"strings"

	"parley/agent/llm"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// A deal is one change of an order, ready to be asked for or made.
type deal struct {
	customer string
	change   orders.Change
	before   orders.Order
	lines    []orders.Line     // of before, that it is about
	variants []catalog.Variant // in their place
}

// An actOut is what a change did.
type actOut struct {
	Done     orders.Kind   `json:"done"`
	Order    *OrderView    `json:"order,omitempty"`
	Items    string        `json:"items,omitempty"`
	New      string        `json:"new,omitempty"`
	Address  string        `json:"address,omitempty"`
	Refund   catalog.Money `json:"refund"`           // what goes back to the customer
	Charge   catalog.Money `json:"charge,omitempty"` // what is paid more
	Currency string        `json:"currency,omitempty"`
	PaidWith string        `json:"paid_with,omitempty"` // the method of the refund or charge
}

func (o actOut) Card() *llm.Card {
	if o.Order == nil {
		return nil
	}
	return card("order", ordersOut{Orders: []OrderView{*o.Order}})
}

// An act is a tool that changes an order: how its arguments become a deal, and
// how that is asked for.
type act[In any] struct {
	name, description string
	plan              func(ctx context.Context, in In) (deal, error)
	ask               func(d deal, out orders.Outcome) *llm.Preview
}

// tool makes a Confirm tool: its question is worded from what the service says
// the change would do, and the yes does exactly that.
func tool[In any](s session, a act[In]) llm.Tool {
	t := llm.NewTool(a.name, a.description, llm.Confirm, func(ctx context.Context, in In, key string) (actOut, error) {
		d, err := a.plan(ctx, in)
		if err != nil {
			return actOut{}, err
		}
		out, err := s.Orders.Do(ctx, d.customer, d.change, key)
		if err != nil {
			return actOut{}, s.refused(d, err)
		}
		return s.did(ctx, d, out), nil
	})
	return llm.WithPreview(t, func(ctx context.Context, in In) (*llm.Preview, error) {
		d, err := a.plan(ctx, in)
		if err != nil {
			return nil, err
		}
		out, err := s.Orders.Preview(ctx, d.customer, d.change)
		if err != nil {
			return nil, s.refused(d, err)
		}
		p := a.ask(d, out)
		p.Facts = s.did(ctx, d, out)
		return p, nil
	})
}

// deal begins a change of one order.
func (s session) deal(ctx context.Context, kind orders.Kind, order string) (deal, error) {
	customer, err := s.acting(ctx, order)
	if err != nil {
		return deal{}, err
	}
	o, err := s.own(ctx, order)
	if err != nil {
		return deal{}, err
	}
	return deal{customer: customer, before: o, change: orders.Change{Kind: kind, Order: o.ID}}, nil
}

// of picks the items of a deal, unless the order's state forbids it anyway: that
// is what the customer should hear first.
func (s session) of(d *deal, items []string, whole bool) (err error) {
	var forbids error
	switch d.change.Kind {
	case orders.Return, orders.Exchange:
		forbids = d.before.CanReturn(s.Now())
	case orders.ModifyItems:
		forbids = d.before.CanModify()
	}
	if forbids != nil {
		return s.refused(*d, forbids)
	}
	if d.lines, err = s.items(d.before, items, whole); err != nil {
		return err
	}
	d.change.Items = skus(d.lines)
	return nil
}

// swap picks the items of a deal and what takes their place.
func (s session) swap(d *deal, in swapIn) (err error) {
	if err := s.of(d, in.Items, in.Whole); err != nil {
		return err
	}
	if d.variants, err = s.replacements(d.before, d.lines, in.New, in.Size, in.Color); err != nil {
		return err
	}
	for _, v := range d.variants {
		d.change.New = append(d.change.New, v.SKU)
	}
	d.change.Payment, err = s.method(d, in.Payment)
	return err
}

// method finds a payment method by its id, the last digits of a card, or its
// kind; "" is the one that the order was paid with. A guest has no other.
func (s session) method(d *deal, named string) (string, error) {
	want := strings.ToLower(strings.TrimSpace(named))
	if want == "" || original[want] {
		return "", nil
	}
	none := func(known []methodView) error {
		e := llm.Errorf("no_such_payment", "the customer has no payment method %q", named)
		e.Data = map[string]any{"order": s.view(d.before), "payment_methods": known}
		return e
	}
	known, err := s.methods(context.Background())
	if err != nil {
		return "", err
	}
	var found []string
	for _, m := range known {
		if strings.EqualFold(m.ID, want) {
			return m.ID, nil
		}
		gift := m.Balance > 0 || strings.HasPrefix(m.ID, "gift")
		if giftCard[want] && gift || strings.HasSuffix(m.ID, want) && len(want) == 4 || strings.Contains(strings.ToLower(m.Text), want) {
			found = append(found, m.ID)
		}
	}
	if len(found) != 1 {
		return "", none(known)
	}
	return found[0], nil
}

// What customers call the way they paid, and a gift card.
var (
	original = map[string]bool{"original": true, "same": true, "原路": true, "原支付方式": true}
	giftCard = map[string]bool{"gift card": true, "giftcard": true, "gift": true, "voucher": true, "礼品卡": true, "购物卡": true}
)

// did is what a change did, or would do.
func (s session) did(ctx context.Context, d deal, out orders.Outcome) actOut {
	a := actOut{Done: d.change.Kind, Items: s.listed(d.lines), New: s.listed(d.after()), Currency: d.before.Currency}
	if d.change.Kind == orders.Move {
		a.Address = out.Address.Text()
		return a
	}
	v := s.view(out.Order)
	a.Order = &v
	if d.change.Kind == orders.ModifyAddress {
		a.Address = out.Order.Address.Text()
	}
	switch refund := out.Refund(); {
	case refund > 0:
		a.Refund = refund
	case refund < 0:
		a.Charge = -refund
	}
	for _, p := range out.Payments {
		a.PaidWith = s.methodText(ctx, d, p.Method)
		if d.change.Kind == orders.ModifyPayment {
			a.Charge = p.Amount
			break // the first is what pays now
		}
	}
	return a
}

// after are the lines that take the place of those of a deal.
func (d deal) after() []orders.Line {
	var out []orders.Line
	for i, v := range d.variants {
		l := d.lines[i]
		l.SKU, l.Options, l.Price = v.SKU, orders.Choice(v.Options), v.Price
		out = append(out, l)
	}
	return out
}

// methodText names a method in the customer's language.
func (s session) methodText(ctx context.Context, d deal, id string) string {
	if c, err := s.Orders.Customer(ctx, d.customer); err == nil {
		if m, ok := c.Method(id); ok {
			return s.paidWith(m.Text())
		}
	}
	if d.before.PaidWith != "" && id == d.before.Original() {
		return s.paidWith(d.before.PaidWith)
	}
	return s.say("card.same")
}

// refused is a refusal as a model can tell it: its code, and the order with what
// limits it.
func (s session) refused(d deal, err error) error {
	var r *orders.Refusal
	if !errors.As(err, &r) {
		return err
	}
	id := d.before.ID
	if errors.Is(err, orders.ErrNotFound) {
		return errNoOrder(d.change.Order)
	}
	e := llm.Errorf(r.Code, "order %s: %v", id, err)
	if errors.Is(err, orders.ErrTooLate) {
		e.Text = "order " + id + " is " + string(d.before.Status) + ": it is too late for that"
	}
	e.Data = map[string]any{"status": d.before.Status, "return_until": date(d.before.ReturnUntil), "kind": d.change.Kind}
	if id != "" {
		e.Data["order"] = s.view(d.before)
	}
	if errors.Is(err, orders.ErrBalance) {
		known, err := s.methods(context.Background())
		if err != nil {
			return err
		}
		e.Data["payment_methods"] = slices.DeleteFunc(known, func(m methodView) bool { return m.ID != d.change.Payment })
	}
	return e
}
