package orders_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/memory/store"
	. "parley/tools/orders"
	"parley/tools/orders/orderstest"
)

// A desk is proofs over the suite's shop, on a clock of its own.
type desk struct {
	*Proofs
	now   time.Time
	mu    sync.Mutex
	store store.Store
	books *Books
}

func newDesk(t *testing.T, limits Limits) *desk {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	d := &desk{now: orderstest.Now, store: st}
	shop := orderstest.Shop()
	shop.Store = st
	if d.books, err = New(ctx, shop); err != nil {
		t.Fatal(err)
	}
	d.restart(t, limits)
	return d
}

func (d *desk) restart(t *testing.T, limits Limits) {
	t.Helper()
	var err error
	d.Proofs, err = NewProofs(context.Background(), d.store, nil, d.books, limits, func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.now
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) wait(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

func TestAGuestProvesOneOrder(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	g := Guest{"visitor:1", "c1"}
	if err := d.Prove(ctx, g, "#1001", "ANA@example.com"); err != nil {
		t.Fatal(err)
	}
	if who, err := d.Customer(ctx, g, "1001"); who != "ana" || err != nil {
		t.Errorf("%q, %v", who, err)
	}
	for _, c := range []struct {
		g     Guest
		order string
	}{{g, "1002"}, {Guest{"visitor:1", "c2"}, "1001"}, {Guest{"visitor:2", "c1"}, "1001"}, {Guest{"visitor:1", ""}, "1001"}} {
		if who, err := d.Customer(ctx, c.g, c.order); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v has %s of %q, %v", c.g, c.order, who, err)
		}
	}
	d.restart(t, Limits{})
	d.wait(time.Hour)
	if list, err := d.Proved(ctx, g); err != nil || len(list) != 1 {
		t.Errorf("after an hour and a restart: %v, %v", list, err)
	}
	d.wait(time.Hour)
	if who, err := d.Customer(ctx, g, "1001"); !errors.Is(err, ErrNotFound) {
		t.Errorf("after two hours: %q, %v", who, err)
	}
	if err := d.Prove(ctx, Guest{"visitor:1", ""}, "1001", "ana@example.com"); err == nil {
		t.Error("an order was proved in no conversation")
	}
}

// A wrong number and a wrong proof give the same answers, try after try.
func TestGuessesLookAlike(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	var told [2][]string
	for i, order := range []string{"1001", "7777"} {
		for guest := range 4 {
			g := Guest{fmt.Sprint("visitor:", i, guest), fmt.Sprint("c", i, guest)}
			for range 6 {
				told[i] = append(told[i], fmt.Sprint(d.Prove(ctx, g, order, "not@example.com")))
			}
		}
	}
	if fmt.Sprint(told[0]) != fmt.Sprint(told[1]) {
		t.Errorf("an order that exists:\n%v\none that doesn't:\n%v", told[0], told[1])
	}
}

func TestBruteForceIsStopped(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	tries := func(n int, guest func(int) Guest, order func(int) string) (looked int) {
		for i := range n {
			if err := d.Prove(ctx, guest(i), order(i), fmt.Sprint(i, "@example.com")); errors.Is(err, ErrNotFound) {
				looked++
			} else if !errors.Is(err, ErrTries) {
				t.Fatal(err)
			}
		}
		return looked
	}
	if n := tries(50, func(int) Guest { return Guest{"visitor:a", "ca"} }, func(i int) string { return fmt.Sprint(5000 + i) }); n != 5 {
		t.Errorf("one conversation: %d tries", n)
	}
	if n := tries(50, func(i int) Guest { return Guest{"visitor:b", fmt.Sprint("cb", i)} }, func(i int) string { return fmt.Sprint(6000 + i) }); n != 5 {
		t.Errorf("one visitor, ever new conversations: %d tries", n)
	}
	if n := tries(50, func(i int) Guest { return Guest{fmt.Sprint("visitor:c", i), fmt.Sprint("cc", i)} }, func(int) string { return "1001" }); n != 10 {
		t.Errorf("one order, ever new visitors: %d tries", n)
	}
	// The right proof is locked out with the wrong ones, a restart changes nothing,
	// and the next hour does.
	owner := Guest{"visitor:owner", "owner"}
	d.restart(t, Limits{})
	if err := d.Prove(ctx, owner, "1001", "ana@example.com"); !errors.Is(err, ErrTries) {
		t.Errorf("a locked order: %v", err)
	}
	if err := d.Prove(ctx, owner, "1002", "ana@example.com"); err != nil {
		t.Errorf("another order of the same customer: %v", err)
	}
	d.wait(time.Hour)
	if err := d.Prove(ctx, owner, "1001", "ana@example.com"); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

// Proofs that are right are no tries: a customer may look as often as they like.
func TestRightProofsAreNotCounted(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	for range 30 {
		if err := d.Prove(ctx, Guest{"visitor:1", "c1"}, "1001", "hr3 5ab"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTriesAtOnceAreNoMore(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	looked := 0
	for i := range 40 { // two conversations of two visitors, and one order
		wg.Go(func() {
			err := d.Prove(ctx, Guest{fmt.Sprint("visitor:", i%2), fmt.Sprint("c", i%2)}, "1001", "not@example.com")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrNotFound) {
				looked++
			} else if !errors.Is(err, ErrTries) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if looked != 10 {
		t.Errorf("%d tries of two visitors, of whom each has five", looked)
	}
}

// A guesser leaves no more keys than there are shards, and what is over is gone.
func TestGuessesFillNoDisk(t *testing.T) {
	ctx, d := context.Background(), newDesk(t, Limits{})
	for i := range 200 {
		if err := d.Prove(ctx, Guest{fmt.Sprint("visitor:", i), fmt.Sprint("c", i)}, fmt.Sprint(9000+i), "x"); !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
	}
	b, err := d.store.Bucket(ctx, "proofs")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := b.Keys(ctx)
	if err != nil || len(keys) > 256 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}
