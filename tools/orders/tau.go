package orders

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/tools/catalog"
)

// A tauShop is the shop of tau-bench retail (Yao et al., 2024), as its db.json
// has it.
type tauShop struct {
	Products map[string]tauProduct
	Users    map[string]tauUser
	Orders   map[string]tauOrder
}

type tauProduct struct {
	ID       string `json:"product_id"`
	Name     string
	Variants map[string]struct {
		ID        string `json:"item_id"`
		Options   map[string]string
		Available bool
		Price     catalog.Money
	}
}

type tauUser struct {
	ID   string `json:"user_id"`
	Name struct {
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	} `json:"name"`
	Address  tauAddress           `json:"address"`
	Email    string               `json:"email"`
	Payments map[string]tauMethod `json:"payment_methods"`
	Orders   []string             `json:"orders"`
}

type tauAddress struct {
	Line1   string `json:"address1"`
	Line2   string `json:"address2"`
	City    string `json:"city"`
	Country string `json:"country"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
}

type tauMethod struct {
	Source  string         `json:"source"`
	ID      string         `json:"id"`
	Brand   string         `json:"brand,omitempty"`
	Last    string         `json:"last_four,omitempty"`
	Balance *catalog.Money `json:"balance,omitempty"`
}

type tauItem struct {
	Name    string            `json:"name"`
	Product string            `json:"product_id"`
	ID      string            `json:"item_id"`
	Price   catalog.Money     `json:"price"`
	Options map[string]string `json:"options"`
}

type tauPayment struct {
	Kind   string        `json:"transaction_type"`
	Amount catalog.Money `json:"amount"`
	Method string        `json:"payment_method_id"`
}

type tauOrder struct {
	ID       string          `json:"order_id"`
	User     string          `json:"user_id"`
	Address  tauAddress      `json:"address"`
	Items    []tauItem       `json:"items"`
	Status   string          `json:"status"`
	Sent     json.RawMessage `json:"fulfillments"`
	Payments []tauPayment    `json:"payment_history"`

	CancelReason   string         `json:"cancel_reason,omitempty"`
	ReturnItems    []string       `json:"return_items,omitempty"`
	ReturnTo       string         `json:"return_payment_method_id,omitempty"`
	ExchangeItems  []string       `json:"exchange_items,omitempty"`
	ExchangeNew    []string       `json:"exchange_new_items,omitempty"`
	ExchangeWith   string         `json:"exchange_payment_method_id,omitempty"`
	ExchangeAmount *catalog.Money `json:"exchange_price_difference,omitempty"`
}

var tauStatus = map[string]Status{
	"pending": Pending, "pending (item modified)": Modified, "processed": Packed, "delivered": Delivered,
	"cancelled": Cancelled, "return requested": ReturnRequested, "exchange requested": ExchangeRequested,
}

var tauKinds = map[string]string{"credit_card": "card", "gift_card": GiftCard, "paypal": "paypal"}

// tauReasons are the only ones that its policy takes for a cancellation.
var tauReasons = []string{"no longer needed", "ordered by mistake"}

// config makes the shop one of ours.
func (s *tauShop) config() (cfg Config, err error) {
	cfg.Reasons = tauReasons
	shelf := tauShelf{}
	for _, p := range s.Products {
		ours := &catalog.Product{ID: p.ID, Title: p.Name}
		for _, v := range p.Variants {
			stock := 0
			if v.Available {
				stock = catalog.Unlimited
			}
			ours.Variants = append(ours.Variants, catalog.Variant{SKU: v.ID, Price: v.Price, Stock: stock, Options: v.Options})
		}
		shelf[p.ID] = ours
	}
	cfg.Products = shelf
	for _, u := range s.Users {
		cfg.People = append(cfg.People, u.ours())
	}
	for _, o := range s.Orders {
		ours, err := o.ours()
		if err != nil {
			return cfg, err
		}
		cfg.Orders = append(cfg.Orders, ours)
	}
	return cfg, nil
}

type tauShelf map[string]*catalog.Product

func (s tauShelf) Product(id string) *catalog.Product { return s[id] }

func (u tauUser) ours() Customer {
	c := Customer{ID: u.ID, Name: u.Name.First + " " + u.Name.Last, Email: u.Email, Address: u.Address.ours()}
	for _, m := range u.Payments {
		method := PaymentMethod{ID: m.ID, Kind: tauKinds[m.Source], Brand: m.Brand, Last: m.Last}
		if m.Balance != nil {
			method.Balance = *m.Balance
		}
		c.Payments = append(c.Payments, method)
	}
	slices.SortFunc(c.Payments, func(a, b PaymentMethod) int { return cmp.Compare(a.ID, b.ID) })
	return c
}

func (a tauAddress) ours() Address {
	return Address{Line1: a.Line1, Line2: a.Line2, City: a.City, State: a.State, Country: a.Country, Zip: a.Zip}
}

func (o tauOrder) ours() (Order, error) {
	status, ok := tauStatus[o.Status]
	if !ok {
		return Order{}, fmt.Errorf("order %s has the status %q, which is none of ours", o.ID, o.Status)
	}
	out := Order{ID: o.ID, Customer: o.User, Status: status, Address: o.Address.ours(), Currency: "USD"}
	for _, i := range o.Items {
		out.Lines = append(out.Lines, Line{Product: i.Product, SKU: i.ID, Title: i.Name, Choices: i.Options, Options: Choice(i.Options), Quantity: 1, Price: i.Price})
		out.Total += i.Price
	}
	for _, p := range o.Payments {
		out.Payments = append(out.Payments, Payment(p))
	}
	return out, nil
}

// theirs writes an order of ours in its terms; sent is what ours doesn't keep.
func (o Order) theirs(sent json.RawMessage) tauOrder {
	out := tauOrder{ID: o.ID, User: o.Customer, Address: o.Address.theirs(), Sent: sent}
	for theirs, ours := range tauStatus {
		if ours == o.Status {
			out.Status = theirs
		}
	}
	for _, l := range o.Lines {
		for range l.Quantity {
			out.Items = append(out.Items, tauItem{l.Title, l.Product, l.SKU, l.Price, l.Choices})
		}
	}
	for _, p := range o.Payments {
		out.Payments = append(out.Payments, tauPayment(p))
	}
	out.CancelReason = o.Reason
	if b := o.Back; b != nil && len(b.New) == 0 {
		out.ReturnItems, out.ReturnTo = b.Items, b.Method
	} else if b != nil {
		out.ExchangeItems, out.ExchangeNew, out.ExchangeWith, out.ExchangeAmount = b.Items, b.New, b.Method, &b.Amount
	}
	return out
}

func (a Address) theirs() tauAddress {
	return tauAddress{Line1: a.Line1, Line2: a.Line2, City: a.City, Country: a.Country, State: a.State, Zip: a.Zip}
}

// theirs writes a customer of ours in its terms; orders are what ours doesn't keep.
func (c Customer) theirs(orders []string) tauUser {
	u := tauUser{ID: c.ID, Email: c.Email, Address: c.Address.theirs(), Payments: map[string]tauMethod{}, Orders: orders}
	u.Name.First, u.Name.Last, _ = strings.Cut(c.Name, " ")
	for _, m := range c.Payments {
		method := tauMethod{ID: m.ID, Brand: m.Brand, Last: m.Last}
		for theirs, ours := range tauKinds {
			if ours == m.Kind {
				method.Source = theirs
			}
		}
		if m.Kind == GiftCard {
			method.Balance = &m.Balance
		}
		u.Payments[m.ID] = method
	}
	return u
}

// A tauCall is one call of its tools.
type tauCall struct {
	Name      string
	Arguments struct {
		Order   string   `json:"order_id"`
		User    string   `json:"user_id"`
		Product string   `json:"product_id"`
		Item    string   `json:"item_id"`
		Reason  string   `json:"reason"`
		Items   []string `json:"item_ids"`
		New     []string `json:"new_item_ids"`
		Payment string   `json:"payment_method_id"`
		Email   string   `json:"email"`
		First   string   `json:"first_name"`
		Last    string   `json:"last_name"`
		tauAddress
	}
	OK bool
}

// change is a writing call in our terms; false for one that only reads.
func (c tauCall) change() (Change, bool) {
	a := c.Arguments
	out := Change{Order: a.Order, Items: a.Items, New: a.New, Payment: a.Payment}
	switch c.Name {
	case "cancel_pending_order":
		out.Kind, out.Reason = Cancel, a.Reason
	case "modify_pending_order_items":
		out.Kind = ModifyItems
	case "modify_pending_order_payment":
		out.Kind = ModifyPayment
	case "return_delivered_order_items":
		out.Kind = Return
	case "exchange_delivered_order_items":
		out.Kind = Exchange
	case "modify_pending_order_address", "modify_user_address":
		to := a.ours()
		if out.Kind, out.Address = ModifyAddress, &to; c.Name == "modify_user_address" {
			out.Kind = Move
		}
	default:
		return Change{}, false
	}
	return out, true
}
