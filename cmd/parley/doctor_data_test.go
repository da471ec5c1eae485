package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/channels"
	"parley/memory/store"
)

// doctorSays gives what the doctor says of a folder.
func doctorSays(t *testing.T, c *doctorCmd) string {
	t.Helper()
	var b strings.Builder
	for _, f := range append(c.lookAtData(t.Context()), c.lookAtKeys(t.Context())...) {
		fmt.Fprintf(&b, "%s %s %s\n", f.grade, f.about, f.text)
	}
	return b.String()
}

// aFolder is a data folder with a conversation, whose process was killed.
func aFolder(t *testing.T) (dir, conversation string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	a := appOn(t, dir, time.Now)
	c, _, err := a.Hub.Start(t.Context(), channels.Visitor{Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		from := channels.From{Role: channels.RoleStaff}
		if err := a.Hub.Record(t.Context(), c.ID, channels.Entry{ID: fmt.Sprint("e", i), From: from, Kind: channels.KindText, Body: json.RawMessage(`{"text":"some words"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	a.Store.Close()
	return dir, c.ID
}

func logBlock(dir string) string {
	return filepath.Join(dir, "nats", "jetstream", "$G", "streams", "log", "msgs", "1.blk")
}

func change(t *testing.T, name string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, how(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Each damage is done to a folder of its own; the doctor names it, and says what
// to do.
func TestDoctorNamesWhatIsWrongWithADataFolder(t *testing.T) {
	for what, c := range map[string]struct {
		damage func(t *testing.T, dir, conversation string)
		says   []string
	}{
		"nothing": {func(*testing.T, string, string) {}, []string{"ok data", "opens: 1 conversations with 8 entries", "ok disk"}},
		"a flipped byte": {func(t *testing.T, dir, _ string) {
			change(t, logBlock(dir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, []string{"fail data", "log/msgs/1.blk", "whole records", "doctor --repair"}},
		"a cut block": {func(t *testing.T, dir, _ string) {
			change(t, logBlock(dir), func(b []byte) []byte { return b[:len(b)-200] })
		}, []string{"warn data", "its last record is not whole", "fail data 1 appends to conversations that were acknowledged are gone", "restore a backup"}},
		"a block that is gone": {func(t *testing.T, dir, _ string) {
			if err := os.Remove(logBlock(dir)); err != nil {
				t.Fatal(err)
			}
		}, []string{"fail data 8 appends to conversations that were acknowledged are gone"}},
		"a newer schema": {func(t *testing.T, dir, _ string) {
			change(t, filepath.Join(dir, "schema"), func([]byte) []byte { return []byte("99\n") })
		}, []string{"fail data", "has schema 99, written by a newer parley"}},
		"a schema that is no number": {func(t *testing.T, dir, _ string) {
			change(t, filepath.Join(dir, "schema"), func([]byte) []byte { return []byte("?") })
		}, []string{"fail data", "says nothing readable"}},
		"a file that may not be written to": {func(t *testing.T, dir, _ string) {
			if err := os.Chmod(logBlock(dir), 0o400); err != nil {
				t.Fatal(err)
			}
		}, []string{"fail data 1 files may not be written to, first nats/", "chmod -R u+w"}},
		"a file in place of the engine's folder": {func(t *testing.T, dir, _ string) {
			if err := errors.Join(os.RemoveAll(filepath.Join(dir, "nats")), os.WriteFile(filepath.Join(dir, "nats"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, []string{"fail data", "there is a file: move it away"}},
		"no master key": {func(t *testing.T, dir, _ string) {
			if err := os.Remove(filepath.Join(dir, masterFile)); err != nil {
				t.Fatal(err)
			}
		}, []string{"fail key", "--key-file"}},
		"another master key": {func(t *testing.T, dir, _ string) {
			change(t, filepath.Join(dir, masterFile), func([]byte) []byte { return bytes.Repeat([]byte("ab"), 32) })
		}, []string{"fail key", "another key"}},
		"a broken customers' key": {func(t *testing.T, dir, _ string) {
			if err := os.WriteFile(filepath.Join(dir, "customer.key"), []byte("short"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"fail key", "5 characters"}},
		"a message nobody answered": {func(t *testing.T, dir, id string) {
			a := appOn(t, dir, func() time.Time { return time.Now().Add(-3 * time.Hour) })
			if _, err := a.Hub.Post(t.Context(), id, channels.Post{ID: "m1", Text: "hello?"}); err != nil {
				t.Fatal(err)
			}
			a.Store.Close()
		}, []string{"warn data 1 messages have no answer yet", "warn data 1 pieces of work wait in the queue"}},
		"entries that are missing": {func(t *testing.T, dir, _ string) {
			change(t, logBlock(dir), func(b []byte) []byte { // the third record, whose checksum is then wrong
				at := bytes.Index(b, []byte("Parley-Last: 3"))
				b[at+len("Parley-Last: ")] = '4'
				return b
			})
			if _, err := store.RepairFiles(dir); err != nil {
				t.Fatal(err)
			}
		}, []string{"lacks its entries 3 to 3", "restore a backup"}},
		"another process": {func(t *testing.T, dir, _ string) {
			st, err := store.Open(t.Context(), store.Config{Dir: dir, Steps: (&settings{}).steps()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { st.Close() })
		}, []string{"warn data ", fmt.Sprint("is in use by process ", os.Getpid())}},
	} {
		t.Run(what, func(t *testing.T) {
			dir, id := aFolder(t)
			c.damage(t, dir, id)
			said := doctorSays(t, &doctorCmd{settings: settings{Data: dir, LogLevel: "error"}})
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if what == "nothing" && (strings.Contains(said, "fail") || strings.Contains(said, "warn")) {
				t.Errorf("a folder that is well:\n%s", said)
			}
		})
	}
}

func TestDoctorChangesNothingUnlessToldTo(t *testing.T) {
	dir, _ := aFolder(t)
	change(t, logBlock(dir), func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	before, err := os.ReadFile(logBlock(dir))
	if err != nil {
		t.Fatal(err)
	}
	c := &doctorCmd{settings: settings{Data: dir, LogLevel: "error"}}
	doctorSays(t, c)
	if after, err := os.ReadFile(logBlock(dir)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the block was changed, %v", err)
	}
	if _, err := store.Open(t.Context(), store.Config{Dir: dir, Steps: c.steps(), Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("a start on it: %v", err)
	}
	c.Repair = true
	if said := doctorSays(t, c); !strings.Contains(said, "taken out, and kept in") || !strings.Contains(said, "lacks its entries") {
		t.Errorf("after the repair:\n%s", said)
	}
	appOn(t, dir, time.Now)
}
