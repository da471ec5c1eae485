package orders

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/memory/store"
	"parley/tools/catalog"
)

// Books are the orders of a shop that has no server of its own for them: those
// it was given, and over them, in a bucket of the store, what has changed since.
//
// All that a customer's writes change (orders, gift cards, the default address,
// the keys that took effect) is one record, written by compare-and-set. A write
// is one step on disk: no crash comes between an order and the gift card that
// paid for it, and any number of processes may write.
type Books struct {
	given   map[string]Order
	people  map[string]Customer
	byWhom  map[string][]string
	byEmail map[string]string
	bucket  store.Bucket
	rules   rules
	now     func() time.Time
	last    int // highest number among the given
}

// Config says where orders are kept.
type Config struct {
	Store    store.Store
	Bucket   string     // its name, "orders" when empty
	Orders   []Order    // the shop's orders at start
	People   []Customer // who may have them
	Products Products   // what items can be exchanged for; nil: nothing can
	Reasons  []string   // that a cancellation must give one of; none: any
	Now      func() time.Time
}

// An account is what has changed for one customer.
type account struct {
	Orders   map[string]Order         `json:"orders,omitempty"`
	Balances map[string]catalog.Money `json:"balances,omitempty"` // of gift cards
	Address  *Address                 `json:"address,omitempty"`
	Done     map[string]done          `json:"done,omitempty"` // by idempotency key
}

// done is a write that took effect.
type done struct {
	Change   string    `json:"change"` // its hash
	Order    string    `json:"order,omitempty"`
	Payments []Payment `json:"payments,omitempty"`
}

// New opens the orders bucket of a store.
func New(ctx context.Context, cfg Config) (*Books, error) {
	bucket, err := cfg.Store.Bucket(ctx, cmp.Or(cfg.Bucket, "orders"))
	if err != nil {
		return nil, fmt.Errorf("open the orders bucket: %w", err)
	}
	b := &Books{
		given: map[string]Order{}, people: map[string]Customer{}, byWhom: map[string][]string{}, byEmail: map[string]string{},
		bucket: bucket, rules: rules{products: cfg.Products, reasons: cfg.Reasons}, now: cfg.Now, last: 1000,
	}
	if b.now == nil {
		b.now = time.Now
	}
	for _, o := range cfg.Orders {
		if _, twice := b.given[o.ID]; twice {
			return nil, fmt.Errorf("order %s is given twice", o.ID)
		}
		b.given[o.ID] = o
		b.byWhom[o.Customer] = append(b.byWhom[o.Customer], o.ID)
		if n, err := strconv.Atoi(o.ID); err == nil {
			b.last = max(b.last, n)
		}
	}
	for _, p := range cfg.People {
		b.people[p.ID] = p
		if mail := folded(p.Email); mail != "" {
			if _, twice := b.byEmail[mail]; twice {
				b.byEmail[mail] = "" // it finds neither
				continue
			}
			b.byEmail[mail] = p.ID
		}
	}
	return b, nil
}

// folded is a text as it is compared: without case and spaces.
func folded(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), "")) }

// Find returns the customer with an e-mail address, or a name and postcode.
func (b *Books) Find(ctx context.Context, who Who) (string, error) {
	if who.Email != "" {
		if id := b.byEmail[folded(who.Email)]; id != "" {
			return id, nil
		}
		return "", ErrNotFound
	}
	if who.Name == "" || who.Zip == "" {
		return "", ErrNotFound
	}
	found := ""
	for id, p := range b.people {
		if folded(p.Name) != folded(who.Name) {
			continue
		}
		c, err := b.Customer(ctx, id) // the postcode may have changed since
		if err != nil {
			return "", err
		}
		if folded(c.Address.Zip) != folded(who.Zip) {
			continue
		}
		if found != "" {
			return "", ErrNotFound
		}
		found = id
	}
	if found == "" {
		return "", ErrNotFound
	}
	return found, nil
}

// Prove checks an order's number with an e-mail address or a postcode.
func (b *Books) Prove(ctx context.Context, order, proof string) (string, error) {
	id := b.number(order)
	customer, err := b.owner(ctx, id)
	if err != nil {
		return "", err
	}
	o, err := b.Get(ctx, customer, id)
	if err != nil {
		return "", err
	}
	if proof = folded(proof); proof == "" || proof != folded(o.Address.Zip) && proof != folded(b.people[customer].Email) {
		return "", ErrNotFound
	}
	return customer, nil
}

// owner is whose an order is.
func (b *Books) owner(ctx context.Context, id string) (string, error) {
	if o, ok := b.given[id]; ok {
		return o.Customer, nil
	}
	if id == "" || len(id) > 64 {
		return "", ErrNotFound
	}
	who, _, err := b.bucket.Get(ctx, "owner "+id)
	if errors.Is(err, store.ErrNotFound) {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("read whose order %s is: %w", id, err)
	}
	return string(who), nil
}

// number is the number that an order is kept by: as it was said, where there is
// such a one, else without its #.
func (b *Books) number(id string) string {
	if _, ok := b.given[id]; ok {
		return id
	}
	return Number(id)
}

// Customer returns a customer's own record as it stands.
func (b *Books) Customer(ctx context.Context, customer string) (Customer, error) {
	a, err := b.account(ctx, customer)
	if err != nil {
		return Customer{}, err
	}
	c, ok := b.person(customer, a)
	if !ok {
		return c, ErrNotFound
	}
	return c, nil
}

// person is a customer with what has changed since.
func (b *Books) person(id string, a *account) (Customer, bool) {
	c, known := b.people[id]
	if !known && len(b.byWhom[id]) == 0 && len(a.Orders) == 0 {
		return Customer{}, false
	}
	c.ID, c.Payments = id, slices.Clone(c.Payments)
	for i, m := range c.Payments {
		if balance, ok := a.Balances[m.ID]; ok {
			c.Payments[i].Balance = balance
		}
	}
	if a.Address != nil {
		c.Address = *a.Address
	}
	return c, true
}

// order is a customer's own order with what has changed since.
func (b *Books) order(customer, id string, a *account) (Order, error) {
	o, ok := a.Orders[id]
	if !ok {
		if o, ok = b.given[id]; !ok || o.Customer != customer {
			return Order{}, ErrNotFound
		}
	}
	return o.clone(), nil
}

// Get returns a customer's own order, or ErrNotFound.
func (b *Books) Get(ctx context.Context, customer, id string) (Order, error) {
	a, err := b.account(ctx, customer)
	if err != nil {
		return Order{}, err
	}
	return b.order(customer, b.number(id), a)
}

// List returns a customer's orders, newest first, at most limit (0: all).
func (b *Books) List(ctx context.Context, customer string, limit int) ([]Order, error) {
	a, err := b.account(ctx, customer)
	if err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	ids := map[string]bool{}
	for _, id := range b.byWhom[customer] {
		ids[id] = true
	}
	for id := range a.Orders {
		ids[id] = true
	}
	var out []Order
	for id := range ids {
		o, err := b.order(customer, id, a)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Order) int {
		return cmp.Or(b.Placed.Compare(a.Placed), cmp.Compare(len(b.ID), len(a.ID)), cmp.Compare(b.ID, a.ID))
	})
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

// Preview says what a change would do.
func (b *Books) Preview(ctx context.Context, customer string, c Change) (Outcome, error) {
	a, err := b.account(ctx, customer)
	if err != nil {
		return Outcome{}, err
	}
	return b.apply(customer, a, c)
}

// Do makes a change in one write. A failed write may have reached the disk: the
// same key tells.
func (b *Books) Do(ctx context.Context, customer string, c Change, key string) (Outcome, error) {
	if customer == "" || len(customer) > 128 {
		return Outcome{}, ErrNotFound
	}
	if key == "" || len(key) > 256 {
		return Outcome{}, errors.New("a change needs an idempotency key of at most 256 bytes")
	}
	var out Outcome
	err := store.Update(ctx, b.bucket, "account "+customer, func(old []byte) ([]byte, error) {
		a, err := readAccount(old)
		if err != nil {
			return nil, err
		}
		if before, ok := a.Done[key]; ok {
			out, err = b.again(customer, a, before, c)
			return nil, err
		}
		if out, err = b.apply(customer, a, c); err != nil {
			return nil, err
		}
		a.Done[key] = done{hash(c), out.Order.ID, out.Payments}
		if o, ok := a.Orders[out.Order.ID]; ok {
			o.Applied = append(o.Applied, key)
			a.Orders[o.ID], out.Order = o, o.clone()
		}
		return json.Marshal(a)
	})
	if err != nil && Code(err) == "" {
		return Outcome{}, fmt.Errorf("%s order %s: %w", c.Kind, c.Order, err)
	}
	return out, err
}

// again is the outcome of a change that took effect before.
func (b *Books) again(customer string, a *account, before done, c Change) (Outcome, error) {
	if before.Change != hash(c) {
		return Outcome{}, ErrKey
	}
	out := Outcome{Payments: before.Payments}
	if before.Order == "" {
		who, _ := b.person(customer, a)
		out.Address = who.Address
		return out, nil
	}
	var err error
	out.Order, err = b.order(customer, before.Order, a)
	return out, err
}

// apply changes an account, or says why not; after an error the account is as
// it was.
func (b *Books) apply(customer string, a *account, c Change) (Outcome, error) {
	who, ok := b.person(customer, a)
	if !ok {
		return Outcome{}, ErrNotFound
	}
	if c.Kind == Move {
		to, err := c.address()
		if err != nil {
			return Outcome{}, err
		}
		a.Address = &to
		return Outcome{Address: to}, nil
	}
	o, err := b.order(customer, b.number(c.Order), a)
	if err != nil {
		return Outcome{}, err
	}
	r := b.rules
	r.now = b.now()
	before := o.clone()
	moved, err := r.apply(&o, &who, c)
	if err != nil {
		return Outcome{Order: before}, err
	}
	a.Orders[o.ID] = o
	for i, m := range who.Payments {
		if m.Kind == GiftCard && m.Balance != b.balance(customer, i, a) {
			a.Balances[m.ID] = m.Balance
		}
	}
	return Outcome{Order: o.clone(), Payments: moved}, nil
}

// balance is what a customer's nth method held before.
func (b *Books) balance(customer string, n int, a *account) catalog.Money {
	m := b.people[customer].Payments[n]
	if v, ok := a.Balances[m.ID]; ok {
		return v
	}
	return m.Balance
}

// hash tells one change from another.
func hash(c Change) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("orders: a change of strings: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// Place stores a new order of a customer and gives it the next number.
func (b *Books) Place(ctx context.Context, o Order) (Order, error) {
	if o.Customer == "" || len(o.Lines) == 0 {
		return Order{}, errors.New("an order needs a customer and at least one line")
	}
	number := b.last
	err := store.Update(ctx, b.bucket, "next", func(old []byte) ([]byte, error) {
		number = b.last
		if n, err := strconv.Atoi(string(old)); err == nil {
			number = max(number, n)
		}
		number++
		return []byte(strconv.Itoa(number)), nil
	})
	if err != nil {
		return Order{}, fmt.Errorf("take an order number: %w", err)
	}
	o.ID = strconv.Itoa(number)
	o.Status, o.Placed, o.Total = Pending, b.now(), 0
	for _, l := range o.Lines {
		o.Total += l.Price * catalog.Money(l.Quantity)
	}
	if _, err := b.bucket.Put(ctx, "owner "+o.ID, []byte(o.Customer)); err != nil {
		return Order{}, fmt.Errorf("note whose order %s is: %w", o.ID, err)
	}
	err = store.Update(ctx, b.bucket, "account "+o.Customer, func(old []byte) ([]byte, error) {
		a, err := readAccount(old)
		if err != nil {
			return nil, err
		}
		a.Orders[o.ID] = o
		return json.Marshal(a)
	})
	if err != nil {
		return Order{}, fmt.Errorf("save order %s: %w", o.ID, err)
	}
	return o, nil
}

// account reads what has changed for a customer.
func (b *Books) account(ctx context.Context, customer string) (*account, error) {
	if customer == "" || len(customer) > 128 {
		return nil, ErrNotFound
	}
	value, _, err := b.bucket.Get(ctx, "account "+customer)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("read a customer's orders: %w", err)
	}
	return readAccount(value)
}

func readAccount(value []byte) (*account, error) {
	a := &account{}
	if len(value) > 0 {
		if err := json.Unmarshal(value, a); err != nil {
			return nil, fmt.Errorf("read a customer's orders: %w", err)
		}
	}
	a.Orders, a.Balances, a.Done = filled(a.Orders), filled(a.Balances), filled(a.Done)
	return a, nil
}

func filled[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}
