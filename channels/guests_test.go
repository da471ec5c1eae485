package channels

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestAGuestsTokenLivesAsLongAsItIsUsed(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h, ctx := newHub(t, memoryStore(t), &echo{})
	h.cfg.Now = func() time.Time { return now }
	id := NewGuest()
	token, err := h.GiveToken(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // each visit gives another 30 days
		now = now.Add(29 * 24 * time.Hour)
		if got, err := h.Guest(ctx, token); got != id || err != nil {
			t.Fatalf("after 29 days the token gave %q, %v", got, err)
		}
	}
	now = now.Add(GuestLife + time.Second)
	if got, err := h.Guest(ctx, token); !errors.Is(err, error(ErrNoGuest)) {
		t.Errorf("after its life the token gave %q, %v", got, err)
	}
	second, err := h.GiveToken(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Guest(ctx, token); !errors.Is(err, error(ErrNoGuest)) {
		t.Errorf("the token before it still opens: %v", err)
	}
	if _, err := h.eraseCustomer(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Guest(ctx, second); !errors.Is(err, error(ErrNoGuest)) {
		t.Errorf("after the erasure the token still opens: %v", err)
	}
	if _, err := h.GiveToken(ctx, "C1"); err == nil {
		t.Error("a customer was given a guest's token")
	}
}

func TestAPageCannotNameAGuestOfTheChatAsItsVisitor(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	var talks [2]Conversation
	for i := range talks {
		c, _, err := h.Start(ctx, Visitor{Locale: "en", Transport: "web"})
		if err != nil {
			t.Fatal(err)
		}
		talks[i] = c
	}
	own, other := talks[0], talks[1]
	for _, id := range []string{other.Customer.ID, "visitor:page"} {
		if err := h.Browsed(ctx, own.Customer.ID, id); err != nil {
			t.Fatal(err)
		}
	}
	ids, conversations, err := h.Belongings(ctx, own.Customer.ID)
	if err != nil || !slices.Equal(ids, []string{own.Customer.ID, "visitor:page"}) || !slices.Equal(conversations, []string{own.ID}) {
		t.Errorf("an erasure would take %v and %v, %v", ids, conversations, err)
	}
}
