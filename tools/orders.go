package tools

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"parley/agent/llm"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// An OrderView is an order as models, guards and cards see it. Dates are
// 2026-03-01. It has no address and no e-mail: what is not there goes nowhere.
type OrderView struct {
	ID          string        `json:"id"`
	Status      orders.Status `json:"status"`
	Placed      string        `json:"placed"`
	Total       catalog.Money `json:"total"`
	Currency    string        `json:"currency"`
	Items       int           `json:"items"`
	Lines       []lineView    `json:"lines"`
	Shipped     string        `json:"shipped,omitempty"`
	Delivered   string        `json:"delivered,omitempty"`
	Due         string        `json:"due,omitempty"`
	Carrier     string        `json:"carrier,omitempty"`
	Tracking    string        `json:"tracking,omitempty"`
	PaidWith    string        `json:"paid_with,omitempty"`
	ReturnUntil string        `json:"return_until,omitempty"`
	CanCancel   bool          `json:"can_cancel"`
	WhyNot      string        `json:"why_not,omitempty"`
	CanReturn   bool          `json:"can_return"`
	Asked       *backView     `json:"asked,omitempty"` // the return or exchange that was asked for
}

type lineView struct {
	Product  string        `json:"product"`
	SKU      string        `json:"sku"`
	Title    string        `json:"title"`
	Options  string        `json:"options,omitempty"`
	Quantity int           `json:"quantity"`
	Price    catalog.Money `json:"price"`
}

type backView struct {
	Items  []string      `json:"items"`
	New    []string      `json:"new,omitempty"`
	Amount catalog.Money `json:"amount"`
}

func (s session) view(o orders.Order) OrderView {
	v := OrderView{
		ID: o.ID, Status: o.Status, Placed: date(o.Placed), Total: o.Total, Currency: o.Currency,
		Shipped: date(o.Shipped), Delivered: date(o.Delivered), Due: date(o.Due),
		Carrier: o.Carrier, Tracking: o.Tracking, PaidWith: o.PaidWith, ReturnUntil: date(o.ReturnUntil),
		CanReturn: o.CanReturn(s.Now()) == nil,
	}
	for _, l := range o.Lines {
		v.Items += l.Quantity
		v.Lines = append(v.Lines, lineView{l.Product, l.SKU, s.title(l), l.Options, l.Quantity, l.Price})
	}
	if b := o.Back; b != nil {
		v.Asked = &backView{b.Items, b.New, b.Amount}
	}
	switch err := o.CanCancel(); err {
	case nil:
		v.CanCancel = true
	case orders.ErrCancelled:
		v.WhyNot = "already_cancelled"
	default:
		v.WhyNot = string(o.Status)
	}
	return v
}

// title is what a line is called in the customer's language.
func (s session) title(l orders.Line) string {
	if p := s.Catalog.Product(l.Product); p != nil {
		return p.TitleIn(s.locale())
	}
	return l.Title
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

type orderIn struct {
	Order string `json:"order,omitempty" jsonschema:"the order number the customer named; leave out for the latest orders" ground:"true"`
}

type ordersOut struct {
	Orders []OrderView `json:"orders"`
	// Methods are the ways to pay that a change of one order can name.
	Methods []methodView `json:"payment_methods,omitempty"`
}

type methodView struct {
	ID      string        `json:"id"`
	Text    string        `json:"text"`
	Balance catalog.Money `json:"balance,omitempty"` // of a gift card
}

func (o ordersOut) Card() *llm.Card {
	if len(o.Orders) == 0 {
		return nil
	}
	return card("order", ordersOut{Orders: o.Orders})
}

func card(kind string, body any) *llm.Card {
	b, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return &llm.Card{Kind: kind, Body: b}
}

var (
	errSignIn = llm.Errorf("sign_in", "this customer is not signed in: orders can only be shown after signing in on the shop's page")
	errProve  = llm.Errorf("sign_in", "this customer is not signed in: an order can be shown after signing in on the shop's page, or when verify_order has proved it by its number and the e-mail address or postcode of the order")
)

func errNoOrder(id string) error {
	e := llm.Errorf("not_found", "there is no order %s on this customer's account", orders.Number(id))
	e.Data = map[string]any{"order": orders.Number(id)}
	return e
}

// acting is the customer as whom an order is looked at: who is signed in, or the
// owner of an order that this guest has proved in this conversation.
func (s session) acting(ctx context.Context, id string) (string, error) {
	if s.who.Authenticated {
		return s.who.ID, nil
	}
	if s.Proofs == nil {
		return "", errSignIn
	}
	customer, err := s.Proofs.Customer(ctx, s.guest(), id)
	if errors.Is(err, orders.ErrNotFound) {
		return "", errProve
	}
	return customer, err
}

func (s session) guest() orders.Guest {
	return orders.Guest{Visitor: s.who.ID, Conversation: s.who.Conversation}
}

// own returns one of the customer's own orders, or one that a guest has proved,
// its failures as ToolErrors.
func (s session) own(ctx context.Context, id string) (orders.Order, error) {
	customer, err := s.acting(ctx, id)
	if err != nil {
		return orders.Order{}, err
	}
	o, err := s.Orders.Get(ctx, customer, id)
	if errors.Is(err, orders.ErrNotFound) {
		return o, errNoOrder(id)
	}
	return o, err
}

func (s session) getOrder() llm.Tool {
	return llm.NewTool("get_order", "Look up the customer's own orders: one by its number, or the latest three.", llm.Read,
		func(ctx context.Context, in orderIn, _ string) (ordersOut, error) {
			if in.Order != "" {
				o, err := s.own(ctx, in.Order)
				if err != nil {
					return ordersOut{}, err
				}
				methods, err := s.methods(ctx)
				return ordersOut{Orders: []OrderView{s.view(o)}, Methods: methods}, err
			}
			if !s.who.Authenticated {
				return s.proved(ctx)
			}
			list, err := s.Orders.List(ctx, s.who.ID, 3)
			out := ordersOut{Orders: []OrderView{}}
			for _, o := range list {
				out.Orders = append(out.Orders, s.view(o))
			}
			return out, err
		})
}

// methods are the ways to pay of a customer who is signed in. A guest sees none:
// a proof is of one order.
func (s session) methods(ctx context.Context) ([]methodView, error) {
	if !s.who.Authenticated {
		return nil, nil
	}
	c, err := s.Orders.Customer(ctx, s.who.ID)
	if errors.Is(err, orders.ErrNotFound) {
		return nil, nil
	}
	var out []methodView
	for _, m := range c.Payments {
		out = append(out, methodView{m.ID, s.paidWith(m.Text()), m.Balance})
	}
	return out, err
}

// paidWith puts "card ending 4421" into the customer's language.
func (s session) paidWith(text string) string {
	if text == "gift card" {
		return s.say("card.gift")
	}
	var digits string
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits += string(r)
		}
	}
	if _, err := strconv.Atoi(digits); err != nil || len(digits) != 4 {
		return text
	}
	return s.say("card.ending", "digits", digits)
}
