package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"parley/agent/llm"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/memory/store/storetest"
)

func ringOf(t *testing.T, st store.Store) *seal.Ring {
	t.Helper()
	r, err := seal.Open(t.Context(), seal.Config{Store: st, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func sealedHub(t *testing.T, st store.Store) (*Hub, *seal.Ring) {
	t.Helper()
	r := ringOf(t, st)
	h, err := New(Config{Store: st, Agent: &echo{}, Ring: r, SealKey: r.Derive(ForContacts)})
	if err != nil {
		t.Fatal(err)
	}
	return h, r
}

func diskStore(t *testing.T, dir string) store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func TestNothingOfAConversationIsInPlain(t *testing.T) {
	dir := t.TempDir()
	st := diskStore(t, dir)
	h, _ := sealedHub(t, st)
	ctx := t.Context()
	c, token, err := h.Start(ctx, Visitor{Customer: llm.Customer{ID: "C1007", Name: "Mia Ortiz", Authenticated: true}, Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	work(t, h)
	if _, err := h.Post(ctx, c.ID, Post{ID: "m1", Text: "a zebra tent, mia@example.com", Page: &llm.Page{Title: "Quagga page"}}); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, h, c.ID, func(e Entry) bool { return e.Answers == "m1" })
	if err := h.Claim(ctx, c.ID, Staff{ID: "slack:U1", Name: "Wolfgang"}); err != nil {
		t.Fatal(err)
	}
	if err := h.Return(ctx, c.ID, Staff{ID: "slack:U1", Name: "Wolfgang"}, "likes okapis"); err != nil {
		t.Fatal(err)
	}
	h.spend(ctx, c, 7)
	for _, text := range []string{"zebra", "Quagga", "C1007", "Mia Ortiz", "mia@example.com", "Wolfgang", "okapis", "shopper", hashToken(token)} {
		if in := storetest.FilesHolding(t, dir, text); len(in) > 0 {
			t.Errorf("%q is in %v", text, in)
		}
	}
	again, _ := sealedHub(t, st)
	all, err := again.Entries(ctx, c.ID, 0)
	if err != nil || len(all) != 4 || textOf(all[0]) != "a zebra tent, [email 1]" {
		t.Errorf("read again: %+v, %v", all, err)
	}
	if r, err := again.Resume(ctx, token); err != nil || r.Customer.Name != "Mia Ortiz" || r.HandOff.Brief != "likes okapis" {
		t.Errorf("resumed %+v, %v", r, err)
	}
	if shown, ok := again.Shown(ctx, c.ID, all[0]); !ok || textOf(shown) != "a zebra tent, mia@example.com" {
		t.Errorf("shown %+v", shown)
	}
	if n, err := again.Used(ctx, "C1007"); n != 7 || err != nil {
		t.Errorf("used %d, %v", n, err)
	}
}

func TestWithTheKeyDroppedAConversationIsGone(t *testing.T) {
	st := memoryStore(t)
	h, ring := sealedHub(t, st)
	other, _ := sealedHub(t, st)
	ctx := t.Context()
	c, _, err := h.Start(ctx, Visitor{Customer: llm.Customer{ID: "C1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Post(ctx, c.ID, Post{ID: "m1", Text: "hi"}); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Entries(ctx, c.ID, 0); err != nil { // and holds them
		t.Fatal(err)
	}
	late := record(t, h, c.ID) // a turn is under way
	if err := ring.Drop(ctx, "C1"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.append(ctx, late, Entry{ID: "late", Kind: KindText, Body: json.RawMessage(`{}`)}); !errors.Is(err, error(ErrNoConversation)) {
		t.Errorf("written after the erasure: %v", err)
	}
	for _, h := range []*Hub{h, other} {
		if _, err := h.Get(ctx, c.ID); !errors.Is(err, error(ErrNoConversation)) {
			t.Errorf("the record: %v", err)
		}
		all, err := h.Entries(ctx, c.ID, 0)
		if err != nil || len(all) != 1 || all[0].Kind != KindErased {
			t.Errorf("its entries: %+v, %v", all, err)
		}
		if _, ok := Public(all[0]); ok {
			t.Error("an erased entry is shown")
		}
		if turns, err := saidBy(ctx, h, "C1"); err != nil || len(turns) != 0 {
			t.Errorf("turns %+v, %v", turns, err)
		}
	}
}

func TestAGuestsEntriesStayReadableForWhoSignedIn(t *testing.T) {
	h, ring := sealedHub(t, memoryStore(t))
	ctx := t.Context()
	c, _, err := h.Start(ctx, Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	say := func(id string) {
		if _, err := h.Post(ctx, c.ID, Post{ID: id, Text: id}); err != nil {
			t.Fatal(err)
		}
	}
	say("before")
	if err := h.Identify(ctx, c.ID, llm.Customer{ID: "C1", Authenticated: true}); err != nil {
		t.Fatal(err)
	}
	say("after")
	items, err := h.cfg.Store.Read(ctx, c.ID, 0, 0)
	if err != nil || len(items) != 2 || !seal.Of(items[0].Data, ring.Name(c.Customer.ID)) || !seal.Of(items[1].Data, ring.Name("C1")) {
		t.Errorf("sealed as %+v, %v", items, err)
	}
	if turns, err := saidBy(ctx, h, "C1"); err != nil || len(turns) != 2 {
		t.Errorf("turns %+v, %v", turns, err)
	}
	conversations, joined, err := h.Owned(ctx, "C1")
	if err != nil || len(conversations) != 1 || len(joined) != 1 || joined[0] != c.Customer.ID {
		t.Errorf("C1 owns %v and was %v, %v", conversations, joined, err)
	}
	if err := ring.Drop(ctx, c.Customer.ID); err != nil { // the guest alone
		t.Fatal(err)
	}
	if all, err := h.Entries(ctx, c.ID, 0); err != nil || len(all) != 2 || all[0].Kind != KindErased || textOf(all[1]) != "after" {
		t.Errorf("entries %+v, %v", all, err)
	}
}

// What an older parley kept in plain is sealed, is read on, and is in no file.
func TestWhatWasKeptInPlainIsSealed(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	st := diskStore(t, dir)
	put := func(bucket, key, value string) {
		t.Helper()
		b, err := st.Bucket(ctx, bucket)
		if err == nil {
			_, err = b.Put(ctx, key, []byte(value))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put("visits", "C1007", `["c1"]`)
	put("conversations", "c1", `{"id":"c1","customer":{"id":"C1007","name":"Mia Ortiz"},"locale":"en"}`)
	put("usage", "of C1007", `{"day":"2026-01-01","tokens":5}`)
	put("usage", "all", `{"day":"2026-01-01","tokens":5}`)
	put("sealed", "c1", `{"last":{"email":3},"kept":[{"kind":"email","number":3,"box":"AAAA"}]}`)
	if _, err := st.Append(ctx, "c1", 0, json.RawMessage(`{"seq":1,"id":"m1","from":{"role":"shopper"},"kind":"text","body":{"text":"a zebra tent"}}`)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := SealConversations(ctx, st, ringOf(t, st), bytes.Repeat([]byte{8}, 32)); err != nil {
			t.Fatal(err)
		}
	}
	h, _ := sealedHub(t, st)
	turns, err := saidBy(ctx, h, "C1007")
	if err != nil || len(turns) != 1 || turns[0].Text != "a zebra tent" {
		t.Errorf("turns %+v, %v", turns, err)
	}
	if _, err := h.Post(ctx, "c1", Post{ID: "m2", Text: "or a quagga tent, mia@example.com"}); err != nil {
		t.Fatal(err)
	}
	if all, err := h.Entries(ctx, "c1", 0); err != nil || len(all) != 2 || textOf(all[1]) != "or a quagga tent, [email 4]" {
		t.Errorf("entries %+v, %v", all, err)
	}
	for _, text := range []string{"C1007", "Mia Ortiz", "quagga"} {
		if in := storetest.FilesHolding(t, dir, text); len(in) > 0 {
			t.Errorf("%q is in %v", text, in)
		}
	}
}
