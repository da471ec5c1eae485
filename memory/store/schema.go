package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrSchema is given for what a newer parley has written. Nothing of it was
// touched.
var ErrSchema = errors.New("store: written by a newer parley")

// A Step brings what is stored from one schema to the next. It may be killed at
// any point and is then run again from its beginning, so it must do no harm
// twice; and in a cluster processes of before the step still read and write
// while it runs.
type Step struct {
	Name string // what it does, as in "seal the facts of customers"
	Run  func(ctx context.Context, s Store) error
}

// Where the schema stands: under a key in the store, for what has been done; and
// in a file of an embedded server's folder, for what a reader must know before
// it touches anything there.
const (
	schemaBucket = Here
	schemaKey    = "schema"
	schemaFile   = "schema"
)

// firstSchema is that of a store that says nothing about it.
const firstSchema = 1

// A schema is what the store says of itself.
type schema struct {
	Version int    `json:"version"`
	By      string `json:"by,omitempty"`   // who takes the next step just now
	Beat    int    `json:"beat,omitempty"` // counts while they are alive
}

// How long a process in a cluster may be silent in the middle of a step until
// another one takes the step over.
const (
	beatEvery  = 2 * time.Second
	silentMost = 15 * time.Second
)

// ours is the schema that this program writes: one more for each step.
func (c Config) ours() int { return firstSchema + len(c.Steps) }

func newer(found, ours int, where string) error {
	return fmt.Errorf("%w: %s has schema %d, and this one knows up to %d; nothing was changed. Start the parley that wrote it, or restore a backup from before", ErrSchema, where, found, ours)
}

// folderSchema reads a data folder's file, before its engine is started.
func folderSchema(dir string) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, schemaFile))
	if errors.Is(err, fs.ErrNotExist) {
		return firstSchema, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read which schema the data folder has: %w", err)
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || v < firstSchema {
		return 0, fmt.Errorf("the file %s says nothing readable; delete it if this parley made the folder, and it is written anew", filepath.Join(dir, schemaFile))
	}
	return v, nil
}

// checkFolder refuses a folder of a newer parley while it is still untouched.
func (s *jet) checkFolder(dir string) error {
	found, err := folderSchema(dir)
	if err == nil && found > s.cfg.ours() {
		err = newer(found, s.cfg.ours(), dir)
	}
	return err
}

// keepFolderSchema is written before the first step: from then on an older
// program may not open the folder, even if the steps are not through.
func (s *jet) keepFolderSchema() error {
	if s.cfg.Dir == "" || s.cfg.URL != "" {
		return nil
	}
	if found, err := folderSchema(s.cfg.Dir); err == nil && found == s.cfg.ours() {
		if _, err := os.Stat(filepath.Join(s.cfg.Dir, schemaFile)); err == nil {
			return nil
		}
	}
	return writeSynced(filepath.Join(s.cfg.Dir, schemaFile), fmt.Appendln(nil, s.cfg.ours()))
}

// Schema gives the version of what a store holds.
func Schema(ctx context.Context, s Store) (int, error) {
	b, err := s.Bucket(ctx, schemaBucket)
	if err != nil {
		return 0, err
	}
	now, _, err := readSchema(ctx, b)
	return max(firstSchema, now.Version), err
}

func readSchema(ctx context.Context, b Bucket) (now schema, rev uint64, err error) {
	text, rev, err := b.Get(ctx, schemaKey)
	if errors.Is(err, ErrNotFound) {
		return schema{}, 0, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &now)
	}
	if err != nil {
		return now, 0, fmt.Errorf("read which schema the store has: %w", err)
	}
	return now, rev, nil
}

func writeSchema(ctx context.Context, b Bucket, next schema, rev uint64) (uint64, error) {
	text, err := json.Marshal(next)
	if err != nil {
		return 0, err
	}
	if rev == 0 {
		return b.Create(ctx, schemaKey, text)
	}
	return b.Update(ctx, schemaKey, text, rev)
}

// empty says that nothing was ever kept here: not even the streams are made.
func (s *jet) empty(ctx context.Context) (bool, error) {
	err := s.patiently(ctx, func(ctx context.Context) error {
		_, err := s.js.Stream(ctx, "log")
		return err
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look what is stored: %w", s.told(err))
	}
	return false, nil
}

// checkStored refuses what a newer parley has written, before streams are made
// or changed.
func (s *jet) checkStored(ctx context.Context) error {
	var kv jetstream.KeyValue
	err := s.patiently(ctx, func(ctx context.Context) (err error) {
		kv, err = s.js.KeyValue(ctx, schemaBucket)
		return err
	})
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look which schema the store has: %w", s.told(err))
	}
	b, err := s.bucketOf(ctx, schemaBucket, kv)
	if err != nil {
		return fmt.Errorf("look which schema the store has: %w", s.told(err))
	}
	found, _, err := readSchema(ctx, b)
	if err == nil && found.Version > s.cfg.ours() {
		where := s.cfg.Dir
		if s.cfg.URL != "" {
			where = Redacted(s.cfg.URL)
		}
		err = newer(found.Version, s.cfg.ours(), where)
	}
	return err
}

// migrate takes the steps that are left, one process at a time, and notes each
// when it is through.
func (s *jet) migrate(ctx context.Context, fresh bool) error {
	if s.cfg.AsIs && !fresh {
		return nil
	}
	b, err := s.Bucket(ctx, schemaBucket)
	if err != nil {
		return err
	}
	if err := s.keepFolderSchema(); err != nil {
		return fmt.Errorf("note the schema in the data folder: %w", err)
	}
	me := rand.Text()
	var silent uint64 // the revision that has not changed
	var since time.Time
	for {
		now, rev, err := readSchema(ctx, b)
		if err != nil {
			return err
		}
		if rev == 0 {
			now.Version = firstSchema
			if fresh {
				now.Version = s.cfg.ours()
			}
			if _, err := writeSchema(ctx, b, now, 0); err != nil && !errors.Is(err, ErrConflict) {
				return fmt.Errorf("note the schema: %w", err)
			}
			continue
		}
		switch {
		case now.Version == s.cfg.ours():
			return nil
		case now.Version > s.cfg.ours(): // another one was faster, and is newer
			return newer(now.Version, s.cfg.ours(), "the store")
		case now.By != "" && s.server == nil && (rev != silent || time.Since(since) < cmp.Or(s.cfg.silent, silentMost)):
			// Another process is at it. The folder of an embedded server is locked,
			// and whoever was at it is gone.
			if rev != silent {
				silent, since = rev, time.Now()
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
			continue
		}
		rev, err = writeSchema(ctx, b, schema{Version: now.Version, By: me}, rev)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err == nil {
			err = s.step(ctx, b, now.Version, me, rev)
		}
		if err != nil {
			return err
		}
	}
}

// step takes one step, tells meanwhile that it goes on, and notes its end.
func (s *jet) step(ctx context.Context, b Bucket, from int, me string, rev uint64) error {
	step := s.cfg.Steps[from-firstSchema]
	s.cfg.Log.Info("store: migrating", "from", from, "to", from+1, "step", step.Name)
	working, lost := context.WithCancelCause(ctx)
	beating := make(chan uint64, 1)
	stop := make(chan struct{})
	go func() {
		t := time.NewTicker(beatEvery)
		defer t.Stop()
		defer func() { beating <- rev }()
		for n := 1; ; n++ {
			select {
			case <-stop:
				return
			case <-t.C:
			}
			next, err := writeSchema(working, b, schema{Version: from, By: me, Beat: n}, rev)
			if errors.Is(err, ErrConflict) {
				lost(fmt.Errorf("another process has taken the step over: %w", err))
				return
			}
			if err == nil {
				rev = next
			}
		}
	}()
	err := step.Run(working, s)
	close(stop)
	rev = <-beating
	if cause := context.Cause(working); err == nil && cause != nil {
		err = cause
	}
	lost(nil)
	if err == nil {
		_, err = writeSchema(ctx, b, schema{Version: from + 1}, rev)
	}
	if err != nil {
		return fmt.Errorf("migrate the store from schema %d to %d (%s): %w; it goes on at the next start", from, from+1, step.Name, err)
	}
	return nil
}
