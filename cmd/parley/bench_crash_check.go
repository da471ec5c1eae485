package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/channels/webchat/crowd"
	"parley/memory/store"
	"parley/tools/orders"
)

// crashCustomers are demo customers with orders that can be changed, each on a
// device or two.
func crashCustomers() []crowd.Customer {
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		panic("the demo shop: " + err.Error()) // of files in this program
	}
	change, back := map[string][]crowd.Errand{}, map[string][]crowd.Errand{}
	var who []string
	for _, o := range sh.Orders {
		switch of := "order " + o.ID; {
		case o.Status == orders.Pending:
			if change[o.Customer] == nil {
				who = append(who, o.Customer)
			}
			change[o.Customer] = append(change[o.Customer],
				crowd.Errand{Of: of, Say: "change the delivery address of " + of + " to %d Mill Road, Corbett, OR 97019"},
				crowd.Errand{Of: of, Say: "cancel " + of, Last: true})
		case o.CanReturn(time.Now()) == nil:
			back[o.Customer] = append(back[o.Customer], crowd.Errand{Of: of, Say: "return everything from " + of, Last: true})
		}
	}
	var out []crowd.Customer
	for i, id := range who[:min(4, len(who))] {
		out = append(out, crowd.Customer{ID: id, Locale: []string{"en", "zh"}[i%2], Errands: change[id]})
		if len(back[id]) > 1 {
			out = append(out, crowd.Customer{ID: id, Locale: "en", Errands: back[id]}) // a second device
		}
	}
	return out
}

// sign signs a customer in, as the demo shop's pages do.
func (k *killLoop) sign(customer string) (string, error) {
	key, err := customerKey(filepath.Join(k.dir, "customer.key"), k.dir)
	if err != nil {
		return "", err
	}
	return signCustomer(key, llm.Customer{ID: customer, Name: customer}, time.Now())
}

// check opens the data folder that the servers left and holds it against what
// the crowd was told.
func (k *killLoop) check(ctx context.Context) (*crowd.Report, error) {
	return checkLeft(ctx, &settings{Data: k.dir}, k.crowd, slog.New(slog.DiscardHandler))
}

// checkLeft opens what servers left, and holds it against what a crowd was told.
func checkLeft(ctx context.Context, set *settings, told *crowd.Crowd, log *slog.Logger) (*crowd.Report, error) {
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		return nil, err
	}
	st, err := openStore(ctx, set, time.Now, log)
	if err != nil {
		return nil, fmt.Errorf("open what the servers left: %w", err)
	}
	defer st.Close()
	ring, err := set.keyring.open(ctx, st, set.Data, log, time.Now)
	if err != nil {
		return nil, fmt.Errorf("open what the servers left: %w", err)
	}
	a, _, err := newApp(ctx, appConfig{Shop: sh, Store: st, Ring: ring, Model: "builtin", Now: time.Now, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open what the servers left: %w", err)
	}
	return told.Check(ctx, records{a})
}

// records are what an app has on disk.
type records struct{ *app }

func (r records) Entries(ctx context.Context, conversation string) ([]channels.Entry, error) {
	return r.Hub.Entries(ctx, conversation, 0)
}

func (r records) HandOff(ctx context.Context, conversation string) (channels.HandOffPhase, error) {
	c, err := r.Hub.Get(ctx, conversation)
	return c.HandOff.State, err
}

// Took counts the changes of an order. Money that went back twice counts too.
func (r records) Took(ctx context.Context, customer, of string) (int, error) {
	o, err := r.Orders.Get(ctx, customer, strings.TrimPrefix(of, "order "))
	if err != nil {
		return 0, err
	}
	refunds := 0
	for _, p := range o.Payments {
		if p.Kind == orders.Refunded {
			refunds++
		}
	}
	return len(o.Applied) + max(0, refunds-1), nil
}

func (r records) Kept(ctx context.Context, conversation, word string) (int, error) {
	c, err := r.Hub.Get(ctx, conversation)
	if err != nil {
		return 0, err
	}
	facts, err := r.Memory.Facts(ctx, c.Customer.ID)
	n := 0
	for _, f := range facts {
		if strings.HasSuffix(f.Value, " "+word) {
			n++
		}
	}
	return n, err
}

func (r records) Events(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := r.Store.Events(ctx, 0, func(i store.Item) error {
		e, ok, err := readEvent(ctx, r.Ring, i)
		if ok {
			out[e.MessageID]++
		}
		return err
	})
	return out, err
}

// Remains looks for a conversation's log and for the keys that name it.
func (r records) Remains(ctx context.Context, conversation string) ([]string, error) {
	var out []string
	if last, err := r.Store.Last(ctx, conversation); err != nil {
		return nil, err
	} else if last > 0 {
		out = append(out, "the log")
	}
	for _, name := range []string{"records", "contacts"} {
		b, err := r.Store.Bucket(ctx, name)
		if err != nil {
			return nil, err
		}
		if _, _, err := b.Get(ctx, conversation); err == nil {
			out = append(out, name)
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return out, nil
}
