package channels

import (
	"errors"
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
