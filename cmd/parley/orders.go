package main

import (
	"context"
	"fmt"

	"parley/tools/orders"
)

// orderSettings name a shop's own server for its orders.
type orderSettings struct {
	Orders      string `env:"PARLEY_ORDERS" placeholder:"URL" help:"The shop's own server for orders, as tools/orders/openapi.yaml describes it, with PARLEY_ORDERS_TOKEN in the environment; without it orders are kept in the store."`
	OrdersToken string `name:"orders-token" env:"PARLEY_ORDERS_TOKEN" hidden:""`
}

// ordersElsewhere is the shop's own server for orders, nil where none is set.
func (s *orderSettings) ordersElsewhere() (orders.Service, error) {
	if s.Orders == "" {
		if s.OrdersToken != "" {
			return nil, fmt.Errorf("PARLEY_ORDERS_TOKEN is set and no order server is: give its address with --orders")
		}
		return nil, nil
	}
	r, err := orders.NewRemote(orders.RemoteConfig{URL: s.Orders, Token: s.OrdersToken})
	if err != nil {
		return nil, fmt.Errorf("--orders: %w", err)
	}
	return r, nil
}

// openOrders opens the shop's orders, and what guests prove of them.
func (a *app) openOrders(ctx context.Context, cfg appConfig) (err error) {
	if a.Orders = cfg.Orders; a.Orders == nil {
		a.Orders, err = orders.New(ctx, orders.Config{Store: cfg.Store, Orders: cfg.Shop.Orders, People: cfg.Shop.People, Products: a.Catalog, Now: cfg.Now})
		if err != nil {
			return err
		}
	}
	a.Proofs, err = orders.NewProofs(ctx, cfg.Store, cfg.Ring, a.Orders, orders.Limits{}, cfg.Now)
	return err
}
