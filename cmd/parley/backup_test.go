package main

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/memory/store"
	"parley/memory/store/backup"
)

// appOn opens the app on a folder, with the builtin model.
func appOn(t *testing.T, dir string, now func() time.Time) *app {
	t.Helper()
	s := settings{Shop: "demo", Data: dir, Model: "builtin", Tools: "auto"}
	a, _, err := s.open(t.Context(), slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Store.Close() })
	return a
}

func TestARunningServerBacksUpAndTheBackupServes(t *testing.T) {
	dir := unpack(t, "testdata/schema-1.tgz")
	now := func() time.Time { return time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) }
	a := appOn(t, dir, now)
	defer openDoor(dir, a, a.Log)()
	root := filepath.Join(t.TempDir(), "backups")
	c := backupCmd{kept: kept{Data: dir}}
	m, err := c.write(t.Context(), backupOrder{To: root, Secrets: true})
	if err != nil {
		t.Fatal(err)
	}
	if m.Counts[store.KindAppend] == 0 || m.Keys == 0 || filepath.Dir(m.Dir) != root {
		t.Errorf("backed up %s", m)
	}
	if _, err := backup.Check(t.Context(), m.Dir); err != nil {
		t.Error(err)
	}
	data := filepath.Join(t.TempDir(), "new")
	r := restoreCmd{From: root, kept: kept{Data: data}}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("again into the same folder: %v", err)
	}
	again := appOn(t, data, now)
	for _, id := range []string{"c6d0715d9dc5c707dff1533906a5d9a97", "c381ee84dbcc4dfe2e2c8bed712bfef47"} {
		want, err := a.Hub.Entries(t.Context(), id, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Hub.Entries(t.Context(), id, 0)
		if err != nil || len(got) != len(want) || len(got) == 0 || string(got[0].Body) != string(want[0].Body) {
			t.Errorf("%s: %d entries of %d, %v", id, len(got), len(want), err)
		}
	}
	facts, err := again.Memory.Facts(t.Context(), "C1007")
	if err != nil || len(facts) != 2 {
		t.Errorf("facts %v, %v", facts, err)
	}
	if said := mailOf(t, again, "c381ee84dbcc4dfe2e2c8bed712bfef47"); !strings.Contains(said, "@") {
		t.Errorf("with its key the e-mail address is gone: %s", said)
	}
}

func TestABackupBeforeAnUpgradeIsOfTheFolderAsItIs(t *testing.T) {
	dir := unpack(t, "testdata/schema-1.tgz")
	c := backupCmd{kept: kept{Data: dir}}
	m, err := c.write(t.Context(), backupOrder{To: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if m.Schema != 1 {
		t.Errorf("it was migrated to %d", m.Schema)
	}
	if _, err := os.Stat(filepath.Join(dir, "schema")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was changed: %v", err)
	}
}

func TestABackupSaysWhereItsFolderIsWrong(t *testing.T) {
	c := backupCmd{kept: kept{Data: t.TempDir()}}
	if _, err := c.write(t.Context(), backupOrder{To: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("of an empty folder: %v", err)
	}
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--to") {
		t.Errorf("without a place: %v", err)
	}
	r := restoreCmd{From: t.TempDir(), Check: true}
	if err := r.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("checked nothing: %v", err)
	}
}

func TestAnErasureReachesTheBackupsOfBefore(t *testing.T) {
	dir := unpack(t, "testdata/schema-1.tgz")
	now := func() time.Time { return time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC) }
	root := filepath.Join(t.TempDir(), "backups")
	s := settings{Shop: "demo", Data: dir, Model: "builtin", Tools: "auto", Backups: root}
	a, _, err := s.open(t.Context(), slog.New(slog.DiscardHandler), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Store.Close() })
	m, err := backupOrder{To: root, Secrets: true}.write(t.Context(), a.Store, dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if m.Keys == 0 {
		t.Fatal("no keys lie beside the backup")
	}
	if _, err := a.Eraser.Erase(t.Context(), "C1007", "test"); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "new")
	done, err := backup.Restore(t.Context(), m.Dir, backup.Restoring{Data: data, Steps: s.steps(), Readable: readable})
	if err != nil || done.Left == 0 {
		t.Fatalf("%d records left out, %v", done.Left, err)
	}
	again := appOn(t, data, now)
	if facts, err := again.Memory.Facts(t.Context(), "C1007"); err != nil || len(facts) > 0 {
		t.Errorf("facts of the erased customer: %v, %v", facts, err)
	}
	if n, err := again.Store.Last(t.Context(), "c6d0715d9dc5c707dff1533906a5d9a97"); err != nil || n != 0 {
		t.Errorf("%d entries of the erased customer, %v", n, err)
	}
	if said := mailOf(t, again, "c381ee84dbcc4dfe2e2c8bed712bfef47"); !strings.Contains(said, "@") {
		t.Errorf("the other one's e-mail address is gone: %s", said)
	}
}
