package orders

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"parley/tools/catalog"
)

// Rules say what a shop allows. They decide on copies and keep nothing.
type rules struct {
	products Products
	reasons  []string // for a cancellation; none: any, or none at all
	now      time.Time
}

// apply makes a change on an order and its customer, or says why not. What it
// is given may be changed by then: the caller drops both after an error.
func (r rules) apply(o *Order, who *Customer, c Change) ([]Payment, error) {
	switch c.Kind {
	case Cancel:
		return r.cancel(o, who, c)
	case ModifyItems:
		return r.modifyItems(o, who, c)
	case ModifyAddress:
		return nil, r.modifyAddress(o, c)
	case ModifyPayment:
		return r.modifyPayment(o, who, c)
	case Return:
		return r.giveBack(o, who, c)
	case Exchange:
		return r.exchange(o, who, c)
	}
	return nil, fmt.Errorf("%w: %q", ErrChange, c.Kind)
}

// CanCancel says whether an order can still be cancelled: nil, or the refusal.
func (o *Order) CanCancel() error {
	switch o.Status {
	case Pending:
		return nil
	case Cancelled:
		return ErrCancelled
	case Modified:
		return ErrOnce
	}
	return ErrTooLate
}

// CanModify says whether what an order holds, and how it is paid, can be changed.
func (o *Order) CanModify() error { return o.CanCancel() }

// CanReturn says whether things of an order can be sent back or exchanged at a time.
func (o *Order) CanReturn(now time.Time) error {
	switch o.Status {
	case Delivered:
		if !o.ReturnUntil.IsZero() && now.After(o.ReturnUntil.AddDate(0, 0, 1)) {
			return ErrTooLate
		}
		return nil
	case Cancelled:
		return ErrCancelled
	case ReturnRequested, ExchangeRequested, Returned:
		return ErrOnce
	}
	return ErrNotDelivered
}

func (r rules) cancel(o *Order, who *Customer, c Change) ([]Payment, error) {
	if err := o.CanCancel(); err != nil {
		return nil, err
	}
	if len(r.reasons) > 0 && !slices.Contains(r.reasons, c.Reason) {
		return nil, fmt.Errorf("%w: it takes %s", ErrReason, strings.Join(r.reasons, ", "))
	}
	var back []Payment
	for _, p := range o.paid() {
		back = append(back, Payment{Refunded, p.Amount, p.Method})
		who.move(p.Method, p.Amount)
	}
	o.Status, o.Reason, o.Payments = Cancelled, c.Reason, append(o.Payments, back...)
	return back, nil
}

func (r rules) modifyItems(o *Order, who *Customer, c Change) ([]Payment, error) {
	if err := o.CanModify(); err != nil {
		return nil, err
	}
	variants, more, err := r.replacements(o, c)
	if err != nil {
		return nil, err
	}
	for i, sku := range c.Items {
		if sku == c.New[i] {
			return nil, fmt.Errorf("%w: %s", ErrSame, sku)
		}
	}
	m, err := who.paying(cmp.Or(c.Payment, o.Original()), more)
	if err != nil {
		return nil, err
	}
	p := Payment{Paid, more, m}
	if more <= 0 {
		p = Payment{Refunded, -more, m}
	}
	who.move(m, -more)
	for i, sku := range c.Items {
		o.swap(sku, variants[i])
	}
	o.Total += more
	o.Status, o.Payments = Modified, append(o.Payments, p)
	return []Payment{p}, nil
}

func (r rules) modifyAddress(o *Order, c Change) error {
	if o.Status != Modified {
		if err := o.CanModify(); err != nil {
			return err
		}
	}
	a, err := c.address()
	if err != nil {
		return err
	}
	o.Address = a
	return nil
}

func (r rules) modifyPayment(o *Order, who *Customer, c Change) ([]Payment, error) {
	if err := o.CanModify(); err != nil {
		return nil, err
	}
	paid := o.paid()
	if len(paid) != 1 || len(o.Payments) > 1 {
		return nil, ErrOnce
	}
	if c.Payment == paid[0].Method {
		return nil, ErrSame
	}
	m, err := who.paying(c.Payment, paid[0].Amount)
	if err != nil {
		return nil, err
	}
	who.move(m, -paid[0].Amount)
	who.move(paid[0].Method, paid[0].Amount)
	moved := []Payment{{Paid, paid[0].Amount, m}, {Refunded, paid[0].Amount, paid[0].Method}}
	o.Payments = append(o.Payments, moved...)
	if method, ok := who.Method(m); ok {
		o.PaidWith = method.Text()
	}
	return moved, nil
}

func (r rules) giveBack(o *Order, who *Customer, c Change) ([]Payment, error) {
	if err := o.CanReturn(r.now); err != nil {
		return nil, err
	}
	to := cmp.Or(c.Payment, o.Original())
	if to != "" {
		m, ok := who.Method(to)
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrPayment, to)
		}
		if m.Kind != GiftCard && to != o.Original() {
			return nil, ErrOriginal
		}
	}
	lines, err := o.pick(c.Items)
	if err != nil {
		return nil, err
	}
	var sum catalog.Money
	for _, l := range lines {
		sum += l.Price
	}
	o.Status, o.Back = ReturnRequested, &Back{Items: slices.Sorted(slices.Values(c.Items)), Method: to, Amount: sum}
	return []Payment{{Refunded, sum, to}}, nil
}

func (r rules) exchange(o *Order, who *Customer, c Change) ([]Payment, error) {
	if err := o.CanReturn(r.now); err != nil {
		return nil, err
	}
	_, more, err := r.replacements(o, c)
	if err != nil {
		return nil, err
	}
	m, err := who.paying(cmp.Or(c.Payment, o.Original()), more)
	if err != nil {
		return nil, err
	}
	o.Status = ExchangeRequested
	o.Back = &Back{Items: slices.Sorted(slices.Values(c.Items)), New: slices.Sorted(slices.Values(c.New)), Method: m, Amount: more}
	switch {
	case more > 0:
		return []Payment{{Paid, more, m}}, nil
	case more < 0:
		return []Payment{{Refunded, -more, m}}, nil
	}
	return nil, nil
}

// replacements finds the variant for each item, and what they cost more.
func (r rules) replacements(o *Order, c Change) (variants []catalog.Variant, more catalog.Money, err error) {
	lines, err := o.pick(c.Items)
	if err != nil {
		return nil, 0, err
	}
	if len(c.Items) != len(c.New) {
		return nil, 0, ErrPairs
	}
	for i, l := range lines {
		v, err := r.variant(l.Product, c.New[i])
		if err != nil {
			return nil, 0, err
		}
		variants = append(variants, v)
		more += v.Price - l.Price
	}
	return variants, more, nil
}

func (r rules) variant(product, sku string) (catalog.Variant, error) {
	if r.products == nil {
		return catalog.Variant{}, ErrVariant
	}
	if p := r.products.Product(product); p != nil {
		for _, v := range p.Variants {
			if v.SKU != sku {
				continue
			}
			if v.Stock <= 0 {
				return v, fmt.Errorf("%w: %s", ErrStock, sku)
			}
			return v, nil
		}
	}
	return catalog.Variant{}, fmt.Errorf("%w: %s", ErrVariant, sku)
}

// pick finds the line of each item, a piece of it for each time it is named.
func (o *Order) pick(items []string) ([]Line, error) {
	if len(items) == 0 {
		return nil, fmt.Errorf("%w: none is named", ErrItem)
	}
	left := make([]int, len(o.Lines))
	for i, l := range o.Lines {
		left[i] = l.Quantity
	}
	var out []Line
	for _, sku := range items {
		i := slices.IndexFunc(o.Lines, func(l Line) bool { return l.SKU == sku })
		for i >= 0 && i < len(o.Lines) && (o.Lines[i].SKU != sku || left[i] == 0) {
			i++
		}
		if i < 0 || i == len(o.Lines) {
			return nil, fmt.Errorf("%w: %s", ErrItem, sku)
		}
		left[i]--
		out = append(out, o.Lines[i])
	}
	return out, nil
}

// swap puts a variant in the place of one piece.
func (o *Order) swap(sku string, v catalog.Variant) {
	i := slices.IndexFunc(o.Lines, func(l Line) bool { return l.SKU == sku })
	l := o.Lines[i]
	l.SKU, l.Price, l.Choices, l.Options, l.Quantity = v.SKU, v.Price, v.Options, Choice(v.Options), 1
	if o.Lines[i].Quantity == 1 {
		o.Lines[i] = l
		return
	}
	o.Lines[i].Quantity--
	o.Lines = slices.Insert(o.Lines, i+1, l)
}

// paid is what each method has paid for an order and not got back; an order of
// which only the sum is known is paid by no method that is kept.
func (o *Order) paid() []Payment {
	if len(o.Payments) == 0 {
		return []Payment{{Paid, o.Total, ""}}
	}
	var out []Payment
	for _, p := range o.Payments {
		i := slices.IndexFunc(out, func(x Payment) bool { return x.Method == p.Method })
		if i < 0 {
			out = append(out, Payment{Paid, 0, p.Method})
			i = len(out) - 1
		}
		if p.Kind == Paid {
			out[i].Amount += p.Amount
		} else {
			out[i].Amount -= p.Amount
		}
	}
	return slices.DeleteFunc(out, func(p Payment) bool { return p.Amount <= 0 })
}

// paying checks that a method can pay an amount (or get it, when negative).
func (c *Customer) paying(id string, amount catalog.Money) (string, error) {
	m, ok := c.Method(id)
	if !ok {
		return "", fmt.Errorf("%w: %s", ErrPayment, cmp.Or(id, "none"))
	}
	if m.Kind == GiftCard && m.Balance < amount {
		return "", fmt.Errorf("%w: it holds %s of %s", ErrBalance, m.Balance, amount)
	}
	return id, nil
}

// move puts money onto a gift card, or takes it off; other methods settle elsewhere.
func (c *Customer) move(id string, amount catalog.Money) {
	if m, ok := c.Method(id); ok && m.Kind == GiftCard {
		m.Balance += amount
	}
}

// address checks the address of a change.
func (c Change) address() (Address, error) {
	if c.Address == nil {
		return Address{}, ErrAddress
	}
	a := *c.Address
	for _, s := range []*string{&a.Line1, &a.Line2, &a.City, &a.State, &a.Country, &a.Zip} {
		*s = strings.TrimSpace(*s)
		if len([]rune(*s)) > 200 || strings.ContainsFunc(*s, unicode.IsControl) {
			return a, ErrAddress
		}
	}
	if a.Line1 == "" || a.City == "" {
		return a, ErrAddress
	}
	return a, nil
}
