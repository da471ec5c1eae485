package channels

import (
	"context"
	"fmt"
	"testing"

	"parley/agent/llm"
	"parley/memory/store"
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
	if turns, err := saidBy(ctx, a, "C1"); err != nil || len(turns) != 6 {
		t.Errorf("%d turns, %v", len(turns), err)
	}
	if n, err := b.eraseCustomer(ctx, "C1"); err != nil || n != 6 {
		t.Errorf("erased %d, %v", n, err)
	}
	if all, err := a.Entries(ctx, c.ID, 0); err != nil || len(all) != 0 {
		t.Errorf("after the erasure elsewhere %d entries are read, %v", len(all), err)
	}
	if turns, err := saidBy(ctx, a, "C1"); err != nil || len(turns) != 0 {
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
		if turns, err := saidBy(ctx, h, who); err != nil || len(turns) != want {
			t.Errorf("%s has %d turns, %v; want %d", who, len(turns), err, want)
		}
	}
}

// saidBy is what was said in all conversations of a customer.
func saidBy(ctx context.Context, h *Hub, customer string) (out []Turn, err error) {
	talks, err := h.Talks(ctx, customer, nil)
	for _, t := range talks {
		out = append(out, t.Turns...)
	}
	return out, err
}

func TestWhatIsSaidIsReadOnFromAPlace(t *testing.T) {
	h, ctx := newHub(t, memoryStore(t), &echo{})
	var ids []string
	for i := range 2 {
		c, _, err := h.Start(ctx, Visitor{Customer: llm.Customer{ID: "C1", Authenticated: true}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
		for j := range 3 {
			if _, err := h.Post(ctx, c.ID, Post{ID: fmt.Sprint("m", i, j), Text: fmt.Sprint("word ", j)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	talks, err := h.Talks(ctx, "C1", map[string]uint64{ids[0]: 3, ids[1]: 1})
	if err != nil || len(talks) != 2 || talks[0].Last != 3 || talks[1].Last != 3 {
		t.Fatalf("%+v, %v", talks, err)
	}
	if len(talks[0].Turns) != 0 || len(talks[1].Turns) != 2 || talks[1].Turns[0].Text != "word 1" || talks[1].Turns[0].Seq != 2 {
		t.Errorf("read on with %+v", talks)
	}
}

func TestAConversationThatLostAnEntryIsReadAsItIs(t *testing.T) {
	st := memoryStore(t)
	var records []store.Record
	for _, seq := range []uint64{1, 2, 4} { // the third was in a damaged place of a block
		records = append(records, store.Record{Kind: store.KindAppend, Name: "c1", Last: seq, Data: fmt.Appendf(nil, `[{"id":"m%d","from":{"role":"staff"},"kind":"text","body":{"text":"x"}}]`, seq)})
	}
	records = append(records, store.Record{Kind: store.KindKey, Name: bucketRecords, Key: "c1", Data: []byte(`{"id":"c1"}`)})
	err := store.Import(t.Context(), st, func(yield func(store.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	h, ctx := newHub(t, st, &echo{})
	for after, want := range map[uint64]string{0: "1 2 4 ", 2: "4 ", 3: "4 ", 4: ""} {
		for range 3 {
			all, err := h.Entries(ctx, "c1", after)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range all {
				got += fmt.Sprint(e.Seq, " ")
			}
			if got != want {
				t.Errorf("after %d: %q, want %q", after, got, want)
			}
		}
	}
	if err := h.Record(ctx, "c1", Entry{ID: "m5", From: From{Role: RoleStaff}, Kind: KindText, Body: []byte(`{}`)}); err != nil {
		t.Fatal(err)
	}
	if all, err := h.Entries(ctx, "c1", 4); err != nil || len(all) != 1 || all[0].Seq != 5 {
		t.Errorf("it goes on with %v, %v", all, err)
	}
}

func TestAnEntryThatAnotherProcessStoredIsStoredOnce(t *testing.T) {
	st := memoryStore(t)
	a, ctx := newHub(t, st, &echo{})
	b, _ := newHub(t, st, &echo{})
	id := start(t, ctx, a)
	entry := func(name string) Entry {
		return Entry{ID: name, From: From{Role: RoleStaff}, Kind: KindText, Body: []byte(`{"text":"x"}`)}
	}
	for _, name := range []string{"m1", "m2"} { // a has the first in memory, and not the second
		for _, h := range []*Hub{a, b, b, a} {
			if err := h.Record(ctx, id, entry(name)); err != nil {
				t.Fatal(err)
			}
		}
		a, b = b, a
	}
	for _, h := range []*Hub{a, b} {
		if all, err := h.Entries(ctx, id, 0); err != nil || len(all) != 2 || all[1].ID != "m2" {
			t.Errorf("%d entries, %v", len(all), err)
		}
	}
}
