package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/channels"
	"parley/memory/store"
)

// examine looks at a data folder that holds something: at its files from
// outside, and, when no process has it and nothing hinders, at what a copy of it
// says when it is opened. The folder itself is not opened.
func (c *doctorCmd) examine(ctx context.Context) (out []finding) {
	add := func(grade, format string, args ...any) { out = append(out, one(grade, "data", format, args...)...) }
	if c.Repair {
		damages, err := store.RepairFiles(c.Data)
		if err != nil {
			return one("fail", "data", "cannot be repaired: %v", err)
		}
		for _, d := range damages {
			add("warn", "taken out, and kept in %s: %s", filepath.Join(c.Data, "damaged"), d)
		}
	}
	x := store.Examine(c.Data)
	out = append(out, space(x, c.Data)...)
	if x.Holder != "" {
		add("warn", "%s is in use by %s; stop it to have the folder looked at, or have all of it read by `parley backup`", c.Data, x.Holder)
		return out
	}
	for _, err := range x.Errs {
		add("fail", "%v", err)
	}
	if newest := 1 + len(c.steps()); x.Schema > newest {
		add("fail", "%s has schema %d, written by a newer parley; this one knows up to %d: start that one, or restore a backup from before", c.Data, x.Schema, newest)
		return out
	} else if x.Schema > 0 && x.Schema < newest {
		add("ok", "schema %d; the next start brings it to %d (take a backup before)", x.Schema, newest)
	}
	if n := len(x.ReadOnly); n > 0 {
		add("fail", "%d files may not be written to, first %s: make them writable with chmod -R u+w %s", n, x.ReadOnly[0], filepath.Join(c.Data, "nats"))
	}
	cut := false
	for _, d := range x.Damages {
		if d.Behind > 0 {
			cut = true
			add("fail", "%s; restore a backup, or keep what is whole with `parley doctor --repair`", d)
		} else {
			add("warn", "%s; it is cut off at the next start", d)
		}
	}
	for _, m := range x.Missing {
		add("fail", "%s; restore a backup if they matter. The next start goes on without them", m)
	}
	if len(x.Errs) > 0 || cut || ctx.Err() != nil {
		return out
	}
	return append(out, c.openCopy(ctx, x)...)
}

// space says how much the disk still takes.
func space(x store.Examination, dir string) []finding {
	switch mb := x.Free >> 20; {
	case x.Free < x.Least:
		return one("fail", "disk", "%d MB are free where %s is: below %d MB nothing is written any more; make space", mb, dir, x.Least>>20)
	case x.Free < 10*x.Least:
		return one("warn", "disk", "%d MB are free where %s is; below %d MB nothing is written any more", mb, dir, x.Least>>20)
	default:
		return one("ok", "disk", "%d MB are free where %s is", mb, dir)
	}
}

// openCopy opens a copy of the folder and reads all that it holds.
func (c *doctorCmd) openCopy(ctx context.Context, x store.Examination) (out []finding) {
	add := func(grade, format string, args ...any) { out = append(out, one(grade, "data", format, args...)...) }
	tmp, err := os.MkdirTemp("", "parley-doctor-")
	if err != nil {
		return one("warn", "data", "not opened: %v", err)
	}
	defer os.RemoveAll(tmp)
	if there := store.Examine(tmp).Free; there < uint64(x.Size)+x.Least {
		return one("warn", "data", "not opened: a copy takes %d MB, and %s has %d MB free; name another place with TMPDIR", x.Size>>20, os.TempDir(), there>>20)
	}
	if err := copyFolder(ctx, filepath.Join(c.Data, "nats"), filepath.Join(tmp, "nats")); err != nil {
		return one("fail", "data", "cannot be read: %v", err)
	}
	quiet := slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, store.Config{Dir: tmp, Steps: c.steps(), AsIs: true, Unsynced: true, Log: quiet})
	if err != nil {
		return one("fail", "data", "a copy of %s does not open: %v", c.Data, err)
	}
	defer st.Close()
	counts, waiting, gaps, err := readAll(ctx, st)
	if err != nil {
		add("fail", "a copy of %s opens and cannot be read: %v; restore a backup", c.Data, err)
		return out
	}
	add("ok", "%s opens: %s", c.Data, counts)
	for _, g := range gaps[:min(len(gaps), 5)] {
		add("fail", "%s; restore a backup if they matter", g)
	}
	if n := len(gaps) - 5; n > 0 {
		add("fail", "%d more conversations lack entries", n)
	}
	ring, err := c.keyring.read(ctx, st, c.Data, quiet)
	if err != nil {
		return append(out, finding{"fail", "key", fmt.Sprintf("%v; without it nothing that is sealed can be read", err)})
	}
	defer ring.Close()
	hub, err := channels.New(channels.Config{Store: st, Ring: ring, Log: quiet})
	if err != nil {
		add("fail", "%v", err)
		return out
	}
	messages, err := hub.Unanswered(ctx)
	switch {
	case err != nil:
		add("fail", "conversations cannot be read: %v", err)
	case len(messages) > 0:
		add("warn", "%d messages have no answer yet, one in %s; a start answers them", len(messages), slices.Min(slices.Collect(maps.Keys(messages))))
	}
	if waiting.n > 0 {
		grade := "ok"
		if time.Since(waiting.oldest) > time.Hour {
			grade = "warn"
		}
		add(grade, "%d pieces of work wait in the queue, the oldest since %s; a start does them", waiting.n, waiting.oldest.Local().Format(time.DateTime))
	}
	return out
}

type queue struct {
	n      int
	oldest time.Time
}

// readAll reads every record, and tells where conversations lack entries.
func readAll(ctx context.Context, st store.Store) (counts string, waiting queue, gaps []string, err error) {
	last := map[string]uint64{}
	n := map[store.Kind]int{}
	entries := 0
	err = st.Changed(ctx, 0, func(log string, _ store.Place, items []store.Item) error {
		entries += len(items)
		if len(items) == 0 {
			return nil
		}
		if want := last[log] + 1; items[0].Seq != want {
			gaps = append(gaps, fmt.Sprintf("conversation %s lacks its entries %d to %d", log, want, items[0].Seq-1))
		}
		last[log] = items[len(items)-1].Seq
		return nil
	})
	if err == nil {
		err = store.Export(ctx, st, func(r store.Record) error {
			n[r.Kind]++
			if r.Kind == store.KindWork {
				waiting.n++
				if waiting.oldest.IsZero() || r.At.Before(waiting.oldest) {
					waiting.oldest = r.At
				}
			}
			return nil
		})
	}
	counts = fmt.Sprintf("%d conversations with %d entries, %d events, %d keys, %d objects, %d in the queue", len(last), entries, n[store.KindEvent], n[store.KindKey], n[store.KindObject], waiting.n)
	return counts, waiting, gaps, err
}

func copyFolder(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		dest := filepath.Join(to, strings.TrimPrefix(name, from))
		if d.IsDir() {
			return os.MkdirAll(dest, 0o700)
		}
		in, err := os.Open(name)
		if err != nil {
			return err
		}
		defer in.Close()
		out, err := os.OpenFile(dest, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		return errors.Join(err, out.Close())
	})
}

// lookAtKeys looks at the keys that serve makes in the data folder.
func (c *doctorCmd) lookAtKeys(context.Context) (out []finding) {
	add := func(format string, args ...any) { out = append(out, one("fail", "key", format, args...)...) }
	if file := filepath.Join(c.Data, masterFile); c.SealKey != "" || exists(file) {
		if c.SealKey != "" {
			file = c.SealKey
		}
		if _, _, err := readKey(file); err != nil {
			add("%v", err)
		}
	}
	if file := filepath.Join(c.Data, "customer.key"); exists(file) {
		if b, err := os.ReadFile(file); err != nil || len(strings.TrimSpace(string(b))) < 32 {
			add("%s is no key to sign customers' tokens with (%d characters, 32 at least): delete it, and a new one is made; who is signed in signs in again", file, len(strings.TrimSpace(string(b))))
		}
	}
	return out
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
