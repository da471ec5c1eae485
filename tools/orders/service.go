package orders

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/memory/store"
	"parley/tools/catalog"
)

// What can be wrong with a request about an order. An order of somebody else
// is ErrNotFound, so that nothing can be learned by asking.
var (
	ErrNotFound  = errors.New("no such order")
	ErrCancelled = errors.New("already cancelled")
	ErrTooLate   = errors.New("too late to cancel")
)

// A Service keeps orders, the shop's books: those it was given, and over them, in a bucket of the
// store, each order that was changed or placed since. It is safe for concurrent
// use by any number of processes.
type Service struct {
	given  map[string]Order
	byWhom map[string][]string
	bucket store.Bucket
	now    func() time.Time
	last   int // highest number among the given
}

// Config says where orders are kept.
type Config struct {
	Store  store.Store
	Orders []Order // the shop's orders at start
	Now    func() time.Time
}

// New opens the orders bucket of a store.
func New(ctx context.Context, cfg Config) (*Service, error) {
	b, err := cfg.Store.Bucket(ctx, "orders")
	if err != nil {
		return nil, fmt.Errorf("open the orders bucket: %w", err)
	}
	s := &Service{given: map[string]Order{}, byWhom: map[string][]string{}, bucket: b, now: cfg.Now, last: 1000}
	if s.now == nil {
		s.now = time.Now
	}
	for _, o := range cfg.Orders {
		if _, twice := s.given[o.ID]; twice {
			return nil, fmt.Errorf("order %s is given twice", o.ID)
		}
		s.given[o.ID] = o
		s.byWhom[o.Customer] = append(s.byWhom[o.Customer], o.ID)
		if n, err := strconv.Atoi(o.ID); err == nil {
			s.last = max(s.last, n)
		}
	}
	return s, nil
}

// Number gives an order number as it is kept: "#1042" and " 1042." are "1042".
func Number(text string) string {
	return strings.Trim(strings.TrimSpace(text), "#＃№.,。 ")
}

// Get returns a customer's own order, or ErrNotFound.
func (s *Service) Get(ctx context.Context, customer, id string) (Order, error) {
	o, _, err := s.load(ctx, Number(id))
	if err != nil {
		return Order{}, err
	}
	if customer == "" || o.Customer != customer {
		return Order{}, ErrNotFound
	}
	return o, nil
}

// List returns a customer's orders, newest first, at most limit (0: all).
func (s *Service) List(ctx context.Context, customer string, limit int) ([]Order, error) {
	if customer == "" {
		return nil, nil
	}
	ids := slices.Clone(s.byWhom[customer])
	placed, err := s.placed(ctx, customer)
	if err != nil {
		return nil, err
	}
	ids = append(ids, placed...)
	var out []Order
	for _, id := range ids {
		o, err := s.Get(ctx, customer, id)
		if errors.Is(err, ErrNotFound) {
			continue // its number was taken, and the crash came before the order
		}
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Order) int {
		return cmp.Or(b.Placed.Compare(a.Placed), cmp.Compare(len(b.ID), len(a.ID)), cmp.Compare(b.ID, a.ID))
	})
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

// CanCancel says whether an order can still be cancelled: nil, ErrCancelled or
// ErrTooLate.
func (o *Order) CanCancel() error {
	switch o.Status {
	case Pending:
		return nil
	case Cancelled:
		return ErrCancelled
	}
	return ErrTooLate
}

// Cancel cancels a customer's own order that has not been packed yet. The same
// key takes effect once: again, it returns the order as it stands.
func (s *Service) Cancel(ctx context.Context, customer, id, reason, key string) (Order, error) {
	return s.change(ctx, customer, id, key, func(o *Order) error {
		if err := o.CanCancel(); err != nil {
			return err
		}
		o.Status, o.Reason = Cancelled, reason
		return nil
	})
}

// change applies one write to an order by compare-and-set, once a key.
func (s *Service) change(ctx context.Context, customer, id, key string, apply func(*Order) error) (Order, error) {
	id = Number(id)
	for {
		o, rev, err := s.load(ctx, id)
		if err != nil {
			return Order{}, err
		}
		if customer == "" || o.Customer != customer {
			return Order{}, ErrNotFound
		}
		if key != "" && slices.Contains(o.Applied, key) {
			return o, nil
		}
		if err := apply(&o); err != nil {
			return o, err
		}
		if key != "" {
			o.Applied = append(slices.Clone(o.Applied), key)
		}
		err = s.save(ctx, o, rev)
		if errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			continue
		}
		return o, err
	}
}

// Place stores a new order of a customer and gives it the next number.
func (s *Service) Place(ctx context.Context, o Order) (Order, error) {
	if o.Customer == "" || len(o.Lines) == 0 {
		return Order{}, errors.New("an order needs a customer and at least one line")
	}
	number := s.last
	err := store.Update(ctx, s.bucket, "next", func(old []byte) ([]byte, error) {
		number = s.last
		if n, err := strconv.Atoi(string(old)); err == nil {
			number = max(number, n)
		}
		number++
		return []byte(strconv.Itoa(number)), nil
	})
	if err != nil {
		return Order{}, fmt.Errorf("take an order number: %w", err)
	}
	o.ID = strconv.Itoa(number)
	o.Status, o.Placed, o.Total = Pending, s.now(), 0
	for _, l := range o.Lines {
		o.Total += l.Price * catalog.Money(l.Quantity)
	}
	err = store.Update(ctx, s.bucket, "of "+o.Customer, func(old []byte) ([]byte, error) {
		var ids []string
		if old != nil {
			if err := json.Unmarshal(old, &ids); err != nil {
				return nil, err
			}
		}
		return json.Marshal(append(ids, o.ID))
	})
	if err != nil {
		return Order{}, fmt.Errorf("note order %s with its customer: %w", o.ID, err)
	}
	return o, s.save(ctx, o, 0)
}

func (s *Service) placed(ctx context.Context, customer string) ([]string, error) {
	b, _, err := s.bucket.Get(ctx, "of "+customer)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the orders of a customer: %w", err)
	}
	var ids []string
	return ids, json.Unmarshal(b, &ids)
}

// load returns an order with its revision, 0 when the store has no newer one
// than the given.
func (s *Service) load(ctx context.Context, id string) (Order, uint64, error) {
	if id == "" || len(id) > 64 {
		return Order{}, 0, ErrNotFound
	}
	b, rev, err := s.bucket.Get(ctx, "order "+id)
	if errors.Is(err, store.ErrNotFound) {
		if o, ok := s.given[id]; ok {
			return o, 0, nil
		}
		return Order{}, 0, ErrNotFound
	}
	if err != nil {
		return Order{}, 0, fmt.Errorf("read order %s: %w", id, err)
	}
	var o Order
	if err := json.Unmarshal(b, &o); err != nil {
		return Order{}, 0, fmt.Errorf("read order %s: %w", id, err)
	}
	return o, rev, nil
}

func (s *Service) save(ctx context.Context, o Order, rev uint64) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if rev == 0 {
		_, err = s.bucket.Create(ctx, "order "+o.ID, b)
	} else {
		_, err = s.bucket.Update(ctx, "order "+o.ID, b, rev)
	}
	if err != nil {
		return fmt.Errorf("save order %s: %w", o.ID, err)
	}
	return nil
}
