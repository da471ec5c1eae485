package channels

import (
	"fmt"
	"testing"

	"parley/agent/llm"
)

func TestWhatAnotherProcessWritesOrErasesIsSeen(t *testing.T) {
	st := memoryStore(t)
	a, ctx := newHub(t, st, &echo{})
	b, _ := newHub(t, st, &echo{})
	c, _, err := a.Start(ctx, Visitor{Customer: llm.Customer{ID: "C1"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range []*Hub{a, b, a, b, b, a} {
		if _, err := h.Post(ctx, c.ID, Post{ID: fmt.Sprint("m", i), Text: "hi"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range []*Hub{a, b} {
		all, err := h.Entries(ctx, c.ID, 2)
		if err != nil || len(all) != 4 || all[0].ID != "m2" || all[3].Seq != 6 {
			t.Errorf("read %+v, %v", all, err)
		}
	}
	if turns, err := a.Turns(ctx, "C1"); err != nil || len(turns) != 6 {
		t.Errorf("%d turns, %v", len(turns), err)
	}
	if n, err := b.EraseCustomer(ctx, "C1"); err != nil || n != 6 {
		t.Errorf("erased %d, %v", n, err)
	}
	if all, err := a.Entries(ctx, c.ID, 0); err != nil || len(all) != 0 {
		t.Errorf("after the erasure elsewhere %d entries are read, %v", len(all), err)
	}
	if turns, err := a.Turns(ctx, "C1"); err != nil || len(turns) != 0 {
		t.Errorf("after the erasure %d turns are recalled, %v", len(turns), err)
	}
}

func TestAConversationFollowsWhoSignsIn(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	c, _, err := h.Start(ctx, Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	guest := c.Customer.ID
	if err := h.Record(ctx, c.ID, Entry{ID: "m1", From: From{Role: RoleShopper}, Kind: KindText, Body: []byte(`{"text":"hi"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := h.Identify(ctx, c.ID, llm.Customer{ID: "C1", Authenticated: true}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]int{"C1": 1, guest: 0, "C2": 0} {
		if turns, err := h.Turns(ctx, who); err != nil || len(turns) != want {
			t.Errorf("%s has %d turns, %v; want %d", who, len(turns), err, want)
		}
	}
}
