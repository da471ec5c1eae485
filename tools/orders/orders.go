// Package orders keeps customers' orders and what may be done to them: looked
// up, cancelled, changed before dispatch, sent back or exchanged after it. Every
// method takes the customer who asks and touches no other's order. Start with
// [Order], then [Service]; [Books] keeps orders in the store, [Remote] asks a
// shop's own server.
package orders

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"parley/tools/catalog"
)

// A Status is where an order stands.
type Status string

// The states of an order.
const (
	Pending           Status = "pending"  // paid, not yet packed: can be changed and cancelled
	Modified          Status = "modified" // pending, its items changed: they can't be once more, nor can it be cancelled
	Packed            Status = "packed"   // on its way out: nothing can be changed
	Shipped           Status = "shipped"
	Delivered         Status = "delivered" // can be returned or exchanged
	Cancelled         Status = "cancelled"
	ReturnRequested   Status = "return_requested"
	ExchangeRequested Status = "exchange_requested"
	Returned          Status = "returned"
)

// An Order is one purchase.
type Order struct {
	ID          string        `json:"id"` // digits, as the customer says it: "1042"
	Customer    string        `json:"customer"`
	Status      Status        `json:"status"`
	Lines       []Line        `json:"lines"`
	Total       catalog.Money `json:"total"`
	Currency    string        `json:"currency"`
	Address     Address       `json:"address,omitzero"` // where it is sent
	Payments    []Payment     `json:"payments,omitempty"`
	Placed      time.Time     `json:"placed"`
	Shipped     time.Time     `json:"shipped,omitzero"`
	Delivered   time.Time     `json:"delivered,omitzero"`
	Due         time.Time     `json:"due,omitzero"` // expected delivery
	Carrier     string        `json:"carrier,omitempty"`
	Tracking    string        `json:"tracking,omitempty"`
	PaidWith    string        `json:"paid_with,omitempty"`   // "card ending 4421"
	ReturnUntil time.Time     `json:"return_until,omitzero"` // last day of free return; zero: no limit
	Reason      string        `json:"reason,omitempty"`      // of a cancellation
	Back        *Back         `json:"back,omitempty"`        // the return or exchange asked for
	// Applied holds the idempotency keys of changes that took effect, for who
	// wants to know how often one did.
	Applied []string `json:"applied,omitempty"`
}

// A Line is one variant in an order.
type Line struct {
	Product  string            `json:"product"`
	SKU      string            `json:"sku"`
	Title    string            `json:"title"`
	Options  string            `json:"options,omitempty"` // "M, Black"
	Choices  map[string]string `json:"choices,omitempty"` // the same by name: "size": "M"
	Quantity int               `json:"quantity"`
	Price    catalog.Money     `json:"price"` // of one
}

// Back is what a customer sends back. An SKU stands once for each piece.
type Back struct {
	Items  []string      `json:"items"`            // sorted
	New    []string      `json:"new,omitempty"`    // of an exchange, sorted
	Method string        `json:"method,omitempty"` // the payment method that gets or pays Amount
	Amount catalog.Money `json:"amount"`           // what the customer gets; of an exchange, what is paid more, or less where negative
}

// A Payment is one movement of money for an order.
type Payment struct {
	Kind   string        `json:"kind"`             // "payment" or "refund"
	Amount catalog.Money `json:"amount"`           // never negative
	Method string        `json:"method,omitempty"` // id of a payment method; "" when the shop keeps none
}

// The kinds of payment.
const (
	Paid     = "payment"
	Refunded = "refund"
)

// A PaymentMethod is a way that a customer can pay, or get money back.
type PaymentMethod struct {
	ID      string        `json:"id"`
	Kind    string        `json:"kind"` // "card", "gift_card", "paypal", "other"
	Brand   string        `json:"brand,omitempty"`
	Last    string        `json:"last,omitempty"`    // four digits of a card
	Balance catalog.Money `json:"balance,omitempty"` // of a gift card
}

// GiftCard is the kind of method that holds a balance.
const GiftCard = "gift_card"

// Text names a method as receipts do: "card ending 4421", "gift card".
func (m PaymentMethod) Text() string {
	switch {
	case m.Kind == "card" && m.Last != "":
		return "card ending " + m.Last
	case m.Kind == "paypal":
		return "PayPal"
	}
	return strings.ReplaceAll(cmp.Or(m.Kind, m.ID), "_", " ")
}

// An Address is where things are sent.
type Address struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2,omitempty"`
	City    string `json:"city"`
	State   string `json:"state,omitempty"`
	Country string `json:"country,omitempty"`
	Zip     string `json:"zip,omitempty"`
}

// Text writes an address on one line.
func (a Address) Text() string {
	var parts []string
	for _, s := range []string{a.Line1, a.Line2, a.City, strings.TrimSpace(a.State + " " + a.Zip), a.Country} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// A Customer is somebody with orders.
type Customer struct {
	ID       string          `json:"id"` // "C1007"
	Name     string          `json:"name"`
	Email    string          `json:"email,omitempty"`
	Locale   string          `json:"locale,omitempty"`
	Address  Address         `json:"address,omitzero"` // where things are sent unless an order says otherwise
	Payments []PaymentMethod `json:"payments,omitempty"`
	Since    time.Time       `json:"since,omitzero"`
	Tastes   []string        `json:"tastes,omitempty"` // of the simulator: stated, so that recommenders can be checked
	Size     string          `json:"size,omitempty"`
	Consent  []string        `json:"consent,omitempty"`
}

// Method finds one of a customer's payment methods.
func (c *Customer) Method(id string) (*PaymentMethod, bool) {
	for i := range c.Payments {
		if c.Payments[i].ID == id {
			return &c.Payments[i], true
		}
	}
	return nil, false
}

// Number gives an order number as it is kept: "#1042" and " 1042." are "1042".
func Number(text string) string {
	return strings.Trim(strings.TrimSpace(text), "#＃№.,。 ")
}

// Original is the method that an order was first paid with, "" when it is not kept.
func (o *Order) Original() string {
	if len(o.Payments) == 0 {
		return ""
	}
	return o.Payments[0].Method
}

// Pieces counts the pieces of a variant in an order.
func (o *Order) Pieces(sku string) int {
	n := 0
	for _, l := range o.Lines {
		if l.SKU == sku {
			n += l.Quantity
		}
	}
	return n
}

// clone shares nothing with the order it is made of.
func (o Order) clone() Order {
	o.Lines, o.Payments, o.Applied = slices.Clone(o.Lines), slices.Clone(o.Payments), slices.Clone(o.Applied)
	return o
}

// Choice writes a variant's options on one line, size and colour first.
func Choice(options map[string]string) string {
	var names []string
	for name := range options {
		names = append(names, name)
	}
	first := map[string]int{"size": -2, "color": -1}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(first[a], first[b]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = options[name]
	}
	return strings.Join(names, ", ")
}
