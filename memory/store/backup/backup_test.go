package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/memory/store"
)

func open(t *testing.T, cfg store.Config) store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func put(t *testing.T, s store.Store, bucket, key, value string) {
	t.Helper()
	b, err := s.Bucket(t.Context(), bucket)
	if err == nil {
		_, err = b.Put(t.Context(), key, []byte(value))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s store.Store, bucket, key string) string {
	t.Helper()
	b, err := s.Bucket(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := b.Get(t.Context(), key)
	if err != nil {
		return err.Error()
	}
	return string(v)
}

func say(t *testing.T, s store.Store, log string, items ...string) {
	t.Helper()
	last, err := s.Last(t.Context(), log)
	for _, i := range items {
		if err == nil {
			last, err = s.Append(t.Context(), log, last, json.RawMessage(fmt.Sprintf("%q", i)))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func said(t *testing.T, s store.Store, log string) string {
	t.Helper()
	items, err := s.Read(t.Context(), log, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range items {
		out = append(out, fmt.Sprint(i.Seq, strings.Trim(string(i.Data), `"`)))
	}
	return strings.Join(out, " ")
}

// clock gives a second more each time, as no two backups are of the same one.
func clock() func() time.Time {
	at := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

func config(s store.Store, now func() time.Time) Config {
	return Config{Store: s, Now: now, By: "test", Apart: func(b string) bool { return strings.HasPrefix(b, "keyring") }}
}

func TestABackupIsRestoredWhole(t *testing.T) {
	s, root := open(t, store.Config{}), t.TempDir()
	say(t, s, "客户", "a", "b")
	put(t, s, "customers", "C1", "likes wool")
	put(t, s, "keyring", "C1", "a key")
	cfg := config(s, clock())
	cfg.Secrets = map[string][]byte{"seal.key": []byte("hush")}
	m, err := Write(t.Context(), root, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[store.Kind]int{store.KindAppend: 2, store.KindKey: 1}, m.Counts); d != "" || m.Keys != 1 {
		t.Errorf("%d keys, %s", m.Keys, d)
	}
	checked, err := Check(t.Context(), m.Dir)
	if err != nil || cmp.Diff(m, checked) != "" {
		t.Errorf("checked: %v, %s", err, cmp.Diff(m, checked))
	}
	if found, err := Find(root); err != nil || found != m.Dir {
		t.Errorf("the newest is %s, %v", found, err)
	}
	data := filepath.Join(t.TempDir(), "new", "data")
	if _, err := Restore(t.Context(), m.Dir, Restoring{Data: data}); err != nil {
		t.Fatal(err)
	}
	again := open(t, store.Config{Dir: data})
	if got := said(t, again, "客户"); got != "1a 2b" {
		t.Errorf("said %s", got)
	}
	if a, b := get(t, again, "customers", "C1"), get(t, again, "keyring", "C1"); a != "likes wool" || b != "a key" {
		t.Errorf("values %q and %q", a, b)
	}
	if b, err := os.ReadFile(filepath.Join(data, "seal.key")); err != nil || string(b) != "hush" {
		t.Errorf("the secret: %q, %v", b, err)
	}
	if list, _ := filepath.Glob(filepath.Join(data, ".rest*")); len(list) > 0 {
		t.Errorf("left over: %v", list)
	}
}

func TestWhatWasAcknowledgedBeforeABackupBeganIsInIt(t *testing.T) {
	s, root := open(t, store.Config{Dir: t.TempDir()}), t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	const writers = 4
	var acked [writers]atomic.Int64
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for n := uint64(0); ctx.Err() == nil; n++ {
				if _, err := s.Append(ctx, fmt.Sprint("w", w), n, json.RawMessage(fmt.Sprint(n+1))); err != nil {
					if ctx.Err() == nil {
						t.Error(err)
					}
					return
				}
				acked[w].Store(int64(n + 1))
			}
		})
	}
	now := clock()
	for range 3 {
		var before [writers]int64
		for deadline := time.Now().Add(30 * time.Second); ; {
			least := int64(1 << 60)
			for w := range writers {
				before[w] = acked[w].Load()
				least = min(least, before[w])
			}
			if least > 20 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("the writers write nothing")
			}
			if _, err := s.Last(ctx, "w0"); err != nil { // lets them go on
				t.Fatal(err)
			}
		}
		m, err := Write(ctx, root, config(s, now))
		if err != nil {
			t.Fatal(err)
		}
		data := filepath.Join(t.TempDir(), "data")
		if _, err := Restore(ctx, m.Dir, Restoring{Data: data}); err != nil {
			t.Fatal(err)
		}
		again := open(t, store.Config{Dir: data})
		for w := range writers {
			items, err := again.Read(ctx, fmt.Sprint("w", w), 0, 0)
			if err != nil || int64(len(items)) < before[w] {
				t.Errorf("writer %d: %d items of %d acknowledged, %v", w, len(items), before[w], err)
			}
			for i, item := range items {
				if item.Seq != uint64(i+1) || string(item.Data) != fmt.Sprint(i+1) {
					t.Fatalf("writer %d: item %d is %d %s", w, i+1, item.Seq, item.Data)
				}
			}
		}
		again.Close()
	}
	stop()
	wait.Wait()
}

func TestADamagedBackupIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	s := open(t, store.Config{})
	say(t, s, "a", "1", "2", "3")
	put(t, s, "keyring", "C1", "a key")
	change := func(name string, how func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name), how(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 0x10; return b }
	cut := func(b []byte) []byte { return b[:len(b)-7] }
	gone := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for what, c := range map[string]struct {
		damage func(*testing.T, string)
		says   string
	}{
		"a flipped bit":         {change(recordsFile, flip), "checksum"},
		"a cut file":            {change(recordsFile, cut), "bytes instead of"},
		"no records":            {gone(recordsFile), "is missing"},
		"a changed manifest":    {change(manifestFile, func(b []byte) []byte { return []byte(strings.Replace(string(b), `"schema": 1`, `"schema": 0`, 1)) }), "checksum"},
		"a cut manifest":        {change(manifestFile, cut), "manifest"},
		"no manifest":           {gone(manifestFile), "manifest"},
		"a flipped keyring":     {change("../"+keyringFile, flip), "keyring"},
		"a cut keyring":         {change("../"+keyringFile, cut), "keyring"},
		"no keyring":            {gone("../" + keyringFile), "copy it from"},
		"another thing's files": {change(manifestFile, func([]byte) []byte { return []byte(`{"format":"other/9"}`) }), "format"},
	} {
		t.Run(what, func(t *testing.T) {
			m, err := Write(t.Context(), t.TempDir(), config(s, clock()))
			if err != nil {
				t.Fatal(err)
			}
			c.damage(t, m.Dir)
			data := filepath.Join(t.TempDir(), "data")
			_, err = Restore(t.Context(), m.Dir, Restoring{Data: data})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("restored with %v, want %q", err, c.says)
			}
			if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was written: %v", err)
			}
		})
	}
}

func TestARestoreGoesIntoAnEmptyFolderAlone(t *testing.T) {
	s := open(t, store.Config{})
	say(t, s, "a", "1")
	m, err := Write(t.Context(), t.TempDir(), config(s, clock()))
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), m.Dir, Restoring{Data: data}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
	// What a killed restore has left does not hinder the next one.
	data = t.TempDir()
	if err := os.MkdirAll(filepath.Join(data, partDir, "nats", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), m.Dir, Restoring{Data: data}); err != nil {
		t.Fatal(err)
	}
	if got := said(t, open(t, store.Config{Dir: data}), "a"); got != "11" {
		t.Errorf("said %q", got)
	}
	// A store is filled if it is empty.
	to := open(t, store.Config{})
	if _, err := Restore(t.Context(), m.Dir, Restoring{Store: to}); err != nil || said(t, to, "a") != "11" {
		t.Errorf("into a store: %v", err)
	}
	if _, err := Restore(t.Context(), m.Dir, Restoring{Store: to}); err == nil {
		t.Error("a store that holds something was filled")
	}
}

func TestARestoredStoreIsMigratedAndANewerOneRefused(t *testing.T) {
	step := func(name string) store.Step {
		return store.Step{Name: name, Run: func(ctx context.Context, s store.Store) error {
			last, err := s.Last(ctx, "steps")
			if err == nil {
				_, err = s.Append(ctx, "steps", last, json.RawMessage(fmt.Sprintf("%q", name)))
			}
			return err
		}}
	}
	steps := []store.Step{step("a"), step("b"), step("c")}
	s := open(t, store.Config{Steps: steps[:2]})
	say(t, s, "x", "1")
	m, err := Write(t.Context(), t.TempDir(), config(s, clock()))
	if err != nil || m.Schema != 3 {
		t.Fatal(m.Schema, err)
	}
	data := filepath.Join(t.TempDir(), "data")
	if _, err := Restore(t.Context(), m.Dir, Restoring{Data: data, Steps: steps[:1]}); !errors.Is(err, store.ErrSchema) {
		t.Errorf("a newer one: %v", err)
	}
	if _, err := Restore(t.Context(), m.Dir, Restoring{Data: data, Steps: steps}); err != nil {
		t.Fatal(err)
	}
	if got := said(t, open(t, store.Config{Dir: data, Steps: steps}), "steps"); got != "1c" {
		t.Errorf("steps taken: %q, want the third alone", got)
	}
}

func TestAKeyStruckOutIsInNoBackupOfTheFolder(t *testing.T) {
	s, root, now := open(t, store.Config{}), t.TempDir(), clock()
	put(t, s, "keyring", "C1", "key of one")
	put(t, s, "keyring", "C2", "key of two")
	put(t, s, "customers", "C1", "of C1")
	put(t, s, "customers", "C2", "of C2")
	say(t, s, "log of C1", "x")
	say(t, s, "log of C2", "x")
	m, err := Write(t.Context(), root, config(s, now))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Strike(t.Context(), root, "C1"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := Strike(t.Context(), root, "C1"); n != 0 || err != nil {
		t.Error("struck again:", n, err)
	}
	if ok, err := Struck(root, "C1"); !ok || err != nil {
		t.Error("not struck", err)
	}
	for _, dir := range []string{root, m.Dir} {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if b, _ := os.ReadFile(filepath.Join(dir, d.Name())); strings.Contains(string(b), "key of one") || strings.Contains(string(b), "a2V5IG9mIG9uZ") {
				t.Errorf("the key is still in %s", d.Name())
			}
		}
	}
	data := filepath.Join(t.TempDir(), "data")
	done, err := Restore(t.Context(), m.Dir, Restoring{Data: data, Readable: func(keys []store.Record) func(store.Record) bool {
		return func(r store.Record) bool {
			return slices.ContainsFunc(keys, func(k store.Record) bool { return strings.HasSuffix(r.Name+r.Key, k.Key) })
		}
	}})
	if err != nil || done.Left != 2 {
		t.Fatal(done.Left, err)
	}
	again := open(t, store.Config{Dir: data})
	if a, b := get(t, again, "customers", "C2"), get(t, again, "customers", "C1"); a != "of C2" || !strings.Contains(b, "not found") {
		t.Errorf("values %q and %q", a, b)
	}
	if a, b := said(t, again, "log of C2"), said(t, again, "log of C1"); a != "1x" || b != "" {
		t.Errorf("said %q and %q", a, b)
	}
	// A later backup has the keys that there are then.
	put(t, s, "keyring", "C3", "key of three")
	b, err := s.Bucket(t.Context(), "keyring")
	if err == nil {
		err = b.Delete(t.Context(), "C1")
	}
	if err != nil {
		t.Fatal(err)
	}
	if m, err := Write(t.Context(), root, config(s, now)); err != nil || m.Keys != 2 {
		t.Errorf("%d keys, %v; want 2", m.Keys, err)
	}
	if ok, err := Struck(root, "C1"); !ok || err != nil {
		t.Error("the dropped key is back", err)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	s, root := open(t, store.Config{}), t.TempDir()
	say(t, s, "a", "1")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Write(ctx, root, config(s, clock())); err == nil {
		t.Error("it went well")
	}
	if list, err := os.ReadDir(root); err != nil || len(list) > 0 {
		t.Errorf("left over: %v, %v", list, err)
	}
}

func TestAKeyringIsReadThroughACrash(t *testing.T) {
	root := t.TempDir()
	keys := []store.Record{{Kind: store.KindKey, Name: "keyring", Key: "C1", Data: []byte("k")}}
	if err := writeKeyring(root, keys); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, keyringFile)
	// A crash after the old one was overwritten, and before the new one was renamed.
	if err := os.Rename(name, name+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, 300), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readKeyring(root)
	if err != nil || cmp.Diff(keys, got) != "" {
		t.Errorf("read %v, %v", got, err)
	}
	// The only whole one is not where the next is written.
	if err := mend(name); err != nil {
		t.Fatal(err)
	}
	got, err = parseKeyring(name)
	if err != nil || cmp.Diff(keys, got) != "" {
		t.Errorf("mended %v, %v", got, err)
	}
	if n, err := Strike(t.Context(), root, "C1"); n != 1 || err != nil {
		t.Errorf("struck %d, %v", n, err)
	}
}
