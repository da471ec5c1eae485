package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

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
