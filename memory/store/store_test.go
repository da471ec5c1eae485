package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/memory/store"
	"parley/memory/store/storetest"
)

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, "") })
}

func TestOnDisk(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

func TestTwoProcessesOnOneFolderAreRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	_, err := store.Open(context.Background(), store.Config{Dir: dir})
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("the second got %v; want ErrLocked that names process %d", err, os.Getpid())
	}
}

func TestWhatIsQueuedSurvivesAReopen(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	s := open(t, dir)
	if err := s.Enqueue(ctx, "k", "1", []byte("x")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, dir)
	ctx, stop := context.WithCancel(ctx)
	got := ""
	_ = s.Work(ctx, 1, func(_ context.Context, w store.Work) error { got = w.ID; stop(); return nil })
	if got != "1" {
		t.Errorf("after a reopen %q was handed out", got)
	}
}

// TestKill is run again as a child that appends and tells each sequence that
// was acknowledged, until it is killed.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	ctx := context.Background()
	if dir := os.Getenv("PARLEY_TEST_APPEND"); dir != "" {
		s := open(t, dir)
		last, err := s.Last(ctx, "log")
		for err == nil {
			last, err = s.Append(ctx, "log", last, json.RawMessage(fmt.Sprint(last+1)))
			fmt.Println(last)
		}
		t.Fatal(err)
	}
	dir := t.TempDir()
	acked := ""
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run", "TestNothingAcknowledgedIsLostByAKill$")
		cmd.Env = append(os.Environ(), "PARLEY_TEST_APPEND="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(out)
		for n := 0; n < 20+round*37 && in.Scan(); n++ {
			acked = in.Text()
		}
		_ = cmd.Process.Kill()
		for in.Scan() { // what was told before the kill counts
			acked = in.Text()
		}
		_ = cmd.Wait()
	}
	s := open(t, dir)
	items, err := s.Read(ctx, "log", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want int
	if _, err := fmt.Sscan(acked, &want); err != nil {
		t.Fatal(err)
	}
	if len(items) < want {
		t.Errorf("%d acknowledged, %d there", want, len(items))
	}
	for i, item := range items {
		if item.Seq != uint64(i+1) || string(item.Data) != fmt.Sprint(i+1) {
			t.Fatalf("item %d is %d %s", i+1, item.Seq, item.Data)
		}
	}
}

func TestAFullDiskIsToldBeforeAnythingBreaks(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	s := open(t, dir)
	if _, err := s.Append(ctx, "log", 0, json.RawMessage(`1`)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	full, err := store.Open(ctx, store.Config{Dir: dir, Reserve: 1 << 62}) // more than any disk has free
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { full.Close() })
	b, err := full.Bucket(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	_, appended := full.Append(ctx, "log", 1, json.RawMessage(`2`))
	_, put := b.Put(ctx, "k", []byte("v"))
	_, created := b.Create(ctx, "k", []byte("v"))
	for what, err := range map[string]error{
		"append": appended, "put": put, "create": created, "queue": full.Enqueue(ctx, "k", "1", nil),
		"record": full.Record(ctx, "1", nil), "object": full.PutObject(ctx, "o", nil),
	} {
		if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "make space") {
			t.Errorf("%s on a full disk: %v", what, err)
		}
	}
	if items, err := full.Read(ctx, "log", 0, 0); err != nil || len(items) != 1 {
		t.Errorf("reading on a full disk: %d items, %v", len(items), err)
	}
	if err := full.DeleteLog(ctx, "log"); err != nil {
		t.Errorf("making space by erasing: %v", err)
	}
}

// Order and sequences are of the store, never of the clock.
func TestAClockThatIsSetBackChangesNoOrder(t *testing.T) {
	var mu sync.Mutex
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(-time.Hour)
		return at
	}
	dir, ctx := t.TempDir(), context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		if i == 10 { // and through a restart
			s.Close()
			if s, err = store.Open(ctx, store.Config{Dir: dir, Now: now}); err != nil {
				t.Fatal(err)
			}
		}
		if last, err := s.Append(ctx, "a", i, json.RawMessage(fmt.Sprint(i+1))); err != nil || last != i+1 {
			t.Fatalf("item %d: %d, %v", i+1, last, err)
		}
		if err := errors.Join(s.Record(ctx, fmt.Sprint("e", i), []byte(fmt.Sprint(i+1))), s.Record(ctx, "e0", []byte("again")), s.Enqueue(ctx, "k", fmt.Sprint(i), []byte(fmt.Sprint(i+1)))); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { s.Close() })
	want := ""
	for i := range 20 {
		want += fmt.Sprint(i+1, " ")
	}
	got := map[string]string{}
	items, err := s.Read(ctx, "a", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		got["log"] += string(i.Data) + " "
	}
	if err := s.Events(ctx, 0, func(i store.Item) error { got["events"] += string(i.Data) + " "; return nil }); err != nil {
		t.Fatal(err)
	}
	working, stop := context.WithCancel(ctx)
	n := 0
	_ = s.Work(working, 4, func(_ context.Context, w store.Work) error {
		got["work"] += string(w.Data) + " "
		if n++; n == 20 {
			stop()
		}
		return nil
	})
	for what, text := range map[string]string{"log": got["log"], "events": got["events"], "work": got["work"]} {
		if text != want {
			t.Errorf("%s: %s", what, text)
		}
	}
}

func TestAFolderThatCannotBeWrittenToIsToldAtTheStart(t *testing.T) {
	for what, prepare := range map[string]func(dir string) error{
		"a file in place of the folder": func(dir string) error { return os.WriteFile(dir, nil, 0o600) },
		"a file in place of the engine's folder": func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "nats"), nil, 0o600))
		},
		"a folder that may only be read": func(dir string) error {
			if os.Getuid() == 0 {
				return errAsRoot
			}
			return os.Mkdir(dir, 0o500)
		},
		"a block that may only be read": func(dir string) error {
			if os.Getuid() == 0 {
				return errAsRoot
			}
			s, err := store.Open(context.Background(), store.Config{Dir: dir})
			if err == nil {
				_, err = s.Append(context.Background(), "a", 0, json.RawMessage("1"))
				err = errors.Join(err, s.Close())
			}
			return errors.Join(err, os.Chmod(filepath.Join(dir, "nats", "jetstream", "$G", "streams", "log", "msgs", "1.blk"), 0o400))
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := prepare(dir); errors.Is(err, errAsRoot) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(context.Background(), store.Config{Dir: dir})
			if err == nil {
				defer s.Close()
				_, err = s.Append(context.Background(), "a", 1, json.RawMessage("2"))
			}
			if err == nil || !strings.Contains(err.Error(), dir) {
				t.Errorf("it says %v; want an error that names %s", err, dir)
			}
		})
	}
}

var errAsRoot = errors.New("root may write to everything")
