package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"parley/memory/redact"
	"parley/tools/measure"
)

// evalRedaction puts the customers and orders of tau-bench retail into
// sentences: what tells how to reach a person must go, and the numbers by which
// orders and items are found must stay. So must every text of the demo shop.
func evalRedaction(_ context.Context, data fs.FS, _ *evalCmd) ([]measure.Figure, error) {
	b, err := fs.ReadFile(data, "agent/tau-retail/db.json")
	if err != nil {
		return nil, err
	}
	var db struct {
		Users map[string]struct {
			Email   string
			Address struct {
				Line1 string `json:"address1"`
				Zip   string
			}
		}
		Orders map[string]struct {
			Items []struct {
				Item string `json:"item_id"`
			}
			Fulfillments []struct {
				Tracking []string `json:"tracking_id"`
			}
		}
	}
	if err := json.Unmarshal(b, &db); err != nil {
		return nil, fmt.Errorf("read db.json of tau-bench retail: %w", err)
	}
	gone, kept := map[string]*tally{}, map[string]*tally{}
	hides := func(what, value string, sentences ...string) {
		for _, s := range sentences {
			tallyOf(gone, what).add(!strings.Contains(redact.Text(fmt.Sprintf(s, value)), value))
		}
	}
	keeps := func(what, value string, sentences ...string) {
		for _, s := range sentences {
			text := fmt.Sprintf(s, value)
			tallyOf(kept, what).add(redact.Text(text) == text)
		}
	}
	for _, u := range db.Users {
		hides("emails_hidden", u.Email, "my email is %s", "%s", "订单的邮箱是%s，谢谢")
		hides("streets_hidden", u.Address.Line1, "send it to %s, please", "I moved to %s last week", "%s")
		keeps("postcodes_kept", u.Address.Zip, "the postcode is %s", "%s")
	}
	for id, o := range db.Orders {
		keeps("order_numbers_kept", id, "where is order %s?", "%s", "订单%s到哪了")
		for _, i := range o.Items {
			keeps("item_numbers_kept", i.Item, "exchange item %s", "the one with %s")
		}
		for _, f := range o.Fulfillments {
			for _, t := range f.Tracking {
				keeps("tracking_numbers_kept", t, "tracking %s", "%s")
			}
		}
	}
	for i := range 2000 {
		n := cardNumber(uint64(i))
		hides("cards_hidden", n, "my card is %s", "卡号%s", "%s")
		spaced := n[:4] + " " + n[4:8] + " " + n[8:12] + " " + n[12:]
		hides("cards_hidden", spaced, "charge %s instead")
		hides("cards_hidden", strings.ReplaceAll(spaced, " ", "-"), "(%s)")
	}
	shop, err := openShop("demo", time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), func(string) {})
	if err != nil {
		return nil, err
	}
	for _, p := range shop.Products {
		text, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		keeps("products_kept", string(text), "%s")
	}
	var out []measure.Figure
	for _, set := range []map[string]*tally{gone, kept} {
		for metric, s := range set {
			out = append(out, measure.Figure{Metric: metric, Value: float64(s.yes) / float64(s.all), N: s.all})
		}
	}
	slices.SortFunc(out, func(a, b measure.Figure) int { return cmp.Compare(a.Metric, b.Metric) })
	return out, nil
}

type tally struct{ yes, all int }

func tallyOf(set map[string]*tally, what string) *tally {
	if set[what] == nil {
		set[what] = &tally{}
	}
	return set[what]
}

func (s *tally) add(yes bool) {
	s.all++
	if yes {
		s.yes++
	}
}

// cardNumber is the nth number of 16 digits that passes Luhn's sum, of the four large
// schemes in turn.
func cardNumber(n uint64) string {
	d := fmt.Sprintf("%s%011d", []string{"4539", "5412", "6011", "2223"}[n%4], n*7919%100_000_000_000)
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return fmt.Sprintf("%s%d", d, (10-sum%10)%10)
}
