package main

import (
	"context"
	"log/slog"
	"time"

	"parley/channels"
	"parley/channels/slackchat"
	"parley/memory"
	"parley/memory/store"
	"parley/tools/orders"
)

// steps bring what an older parley stored to what this one stores, each from one
// schema to the next; memory/store/README.md lists them. A new one is put at the
// end, and a stored folder of before it into testdata.
func (s *settings) steps() []store.Step {
	return []store.Step{{Name: "seal what is kept of customers", Run: func(ctx context.Context, st store.Store) error {
		log := slog.New(slog.DiscardHandler)
		ring, err := s.keyring.open(ctx, st, s.Data, log, time.Now)
		if err != nil {
			return err
		}
		defer ring.Close()
		key, _, err := readKey(s.keyring.file(s.Data)) // it sealed contact details itself
		if err != nil {
			return err
		}
		if err := channels.SealConversations(ctx, st, ring, key); err != nil {
			return err
		}
		if err := memory.SealFacts(ctx, st, ring); err != nil {
			return err
		}
		if err := slackchat.SealDesk(ctx, st, ring); err != nil {
			return err
		}
		return orders.DropProofs(ctx, st)
	}}}
}
