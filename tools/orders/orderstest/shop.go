// Package orderstest is the suite that every [orders.Service] must pass, and a
// server that answers as openapi.yaml says, with faults on demand. It keeps no
// orders itself. Start with [Run], then [Server].
package orderstest

import (
	"time"

	"parley/tools/catalog"
	"parley/tools/orders"
)

// Now is when the suite is played.
var Now = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

// Shop gives the shop that the suite is played on: all but the store.
func Shop() orders.Config {
	return orders.Config{Orders: list(), People: people(), Products: shelf{"J": jacket, "B": boots}, Now: func() time.Time { return Now }}
}

// Goods are the products of the shop, for a catalogue of them.
func Goods() []*catalog.Product { return []*catalog.Product{jacket, boots} }

type shelf map[string]*catalog.Product

func (s shelf) Product(id string) *catalog.Product { return s[id] }

func variant(sku string, price catalog.Money, stock int, size, color string) catalog.Variant {
	return catalog.Variant{SKU: sku, Price: price, Stock: stock, Options: map[string]string{"size": size, "color": color}}
}

var (
	jacket = &catalog.Product{ID: "J", Title: "Jacket", Variants: []catalog.Variant{
		variant("J-S", 60_00, 3, "S", "blue"), variant("J-M", 60_00, 3, "M", "blue"), variant("J-L", 65_00, 3, "L", "blue"),
		variant("J-XL", 65_00, 0, "XL", "blue"), variant("J-RED", 55_00, 3, "M", "red"),
	}}
	boots = &catalog.Product{ID: "B", Title: "Boots", Variants: []catalog.Variant{
		variant("B-42", 120_00, 3, "42", "brown"), variant("B-43", 120_00, 3, "43", "brown"), variant("B-GOLD", 900_00, 1, "42", "gold"),
	}}
)

func people() []orders.Customer {
	card := func(last string) orders.PaymentMethod {
		return orders.PaymentMethod{ID: "card-" + last, Kind: "card", Last: last}
	}
	return []orders.Customer{
		{ID: "ana", Name: "Ana Field", Email: "ana@example.com", Address: orders.Address{Line1: "4 Mill Road", City: "Marlow", Zip: "HR3 5AB"},
			Payments: []orders.PaymentMethod{card("1111"), {ID: "gift-ana", Kind: orders.GiftCard, Balance: 50_00}, {ID: "paypal-ana", Kind: "paypal"}}},
		{ID: "ben", Name: "Ben Gold", Email: "ben@example.com", Address: orders.Address{Line1: "5 Mill Road", City: "Marlow", Zip: "HR3 5AC"},
			Payments: []orders.PaymentMethod{card("2222")}},
		{ID: "sam", Name: "Sam Low"},
	}
}

func list() []orders.Order {
	line := func(p *catalog.Product, n, quantity int) orders.Line {
		v := p.Variants[n]
		return orders.Line{Product: p.ID, SKU: v.SKU, Title: p.Title, Options: orders.Choice(v.Options), Choices: v.Options, Quantity: quantity, Price: v.Price}
	}
	day := func(n int) time.Time { return Now.AddDate(0, 0, n).Truncate(24 * time.Hour) }
	make := func(id, customer string, status orders.Status, method string, lines ...orders.Line) orders.Order {
		o := orders.Order{ID: id, Customer: customer, Status: status, Currency: "USD", Placed: day(-8), Lines: lines, Address: people()[0].Address}
		for _, l := range lines {
			o.Total += l.Price * catalog.Money(l.Quantity)
		}
		o.Payments = []orders.Payment{{Kind: orders.Paid, Amount: o.Total, Method: method}}
		o.PaidWith = "card ending " + method[len(method)-4:]
		if status == orders.Delivered {
			o.Delivered, o.ReturnUntil = day(-4), day(26)
		}
		return o
	}
	late := make("1007", "ana", orders.Delivered, "card-1111", line(boots, 0, 1))
	late.ReturnUntil = day(-2)
	cheap := line(jacket, 0, 1)
	cheap.Price = 40_00
	return []orders.Order{
		make("1001", "ana", orders.Pending, "card-1111", line(jacket, 1, 2), line(boots, 0, 1)),
		make("1002", "ana", orders.Delivered, "card-1111", line(jacket, 1, 1), line(boots, 0, 1)),
		make("1003", "ana", orders.Shipped, "card-1111", line(boots, 0, 1)),
		make("1004", "ana", orders.Cancelled, "card-1111", line(boots, 0, 1)),
		make("1005", "ben", orders.Pending, "card-2222", line(jacket, 1, 1)),
		make("1006", "ana", orders.Pending, "gift-ana", line(jacket, 1, 1)),
		late,
		make("1008", "ana", orders.Packed, "card-1111", line(boots, 0, 1)),
		make("1009", "ana", orders.Pending, "card-1111", cheap),
	}
}
