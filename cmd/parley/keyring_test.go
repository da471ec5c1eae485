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

	"parley/memory/seal"
	"parley/memory/store"
)

func TestTheMasterKeyIsMadeOnceAndIsNotMadeAnew(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	file := filepath.Join(dir, masterFile)
	st, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if r, err := (&keyring{}).read(t.Context(), st, dir, log); r != nil || err != nil {
		t.Errorf("before anything was sealed: %v, %v", r, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading made a key: %v", err)
	}
	first, err := (&keyring{}).open(t.Context(), st, dir, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	again, err := (&keyring{SealKey: file}).open(t.Context(), st, dir, log, time.Now)
	if err != nil || again.Name("C1") != first.Name("C1") {
		t.Errorf("the second time: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key can be read by %v, %v", info.Mode(), err)
	}
	other := filepath.Join(dir, "other.key")
	write(t, other, strings.Repeat("ab", 32))
	if _, err := (&keyring{SealKey: other}).open(t.Context(), st, dir, log, time.Now); !errors.Is(err, seal.ErrWrongKey) || !strings.Contains(err.Error(), "--key-file") {
		t.Errorf("another key: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := (&keyring{}).open(t.Context(), st, dir, log, time.Now); err == nil || !strings.Contains(err.Error(), "--key-file") {
		t.Errorf("with its key lost: %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new key was made in place of the lost one: %v", err)
	}
}

func TestABadMasterKeyIsRefusedWithoutBeingTold(t *testing.T) {
	for text, want := range map[string]string{"hunter2": "64 hexadecimal digits", "-----BEGIN PUBLIC KEY-----": "--customer-key-file", "": "64 hexadecimal digits"} {
		file := filepath.Join(t.TempDir(), "bad.key")
		write(t, file, text)
		if _, _, err := readKey(file); err == nil || !strings.Contains(err.Error(), want) || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
