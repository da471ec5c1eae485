package orders_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"parley/memory/store"
	. "parley/tools/orders"
	"parley/tools/orders/orderstest"
)

// A breaking store fails at its nth write, before it reaches the disk or after.
type breaking struct {
	store.Store
	writes, at int
	after      bool
}

var errBroken = errors.New("the power went")

func (s *breaking) Bucket(ctx context.Context, name string) (store.Bucket, error) {
	b, err := s.Store.Bucket(ctx, name)
	return &breakingBucket{b, s}, err
}

type breakingBucket struct {
	store.Bucket
	s *breaking
}

func (b *breakingBucket) write(do func() (uint64, error)) (uint64, error) {
	b.s.writes++
	if b.s.writes != b.s.at {
		return do()
	}
	if b.s.after {
		if _, err := do(); err != nil {
			return 0, err
		}
	}
	return 0, errBroken
}

func (b *breakingBucket) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.write(func() (uint64, error) { return b.Bucket.Create(ctx, key, value) })
}

func (b *breakingBucket) Update(ctx context.Context, key string, value []byte, rev uint64) (uint64, error) {
	return b.write(func() (uint64, error) { return b.Bucket.Update(ctx, key, value, rev) })
}

func (b *breakingBucket) Put(ctx context.Context, key string, value []byte) (uint64, error) {
	return b.write(func() (uint64, error) { return b.Bucket.Put(ctx, key, value) })
}

// Changes that touch an order and a gift card, with what the card holds after.
var both = []struct {
	change Change
	holds  int64
}{
	{Change{Kind: Cancel, Order: "1006"}, 110_00},
	{Change{Kind: ModifyPayment, Order: "1009", Payment: "gift-ana"}, 10_00},
	{Change{Kind: ModifyItems, Order: "1001", Items: []string{"J-M"}, New: []string{"J-L"}, Payment: "gift-ana"}, 45_00},
}

// A crash at any write of a change leaves the order and the gift card either as
// they were or both changed, and the same key brings both to the end, once.
func TestOrderAndGiftCardAreOneWrite(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for n, c := range both {
		for _, after := range []bool{false, true} {
			for at := 1; at <= 3; at++ {
				name := fmt.Sprintf("%s, write %d, reached the disk: %v", c.change.Kind, at, after)
				shop := orderstest.Shop()
				broken := &breaking{Store: st, at: at, after: after}
				shop.Store, shop.Bucket = broken, fmt.Sprintf("crash-%d-%v-%d", n, after, at)
				b, err := New(ctx, shop)
				if err != nil {
					t.Fatal(err)
				}
				state := func() (Status, string) {
					// As another process finds it after the crash.
					shop.Store = st
					fresh, err := New(ctx, shop)
					if err != nil {
						t.Fatal(err)
					}
					o, err := fresh.Get(ctx, "ana", c.change.Order)
					if err != nil {
						t.Fatal(err)
					}
					who, err := fresh.Customer(ctx, "ana")
					if err != nil {
						t.Fatal(err)
					}
					m, _ := who.Method("gift-ana")
					return o.Status + Status(fmt.Sprint(len(o.Payments))), m.Balance.String()
				}
				wasOrder, wasCard := state()
				_, err = b.Do(ctx, "ana", c.change, "key")
				if at == 1 && (!errors.Is(err, errBroken) || Code(err) != "") {
					t.Fatalf("%s: %v", name, err)
				}
				if at > 1 && (err != nil || broken.writes != 1) {
					t.Fatalf("%s: a change took %d writes, %v", name, broken.writes, err)
				}
				order, card := state()
				if (order != wasOrder) != (card != wasCard) {
					t.Errorf("%s: the order went from %s to %s, the gift card from %s to %s", name, wasOrder, order, wasCard, card)
				}
				if reached := after || at > 1; (order != wasOrder) != reached {
					t.Errorf("%s: the order is %s, was %s", name, order, wasOrder)
				}
				for range 2 {
					if _, err := b.Do(ctx, "ana", c.change, "key"); err != nil {
						t.Fatalf("%s, again: %v", name, err)
					}
				}
				if _, card := state(); card != fmt.Sprintf("%d.00", c.holds/100) {
					t.Errorf("%s: in the end the gift card holds %s", name, card)
				}
			}
		}
	}
}

// A number that was taken before a crash is no order, and the next one is placed.
func TestACrashWhilePlacingLosesNothing(t *testing.T) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for at := 1; at <= 3; at++ {
		shop := orderstest.Shop()
		broken := &breaking{Store: st, at: at}
		shop.Store, shop.Bucket = broken, fmt.Sprint("place", at)
		b, err := New(ctx, shop)
		if err != nil {
			t.Fatal(err)
		}
		o := Order{Customer: "sam", Lines: []Line{{SKU: "J-M", Quantity: 1, Price: 60_00}}}
		if _, err := b.Place(ctx, o); !errors.Is(err, errBroken) {
			t.Fatalf("write %d: %v", at, err)
		}
		if list, err := b.List(ctx, "sam", 0); err != nil || len(list) != 0 {
			t.Errorf("write %d: %v, %v", at, list, err)
		}
		placed, err := b.Place(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if list, err := b.List(ctx, "sam", 0); err != nil || len(list) != 1 || list[0].ID != placed.ID {
			t.Errorf("write %d: %v, %v", at, list, err)
		}
	}
}
