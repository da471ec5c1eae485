package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/memory/seal"
	"parley/memory/store"
)

// A keyring names the master key, for every command that reads what is kept.
type keyring struct {
	SealKey string `name:"key-file" aliases:"seal-key-file" env:"PARLEY_KEY_FILE,PARLEY_SEAL_KEY_FILE" placeholder:"FILE" help:"Master key (64 hex digits) that seals what is kept of customers; processes on one cluster need the same. Made in the data folder when not given. A second line is the key before, while keys are rotated."`
}

// masterFile is the master key of a data folder for which none is named.
const masterFile = "seal.key"

// file is the file of the master key: the one that is named, or the data folder's.
func (k *keyring) file(data string) string { return cmp.Or(k.SealKey, filepath.Join(data, masterFile)) }

// open opens the keyring of a store. Where none is named and none was ever made,
// a key is made in the data folder.
func (k *keyring) open(ctx context.Context, st store.Store, data string, log *slog.Logger, now func() time.Time) (*seal.Ring, error) {
	cfg := seal.Config{Store: st, Now: now, Log: log}
	file := k.file(data)
	if k.SealKey == "" {
		begun, err := seal.Begun(ctx, st)
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && begun {
			return nil, fmt.Errorf("what is kept here was sealed with a key that is not in %s: name its file with --key-file", file)
		}
		if err := makeKey(file); err != nil {
			return nil, err
		}
	}
	var err error
	if cfg.Key, cfg.Old, err = readKey(file); err != nil {
		return nil, err
	}
	r, err := seal.Open(ctx, cfg)
	if errors.Is(err, seal.ErrWrongKey) && k.SealKey == "" {
		err = fmt.Errorf("%w (the one in %s was tried)", err, file)
	}
	return r, err
}

// read is open for a command that changes nothing: where nothing was ever sealed
// it gives nil.
func (k *keyring) read(ctx context.Context, st store.Store, data string, log *slog.Logger) (*seal.Ring, error) {
	if begun, err := seal.Begun(ctx, st); err != nil || !begun {
		return nil, err
	}
	return k.open(ctx, st, data, log, time.Now)
}

// makeKey writes a new key, readable by its owner alone, unless there is one.
func makeKey(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("make the folder of the key: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		_, err = f.WriteString(hex.EncodeToString(key) + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("make a key in %s: %w", file, err)
	}
	return nil
}

// readKey reads a master key, and on the line after it the one before.
func readKey(file string) (key, old []byte, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("read the master key: %w", err)
	}
	lines := strings.Fields(string(b))
	if len(lines) == 0 || len(lines) > 2 {
		lines = []string{""}
	}
	if key, err = seal.ParseKey(lines[0]); err == nil && len(lines) == 2 {
		old, err = seal.ParseKey(lines[1])
	}
	if err != nil {
		why := ""
		if strings.Contains(string(b), "BEGIN") {
			why = "; the key that customer tokens are signed with is given by --customer-key-file"
		}
		return nil, nil, fmt.Errorf("%s is no master key: %w%s", file, err, why)
	}
	return key, old, nil
}
