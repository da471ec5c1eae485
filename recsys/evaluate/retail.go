package evaluate

import (
	"bufio"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// retail is the online-retail set: what was bought until October 2011, in
// October, and after.
type retail struct {
	train, valid, test []recsys.Interaction
	items              []recsys.Item
	country            map[string]string // of each customer
}

// readRetail reads the purchases and the items. Numbers of items and customers
// are padded with zeros, so that they sort as numbers. What one customer bought
// in one minute is a basket.
func readRetail(data fs.FS) (*retail, error) {
	r := &retail{country: map[string]string{}}
	err := readTable(data, "recsys/online-retail/purchases.tsv.gz", 7, func(f []string) error {
		at, err := time.Parse("2006-01-02 15:04", f[1])
		if err != nil {
			return fmt.Errorf("time %q: want 2006-01-02 15:04", f[1])
		}
		customer := padded(f[0])
		x := recsys.Interaction{Customer: customer, Item: padded(f[2]), At: at, Basket: customer + " " + f[1]}
		r.country[customer] = f[5]
		switch f[6] {
		case "train":
			r.train = append(r.train, x)
		case "valid":
			r.valid = append(r.valid, x)
		case "test":
			r.test = append(r.test, x)
		default:
			return fmt.Errorf("split %q: want train, valid or test", f[6])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = readTable(data, "recsys/online-retail/items.tsv.gz", 3, func(f []string) error {
		price, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			return fmt.Errorf("price %q: want a number", f[2])
		}
		r.items = append(r.items, recsys.Item{ID: padded(f[0]), Title: f[1], Price: price})
		return nil
	})
	return r, err
}

// readTable gives the rows of a table apart by tabs, but its header.
func readTable(data fs.FS, name string, columns int, row func([]string) error) error {
	z, err := measure.Open(data, name)
	if err != nil {
		return err
	}
	defer z.Close()
	s := bufio.NewScanner(z)
	s.Scan()
	for line := 2; s.Scan(); line++ {
		f := strings.Split(s.Text(), "\t")
		if len(f) < columns {
			return fmt.Errorf("%s:%d: want %d fields apart by tabs", name, line, columns)
		}
		if err := row(f); err != nil {
			return fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
	return s.Err()
}

func padded(number string) string { return strings.Repeat("0", max(0, 6-len(number))) + number }

// next asks what each customer known from the fit buys of the known items in
// what comes after it: all of it, or what is new to them, what they had before
// excluded then.
func (r *retail) next(d *recsys.Dataset, after []recsys.Interaction, fresh bool) []recsys.Case {
	known := map[string]bool{}
	for _, i := range d.Items {
		known[i] = true
	}
	relevant := map[string][]string{}
	for _, x := range after {
		if known[x.Item] {
			relevant[x.Customer] = append(relevant[x.Customer], x.Item)
		}
	}
	var out []recsys.Case
	for _, u := range d.Customers {
		list := slices.Compact(slices.Sorted(slices.Values(relevant[u])))
		c := recsys.Case{Query: recsys.Query{Customer: u, Segment: r.country[u]}}
		if fresh {
			c.Query.Exclude = d.Owned(u)
			list = slices.DeleteFunc(list, func(i string) bool { return slices.Contains(c.Query.Exclude, i) })
		}
		if c.Relevant = list; len(list) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// beside asks, for every basket with two known items or more, for the rest of it
// by one of its items: the one at the place (customer + date) mod n, in order of
// id.
func (r *retail) beside(d *recsys.Dataset, after []recsys.Interaction) ([]recsys.Case, error) {
	known := map[string]bool{}
	for _, i := range d.Items {
		known[i] = true
	}
	baskets := map[string][]string{}
	first := map[string]recsys.Interaction{}
	for _, x := range after {
		if known[x.Item] {
			baskets[x.Basket] = append(baskets[x.Basket], x.Item)
			first[x.Basket] = x
		}
	}
	names := make([]string, 0, len(baskets))
	for name := range baskets {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []recsys.Case
	for _, name := range names {
		list := slices.Compact(slices.Sorted(slices.Values(baskets[name])))
		if len(list) < 2 {
			continue
		}
		x := first[name]
		customer, err1 := strconv.Atoi(x.Customer)
		date, err2 := strconv.Atoi(x.At.Format("20060102"))
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("online-retail: customer %q of basket %q is no number", x.Customer, name)
		}
		at := (customer + date) % len(list)
		query := list[at]
		out = append(out, recsys.Case{
			Query:    recsys.Query{Recent: []string{query}, Exclude: []string{query}},
			Relevant: slices.Delete(list, at, at+1),
		})
	}
	return out, nil
}
