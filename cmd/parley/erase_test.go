package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory"
	"parley/memory/erasure"
	"parley/memory/seal"
	"parley/memory/store"
	"parley/memory/store/backup"
	"parley/memory/store/storetest"
	"parley/tools/orders"
)

// words of a customer that stand in everything that is kept of them.
func canaries(customer string) (list []string) {
	for _, w := range []string{"zebra", "quagga", "okapi", "bongo", "kudu", "gnu", "eland", "nyala"} {
		list = append(list, w+strings.ToLower(customer))
	}
	return list
}

// A planted customer has something of every kind.
type planted struct {
	who          llm.Customer
	guest        string // who they were before they signed in
	conversation string
	words        []string
	proved       orders.Guest // another guest, who proved one of their orders
}

func plant(t *testing.T, a *app, customer string, settled chan string) planted {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p := planted{who: llm.Customer{ID: customer, Name: "Name" + customer, Authenticated: true}, words: canaries(customer)}
	c, _, err := a.Hub.Start(ctx, channels.Visitor{Locale: "en", Transport: "web"})
	must(err)
	p.conversation, p.guest = c.ID, c.Customer.ID
	say := func(id, text string) {
		t.Helper()
		_, err := a.Hub.Post(ctx, c.ID, channels.Post{ID: id, Text: text, Page: &llm.Page{Title: "page of " + p.words[1]}})
		must(err)
		<-settled
	}
	say(customer+"m1", "do you have a "+p.words[0]+" tent? The note on order 1042 said "+p.words[1])
	must(a.Hub.Identify(ctx, c.ID, p.who))
	say(customer+"m2", "write to "+p.words[2]+"@example.com about the "+p.words[3])
	_, err = a.Hub.Rate(ctx, c.ID, customer+"r", "down", "too much "+p.words[4])
	must(err)
	_, err = a.Hub.Note(ctx, c.ID, channels.Staff{ID: "slack:U1", Name: "Ana"}, customer+"n", "likes "+p.words[5])
	must(err)
	_, err = a.Memory.Keep(ctx, customer, memory.Fact{Kind: "other", Value: "collects " + p.words[6], Quote: "I collect " + p.words[6], Consent: "yes"})
	must(err)
	must(a.Views.On(ctx, demo.Event{Name: "Products Searched", MessageID: "of " + customer, UserID: customer, Properties: map[string]any{"query": p.words[7]}}))
	must(a.Views.On(ctx, demo.Event{Name: "Product Viewed", MessageID: "anonymous of " + customer, AnonymousID: "browser" + customer, Properties: map[string]any{"product_id": a.Catalog.All()[0].ID, "q": p.words[7]}}))
	a.visited(customer, "browser"+customer)
	list, err := a.Orders.List(ctx, customer, 1)
	must(err)
	for _, person := range a.People { // another guest proves one of their orders
		if person.ID == customer {
			p.proved = orders.Guest{Visitor: "visitor:other" + customer, Conversation: "cother" + customer}
			must(a.Proofs.Prove(ctx, p.proved, list[0].ID, person.Email))
		}
	}
	return p
}

// inPlain plants what an older parley would have left.
func inPlain(t *testing.T, a *app, p planted) {
	t.Helper()
	last, err := a.Store.Last(t.Context(), p.conversation)
	if err == nil {
		_, err = a.Store.Append(t.Context(), p.conversation, last, json.RawMessage(fmt.Sprintf(`{"seq":%d,"id":"old","from":{"role":"shopper"},"kind":"rating","body":{"value":"up","text":"plain%s"}}`, last+1, p.words[0])))
	}
	if err == nil {
		err = a.Store.Record(t.Context(), "old event of "+p.who.ID, []byte(fmt.Sprintf(`{"event":"Products Searched","userId":"%s","properties":{"query":"plain%s"}}`, p.who.ID, p.words[0])))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// said is all that the program can read of a planted customer.
func (p planted) said(t *testing.T, h *channels.Hub, m *memory.Memory) string {
	t.Helper()
	var b strings.Builder
	all, err := h.Entries(t.Context(), p.conversation, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		fmt.Fprintf(&b, "%s %s %+v\n", e.Kind, e.Body, e.Inside)
	}
	for _, id := range []string{p.who.ID, p.guest} {
		kept, err := m.Profile(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v\n", kept.Facts)
	}
	return b.String()
}

// eraseApp is the app as serve has it, at work. settled is told of each turn.
func eraseApp(t *testing.T, dir string, settled chan string) (a *app, end func()) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	sh, err := openShop("demo", time.Now(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	s := settings{Data: dir}
	st, err := openStore(t.Context(), &s, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ring, err := s.keyring.open(t.Context(), st, dir, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err = newApp(t.Context(), appConfig{
		Shop: sh, Store: st, Ring: ring, SealKey: ring.Derive(channels.ForContacts), Model: "builtin", Now: time.Now, Log: log,
		Backups: filepath.Join(dir, "..", "backups"), Settled: func(_, message string) { settled <- message },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Views.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { _ = a.Hub.Run(ctx); close(done) }()
	end = func() { stop(); <-done; st.Close() }
	t.Cleanup(end)
	return a, end
}

// TestAnErasedCustomerIsInNoByte plants words in everything that is kept of two
// customers, erases one, and reads every byte of the data folder.
func TestAnErasedCustomerIsInNoByte(t *testing.T) {
	root := t.TempDir()
	dir, ctx := filepath.Join(root, "data"), t.Context()
	settled := make(chan string, 100)
	a, end := eraseApp(t, dir, settled)
	gone, kept := plant(t, a, "C1007", settled), plant(t, a, "C1001", settled)
	inPlain(t, a, gone)
	inPlain(t, a, kept)
	all := append(slices.Clone(gone.words), "plain"+gone.words[0], "NameC1007", "browserC1007", gone.guest)
	before := gone.said(t, a.Hub, a.Memory)
	for i, w := range gone.words {
		if !strings.Contains(before, w) && i != 2 && i != 7 { // an address is told apart, and events are no entries
			t.Fatalf("%s is not planted: this test would see nothing", w)
		}
	}
	// Two copies from before: of the folder itself, and a backup.
	copied := filepath.Join(root, "copied")
	for err := os.CopyFS(copied, os.DirFS(dir)); err != nil; err = os.CopyFS(copied, os.DirFS(dir)) {
		if !errors.Is(err, fs.ErrNotExist) { // else a file went while it was copied
			t.Fatal(err)
		}
		if err := os.RemoveAll(copied); err != nil {
			t.Fatal(err)
		}
	}
	m, err := backup.Write(ctx, filepath.Join(root, "backups"), backup.Config{Store: a.Store, Apart: seal.Bucket, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if in := storetest.FilesHolding(t, dir, "plain"+gone.words[0]); len(in) < 2 {
		t.Fatalf("what is in plain is in %v", in)
	}

	receipt, err := a.erase(ctx, "C1007", "page")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"conversations": 1, "facts": 1, "shop events": 3, "proofs of orders": 1}
	for kind, n := range want {
		if receipt.Sum(kind) != n {
			t.Errorf("the receipt says %d %s, want %d", receipt.Sum(kind), kind, n)
		}
	}
	if receipt.Sum("entries") < 8 || len(receipt.Names) != 3 || !strings.Contains(strings.Join(receipt.Remains, " "), "the shop's own books") {
		t.Errorf("the receipt is %+v", receipt)
	}
	q := erasure.Query{Customer: "C1007", Words: all, Dirs: []string{dir}}
	look := func(when string, a *app) {
		t.Helper()
		r, err := a.Eraser.Verify(ctx, q)
		if err != nil || !r.Gone() || r.Receipt.ID != receipt.ID {
			t.Errorf("%s: %+v, %v", when, r, err)
		}
		after := gone.said(t, a.Hub, a.Memory)
		for _, w := range all {
			if strings.Contains(after, w) {
				t.Errorf("%s: %s is read", when, w)
			}
			if in := storetest.FilesHolding(t, dir, w); len(in) > 0 {
				t.Errorf("%s: %s is in %v", when, w, in)
			}
		}
		others := kept.said(t, a.Hub, a.Memory)
		for i, w := range kept.words {
			if !strings.Contains(others, w) && i != 2 && i != 7 {
				t.Errorf("%s: %s of another customer is gone", when, w)
			}
		}
		if r, err := a.Eraser.Verify(ctx, erasure.Query{Customer: "C1001"}); err != nil || r.Gone() {
			t.Errorf("%s: another customer counts as erased: %+v, %v", when, r, err)
		}
		for p, want := range map[*planted]int{&gone: 0, &kept: 1} {
			if list, err := a.Proofs.Proved(ctx, p.proved); err != nil || len(list) != want {
				t.Errorf("%s: %d orders of %s are proved, %v", when, len(list), p.who.ID, err)
			}
		}
		if n := len(a.Views.Recent("C1007")); n != 0 {
			t.Errorf("%s: %d products are remembered", when, n)
		}
	}
	look("while it runs", a)
	current := map[string]map[string][]byte{} // the keyring as it is now
	err = store.ExportKeys(ctx, a.Store, seal.Bucket, func(r store.Record) error {
		if current[r.Name] == nil {
			current[r.Name] = map[string][]byte{}
		}
		current[r.Name][r.Key] = r.Data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	end()
	for _, w := range all {
		if in := storetest.FilesHolding(t, dir, w); len(in) > 0 {
			t.Errorf("after the end %s is in %v", w, in)
		}
	}
	a, end = eraseApp(t, dir, settled)
	look("after a restart", a)
	end()

	// The copy from before, with the keyring of now.
	st, err := store.Open(ctx, store.Config{Dir: copied, Steps: (&settings{}).steps()})
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range current {
		if err := st.DeleteBucket(ctx, name); err != nil {
			t.Fatal(err)
		}
		b, err := st.Bucket(ctx, name)
		for k, v := range keys {
			if err == nil {
				_, err = b.Put(ctx, k, v)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	unreadable(t, "the copy", st, filepath.Join(dir, masterFile), gone, kept)
	// The backup from before, restored with the keyring beside it.
	if struck, err := backup.Struck(filepath.Join(root, "backups"), seal.KeyName(receipt.Names[0])); err != nil || !struck {
		t.Errorf("the backups' keyring has the key: %v", err)
	}
	data := filepath.Join(root, "restored")
	if err := (&restoreCmd{From: m.Dir, kept: folderOf(data)}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	if st, err = store.Open(ctx, store.Config{Dir: data, Steps: (&settings{}).steps()}); err != nil {
		t.Fatal(err)
	}
	unreadable(t, "the backup", st, filepath.Join(dir, masterFile), gone, kept)
}

// An erasure that could not go on is ended by the next start, before anybody is
// served.
func TestTheNextStartEndsAnErasure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	settled := make(chan string, 100)
	a, end := eraseApp(t, dir, settled)
	p := plant(t, a, "C1007", settled)
	backups := filepath.Join(dir, "..", "backups")
	write(t, backups, "a file where a folder should be")
	if _, err := a.erase(t.Context(), "C1007", "page"); err == nil || !strings.Contains(err.Error(), "the next start") {
		t.Fatalf("without the keyring of the backups: %v", err)
	}
	if read := p.said(t, a.Hub, a.Memory); strings.Contains(read, p.words[6]) {
		t.Error("its key is not dropped first")
	}
	end()
	if err := os.Remove(backups); err != nil {
		t.Fatal(err)
	}
	a, _ = eraseApp(t, dir, settled)
	r, err := a.Eraser.Verify(t.Context(), erasure.Query{Customer: "C1007", Words: p.words, Dirs: []string{dir}})
	if err != nil || !r.Gone() || r.Receipt.By != "page" || r.Receipt.Sum("conversations") != 1 {
		t.Errorf("after the next start: %+v, %v", r, err)
	}
}

// unreadable looks at a store of before an erasure.
func unreadable(t *testing.T, what string, st store.Store, file string, gone, kept planted) {
	t.Helper()
	defer st.Close()
	key, _, err := readKey(file)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.Open(t.Context(), seal.Config{Store: st, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close()
	hub, err := channels.New(channels.Config{Store: st, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	m, err := memory.New(memory.Config{Store: st, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	read := gone.said(t, hub, m)
	for _, w := range gone.words {
		if strings.Contains(strings.ReplaceAll(read, "plain"+gone.words[0], ""), w) { // of before there were keys
			t.Errorf("in %s %s is read", what, w)
		}
	}
	if others := kept.said(t, hub, m); !strings.Contains(others, kept.words[0]) || !strings.Contains(others, kept.words[6]) {
		t.Errorf("in %s another customer cannot be read: %s", what, others)
	}
}

func folderOf(dir string) kept { return kept{Data: dir, LogLevel: "error"} }
