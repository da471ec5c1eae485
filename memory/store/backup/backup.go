// Package backup copies all of a store into a folder while it is in use, checks
// such a copy, and makes a store of it again. It never writes anywhere before
// the copy that it restores was read and found whole. Start with [Write], then
// [Check] and [Restore].
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"parley/memory/store"
)

// Format is what a manifest names itself.
const Format = "parley-backup/1"

// Files of a backup. The keyring lies beside the backups of one folder, and is of
// the newest one.
const (
	manifestFile = "manifest.json"
	recordsFile  = "records.jsonl.gz"
	secretsDir   = "secrets"
	nameLayout   = "20060102T150405.000Z"
)

var kinds = []store.Kind{store.KindAppend, store.KindEvent, store.KindKey, store.KindObject, store.KindWork}

// A Manifest says what a backup holds. It is written last.
type Manifest struct {
	Format string             `json:"format"`
	Made   time.Time          `json:"made"` // when it began: what was acknowledged before is in it
	By     string             `json:"by,omitempty"`
	Schema int                `json:"schema"`
	Counts map[store.Kind]int `json:"counts"`
	Keys   int                `json:"keys"` // of the keyring, apart
	Size   int64              `json:"size"` // of the records, in bytes
	SHA256 string             `json:"sha256"`
	// Sum is over this manifest without it.
	Sum string `json:"sum"`

	Dir string `json:"-"`
}

func (m Manifest) sum() string {
	m.Sum = ""
	b, _ := json.Marshal(m) // of plain fields: cannot fail
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// A Config says what to back up.
type Config struct {
	Store store.Store
	By    string
	Now   func() time.Time
	// Apart names the buckets of customers' keys. They are not in the backup but
	// in the keyring beside it, so that a key can be dropped from all of them.
	Apart func(bucket string) bool
	// Secrets are files that are copied too, by name; usually none.
	Secrets map[string][]byte
}

// Write backs the store up into a new folder under root, and brings the keyring
// there up to date. Others may use the store meanwhile. An error leaves nothing
// but the backups of before.
func Write(ctx context.Context, root string, cfg Config) (m Manifest, err error) {
	if cfg.Apart == nil {
		cfg.Apart = func(string) bool { return false }
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return m, fmt.Errorf("make the folder for backups: %w", err)
	}
	m = Manifest{Format: Format, Made: cfg.Now().UTC(), By: cfg.By, Counts: map[store.Kind]int{}}
	if m.Schema, err = store.Schema(ctx, cfg.Store); err != nil {
		return m, err
	}
	m.Dir = filepath.Join(root, m.Made.Format(nameLayout))
	if _, err := os.Stat(m.Dir); err == nil {
		return m, fmt.Errorf("there is a backup of this very moment already: %s", m.Dir)
	}
	part, err := os.MkdirTemp(root, ".part-")
	if err != nil {
		return m, fmt.Errorf("begin a backup: %w", err)
	}
	defer os.RemoveAll(part) // gone by then if all went well
	if err := m.records(ctx, filepath.Join(part, recordsFile), cfg); err != nil {
		return m, fmt.Errorf("back up into %s: %w", root, err)
	}
	if err := keepSecrets(part, cfg.Secrets); err != nil {
		return m, err
	}
	// The keys before the backup shows, so that none is there without its keys.
	if m.Keys, err = updateKeyring(ctx, root, cfg); err != nil {
		return m, err
	}
	m.Sum = m.sum()
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = writeFile(filepath.Join(part, manifestFile), append(text, '\n'))
	}
	if err == nil {
		err = os.Rename(part, m.Dir)
	}
	if err != nil {
		return m, fmt.Errorf("back up into %s: %w", root, err)
	}
	return m, syncDir(root)
}

func keepSecrets(part string, secrets map[string][]byte) error {
	if len(secrets) == 0 {
		return nil
	}
	dir := filepath.Join(part, secretsDir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, b := range secrets {
		if err := writeFile(filepath.Join(dir, name), b); err != nil {
			return fmt.Errorf("back up %s: %w", name, err)
		}
	}
	return nil
}

// records writes all but the keyring, and notes what was written.
func (m *Manifest) records(ctx context.Context, name string, cfg Config) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	count := &counter{}
	out := bufio.NewWriterSize(io.MultiWriter(f, sum, count), 1<<20)
	z, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(z)
	err = store.Export(ctx, cfg.Store, func(r store.Record) error {
		if r.Kind == store.KindKey && cfg.Apart(r.Name) {
			return nil
		}
		m.Counts[r.Kind]++
		return enc.Encode(r)
	})
	if err = errors.Join(err, z.Close(), out.Flush(), f.Sync()); err != nil {
		return err
	}
	m.Size, m.SHA256 = count.n, hex.EncodeToString(sum.Sum(nil))
	return nil
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// writeFile writes a file that only its owner can read, and puts it on disk.
func writeFile(name string, b []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Find gives the folder of a backup: the one named, or the newest one in it.
func Find(dir string) (string, error) {
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); err == nil {
		return dir, nil
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("look for a backup: %w", err)
	}
	for _, d := range slices.Backward(list) { // by name, and so by time
		name := filepath.Join(dir, d.Name())
		if _, err := time.Parse(nameLayout, d.Name()); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(name, manifestFile)); err == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("there is no backup in %s: it has no %s, and no folder in it has; if one was copied from elsewhere, copy all of it", dir, manifestFile)
}

// Check reads all of a backup, and gives what it holds or says what is wrong.
// Nothing is written.
func Check(ctx context.Context, dir string) (Manifest, error) {
	return read(ctx, dir, func(store.Record) error { return nil })
}

var errDamaged = errors.New("the backup is damaged")

func damaged(dir, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s; take another one", errDamaged, dir, fmt.Sprintf(format, args...))
}

// read calls fn for each record, and gives the manifest if all of it was right.
func read(ctx context.Context, dir string, fn func(store.Record) error) (m Manifest, err error) {
	b, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, fmt.Errorf("read a backup: %w", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, damaged(dir, "its manifest is no JSON (%v)", err)
	}
	if m.Format != Format {
		return m, fmt.Errorf("%s is of the format %q, and this parley reads %s", dir, m.Format, Format)
	}
	if m.Sum != m.sum() {
		return m, damaged(dir, "its manifest does not fit its own checksum")
	}
	m.Dir = dir
	f, err := os.Open(filepath.Join(dir, recordsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, damaged(dir, "%s is missing", recordsFile)
	}
	if err != nil {
		return m, fmt.Errorf("read a backup: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return m, fmt.Errorf("read a backup: %w", err)
	}
	if info.Size() != m.Size {
		return m, damaged(dir, "%s has %d bytes instead of %d", recordsFile, info.Size(), m.Size)
	}
	if err := sumOf(f, m.SHA256); err != nil {
		return m, damaged(dir, "%s %v", recordsFile, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return m, err
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<20))
	if err != nil {
		return m, damaged(dir, "%s: %v", recordsFile, err)
	}
	counts := map[store.Kind]int{}
	for dec := json.NewDecoder(z); ; {
		var r store.Record
		err := dec.Decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, damaged(dir, "%s: %v", recordsFile, err)
		}
		counts[r.Kind]++
		if err := fn(r); err != nil {
			return m, err
		}
		if ctx.Err() != nil {
			return m, ctx.Err()
		}
	}
	for _, k := range kinds {
		if counts[k] != m.Counts[k] {
			return m, damaged(dir, "it holds %d of the kind %s instead of %d", counts[k], k, m.Counts[k])
		}
	}
	return m, nil
}

func sumOf(r io.Reader, want string) error {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != want {
		return errors.New("does not fit its checksum")
	}
	return nil
}
