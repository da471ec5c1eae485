package orders

import "errors"

// A Refusal is a rule of the shop that forbids what was asked. Its code is what
// programs branch on and what a server sends; errors.Is finds it through a
// wrapped detail.
type Refusal struct{ Code, Text string }

func (r *Refusal) Error() string { return r.Text }

// What can be wrong with a request about an order.
var (
	ErrNotFound     = refusal("not_found", "no such order")
	ErrCancelled    = refusal("already_cancelled", "already cancelled")
	ErrTooLate      = refusal("too_late", "too late for that")
	ErrNotDelivered = refusal("not_delivered", "not delivered yet")
	ErrOnce         = refusal("only_once", "changed, returned or exchanged already, which is possible once")
	ErrReason       = refusal("bad_reason", "not a reason that the shop takes")
	ErrItem         = refusal("no_such_item", "not in the order, or not so often")
	ErrVariant      = refusal("no_such_variant", "no variant of the same product")
	ErrStock        = refusal("out_of_stock", "not in stock")
	ErrSame         = refusal("nothing_changes", "that is what it is already")
	ErrPairs        = refusal("pairs", "each item needs one to put in its place")
	ErrPayment      = refusal("no_such_payment", "not one of the customer's payment methods")
	ErrOriginal     = refusal("original_payment", "the refund goes to the original payment method or to a gift card")
	ErrBalance      = refusal("balance", "not enough on the gift card")
	ErrAddress      = refusal("bad_address", "an address needs a first line and a city, each of at most 200 characters")
	ErrKey          = refusal("key_used", "the idempotency key was used for another change")
	ErrChange       = refusal("no_such_change", "no change of that kind")
)

var refusals = map[string]*Refusal{}

func refusal(code, text string) *Refusal {
	r := &Refusal{code, text}
	refusals[code] = r
	return r
}

// Code is the code of the refusal in an error, "" when it is a failure.
func Code(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}
