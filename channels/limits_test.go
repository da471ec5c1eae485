package channels

import (
	"context"
	"errors"
	"strings"
	"testing"

	"parley/memory/store"
)

func TestAFullQueueAsksToWaitAndTheMessageIsAnsweredLater(t *testing.T) {
	st, err := store.Open(context.Background(), store.Config{Limits: &store.Limits{Queue: 2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	h, ctx := newHub(t, st, &echo{})
	var ids []string
	for range 3 {
		ids = append(ids, start(t, ctx, h))
	}
	for i, id := range ids {
		_, err := h.Post(ctx, id, Post{ID: "m1", Text: "hi"})
		if i < 2 && err != nil || i == 2 && !errors.Is(err, error(ErrBusy)) {
			t.Errorf("message %d: %v", i, err)
		}
	}
	work(t, h)
	// Nobody sends it again: it is found.
	await(t, ctx, h, ids[2], func(e Entry) bool { return e.Answers == "m1" })
	if all, err := h.Entries(ctx, ids[2], 0); err != nil || len(all) != 2 {
		t.Errorf("%d entries, %v; want the message and its answer", len(all), err)
	}
}

func TestAShopMayWantShorterMessages(t *testing.T) {
	h, err := New(Config{Store: memoryStore(t), Agent: &echo{}, MostText: 5})
	if err != nil {
		t.Fatal(err)
	}
	id := start(t, t.Context(), h)
	_, err = h.Post(t.Context(), id, Post{Text: "六个字的消息"})
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != "too_long" || !strings.Contains(refused.Text, "up to 5 characters") {
		t.Errorf("six characters: %v", err)
	}
	if _, err := h.Post(t.Context(), id, Post{Text: "五个字消息"}); err != nil {
		t.Errorf("five characters: %v", err)
	}
}
