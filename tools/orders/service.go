package orders

import (
	"context"

	"parley/tools/catalog"
)

// A Service keeps the orders of one shop. [Books] and [Remote] are two; the
// suite in orderstest says what each must hold.
//
// Every method takes the acting customer's id, which comes from the session and
// never from a model. An order of somebody else is ErrNotFound, so that nothing
// can be learned by asking, and nothing changes. What a rule forbids is a
// [*Refusal]; any other error is a failure, after which it is not known whether
// a write took effect: the same key says so. Safe for concurrent use.
type Service interface {
	// Find returns the id of the one customer with that e-mail address, or that
	// name and postcode; ErrNotFound where there is none or more than one. It is
	// for a desk that knows who it speaks with: no tool of a model calls it.
	Find(ctx context.Context, who Who) (string, error)
	// Prove returns the customer of an order when proof is the e-mail address of
	// that customer or the postcode that the order goes to. A wrong number and a
	// wrong proof are both ErrNotFound. Its callers count tries: see [Proofs].
	Prove(ctx context.Context, order, proof string) (customer string, err error)
	// Customer returns a customer's own record.
	Customer(ctx context.Context, customer string) (Customer, error)
	// Get returns a customer's own order.
	Get(ctx context.Context, customer, id string) (Order, error)
	// List returns a customer's orders, newest first, at most limit (0: all).
	List(ctx context.Context, customer string, limit int) ([]Order, error)
	// Preview says what a change would do, without doing it.
	Preview(ctx context.Context, customer string, c Change) (Outcome, error)
	// Do makes a change, whole or not at all. The same key takes effect once:
	// again, it returns the first outcome with the order as it now stands.
	Do(ctx context.Context, customer string, c Change, key string) (Outcome, error)
}

// Who is how a customer is looked for: by Email, or by Name and Zip.
type Who struct{ Email, Name, Zip string }

// A Kind is one of the changes that can be made.
type Kind string

// The kinds of change, and what each needs beside the order.
const (
	Cancel        Kind = "cancel"         // Reason, where the shop has a list of them
	ModifyItems   Kind = "modify_items"   // Items, New, Payment
	ModifyAddress Kind = "modify_address" // Address
	ModifyPayment Kind = "modify_payment" // Payment
	Return        Kind = "return"         // Items, Payment
	Exchange      Kind = "exchange"       // Items, New, Payment
	Move          Kind = "move"           // Address, and no order: the customer's default address
)

// A Change is what a customer wants done.
type Change struct {
	Kind   Kind     `json:"kind"`
	Order  string   `json:"order,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Items  []string `json:"items,omitempty"` // SKUs in the order, one for each piece
	New    []string `json:"new,omitempty"`   // SKUs of the same products, one for each of Items
	// Payment is the id of one of the customer's methods; "" means the one that
	// the order was paid with.
	Payment string   `json:"payment,omitempty"`
	Address *Address `json:"address,omitempty"`
}

// An Outcome is what a change does.
type Outcome struct {
	Order    Order     `json:"order,omitzero"`   // as it stands after, zero for Move
	Address  Address   `json:"address,omitzero"` // the default address after a Move
	Payments []Payment `json:"payments"`         // money that moves because of it, now or when things have come back
}

// Refund is what the customer gets back, less what is paid.
func (o Outcome) Refund() catalog.Money {
	var sum catalog.Money
	for _, p := range o.Payments {
		if p.Kind == Refunded {
			sum += p.Amount
		} else {
			sum -= p.Amount
		}
	}
	return sum
}

// Products tell what a variant costs and whether it is there. A
// [catalog.Catalog] is one.
type Products interface {
	// Product returns a product, nil where there is none of that id.
	Product(id string) *catalog.Product
}
