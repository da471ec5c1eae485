package orders_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"parley/memory/store"
	. "parley/tools/orders"
	"parley/tools/orders/orderstest"
)

func open(t *testing.T) *Books {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := New(context.Background(), Config{Store: st, Orders: []Order{
		{ID: "1042", Customer: "C1", Status: Pending, Total: 84_00}, {ID: "1043", Customer: "C2", Status: Pending}, {ID: "1040", Customer: "C1", Status: Shipped},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnothersOrderDoesNotExist(t *testing.T) {
	ctx, s := context.Background(), open(t)
	for _, who := range []string{"C1", "", "c2", "C2 "} {
		if _, err := s.Get(ctx, who, "1043"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q saw order 1043: %v", who, err)
		}
		if _, err := s.Do(ctx, who, Change{Kind: Cancel, Order: "1043"}, "k"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q cancelled order 1043: %v", who, err)
		}
	}
	if o, err := s.Get(ctx, "C2", "#1043"); err != nil || o.Status != Pending {
		t.Errorf("its owner sees %+v, %v", o, err)
	}
}

func TestACancellationTakesEffectOnce(t *testing.T) {
	ctx, s := context.Background(), open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Do(ctx, "C1", Change{Kind: Cancel, Order: "1042"}, "key"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	o, err := s.Get(ctx, "C1", "1042")
	if err != nil || o.Status != Cancelled || len(o.Applied) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := s.Do(ctx, "C1", Change{Kind: Cancel, Order: "1042"}, "another"); !errors.Is(err, ErrCancelled) {
		t.Errorf("a second cancellation: %v", err)
	}
	if _, err := s.Do(ctx, "C1", Change{Kind: Cancel, Order: "1040"}, "key2"); !errors.Is(err, ErrTooLate) {
		t.Errorf("a shipped order: %v", err)
	}
}

func TestPlacedOrdersGetTheirOwnNumbers(t *testing.T) {
	ctx, s := context.Background(), open(t)
	seen := map[string]bool{}
	for range 3 {
		o, err := s.Place(ctx, Order{Customer: "C1", Lines: []Line{{SKU: "a", Quantity: 2, Price: 5_00}}})
		if err != nil || o.Total != 10_00 || seen[o.ID] {
			t.Fatal(o, err)
		}
		seen[o.ID] = true
	}
	list, err := s.List(ctx, "C1", 0)
	if err != nil || len(list) != 5 {
		t.Errorf("%d orders, %v; want 2 given and 3 placed", len(list), err)
	}
}

func TestBooks(t *testing.T) {
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	n := 0
	orderstest.Run(t, func(t *testing.T, shop Config) Service {
		n++
		shop.Store, shop.Bucket = st, fmt.Sprint("orders", n)
		b, err := New(context.Background(), shop)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}
