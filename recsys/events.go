package recsys

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Events are interactions read from a file.
type Events struct {
	Interactions []Interaction
	Segments     map[string]string // of customers, where a column names one; the last row stands
	Reading
}

// Columns that a file of interactions may have, each under any of these names,
// upper or lower case, with or without blanks, "_" and "-".
var (
	customerNames = []string{"customer", "customerid", "user", "userid", "visitorid", "visitor", "anonymousid", "reviewerid", "clientid", "memberid"}
	itemNames     = []string{"item", "itemid", "product", "productid", "sku", "stockcode", "articleid", "asin", "movieid"}
	timeNames     = []string{"time", "at", "timestamp", "date", "datetime", "eventtime", "createdat", "invoicedate", "unixreviewtime", "ts"}
	valueNames    = []string{"value", "weight", "score"}
	ratingNames   = []string{"rating", "stars", "overall"}
	countNames    = []string{"quantity", "qty", "count", "units"}
	basketNames   = []string{"basket", "basketid", "order", "orderid", "invoice", "invoiceno", "invoicenumber", "transactionid", "checkoutid"}
	kindNames     = []string{"kind", "event", "eventtype", "action", "behavior", "behaviour", "type"}
	segmentNames  = []string{"segment", "group", "country", "gender"}
)

// ReadInteractions reads interactions from CSV, TSV or JSON lines, gzipped or
// not; file names the input in errors. Columns are found by their names: a
// customer and an item are needed; a time, a value or rating, a quantity, a
// basket or order, a kind of event and a segment are read where there are any.
// A rating is its Value and makes the Kind Rated; a quantity counts nothing, but
// a row whose quantity is zero or less was sent back and is left out. Where no
// column names the basket, what one customer bought at one time is one. An
// event in the words of the Segment e-commerce spec is read as well, each of
// its products an interaction.
func ReadInteractions(in io.Reader, file string) (Events, error) {
	out := Events{Segments: map[string]string{}}
	names := map[string]string{}
	same := func(s string) string { // one string for each name, not a whole line each
		if had, ok := names[s]; ok {
			return had
		}
		s = strings.Clone(s)
		names[s] = s
		return s
	}
	add := func(r row) error {
		x, err := interaction(r)
		if err != nil {
			return err
		}
		x.Customer, x.Item, x.Basket = same(x.Customer), same(x.Item), same(x.Basket)
		if s := r.first(segmentNames); s != "" {
			out.Segments[x.Customer] = same(s)
		}
		out.Interactions = append(out.Interactions, x)
		return nil
	}
	var err error
	out.Reading, err = readTable(in, file,
		func(columns []string) error {
			return errors.Join(needs(columns, "customer", customerNames), needs(columns, "item", itemNames))
		},
		func(_ int, o map[string]any) (bool, error) { return eachProduct(o, add) },
		func(_ int, r row) error { return add(r) })
	return out, err
}

// eachProduct adds every product of an event that lists several.
func eachProduct(o map[string]any, add func(row) error) (bool, error) {
	p, _ := o["properties"].(map[string]any)
	list, ok := p["products"].([]any)
	if !ok {
		return false, nil
	}
	if len(list) == 0 {
		return true, errors.New("it lists no products")
	}
	for _, x := range list {
		product, ok := x.(map[string]any)
		if !ok {
			return true, errors.New("its products are no objects")
		}
		r := row{}
		flatten(r, o)
		flatten(r, product)
		if err := add(r); err != nil {
			return true, err
		}
	}
	return true, nil
}

func interaction(r row) (Interaction, error) {
	x := Interaction{Customer: r.first(customerNames), Item: r.first(itemNames), Basket: r.first(basketNames)}
	switch {
	case x.Customer == "":
		return x, errors.New("it names no customer")
	case x.Item == "":
		return x, errors.New("it names no item")
	}
	var err error
	if s := r.first(timeNames); s != "" {
		if x.At, err = instant(s); err != nil {
			return x, err
		}
	}
	if s := r.first(countNames); s != "" {
		n, err := number64(s)
		if err != nil {
			return x, fmt.Errorf("quantity %q: %w", s, err)
		}
		if n <= 0 {
			return x, fmt.Errorf("quantity %s: it was sent back", s)
		}
	}
	if s := r.first(valueNames); s != "" {
		if x.Value, err = number64(s); err != nil {
			return x, fmt.Errorf("value %q: %w", s, err)
		}
	}
	if s := r.first(ratingNames); s != "" {
		if x.Value, err = number64(s); err != nil {
			return x, fmt.Errorf("rating %q: %w", s, err)
		}
		x.Kind = Rated
	}
	if s := r.first(kindNames); s != "" {
		if x.Kind, err = kindOf(s); err != nil {
			return x, err
		}
	}
	if x.Basket == "" && x.Kind == Bought && !x.At.IsZero() {
		x.Basket = x.Customer + " " + x.At.Format(time.RFC3339)
	}
	return x, nil
}

var kindWords = map[string]Kind{
	"bought": Bought, "buy": Bought, "purchase": Bought, "purchased": Bought, "transaction": Bought, "order": Bought, "ordercompleted": Bought,
	"viewed": Viewed, "view": Viewed, "pageview": Viewed, "pv": Viewed, "click": Viewed, "clicked": Viewed, "productviewed": Viewed, "productclicked": Viewed,
	"added": Added, "add": Added, "addtocart": Added, "cart": Added, "productadded": Added,
	"rated": Rated, "rating": Rated, "review": Rated,
}

func kindOf(s string) (Kind, error) {
	if k, ok := kindWords[plain(s)]; ok {
		return k, nil
	}
	return 0, fmt.Errorf("kind %q: want bought, viewed, added or rated", s)
}

func number64(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, errors.New("want a number")
	}
	return v, nil
}

var layouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04:05", "2006/01/02 15:04:05", "2006/01/02", "20060102"}

// instant reads a date, or seconds or milliseconds since 1970.
func instant(s string) (time.Time, error) {
	if n, err := strconv.ParseFloat(s, 64); err == nil && len(s) != len("20060102") {
		switch {
		case n >= 0 && n < 1e11:
			return time.Unix(int64(n), 0).UTC(), nil
		case n >= 1e11 && n < 1e14:
			return time.UnixMilli(int64(n)).UTC(), nil
		}
		return time.Time{}, fmt.Errorf("time %q: want seconds or milliseconds since 1970", s)
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want 2026-01-31, 2026-01-31 15:04:05, RFC 3339, or seconds since 1970", s)
}
