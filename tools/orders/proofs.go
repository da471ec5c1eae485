package orders

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

// ErrTries says that too many proofs were tried, of this order or by this guest.
var ErrTries = refusal("too_many_tries", "too many tries: later, or after signing in")

// Proofs let a guest prove an order, by its number and an e-mail address or
// postcode, and remember that for the conversation it was proved in. Tries are
// counted in the store, by conversation, by visitor and by order number, so that
// neither a restart nor another process nor a new conversation gives more of
// them. A wrong number, a wrong proof, and a number that is locked for others'
// tries all look alike to who guesses: the same answers after as many tries.
type Proofs struct {
	service Service
	bucket  store.Bucket
	ring    *seal.Ring // seals what a guest proved; nil keeps it in plain
	limits  Limits
	now     func() time.Time
}

// Limits say how often may be tried, and how long a proof holds.
type Limits struct {
	PerGuest int           // wrong tries of a conversation, and of a visitor, in Window; 0: 5
	PerOrder int           // wrong tries at one order number in Window; 0: 10
	Window   time.Duration // 0: an hour
	Holds    time.Duration // how long a proof holds; 0: two hours
}

// NewProofs opens the bucket of tries and proofs.
func NewProofs(ctx context.Context, st store.Store, ring *seal.Ring, service Service, limits Limits, now func() time.Time) (*Proofs, error) {
	b, err := st.Bucket(ctx, bucketProofs)
	if err != nil {
		return nil, fmt.Errorf("open the bucket of order proofs: %w", err)
	}
	limits.PerGuest, limits.PerOrder = cmp.Or(limits.PerGuest, 5), cmp.Or(limits.PerOrder, 10)
	limits.Window, limits.Holds = cmp.Or(limits.Window, time.Hour), cmp.Or(limits.Holds, 2*time.Hour)
	if now == nil {
		now = time.Now
	}
	return &Proofs{service, b, ring, limits, now}, nil
}

// Where proofs lie. Those that an older parley kept in plain, in the other one,
// held for two hours.
const (
	bucketProofs  = "proofs"
	bucketInPlain = "order-proofs"
)

// DropProofs deletes the proofs that an older parley kept in plain.
func DropProofs(ctx context.Context, st store.Store) error {
	return st.DeleteBucket(ctx, bucketInPlain)
}

// A Guest is who proves an order: a visitor in a conversation.
type Guest struct{ Visitor, Conversation string }

// Prove checks a proof and keeps it for the conversation. ErrNotFound: the number
// or the proof is wrong, and which of them is not told. ErrTries: too many were.
func (p *Proofs) Prove(ctx context.Context, g Guest, order, proof string) error {
	if g.Conversation == "" {
		return errors.New("an order can be proved in a conversation only")
	}
	number := Number(order)
	tried := []struct {
		subject string
		most    int
	}{{"conversation " + g.Conversation, p.limits.PerGuest}, {"visitor " + g.Visitor, p.limits.PerGuest}, {"order " + folded(number), p.limits.PerOrder}}
	// A try is counted before it is made, so that many at once are no more.
	for _, t := range tried {
		left, err := p.take(ctx, t.subject, t.most)
		if err != nil {
			return err
		}
		if !left {
			return ErrTries
		}
	}
	customer, err := p.service.Prove(ctx, order, proof)
	if err != nil {
		return err
	}
	if err := p.keep(ctx, g, number, customer); err != nil {
		return err
	}
	for _, t := range tried {
		if err := p.giveBack(ctx, t.subject); err != nil {
			return err
		}
	}
	return nil
}

// A grant is a proved order.
type grant struct {
	Visitor  string    `json:"visitor"`
	Order    string    `json:"order"`
	Customer string    `json:"customer"`
	Until    time.Time `json:"until"`
}

// Customer is whose order a guest has proved in this conversation, or ErrNotFound.
func (p *Proofs) Customer(ctx context.Context, g Guest, order string) (string, error) {
	list, err := p.grants(ctx, g)
	if err != nil {
		return "", err
	}
	for _, x := range list {
		if x.Order == Number(order) {
			return x.Customer, nil
		}
	}
	return "", ErrNotFound
}

// Proved are the numbers of the orders that a guest has proved in this
// conversation, the latest last.
func (p *Proofs) Proved(ctx context.Context, g Guest) ([]string, error) {
	list, err := p.grants(ctx, g)
	var out []string
	for _, x := range list {
		out = append(out, x.Order)
	}
	return out, err
}

func (p *Proofs) grants(ctx context.Context, g Guest) ([]grant, error) {
	if g.Conversation == "" {
		return nil, nil
	}
	b, _, err := p.bucket.Get(ctx, "proved "+hashed(g.Conversation))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was proved: %w", err)
	}
	list, err := p.opened(ctx, "proved "+hashed(g.Conversation), b)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(x grant) bool { return x.Visitor != g.Visitor || !p.now().Before(x.Until) }), nil
}

func (p *Proofs) keep(ctx context.Context, g Guest, order, customer string) error {
	key := "proved " + hashed(g.Conversation)
	return store.Update(ctx, p.bucket, key, func(old []byte) ([]byte, error) {
		var list []grant
		if old != nil {
			var err error
			if list, err = p.opened(ctx, key, old); err != nil {
				return nil, err
			}
		}
		list = slices.DeleteFunc(list, func(x grant) bool { return x.Order == order || !p.now().Before(x.Until) })
		b, err := json.Marshal(append(list, grant{g.Visitor, order, customer, p.now().Add(p.limits.Holds)}))
		if err != nil {
			return nil, err
		}
		return p.ring.Seal(ctx, g.Visitor, key, b)
	})
}

// opened reads grants. Those of a visitor who was erased are none.
func (p *Proofs) opened(ctx context.Context, key string, box []byte) (list []grant, err error) {
	b, err := p.ring.Open(ctx, key, box)
	if errors.Is(err, seal.ErrDropped) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was proved: %w", err)
	}
	return list, nil
}

// Erase forgets what was proved in some conversations, and what anybody proved of
// a customer's orders. It returns how many proofs that were.
func (p *Proofs) Erase(ctx context.Context, customer string, conversations ...string) (n int, err error) {
	theirs := map[string]bool{}
	for _, c := range conversations {
		theirs["proved "+hashed(c)] = true
	}
	keys, err := p.bucket.Keys(ctx)
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "proved ") {
			continue
		}
		b, _, err := p.bucket.Get(ctx, key)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		var list []grant
		if err == nil {
			list, err = p.opened(ctx, key, b)
		}
		if err != nil {
			return n, err
		}
		of := slices.ContainsFunc(list, func(g grant) bool { return g.Customer == customer || g.Visitor == customer })
		if !theirs[key] && !of {
			continue
		}
		// All that was proved there goes: a guest who still needs another of them
		// proves it again.
		if err := p.bucket.Erase(ctx, key); err != nil {
			return n, err
		}
		n += max(1, len(list))
	}
	return n, nil
}

// tries are counted from the first one on, for a window.
type tries struct {
	N    int       `json:"n"`
	From time.Time `json:"from"`
}

// take counts a try, unless there were as many as may be. Subjects are kept by
// their hash, many to a key, and forgotten when their window is over, so that a
// guesser fills no disk.
func (p *Proofs) take(ctx context.Context, subject string, most int) (left bool, err error) {
	err = p.count(ctx, subject, func(t *tries) {
		if left = t.N < most; left {
			t.N++
		}
	})
	return left, err
}

func (p *Proofs) giveBack(ctx context.Context, subject string) error {
	return p.count(ctx, subject, func(t *tries) { t.N = max(0, t.N-1) })
}

func (p *Proofs) count(ctx context.Context, subject string, change func(*tries)) error {
	name := hashed(subject)
	err := store.Update(ctx, p.bucket, "tries "+name[:2], func(old []byte) ([]byte, error) {
		all := map[string]tries{}
		if old != nil {
			if err := json.Unmarshal(old, &all); err != nil {
				return nil, err
			}
		}
		now := p.now()
		for s, t := range all {
			if now.Sub(t.From) >= p.limits.Window {
				delete(all, s)
			}
		}
		t, ok := all[name]
		if !ok {
			t.From = now
		}
		change(&t)
		if all[name] = t; t.N == 0 {
			delete(all, name)
		}
		return json.Marshal(all)
	})
	if err != nil {
		return fmt.Errorf("count a proof of an order: %w", err)
	}
	return nil
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
