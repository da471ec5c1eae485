package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/recsys"
	"parley/tools/catalog"
	"parley/tools/orders"
)

// A pace is how often a customer bought a product, and when last.
type pace struct {
	product string
	times   int
	every   int // days from one time to the next, the median; 0 for once
	last    time.Time
}

// paces are what orders say of each product, without those that came back.
func paces(list []orders.Order) []pace {
	at := map[string][]time.Time{}
	for _, o := range list {
		if o.Status == orders.Cancelled || o.Status == orders.Returned || o.Status == orders.ReturnRequested {
			continue
		}
		for _, l := range o.Lines {
			if days := at[l.Product]; len(days) == 0 || !slices.ContainsFunc(days, o.Placed.Equal) {
				at[l.Product] = append(days, o.Placed)
			}
		}
	}
	var out []pace
	for id, days := range at {
		slices.SortFunc(days, time.Time.Compare)
		p := pace{product: id, times: len(days), last: days[len(days)-1]}
		var gaps []float64
		for i := 1; i < len(days); i++ {
			gaps = append(gaps, days[i].Sub(days[i-1]).Hours()/24)
		}
		if slices.Sort(gaps); len(gaps) > 0 {
			p.every = int((gaps[(len(gaps)-1)/2]+gaps[len(gaps)/2])/2 + .5)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b pace) int { // the newest first
		return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.product, b.product))
	})
	return out
}

// owned are the products that the customer has bought once: what was bought
// again is used up.
func (s session) owned(ctx context.Context) ([]string, error) {
	list, err := s.ordered(ctx)
	var out []string
	for _, p := range paces(list) {
		if p.times == 1 {
			out = append(out, p.product)
		}
	}
	return out, err
}

// due says how near a product is to being needed again: 1 on the day, more after.
func (p pace) due(now time.Time) float64 {
	if p.every == 0 {
		return 0
	}
	return now.Sub(p.last).Hours() / 24 / float64(p.every)
}

// buyAgain gives what the customer bought more than once, what is due first,
// and after that what they bought last; or the one product that is named.
func (s session) buyAgain(ctx context.Context, only *catalog.Product, q recsys.Query) (recommendOut, error) {
	if s.Orders == nil || !s.who.Authenticated {
		return recommendOut{Products: []ProductCard{}, Basis: "again"}, llm.Errorf("sign_in", "only a signed-in customer's own orders can be bought again")
	}
	mine, err := s.ordered(ctx)
	if err != nil {
		return recommendOut{}, err
	}
	list, rank := paces(mine), map[string]int{}
	if s.Again != nil && only == nil {
		q.Customer = s.who.ID
		_, q.Past = bought(mine)
		found, err := s.Again.Recommend(ctx, q)
		if err != nil {
			return recommendOut{}, err
		}
		for i, x := range found {
			rank[x.Item] = len(found) - i
		}
	}
	now := s.Now()
	slices.SortStableFunc(list, func(a, b pace) int {
		return cmp.Or(cmp.Compare(min(b.times, 3), min(a.times, 3)), cmp.Compare(rank[b.product], rank[a.product]), cmp.Compare(b.soon(now), a.soon(now)))
	})
	out := recommendOut{Products: []ProductCard{}, Basis: "again"}
	for _, x := range list {
		p := s.Catalog.Product(x.product)
		if p == nil || len(out.Products) == q.K || only != nil && p.ID != only.ID || only == nil && q.Filter != nil && !q.Filter(p.ID) {
			continue
		}
		if only == nil && x.times == 1 && now.Sub(x.last) > 60*24*time.Hour {
			continue // bought once and long ago: nobody asks for it again
		}
		c := s.card(p, nil)
		c.Reason = s.paced(x)
		out.Products = append(out.Products, c)
	}
	return out, nil
}

// soon orders what is bought again by need: what is due or past it first, and
// what has been left out twice after what is not due yet.
func (p pace) soon(now time.Time) float64 {
	if d := p.due(now); d <= 2 {
		return d
	}
	return 0
}

// paced puts a pace into words.
func (s session) paced(p pace) string {
	switch p.times {
	case 1:
		return s.say("why.again_once", "date", s.day(p.last))
	case 2: // one gap is no habit
		return s.say("why.again_twice", "date", s.day(p.last))
	}
	return s.say("why.again", "n", p.times, "days", p.every, "date", s.day(p.last))
}

// day writes a date out, the year only where it is not this one.
func (s session) day(t time.Time) string {
	zh, same := strings.HasPrefix(s.locale(), "zh"), t.Year() == s.Now().Year()
	switch {
	case zh && same:
		return fmt.Sprintf("%d月%d日", t.Month(), t.Day())
	case zh:
		return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
	case same:
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}
