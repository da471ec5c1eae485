package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"parley/tools/catalog"
	"parley/tools/orders"
)

type phrase struct{ Open, Detail []string }

// reviewWords are the authored phrases and names.
type reviewWords struct {
	N                []string `yaml:"names"`
	NZH              []string `yaml:"names_zh"`
	Good, Mixed, Bad phrase
	GoodZH           phrase            `yaml:"good_zh"`
	BadZH            phrase            `yaml:"bad_zh"`
	Instead          map[string]string // details, for what nobody wears
	People           struct {
		First, Last, ZH, Streets []string
		Towns                    []struct{ City, State, Zip string }
	}
}

const seed = 20260101

// reviews gives each product one to five, of a temper that leans on the
// product: some are simply better made than others.
func reviews(products []*catalog.Product, w *reviewWords) []catalog.Review {
	var out []catalog.Review
	for _, p := range products {
		r := rand.New(rand.NewPCG(seed, uint64(hash(p.ID))))
		quality := .45 + .5*r.Float64()
		seen := map[string]bool{}
		for range 1 + r.IntN(4) {
			zh := r.IntN(6) == 0
			from, stars := &w.Mixed, 3
			switch x := r.Float64(); {
			case x < quality:
				from, stars = &w.Good, 4+r.IntN(2)
				if zh {
					from = &w.GoodZH
				}
			case x > quality+.5*(1-quality) || zh:
				from, stars = &w.Bad, 1+r.IntN(2)
				if zh {
					from = &w.BadZH
				}
			}
			detail := func(n int) string {
				said := from.Detail[n%len(from.Detail)]
				if other := w.Instead[said]; other != "" && len(p.Sizes()) == 0 {
					return other
				}
				return said
			}
			first := r.IntN(len(from.Detail))
			text := from.Open[r.IntN(len(from.Open))] + " " + detail(first)
			if r.IntN(2) == 0 {
				text += " " + detail(first+1+r.IntN(len(from.Detail)-1))
			}
			review := catalog.Review{Product: p.ID, Stars: stars, Locale: "en", Author: w.N[r.IntN(len(w.N))]}
			title := p.Title
			if zh {
				review.Locale, review.Author, title = "zh", w.NZH[r.IntN(len(w.NZH))], p.TitleIn("zh")
				text = strings.ReplaceAll(text, " ", "")
			}
			review.Text = strings.ReplaceAll(text, "{title}", title)
			if !seen[review.Text] {
				seen[review.Text] = true
				out = append(out, review)
			}
		}
	}
	return out
}

// The tastes a customer of the demo shop can have. They drive what is bought:
// three baskets of four hold things of the customer's own tastes.
var tastes = []string{"camping", "hiking", "running", "climbing", "cycling", "fitness", "mountain"}

// simulate makes 300 customers and their orders of the last two years. Given
// are tastes, a price band, and sets: what goes together is bought together.
func simulate(groups []*group, w *reviewWords, now time.Time) ([]orders.Customer, []orders.Order) {
	r := rand.New(rand.NewPCG(seed, 1))
	today := now.UTC().Truncate(24 * time.Hour)
	byTaste := map[string][]*catalog.Product{}
	byID := map[string]*catalog.Product{}
	var all []*catalog.Product
	for _, g := range groups {
		for _, p := range g.products {
			byID[p.ID] = p
			if g.Every > 0 {
				continue // bought when it is used up, below
			}
			all = append(all, p)
			for _, t := range g.Tastes {
				byTaste[t] = append(byTaste[t], p)
			}
		}
	}
	var people []orders.Customer
	var list []orders.Order
	for n := range 300 {
		c := orders.Customer{ID: fmt.Sprintf("C%d", 1001+n), Locale: "en", Since: today.AddDate(-2, 0, -r.IntN(300)), Size: []string{"S", "M", "L", "XL"}[r.IntN(4)]}
		c.Name = w.People.First[n%len(w.People.First)] + " " + w.People.Last[(n*7+n/25)%len(w.People.Last)]
		if n%5 == 4 {
			c.Name, c.Locale = w.People.ZH[n%len(w.People.ZH)], "zh"
		}
		c.Email = fmt.Sprintf("customer%d@example.com", 1001+n)
		c.Tastes = []string{tastes[n%len(tastes)]}
		if r.IntN(3) == 0 {
			c.Tastes = append(c.Tastes, tastes[(n+1+r.IntN(len(tastes)-1))%len(tastes)])
		}
		people = append(people, c)
		band := catalog.Money(60_00 + r.IntN(240)*100)
		for range 3 + r.IntN(9) {
			o := orders.Order{Customer: c.ID, Currency: "USD", Placed: today.AddDate(0, 0, -r.IntN(730)).Add(time.Duration(8+r.IntN(12)) * time.Hour)}
			if o.Placed.After(now) {
				o.Placed = now.Add(-time.Hour)
			}
			for range 1 + r.IntN(2) {
				from := all
				if r.IntN(4) > 0 {
					from = byTaste[c.Tastes[r.IntN(len(c.Tastes))]]
				}
				p := from[r.IntN(len(from))]
				if p.Price > band && r.IntN(4) > 0 {
					continue
				}
				add(&o, p, c.Size, r)
				if len(p.BoughtTogether) > 0 && r.IntN(2) == 0 {
					add(&o, byID[p.BoughtTogether[r.IntN(len(p.BoughtTogether))]], c.Size, r)
				}
			}
			if len(o.Lines) > 0 {
				list = append(list, o)
			}
		}
	}
	byDay := func(a, b orders.Order) int { return a.Placed.Compare(b.Placed) }
	slices.SortStableFunc(list, byDay)
	again := restock(groups, people, list, today)
	slices.SortStableFunc(again, byDay)
	for i := range list {
		list[i].ID = itoa(1100 + i)
		age(&list[i], now, r)
	}
	for i := range again { // numbered apart: scripts speak of the others by number
		again[i].ID = itoa(6100 + i)
		age(&again[i], now, r)
	}
	list = append(list, again...)
	slices.SortStableFunc(list, byDay)
	list = append(given(byID, today, now), list...)
	settle(people, list, w)
	return people, list
}

// settle gives each customer an address, the cards that their orders were paid
// with, and every third one a gift card; and each order what was paid for it.
func settle(people []orders.Customer, list []orders.Order, w *reviewWords) {
	at := map[string]*orders.Customer{}
	for i := range people {
		c := &people[i]
		at[c.ID] = c
		town := w.People.Towns[(i*5)%len(w.People.Towns)]
		c.Address = orders.Address{
			Line1: fmt.Sprintf("%d %s", 3+(i*11)%140, w.People.Streets[i%len(w.People.Streets)]), City: town.City, State: town.State, Zip: town.Zip, Country: "USA",
		}
		if i%3 == 0 {
			c.Payments = append(c.Payments, orders.PaymentMethod{ID: "gift-" + c.ID, Kind: orders.GiftCard, Balance: catalog.Money(30_00 + i%7*10_00)})
		}
	}
	for i := range list {
		o := &list[i]
		c, last := at[o.Customer], o.PaidWith[len(o.PaidWith)-4:]
		o.Address = c.Address
		card := orders.PaymentMethod{ID: "card-" + last, Kind: "card", Last: last}
		if _, ok := c.Method(card.ID); !ok {
			c.Payments = append(c.Payments, card)
		}
		o.Payments = []orders.Payment{{Kind: orders.Paid, Amount: o.Total, Method: card.ID}}
		if o.Status == orders.Cancelled || o.Status == orders.Returned {
			o.Payments = append(o.Payments, orders.Payment{Kind: orders.Refunded, Amount: o.Total, Method: card.ID})
		}
	}
}

func add(o *orders.Order, p *catalog.Product, size string, r *rand.Rand) {
	if p == nil || slices.ContainsFunc(o.Lines, func(l orders.Line) bool { return l.Product == p.ID }) {
		return
	}
	v := &p.Variants[r.IntN(len(p.Variants))]
	if x := p.VariantFor(v.Options["color"], size); x != nil {
		v = x
	}
	l := orders.Line{Product: p.ID, SKU: v.SKU, Title: p.Title, Quantity: 1, Price: v.Price, Options: orders.Choice(v.Options), Choices: v.Options}
	o.Lines = append(o.Lines, l)
	o.Total += l.Price
}

// age gives an order the state that its date asks for.
func age(o *orders.Order, now time.Time, r *rand.Rand) {
	o.PaidWith = fmt.Sprintf("card ending %04d", r.IntN(10000))
	days := int(now.Sub(o.Placed).Hours() / 24)
	o.Due = o.Placed.AddDate(0, 0, 4)
	switch {
	case days < 2:
		o.Status = orders.Pending
		return
	case r.IntN(30) == 0:
		o.Status = orders.Cancelled
		return
	}
	o.Shipped, o.Carrier, o.Tracking = o.Placed.AddDate(0, 0, 1), "Hillway Parcel", fmt.Sprintf("HW%08d", r.IntN(1e8))
	if o.Status = orders.Shipped; days >= 4 {
		o.Status, o.Delivered = orders.Delivered, o.Placed.AddDate(0, 0, 3)
		o.ReturnUntil = o.Delivered.AddDate(0, 0, 30)
		if days > 20 && r.IntN(18) == 0 {
			o.Status = orders.Returned
		}
	}
}

// given are the orders that documentation and scripts speak of.
func given(byID map[string]*catalog.Product, today, now time.Time) []orders.Order {
	r := rand.New(rand.NewPCG(seed, 2))
	line := func(id string) orders.Line {
		var o orders.Order
		add(&o, byID[id], "M", r)
		return o.Lines[0]
	}
	make := func(id, customer string, days int, status orders.Status, products ...string) orders.Order {
		o := orders.Order{ID: id, Customer: customer, Currency: "USD", Status: status, Placed: today.AddDate(0, 0, -days).Add(9 * time.Hour)}
		if o.Placed.After(now) {
			o.Placed = now.Add(-time.Hour)
		}
		for _, p := range products {
			l := line(p)
			o.Lines = append(o.Lines, l)
			o.Total += l.Price
		}
		o.Due = o.Placed.AddDate(0, 0, 4)
		o.PaidWith = "card ending 4421"
		if status != orders.Pending {
			o.Shipped, o.Carrier, o.Tracking = o.Placed.AddDate(0, 0, 1), "Hillway Parcel", "HW0000"+id
		}
		if status == orders.Delivered {
			o.Delivered, o.ReturnUntil = o.Placed.AddDate(0, 0, 3), o.Placed.AddDate(0, 0, 33)
		}
		return o
	}
	find := func(title string) string {
		for id, p := range byID {
			if p.Title == title {
				return id
			}
		}
		return ""
	}
	return []orders.Order{
		make("1030", "C1007", 270, orders.Delivered, find("Tussock Merino Tee")),
		make("1031", "C1007", 126, orders.Delivered, find("Wisp Gas Canister 230"), find("Dawn Coffee Beans 250 g")),
		make("1033", "C1007", 95, orders.Delivered, find("Wisp Gas Canister 230"), find("Dawn Coffee Beans 250 g")),
		make("1035", "C1007", 64, orders.Delivered, find("Wisp Gas Canister 230"), find("Dawn Coffee Beans 250 g")),
		make("1037", "C1007", 33, orders.Delivered, find("Wisp Gas Canister 230")),
		make("1040", "C1007", 12, orders.Delivered, find("Heath 2 Tent"), find("Loam Foam Mat")),
		make("1041", "C1007", 2, orders.Shipped, find("Brook 20 Daypack")),
		make("1042", "C1007", 0, orders.Pending, find("Path Hiking Trousers"), find("Loam Foam Mat")),
		make("1043", "C1008", 0, orders.Pending, find("Fern Grid Fleece")),
		make("1044", "C1008", 0, orders.Pending, find("Loam Foam Mat")),
		make("1038", "C1007", 16, orders.Delivered, find("Cairn Mid Hiking Boots"), find("Finch Light Insulated Jacket")),
	}
}
