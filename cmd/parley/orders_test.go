package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley/memory/store"
	"parley/tools/orders"
	"parley/tools/orders/orderstest"
)

// With --orders the assistant speaks of the orders of that server, and of none
// of the demo's.
func TestOrdersOfAShopsOwnServer(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	shop := orderstest.Shop()
	shop.Store = st
	books, err := orders.New(ctx, shop)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&orderstest.Server{Service: books, Token: "secret"})
	defer srv.Close()
	s := settings{Shop: "demo", Data: t.TempDir(), Model: "builtin", Tools: "auto", orderSettings: orderSettings{srv.URL, "secret"}}
	a, _, err := s.open(ctx, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Store.Close()
	if o, err := a.Orders.Get(ctx, "ana", "1001"); err != nil || o.Total != 240_00 {
		t.Errorf("%v, %v", o.ID, err)
	}
	if _, err := a.Orders.Get(ctx, "C1007", "1042"); orders.Code(err) != "not_found" {
		t.Errorf("an order of the demo: %v", err)
	}
	if err := a.Proofs.Prove(ctx, orders.Guest{Visitor: "v", Conversation: "c"}, "1001", "ana@example.com"); err != nil {
		t.Error(err)
	}
}

func TestAnOrderServerThatCannotBeIsTold(t *testing.T) {
	for _, s := range []orderSettings{{Orders: "http://shop.example"}, {Orders: "shop"}, {OrdersToken: "x"}} {
		if _, err := s.ordersElsewhere(); err == nil || !strings.Contains(err.Error(), "--orders") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
