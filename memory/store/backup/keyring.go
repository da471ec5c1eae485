package backup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/memory/store"
)

// The keyring of a folder of backups: the keys with which customers' values are
// sealed, as of the newest backup. A customer whose key is struck out here, or
// was dropped before the newest backup, can be read in none of them.
const keyringFile = "keyring"

// How long the keyring is waited for while another process writes it.
const keyringPatience = 10 * time.Second

// lockKeyring lets one process at a time write it.
func lockKeyring(ctx context.Context, root string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, keyringPatience)
	defer cancel()
	unlock, err = store.Lock(ctx, root)
	if err != nil {
		return nil, fmt.Errorf("wait for the keyring in %s: %w", root, err)
	}
	return unlock, nil
}

// updateKeyring writes the keys that there are now. A key that is dropped while
// it does is looked for again afterwards, so that it does not come back.
func updateKeyring(ctx context.Context, root string, cfg Config) (n int, err error) {
	for {
		keys, err := keysOf(ctx, cfg)
		if err != nil {
			return 0, err
		}
		if len(keys) == 0 {
			if _, err := os.Stat(filepath.Join(root, keyringFile)); errors.Is(err, fs.ErrNotExist) {
				return 0, nil
			}
		}
		unlock, err := lockKeyring(ctx, root)
		if err != nil {
			return 0, err
		}
		err = writeKeyring(root, keys)
		unlock()
		if err != nil {
			return 0, err
		}
		again, err := keysOf(ctx, cfg)
		if err != nil {
			return 0, err
		}
		gone := slices.ContainsFunc(keys, func(r store.Record) bool {
			_, there := slices.BinarySearchFunc(again, r, byName)
			return !there
		})
		if !gone {
			return len(keys), nil
		}
	}
}

func byName(a, b store.Record) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Key, b.Key))
}

// keysOf reads the buckets of keys, and gives these in the order of byName.
func keysOf(ctx context.Context, cfg Config) ([]store.Record, error) {
	newest := map[[2]string]store.Record{}
	err := store.ExportKeys(ctx, cfg.Store, cfg.Apart, func(r store.Record) error {
		newest[[2]string{r.Name, r.Key}] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the keys of customers: %w", err)
	}
	return slices.SortedFunc(maps.Values(newest), byName), nil
}

// A keyring ends with a line that says how many keys there are and their sum.
type keyringEnd struct {
	Keys   *int   `json:"keys"`
	SHA256 string `json:"sha256"`
}

func writeKeyring(root string, keys []store.Record) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, r := range keys {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	sum, n := sha256.Sum256(b.Bytes()), len(keys)
	if err := enc.Encode(keyringEnd{&n, hex.EncodeToString(sum[:])}); err != nil {
		return err
	}
	name := filepath.Join(root, keyringFile)
	if err := mend(name); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the keyring: %w", err)
	}
	err = writeFile(name+".new", b.Bytes())
	if err == nil {
		// A key that is struck out is not to be found on the disk either.
		err = overwrite(name, len(old))
	}
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err == nil {
		err = syncDir(root)
	}
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	return nil
}

// overwrite writes zeros over a file's bytes, if it is there. A crash between
// this and the renaming leaves the whole new one beside it, which is then taken.
func overwrite(name string, n int) error {
	if n == 0 {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, n))
	return errors.Join(err, f.Sync(), f.Close())
}

// mend puts the new keyring that a crash left beside the overwritten one in its
// place: it may be the only whole one, and the next is written where it lies.
func mend(name string) error {
	if _, err := parseKeyring(name); err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := parseKeyring(name + ".new"); err != nil {
		return nil // neither can be read
	}
	return os.Rename(name+".new", name)
}

// readKeyring gives the keys of a folder of backups; none is no error.
func readKeyring(root string) ([]store.Record, error) {
	name := filepath.Join(root, keyringFile)
	keys, err := parseKeyring(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if left, other := parseKeyring(name + ".new"); other == nil { // see overwrite
			return left, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return keys, err
}

func parseKeyring(name string) ([]store.Record, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var keys []store.Record
	at := 0
	for line := range bytes.Lines(b) {
		var end keyringEnd
		if json.Unmarshal(line, &end) == nil && end.Keys != nil {
			sum := sha256.Sum256(b[:at])
			if *end.Keys != len(keys) || end.SHA256 != hex.EncodeToString(sum[:]) {
				break
			}
			return keys, nil
		}
		var r store.Record
		if err := json.Unmarshal(line, &r); err != nil {
			break
		}
		keys = append(keys, r)
		at += len(line)
	}
	return nil, fmt.Errorf("%w: the keyring %s does not fit its checksum; without it nothing that is sealed can be read", errDamaged, name)
}

// Strike takes the keys of a name out of a folder's keyring: what they seal can
// be read in none of its backups from then on. It gives how many there were.
// A folder without a keyring has none.
func Strike(ctx context.Context, root, name string) (n int, err error) {
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	unlock, err := lockKeyring(ctx, root)
	if err != nil {
		return 0, err
	}
	defer unlock()
	keys, err := readKeyring(root)
	if err != nil {
		return 0, err
	}
	left := slices.DeleteFunc(slices.Clone(keys), func(r store.Record) bool { return r.Key == name })
	if len(left) == len(keys) {
		return 0, nil
	}
	return len(keys) - len(left), writeKeyring(root, left)
}

// Struck says that a folder's keyring has no key of a name.
func Struck(root, name string) (bool, error) {
	keys, err := readKeyring(root)
	return err == nil && !slices.ContainsFunc(keys, func(r store.Record) bool { return r.Key == name }), err
}
