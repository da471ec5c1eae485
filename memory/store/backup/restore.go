package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"parley/memory/store"
)

// A Restoring says what to make of a backup.
type Restoring struct {
	// Data is the folder to make. It must not be there, or be empty.
	Data string
	// Store is filled instead, if it is not nil; it must be empty.
	Store store.Store
	// Steps are all that this program has, see [store.Config]; the store is made
	// with the schema of the backup, and migrated when it is opened next.
	Steps []store.Step
	// Readable says whether a value can still be read with the keys that there
	// are. Values of buckets that cannot are left out, and so are logs of which
	// nothing can, or not the value that a bucket has under their name. Nil: all
	// can.
	Readable func(keys []store.Record) func(store.Record) bool
}

// A Restored says what was made.
type Restored struct {
	Manifest
	Left int // records left out, because their keys are dropped
}

// Restore checks all of a backup, then makes a data folder of it, or fills a
// store. The folder appears whole or not at all.
func Restore(ctx context.Context, from string, r Restoring) (done Restored, err error) {
	if r.Store == nil {
		if err := vacant(r.Data); err != nil {
			return done, err
		}
	}
	keys, err := readKeyring(filepath.Dir(filepath.Clean(from)))
	if err != nil {
		return done, err
	}
	readable := func(store.Record) bool { return true }
	if r.Readable != nil {
		readable = r.Readable(keys)
	}
	// A log is left out when nothing of it can be read, or not the record that
	// bears its name.
	dead := map[string]bool{}
	done.Manifest, err = read(ctx, from, func(rec store.Record) error {
		switch {
		case rec.Kind == store.KindAppend:
			was, known := dead[rec.Name]
			dead[rec.Name] = (was || !known) && !readable(rec)
		case rec.Kind == store.KindKey && !readable(rec):
			if _, known := dead[rec.Key]; known {
				dead[rec.Key] = true
			}
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	if newest := 1 + len(r.Steps); done.Schema > newest {
		return done, fmt.Errorf("%w: the backup %s has schema %d, and this one knows up to %d", store.ErrSchema, from, done.Schema, newest)
	}
	if done.Keys > 0 && len(keys) == 0 {
		return done, fmt.Errorf("the backup %s is sealed, and there is no file %q beside it: copy it from where the backup was made", from, keyringFile)
	}
	records := func(yield func(store.Record, error) bool) {
		stop := errors.New("stop")
		_, err := read(ctx, from, func(rec store.Record) error {
			if rec.Kind == store.KindAppend && dead[rec.Name] || rec.Kind == store.KindKey && !readable(rec) {
				done.Left++
				return nil
			}
			if !yield(rec, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(store.Record{}, err)
			return
		}
		for _, k := range keys {
			if err != nil || !yield(k, nil) {
				return
			}
		}
	}
	if r.Store != nil {
		return done, store.Import(ctx, r.Store, records)
	}
	return done, r.folder(ctx, from, done.Schema, records)
}

// vacant says whether a data folder may be made.
func vacant(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("restore into %s: %w", dir, err)
	case len(list) > 1 || len(list) == 1 && list[0].Name() != partDir:
		return fmt.Errorf("%s is not empty: a backup is restored into a new folder; move this one away, or give another with --data", dir)
	}
	return nil
}

// partDir is where a folder is made, in itself: it may be a disk of its own.
const partDir = ".restoring"

// folder fills a folder and moves what it holds to its place at the end, the
// engine's own last: until then it is no store.
func (r Restoring) folder(ctx context.Context, from string, schema int, records iter.Seq2[store.Record, error]) error {
	part := filepath.Join(r.Data, partDir)
	if err := os.RemoveAll(part); err != nil { // of one that was killed
		return fmt.Errorf("restore into %s: %w", r.Data, err)
	}
	st, err := store.Open(ctx, store.Config{Dir: part, Steps: r.Steps[:schema-1], Unsynced: true})
	if err != nil {
		return fmt.Errorf("restore into %s: %w", r.Data, err)
	}
	err = errors.Join(store.Import(ctx, st, records), st.Close())
	if err == nil {
		err = takeSecrets(from, part)
	}
	if err == nil {
		err = settle(part, r.Data)
	}
	if err != nil {
		os.RemoveAll(part)
		return fmt.Errorf("restore into %s: %w", r.Data, err)
	}
	return nil
}

func settle(part, dir string) error {
	list, err := os.ReadDir(part)
	if err != nil {
		return err
	}
	last := "nats"
	for _, d := range list {
		if name := d.Name(); name != last && name != "LOCK" {
			if err := os.Rename(filepath.Join(part, name), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	if err := os.Rename(filepath.Join(part, last), filepath.Join(dir, last)); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(part), syncDir(dir))
}

// takeSecrets copies what was backed up beside the store.
func takeSecrets(from, to string) error {
	list, err := os.ReadDir(filepath.Join(from, secretsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, d := range list {
		var b []byte
		if b, err = os.ReadFile(filepath.Join(from, secretsDir, d.Name())); err == nil {
			err = writeFile(filepath.Join(to, d.Name()), b)
		}
		if err != nil {
			break
		}
	}
	return err
}

// String is a line for people.
func (m Manifest) String() string {
	var counts []string
	for _, k := range kinds {
		if n := m.Counts[k]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %ss", n, k))
		}
	}
	if len(counts) == 0 {
		counts = []string{"nothing"}
	}
	return fmt.Sprintf("%s · of %s · schema %d · %s · %d customers' keys · %.1f MB", m.Dir, m.Made.Format("2006-01-02 15:04:05"), m.Schema, strings.Join(counts, ", "), m.Keys, float64(m.Size)/1e6)
}
