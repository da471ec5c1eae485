package main

import (
	"context"

	"parley/tools/orders"
)

// openOrders opens the shop's orders, and what guests prove of them.
func (a *app) openOrders(ctx context.Context, cfg appConfig) (err error) {
	a.Orders, err = orders.New(ctx, orders.Config{Store: cfg.Store, Orders: cfg.Shop.Orders, People: cfg.Shop.People, Products: a.Catalog, Now: cfg.Now})
	if err != nil {
		return err
	}
	a.Proofs, err = orders.NewProofs(ctx, cfg.Store, a.Orders, orders.Limits{}, cfg.Now)
	return err
}
