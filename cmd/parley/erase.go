package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"parley/channels"
	"parley/channels/slackchat"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/erasure"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/memory/store/backup"
	"parley/tools/orders"
)

// An erasing is all places where something is kept of a customer.
type erasing struct {
	Store   store.Store
	Ring    *seal.Ring
	Hub     *channels.Hub
	Memory  *memory.Memory
	Proofs  *orders.Proofs
	Backups string // folder of backups, whose keyring a key is struck from; empty: none is known
	Remote  bool   // the orders are kept by the shop's own server
	Spans   bool   // turns are sent to a collector
	Now     func() time.Time
	Log     *slog.Logger
}

// newEraser wires the parts of an erasure, in the order in which they go.
func newEraser(ctx context.Context, x erasing) (*erasure.Eraser, error) {
	each := func(fn func(ctx context.Context, id string) (int, error)) func(context.Context, erasure.Subject) (int, error) {
		return func(ctx context.Context, s erasure.Subject) (sum int, err error) {
			for _, id := range s.IDs() {
				n, err := fn(ctx, id)
				if err != nil {
					return sum, err
				}
				sum += n
			}
			return sum, nil
		}
	}
	cfg := erasure.Config{
		Store: x.Store, Ring: x.Ring, Now: x.Now, Log: x.Log, Books: []string{"orders"},
		Find: func(ctx context.Context, customer string) (erasure.Subject, error) {
			ids, conversations, err := x.Hub.Belongings(ctx, customer)
			return erasure.Subject{Customer: customer, Joined: ids[min(1, len(ids)):], Conversations: conversations}, err
		},
		Dropped: func(ctx context.Context, name string) error {
			if x.Backups == "" {
				return nil
			}
			_, err := backup.Strike(ctx, x.Backups, seal.KeyName(name))
			return err
		},
		Parts: []erasure.Part{
			{Kind: "messages that waited", Erase: func(ctx context.Context, s erasure.Subject) (sum int, err error) {
				for _, id := range s.Conversations {
					n, err := x.Store.EraseWork(ctx, id)
					if err != nil {
						return sum, err
					}
					sum += n
				}
				return sum, nil
			}},
			{Kind: "conversations", Count: func(_ context.Context, s erasure.Subject) (int, error) { return len(s.Conversations), nil },
				Erase: func(ctx context.Context, s erasure.Subject) (int, error) {
					return 0, x.Hub.EraseConversations(ctx, s.Conversations)
				}},
			{Kind: "entries", Count: func(ctx context.Context, s erasure.Subject) (int, error) {
				return x.Hub.CountEntries(ctx, s.Conversations)
			}},
			{Kind: "facts", Count: each(func(ctx context.Context, id string) (int, error) {
				p, err := x.Memory.Profile(ctx, id)
				if err != nil {
					return 0, err
				}
				return len(p.Facts) + len(p.Past), nil
			}), Erase: each(func(ctx context.Context, id string) (int, error) { return 0, x.Memory.Erase(ctx, id) })},
			{Kind: "proofs of orders", Erase: func(ctx context.Context, s erasure.Subject) (sum int, err error) {
				for _, id := range s.IDs() {
					n, err := x.Proofs.Erase(ctx, id, s.Conversations...)
					if err != nil {
						return sum, err
					}
					sum += n
				}
				return sum, nil
			}},
			{Kind: "shop events", Erase: func(ctx context.Context, s erasure.Subject) (int, error) {
				return eraseEvents(ctx, x.Store, x.Ring, s.IDs())
			}},
			{Kind: "threads with staff", Erase: func(ctx context.Context, s erasure.Subject) (int, error) {
				return slackchat.Erase(ctx, x.Store, s.Conversations)
			}, Remains: "what stands in threads of your Slack workspace: delete it there"},
			{Kind: "names and tokens", Erase: func(ctx context.Context, s erasure.Subject) (int, error) {
				return 0, x.Hub.EraseOwners(ctx, s.IDs())
			}},
		},
		Remains: []string{"orders, with the address and the payments in them: they are the shop's own books"},
	}
	if x.Remote {
		cfg.Remains = []string{"orders: they are kept by the shop's own server"}
	}
	if x.Spans {
		cfg.Remains = append(cfg.Remains, "times and counts of turns that were sent to the collector, without a word that was said: it has its own retention")
	}
	return erasure.New(ctx, cfg)
}

// eraseEvents removes the shop events of some owners. Those in plain, of an older
// parley, are overwritten.
func eraseEvents(ctx context.Context, st store.Store, ring *seal.Ring, ids []string) (int, error) {
	var sealed, plain []uint64
	err := st.Events(ctx, 0, func(i store.Item) error {
		if ref, ok := seal.RefOf(i.Data); ok {
			if slices.ContainsFunc(ids, func(id string) bool { return ref.Of(ring.Name(id)) }) {
				sealed = append(sealed, i.Seq)
			}
			return nil
		}
		var e demo.Event
		if json.Unmarshal(i.Data, &e) == nil && (slices.Contains(ids, e.Who()) || e.AnonymousID != "" && slices.Contains(ids, "visitor:"+e.AnonymousID)) {
			plain = append(plain, i.Seq)
		}
		return nil
	})
	if err == nil {
		err = st.DeleteEvents(ctx, sealed...)
	}
	if err == nil {
		err = st.EraseEvents(ctx, plain...)
	}
	return len(sealed) + len(plain), err
}

// erase removes all that is kept of a customer.
func (a *app) erase(ctx context.Context, customer, by string) (erasure.Receipt, error) {
	return a.Eraser.Erase(ctx, customer, by)
}
