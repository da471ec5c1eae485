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
// 2026-03-01.
type OrderView struct {
	ID          string        `json:"id"`
	Status      orders.Status `json:"status"`
	Placed      string        `json:"placed"`
	Total       catalog.Money `json:"total"`
	Currency    string        `json:"currency"`
	Items       int           `json:"items"`
	Lines       []orders.Line `json:"lines"`
	Shipped     string        `json:"shipped,omitempty"`
	Delivered   string        `json:"delivered,omitempty"`
	Due         string        `json:"due,omitempty"`
	Carrier     string        `json:"carrier,omitempty"`
	Tracking    string        `json:"tracking,omitempty"`
	PaidWith    string        `json:"paid_with,omitempty"`
	ReturnUntil string        `json:"return_until,omitempty"`
	CanCancel   bool          `json:"can_cancel"`
	WhyNot      string        `json:"why_not,omitempty"`
}

func (s session) view(o orders.Order) OrderView {
	v := OrderView{
		ID: o.ID, Status: o.Status, Placed: date(o.Placed), Total: o.Total, Currency: o.Currency,
		Shipped: date(o.Shipped), Delivered: date(o.Delivered), Due: date(o.Due),
		Carrier: o.Carrier, Tracking: o.Tracking, PaidWith: o.PaidWith, ReturnUntil: date(o.ReturnUntil),
	}
	for _, l := range o.Lines {
		v.Items += l.Quantity
		if p := s.Catalog.Product(l.Product); p != nil {
			l.Title = p.TitleIn(s.locale())
		}
		v.Lines = append(v.Lines, l)
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
}

func (o ordersOut) Card() *llm.Card {
	if len(o.Orders) == 0 {
		return nil
	}
	return card("order", o)
}

func card(kind string, body any) *llm.Card {
	b, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return &llm.Card{Kind: kind, Body: b}
}

var errSignIn = llm.Errorf("sign_in", "this customer is not signed in: orders can only be shown after signing in on the shop's page")

// own returns one of the customer's own orders, its failures as ToolErrors.
func (s session) own(ctx context.Context, id string) (orders.Order, error) {
	if !s.who.Authenticated {
		return orders.Order{}, errSignIn
	}
	o, err := s.Orders.Get(ctx, s.who.ID, id)
	if errors.Is(err, orders.ErrNotFound) {
		e := llm.Errorf("not_found", "there is no order %s on this customer's account", orders.Number(id))
		e.Data = map[string]any{"order": orders.Number(id)}
		return o, e
	}
	return o, err
}

func (s session) getOrder() llm.Tool {
	return llm.NewTool("get_order", "Look up the customer's own orders: one by its number, or the latest three.", llm.Read,
		func(ctx context.Context, in orderIn, _ string) (ordersOut, error) {
			if !s.who.Authenticated {
				return ordersOut{}, errSignIn
			}
			if in.Order != "" {
				o, err := s.own(ctx, in.Order)
				if err != nil {
					return ordersOut{}, err
				}
				return ordersOut{[]OrderView{s.view(o)}}, nil
			}
			list, err := s.Orders.List(ctx, s.who.ID, 3)
			out := ordersOut{Orders: []OrderView{}}
			for _, o := range list {
				out.Orders = append(out.Orders, s.view(o))
			}
			return out, err
		})
}

type cancelIn struct {
	Order  string `json:"order" jsonschema:"the order number" ground:"true"`
	Reason string `json:"reason,omitempty" jsonschema:"why, in the customer's words"`
}

type cancelOut struct {
	Order    OrderView     `json:"order"`
	Refund   catalog.Money `json:"refund"`
	Currency string        `json:"currency"`
	PaidWith string        `json:"paid_with,omitempty"`
}

func (o cancelOut) Card() *llm.Card { return card("order", ordersOut{[]OrderView{o.Order}}) }

func (s session) cancelOrder() llm.Tool {
	t := llm.NewTool("cancel_order", "Cancel one of the customer's orders that has not been packed. The customer is asked first.", llm.Confirm,
		func(ctx context.Context, in cancelIn, key string) (cancelOut, error) {
			if !s.who.Authenticated {
				return cancelOut{}, errSignIn
			}
			o, err := s.cancelNow(ctx, in, key)
			if err != nil {
				return cancelOut{}, s.cancelError(o, in.Order, err)
			}
			return cancelOut{s.view(o), o.Total, o.Currency, o.PaidWith}, nil
		})
	return llm.WithPreview(t, func(ctx context.Context, in cancelIn) (*llm.Preview, error) {
		o, err := s.own(ctx, in.Order)
		if err != nil {
			return nil, err
		}
		if err := o.CanCancel(); err != nil {
			return nil, s.cancelError(o, in.Order, err)
		}
		v := s.view(o)
		items := s.say("items.many", "n", v.Items)
		if v.Items == 1 {
			items = s.say("items.one", "n", 1)
		}
		refund := s.say("cancel.refund_same")
		if o.PaidWith != "" {
			refund = s.say("cancel.refund", "card", s.paidWith(o.PaidWith))
		}
		return &llm.Preview{
			Question: s.say("cancel.ask", "order", o.ID, "items", items, "total", catalog.Exact(o.Total, o.Currency), "refund", refund),
			Yes:      s.say("cancel.yes", "order", o.ID),
			No:       s.say("cancel.no"),
			Facts:    v,
		}, nil
	})
}

func (s session) cancelError(o orders.Order, id string, err error) error {
	var e *llm.ToolError
	switch {
	case errors.Is(err, orders.ErrNotFound):
		e = llm.Errorf("not_found", "there is no order %s on this customer's account", orders.Number(id))
		e.Data = map[string]any{"order": orders.Number(id)}
		return e
	case errors.Is(err, orders.ErrCancelled):
		e = llm.Errorf("already_cancelled", "order %s is cancelled already", o.ID)
	case errors.Is(err, orders.ErrTooLate):
		e = llm.Errorf("too_late", "order %s is %s, so it cannot be cancelled", o.ID, o.Status)
	default:
		return err
	}
	e.Data = map[string]any{"order": s.view(o), "status": o.Status, "return_until": date(o.ReturnUntil)}
	return e
}

// paidWith puts "card ending 4421" into the customer's language.
func (s session) paidWith(text string) string {
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

func (s session) cancelNow(ctx context.Context, in cancelIn, key string) (orders.Order, error) {
	out, err := s.Orders.Do(ctx, s.who.ID, orders.Change{Kind: orders.Cancel, Order: in.Order, Reason: in.Reason}, key)
	return out.Order, err
}
