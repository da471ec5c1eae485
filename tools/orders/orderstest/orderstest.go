package orderstest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"parley/tools/catalog"
	"parley/tools/orders"
)

//go:embed changes.yaml
var changes []byte

// A vector is one case of changes.yaml.
type vector struct {
	Name, Who string
	Then      []orders.Change
	Do        orders.Change
	Refused   string
	Order     map[string]any
	Moves     []string
	Balance   map[string]catalog.Money
	Home      string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := yaml.YAMLToJSON(changes)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var list []vector
	if err := dec.Decode(&list); err != nil {
		t.Fatalf("changes.yaml: %v", err)
	}
	return list
}

// Run plays the suite. open gives the service over the suite's [Shop], fresh for
// each case.
func Run(t *testing.T, open func(t *testing.T, shop orders.Config) orders.Service) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) { v.play(t, open(t, Shop())) })
	}
	for name, test := range map[string]func(*testing.T, orders.Service){
		"the same key takes effect once":               once,
		"a key is of one change":                       oneChange,
		"another's orders are not there":               foreign,
		"a preview changes nothing":                    preview,
		"customers are found by what only they have":   find,
		"an order is proved by e-mail or postcode":     prove,
		"of many at once one takes effect":             atOnce,
		"a gift card is not spent twice by two orders": notTwice,
		"lists are newest first and cut":               lists,
		"what is given back is not what is kept":       copies,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, Shop())) })
	}
}

func (v vector) play(t *testing.T, s orders.Service) {
	ctx := context.Background()
	for i, c := range v.Then {
		if _, err := s.Do(ctx, v.Who, c, fmt.Sprint("before", i)); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
	}
	before := snapshot(t, s)
	seen, err := s.Preview(ctx, v.Who, v.Do)
	if orders.Code(err) != v.Refused {
		t.Errorf("the preview says %v, want the refusal %q", err, v.Refused)
	}
	out, err := s.Do(ctx, v.Who, v.Do, "key")
	if v.Refused != "" {
		if orders.Code(err) != v.Refused {
			t.Errorf("%v, want the refusal %q", err, v.Refused)
		}
		if after := snapshot(t, s); !reflect.DeepEqual(before, after) {
			t.Errorf("it was refused, and something changed:\n%v\n%v", before, after)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	foreseen := out
	foreseen.Order.Applied = seen.Order.Applied // a preview has no key
	if !reflect.DeepEqual(plain(t, seen), plain(t, foreseen)) {
		t.Errorf("the preview was %v, what happened %v", plain(t, seen), plain(t, out))
	}
	if v.Do.Order != "" {
		o, err := s.Get(ctx, v.Who, v.Do.Order)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plain(t, o), plain(t, out.Order)) {
			t.Errorf("the outcome holds %v, the books %v", plain(t, out.Order), plain(t, o))
		}
		for path, want := range v.Order {
			if got := at(plain(t, o), path); !reflect.DeepEqual(got, plain(t, want)) {
				t.Errorf("%s is %v, want %v", path, got, want)
			}
		}
	}
	if v.Moves != nil {
		moves := []string{}
		for _, p := range out.Payments {
			moves = append(moves, p.Kind+" "+p.Amount.String()+" "+p.Method)
		}
		if !slices.Equal(moves, v.Moves) {
			t.Errorf("money moves %q, want %q", moves, v.Moves)
		}
	}
	c, err := s.Customer(ctx, v.Who)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range v.Balance {
		if m, ok := c.Method(id); !ok || m.Balance != want {
			t.Errorf("%s holds %v, want %s", id, m, want)
		}
	}
	if v.Home != "" && (c.Address.Text() != v.Home || out.Address.Text() != v.Home) {
		t.Errorf("the address is %q, want %q", c.Address.Text(), v.Home)
	}
}

// snapshot is all that the suite's customers have.
func snapshot(t *testing.T, s orders.Service) any {
	t.Helper()
	all := map[string]any{}
	for _, who := range []string{"ana", "ben", "sam"} {
		c, err := s.Customer(context.Background(), who)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.List(context.Background(), who, 0)
		if err != nil {
			t.Fatal(err)
		}
		all[who] = plain(t, []any{c, list})
	}
	return all
}

func plain(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func at(v any, path string) any {
	for _, p := range strings.Split(path, "/") {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			n, err := strconv.Atoi(p)
			if err != nil || n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func once(t *testing.T, s orders.Service) {
	ctx := context.Background()
	c := orders.Change{Kind: orders.ModifyPayment, Order: "1009", Payment: "gift-ana"}
	first, err := s.Do(ctx, "ana", c, "key")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := s.Do(ctx, "ana", c, "key")
		if err != nil || !reflect.DeepEqual(plain(t, again), plain(t, first)) {
			t.Fatalf("again: %v, %v; first %v", plain(t, again), err, plain(t, first))
		}
	}
	who, err := s.Customer(ctx, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := who.Method("gift-ana"); m.Balance != 10_00 {
		t.Errorf("the gift card holds %s after one payment of 40.00 from 50.00", m.Balance)
	}
	if _, err := s.Do(ctx, "ana", c, "another key"); orders.Code(err) != "only_once" {
		t.Errorf("another key: %v", err)
	}
	for _, kind := range []orders.Change{
		{Kind: orders.Cancel, Order: "1001"}, {Kind: orders.Return, Order: "1002", Items: []string{"J-M"}},
		{Kind: orders.Move, Address: &orders.Address{Line1: "1 Road", City: "Town"}},
	} {
		for range 2 {
			if _, err := s.Do(ctx, "ana", kind, "key of "+string(kind.Kind)); err != nil {
				t.Errorf("%s with the same key: %v", kind.Kind, err)
			}
		}
	}
}

func oneChange(t *testing.T, s orders.Service) {
	ctx := context.Background()
	if _, err := s.Do(ctx, "ana", orders.Change{Kind: orders.Cancel, Order: "1001"}, "key"); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, s)
	if _, err := s.Do(ctx, "ana", orders.Change{Kind: orders.Cancel, Order: "1006"}, "key"); orders.Code(err) != "key_used" {
		t.Errorf("the key of another change: %v", err)
	}
	if _, err := s.Do(ctx, "ben", orders.Change{Kind: orders.Cancel, Order: "1001"}, "key"); orders.Code(err) != "not_found" {
		t.Errorf("the key of another customer: %v", err)
	}
	if after := snapshot(t, s); !reflect.DeepEqual(before, after) {
		t.Error("something changed")
	}
	if _, err := s.Do(ctx, "ana", orders.Change{Kind: orders.Cancel, Order: "1006"}, ""); err == nil {
		t.Error("a change without a key was made")
	}
}

func foreign(t *testing.T, s orders.Service) {
	ctx := context.Background()
	for _, who := range []string{"ben", "", "Ana", "ana ", "nobody", "../ana", "ana/orders", "ana?x=1", strings.Repeat("x", 400)} {
		if o, err := s.Get(ctx, who, "1001"); !errors.Is(err, orders.ErrNotFound) || o.ID != "" {
			t.Errorf("%q sees %v, %v", who, o.ID, err)
		}
		list, err := s.List(ctx, who, 0)
		if err != nil && !errors.Is(err, orders.ErrNotFound) {
			t.Errorf("%q: %v", who, err)
		}
		for _, o := range list {
			if o.Customer != who {
				t.Errorf("%q is listed the order %s of %s", who, o.ID, o.Customer)
			}
		}
	}
	for _, id := range []string{"", "#", "1001/../1005", "1005?x", "1005%00", strings.Repeat("1", 400)} {
		if o, err := s.Get(ctx, "ana", id); !errors.Is(err, orders.ErrNotFound) {
			t.Errorf("the order %.20q is %s, %v", id, o.ID, err)
		}
	}
	if _, err := s.Customer(ctx, "nobody"); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("nobody is somebody: %v", err)
	}
}

func preview(t *testing.T, s orders.Service) {
	before := snapshot(t, s)
	out, err := s.Preview(context.Background(), "ana", orders.Change{Kind: orders.ModifyItems, Order: "1001", Items: []string{"J-M"}, New: []string{"J-L"}})
	if err != nil || out.Refund() != -5_00 || out.Order.Status != orders.Modified {
		t.Errorf("%+v, %v", out, err)
	}
	if after := snapshot(t, s); !reflect.DeepEqual(before, after) {
		t.Error("something changed")
	}
}

func find(t *testing.T, s orders.Service) {
	for _, c := range []struct {
		who  orders.Who
		want string
	}{
		{orders.Who{Email: "ana@example.com"}, "ana"},
		{orders.Who{Email: " ANA@example.com"}, "ana"},
		{orders.Who{Email: "ana@example.org"}, ""},
		{orders.Who{Name: "ben gold", Zip: "hr35ac"}, "ben"},
		{orders.Who{Name: "Ben Gold", Zip: "HR3 5AB"}, ""},
		{orders.Who{Name: "Sam Low"}, ""},
		{orders.Who{}, ""},
	} {
		got, err := s.Find(context.Background(), c.who)
		if got != c.want || (c.want == "") != errors.Is(err, orders.ErrNotFound) {
			t.Errorf("%+v finds %q, %v", c.who, got, err)
		}
	}
}

func prove(t *testing.T, s orders.Service) {
	for _, c := range []struct{ order, proof, want string }{
		{"1001", "ana@example.com", "ana"}, {"#1001", "hr35ab", "ana"}, {"1005", "BEN@EXAMPLE.COM", "ben"},
		{"1001", "ben@example.com", ""}, {"1001", "", ""}, {"1001", "HR3", ""}, {"9999", "ana@example.com", ""}, {"", "ana@example.com", ""},
	} {
		got, err := s.Prove(context.Background(), c.order, c.proof)
		if got != c.want || (c.want == "") != errors.Is(err, orders.ErrNotFound) {
			t.Errorf("%s with %q proves %q, %v", c.order, c.proof, got, err)
		}
	}
}

func atOnce(t *testing.T, s orders.Service) {
	ctx := context.Background()
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i := range 8 {
		wg.Go(func() {
			c := orders.Change{Kind: orders.Cancel, Order: "1006"}
			if i%2 == 0 {
				c = orders.Change{Kind: orders.ModifyItems, Order: "1006", Items: []string{"J-M"}, New: []string{"J-RED"}}
			}
			_, err := s.Do(ctx, "ana", c, fmt.Sprint("key", i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else if orders.Code(err) == "" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if done != 1 {
		t.Errorf("%d of eight changes of which only one is possible took effect", done)
	}
}

func notTwice(t *testing.T, s orders.Service) {
	ctx := context.Background()
	var wg sync.WaitGroup
	for i, order := range []string{"1009", "1001"} { // 40.00, and a difference of 10.00 or 15.00, from 50.00
		wg.Go(func() {
			c := orders.Change{Kind: orders.ModifyPayment, Order: order, Payment: "gift-ana"}
			if i == 1 {
				c = orders.Change{Kind: orders.ModifyItems, Order: order, Items: []string{"J-M", "J-M", "B-42"}, New: []string{"J-L", "J-L", "B-43"}, Payment: "gift-ana"}
			}
			if _, err := s.Do(ctx, "ana", c, order); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := s.Customer(ctx, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := c.Method("gift-ana"); m.Balance != 0 {
		t.Errorf("the gift card holds %s, want nothing", m.Balance)
	}
	if _, err := s.Do(ctx, "ana", orders.Change{Kind: orders.Exchange, Order: "1002", Items: []string{"J-M"}, New: []string{"J-L"}, Payment: "gift-ana"}, "third"); orders.Code(err) != "balance" {
		t.Errorf("an empty gift card pays: %v", err)
	}
}

func lists(t *testing.T, s orders.Service) {
	list, err := s.List(context.Background(), "ana", 3)
	if err != nil || len(list) != 3 || list[0].ID != "1009" {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := s.List(context.Background(), "sam", 0); err != nil || len(list) != 0 {
		t.Errorf("sam has %v, %v", list, err)
	}
}

func copies(t *testing.T, s orders.Service) {
	ctx := context.Background()
	before := snapshot(t, s)
	o, err := s.Get(ctx, "ana", "1001")
	if err != nil {
		t.Fatal(err)
	}
	o.Lines[0].Quantity, o.Payments[0].Amount = 99, 1
	c, err := s.Customer(ctx, "ana")
	if err != nil {
		t.Fatal(err)
	}
	c.Payments[1].Balance = 1_000_00
	if after := snapshot(t, s); !reflect.DeepEqual(before, after) {
		t.Error("who is given an order can change the books")
	}
}
