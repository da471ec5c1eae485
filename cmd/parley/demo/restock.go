package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"parley/tools/catalog"
	"parley/tools/orders"
)

// A running is something that runs out: how soon, whose, and with what.
type running struct {
	*catalog.Product
	every  int // days
	tastes []string
	with   []string // products that use it up
}

// sets puts beside a product what completes it, as the file says.
func sets(groups []*group) error {
	list := map[int][]int{}
	if err := decode("source/sets.yaml", &list); err != nil {
		return err
	}
	for n, others := range list {
		p := productOf(groups, "FH-"+itoa(n))
		if p == nil {
			return fmt.Errorf("cmd/parley/demo/source/sets.yaml: there is no product %d", n)
		}
		p.BoughtTogether = nil
		for _, x := range others {
			if productOf(groups, "FH-"+itoa(x)) == nil || x == n {
				return fmt.Errorf("cmd/parley/demo/source/sets.yaml: %d is put beside %d, which cannot be", n, x)
			}
			p.BoughtTogether = append(p.BoughtTogether, "FH-"+itoa(x))
		}
	}
	return nil
}

// supply puts what a product uses up first among what goes with it.
func supply(groups []*group) {
	for _, g := range groups {
		for i, e := range g.Products {
			for _, id := range e.With {
				if p := productOf(groups, id); p != nil {
					p.BoughtTogether = append([]string{g.products[i].ID}, p.BoughtTogether...)
				}
			}
		}
	}
}

func productOf(groups []*group, id string) *catalog.Product {
	for _, g := range groups {
		for _, p := range g.products {
			if p.ID == id {
				return p
			}
		}
	}
	return nil
}

// restock makes the orders of what is used up: half of the customers take one
// to three supplies that fit their tastes or what they bought, each about as
// often as it runs out for them, what falls due in the same days in one order.
// One in four stops. Who buys what uses a supply up puts it into the same
// basket two times of three.
func restock(groups []*group, people []orders.Customer, list []orders.Order, today time.Time) []orders.Order {
	r := rand.New(rand.NewPCG(seed, 3))
	var supplies []running
	for _, g := range groups {
		for i, p := range g.products {
			if t := g.over(g.Products[i].Traits); t.Every > 0 {
				supplies = append(supplies, running{p, t.Every, t.Tastes, g.Products[i].With})
			}
		}
	}
	started := map[string][]string{} // supplies by customer
	for i := range list {
		o := &list[i]
		for _, s := range supplies {
			if slices.ContainsFunc(o.Lines, func(l orders.Line) bool { return slices.Contains(s.with, l.Product) }) && r.IntN(3) > 0 {
				add(o, s.Product, "", r)
				started[o.Customer] = append(started[o.Customer], s.ID)
			}
		}
	}
	var out []orders.Order
	for _, c := range people {
		var fit []running
		for _, s := range supplies {
			if shares(s.tastes, c.Tastes) || slices.Contains(started[c.ID], s.ID) {
				fit = append(fit, s)
			}
		}
		if len(fit) == 0 || r.IntN(2) == 0 {
			continue
		}
		r.Shuffle(len(fit), func(i, j int) { fit[i], fit[j] = fit[j], fit[i] })
		due := map[int][]*catalog.Product{} // by days ago
		for _, s := range fit[:min(len(fit), 1+r.IntN(3))] {
			pace := float64(s.every) * (.8 + .6*r.Float64())
			until := 0
			if r.IntN(4) == 0 {
				until = 120 + r.IntN(300) // stopped so many days ago
			}
			at := 90 + r.IntN(500)
			for ; at > until; at -= max(7, int(pace*(.85+.3*r.Float64()))) {
				due[at] = append(due[at], s.Product)
			}
		}
		days := make([]int, 0, len(due))
		for d := range due {
			days = append(days, d)
		}
		slices.Sort(days)
		for i := 0; i < len(days); i++ {
			o := orders.Order{Customer: c.ID, Currency: "USD", Placed: today.AddDate(0, 0, -days[i]).Add(time.Duration(8+r.IntN(12)) * time.Hour)}
			for _, p := range due[days[i]] {
				add(&o, p, "", r)
			}
			for i+1 < len(days) && days[i+1]-days[i] <= 4 { // what runs out in the same days comes together
				i++
				for _, p := range due[days[i]] {
					add(&o, p, "", r)
				}
			}
			out = append(out, o)
		}
	}
	return out
}
