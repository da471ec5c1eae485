package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/memory/store"
)

// unpack puts a stored data folder into a new one and gives its place.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(name, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(name, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return filepath.Join(dir, list[0].Name())
}

// The folder was written by the parley of before schemas, and its process was
// killed. Whatever steps are added, all of it must be there after them.
func TestAFolderOfTheFirstSchemaIsMigratedWhole(t *testing.T) {
	dir := unpack(t, "testdata/schema-1.tgz")
	now := func() time.Time { return time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) } // half an hour later
	log := slog.New(slog.DiscardHandler)
	s := settings{Shop: "demo", Data: dir, Model: "builtin", Tools: "auto"}
	for range 2 { // and again as it then is
		a, _, err := s.open(t.Context(), log, now)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := store.Schema(t.Context(), a.Store); err != nil || v != 1+len(s.steps()) {
			t.Errorf("schema %d, %v; want %d", v, err, 1+len(s.steps()))
		}
		facts, err := a.Memory.Facts(t.Context(), "C1007")
		if err != nil {
			t.Fatal(err)
		}
		var known []string
		for _, f := range facts {
			known = append(known, f.Kind+" "+f.Value)
		}
		if got := strings.Join(known, ", "); got != "size M, allergy wool" {
			t.Errorf("facts: %s", got)
		}
		for id, want := range map[string]int{"c6d0715d9dc5c707dff1533906a5d9a97": 15, "c381ee84dbcc4dfe2e2c8bed712bfef47": 5} {
			all, err := a.Hub.Entries(t.Context(), id, 0)
			if err != nil || len(all) != want {
				t.Errorf("%s: %d entries, %v; want %d", id, len(all), err, want)
			}
			for i, e := range all {
				if e.Seq != uint64(i+1) {
					t.Errorf("%s: entry %d has the sequence %d", id, i+1, e.Seq)
				}
			}
		}
		talks, err := a.Hub.Talks(t.Context(), "C1007", nil)
		if err != nil || len(talks) == 0 || len(talks[0].Turns) == 0 || talks[0].Turns[0].Text != "I wear size M" {
			t.Errorf("turns of C1007: %v, %v", talks, err)
		}
		if shown := mailOf(t, a, "c381ee84dbcc4dfe2e2c8bed712bfef47"); !strings.Contains(shown, "@") {
			t.Errorf("the guest's e-mail address is gone: %s", shown)
		}
		events := 0
		if err := a.Store.Events(t.Context(), 0, func(store.Item) error { events++; return nil }); err != nil || events != 1 {
			t.Errorf("%d events, %v; want 1", events, err)
		}
		a.Store.Close()
	}
}

// mailOf gives what a guest said, with contact details as the guest sees them.
func mailOf(t *testing.T, a *app, conversation string) string {
	t.Helper()
	all, err := a.Hub.Entries(t.Context(), conversation, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range all {
		if e.From.Role != channels.RoleShopper {
			continue
		}
		shown, _ := a.Hub.Shown(t.Context(), conversation, e)
		fmt.Fprintf(&b, "%s\n", shown.Body)
	}
	return b.String()
}
