// Package orders keeps customers' orders and what may be done to them: look up,
// cancel before dispatch. Every method takes the customer who asks and touches
// no other's order. Start with [Order], then [Service].
package orders

import (
	"time"

	"parley/tools/catalog"
)

// A Status is where an order stands.
type Status string

// The states of an order.
const (
	Pending   Status = "pending" // paid, not yet packed: can be cancelled
	Shipped   Status = "shipped"
	Delivered Status = "delivered"
	Cancelled Status = "cancelled"
	Returned  Status = "returned"
)

// An Order is one purchase.
type Order struct {
	ID          string        `json:"id"` // digits, as the customer says it: "1042"
	Customer    string        `json:"customer"`
	Status      Status        `json:"status"`
	Lines       []Line        `json:"lines"`
	Total       catalog.Money `json:"total"`
	Currency    string        `json:"currency"`
	Placed      time.Time     `json:"placed"`
	Shipped     time.Time     `json:"shipped,omitzero"`
	Delivered   time.Time     `json:"delivered,omitzero"`
	Due         time.Time     `json:"due,omitzero"` // expected delivery
	Carrier     string        `json:"carrier,omitempty"`
	Tracking    string        `json:"tracking,omitempty"`
	PaidWith    string        `json:"paid_with,omitempty"`   // "card ending 4421"
	ReturnUntil time.Time     `json:"return_until,omitzero"` // last day of free return
	Reason      string        `json:"reason,omitempty"`      // of a cancellation
	// Applied holds the idempotency keys of writes that took effect.
	Applied []string `json:"applied,omitempty"`
}

// A Line is one variant in an order.
type Line struct {
	Product  string        `json:"product"`
	SKU      string        `json:"sku"`
	Title    string        `json:"title"`
	Options  string        `json:"options,omitempty"` // "M, Black"
	Quantity int           `json:"quantity"`
	Price    catalog.Money `json:"price"` // of one
}

// A Customer is somebody with orders.
type Customer struct {
	ID      string    `json:"id"` // "C1007"
	Name    string    `json:"name"`
	Email   string    `json:"email,omitempty"`
	Locale  string    `json:"locale,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	Tastes  []string  `json:"tastes,omitempty"` // of the simulator: stated, so that recommenders can be checked
	Size    string    `json:"size,omitempty"`
	Consent []string  `json:"consent,omitempty"`
}
