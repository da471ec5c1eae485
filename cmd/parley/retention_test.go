package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/cmd/parley/demo"
	"parley/memory/retention"
	"parley/memory/store"
)

func TestWhatIsKeptGoesWhenItsTimeHasCome(t *testing.T) {
	p := newPremises(t)
	p.Keep = retentionSettings{retention.Age{Months: 24}, retention.Age{Days: 30}, retention.Age{Months: 13}, retention.Age{Months: 24}}
	ctx := t.Context()
	looks := func(id, who string) {
		t.Helper()
		if err := p.Views.On(ctx, demo.Event{Name: "Product Viewed", MessageID: id, UserID: who, Properties: map[string]any{"product_id": "FH-101"}}); err != nil {
			t.Fatal(err)
		}
	}
	events := func() (n int) {
		t.Helper()
		if err := p.Store.Events(ctx, 0, func(store.Item) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	month := func(n int) { p.now.Store(p.clock().AddDate(0, n, 0).Unix()) }
	goes := func(want ...string) {
		t.Helper()
		job, err := p.retention(ctx)
		if err != nil {
			t.Fatal(err)
		}
		r, err := job.Due(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range r.Kinds {
			got = append(got, fmt.Sprintf("%s %d/%d", k.Kind, k.Went, k.Count))
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("on %s went %q, want %q", p.clock().Format(time.DateOnly), got, want)
		}
	}

	guest, _ := p.asGuest()
	said := p.start("C1")
	p.says(said, channels.Post{Text: "do you have tents?"})
	p.keeps("C1", "size", "M")
	p.keeps("C1", "taste", "green")
	for n := range eventsAtOnce + 1 {
		looks(fmt.Sprint("e", n), "C1")
	}
	goes("conversations 0/0", "guests 0/0", "facts 0/0", "events 0/0")
	month(2)
	entries, err := p.Hub.Visits(ctx, guest, "", true)
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	goes("conversations 0/0", "guests 1/"+fmt.Sprint(len(entries[0].Entries)+len(entries[1].Entries)), "facts 0/0", "events 0/0")
	if got := p.holds(guest); got != " · 0 conversations" {
		t.Errorf("of the guest is left %s", got)
	}
	looks("young", "C1")
	month(12)
	goes("conversations 0/0", "guests 0/0", "facts 0/0", fmt.Sprintf("events 2/%d", eventsAtOnce+1))
	if n := events(); n != 1 {
		t.Errorf("%d events are left", n)
	}
	p.says(said, channels.Post{Text: "and jackets?"}) // the conversation lives again
	month(11)
	goes("conversations 0/0", "guests 0/0", "facts 1/1", "events 1/1")
	if got := p.holds("C1"); got != "M · 1 conversations" {
		t.Errorf("C1 holds %s", got)
	}
	month(14)
	visits, err := p.Hub.Visits(ctx, "C1", "", true)
	if err != nil || len(visits) != 1 {
		t.Fatal(visits, err)
	}
	goes(fmt.Sprintf("conversations 1/%d", len(visits[0].Entries)), "guests 0/0", "facts 0/0", "events 0/0")
	if got := p.holds("C1"); got != "M · 0 conversations" {
		t.Errorf("C1 holds %s", got)
	}
}

// printed runs parley, and gives what it prints.
func printed(t *testing.T, args ...string) (string, int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	done := make(chan []byte, 1)
	go func() { b, _ := io.ReadAll(r); done <- b }()
	code := run(t.Context(), args)
	os.Stdout, os.Stderr = out, errs
	w.Close()
	return string(bytes.TrimSpace(<-done)), code
}

func TestRetentionByHand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if text, code := printed(t, "retention", "report", "--data", dir); code == 0 || !strings.Contains(text, "nothing is kept in") {
		t.Errorf("without a folder: %d %s", code, text)
	}
	st, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	hub, err := channels.New(channels.Config{Store: st, Now: func() time.Time { return time.Now().AddDate(-1, 0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := hub.Start(t.Context(), channels.Visitor{}); err != nil {
		t.Fatal(err)
	}
	st.Close()
	look := func(what string, wants []string, args ...string) {
		t.Helper()
		text, code := printed(t, append(append([]string{"retention"}, args...), "--data", dir)...)
		if code != 0 {
			t.Errorf("%s: exit %d, %s", what, code, text)
		}
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", what, want, text)
			}
		}
	}
	look("before", []string{"has not run yet"}, "report")
	look("a longer life", []string{"guests         kept 24mo", "0 would go"}, "run", "--dry-run", "--keep-guests", "2y")
	look("a dry run", []string{"dry: nothing was removed", "1 would go (0 entries)"}, "run", "--dry-run")
	look("a run", []string{"1 went (0 entries)", "Next: "}, "run")
	startServer(t, dir, "127.0.0.1:0") // now it has the folder
	look("a server's", []string{"1 went (0 entries)"}, "report")
	look("a server's run", []string{"0 went (0 entries)"}, "run")
	look("all", []string{"1 went (0 entries)", "0 went (0 entries)"}, "report", "--all")
	if text, code := printed(t, "retention", "run", "--keep-guests", "soon"); code != 2 || !strings.Contains(text, "give days, months or years") {
		t.Errorf("a bad age: %d %s", code, text)
	}
}
