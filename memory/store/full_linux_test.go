package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/memory/store"
)

// A heard log can be waited for.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(p)
	select {
	case h.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (h *heard) await(t *testing.T, words string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		h.mu.Lock()
		found := strings.Contains(h.text.String(), words)
		h.mu.Unlock()
		if found {
			return
		}
		select {
		case <-h.more:
		case <-late:
			t.Fatalf("it never said %q, but\n%s", words, h.text.String())
		}
	}
}

// fill writes a file until not one byte more goes on the disk.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 16, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("fill the disk: %v", err)
		}
	}
}

// A disk that is full in the middle of a write: what was acknowledged is there,
// it is said what happened, those who follow and work go on by themselves when
// there is space.
func TestAFullDiskInTheMiddleOfAWrite(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=40m"); err != nil {
		t.Skipf("no disk can be made to be filled (it takes root): %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	said := &heard{more: make(chan struct{}, 1)}
	cfg := store.Config{Dir: filepath.Join(disk, "data"), Reserve: 1, Log: slog.New(slog.NewTextHandler(said, nil))}
	st, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	worked := make(chan string, 100)
	followed := make(chan uint64, 100)
	var busy sync.WaitGroup
	busy.Go(func() {
		_ = st.Work(ctx, 1, func(_ context.Context, w store.Work) error { worked <- w.ID; return nil })
	})
	busy.Go(func() { _ = st.Follow(ctx, "a", 0, func(i store.Item) error { followed <- i.Seq; return nil }) })
	item := json.RawMessage(`"` + strings.Repeat("x", 1000) + `"`)
	acked := uint64(0)
	add := func() error {
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		last, err := st.Append(short, "a", acked, item)
		if err == nil {
			acked = last
		}
		return err
	}
	for range 20 {
		if err := add(); err != nil {
			t.Fatal(err)
		}
	}
	full := filepath.Join(disk, "full")
	fill(t, full)
	for n := 0; n < 100 && err == nil; n++ {
		err = add()
	}
	if err == nil {
		t.Fatal("the disk never was full")
	}
	said.await(t, "full in the middle of a write")
	if err := add(); !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "goes on by itself") {
		t.Errorf("a write while it is full gives %v", err)
	}
	if items, err := st.Read(ctx, "a", 0, 0); err != nil || uint64(len(items)) < acked {
		t.Errorf("of %d acknowledged items %d can be read: %v", acked, len(items), err)
	}
	if err := os.Remove(full); err != nil {
		t.Fatal(err)
	}
	said.await(t, "it goes on")
	last, err := st.Last(ctx, "a")
	if err != nil || last < acked {
		t.Fatalf("%d were acknowledged, %d are there: %v", acked, last, err)
	}
	acked = last
	for range 5 {
		if err := add(); err != nil {
			t.Fatalf("there is space again: %v", err)
		}
	}
	if err := st.Enqueue(ctx, "a", "again", nil); err != nil {
		t.Fatal(err)
	}
	for id := ""; id != "again"; {
		select {
		case id = <-worked:
		case <-ctx.Done():
			t.Fatal("nobody works any more")
		}
	}
	for seq := uint64(0); seq < acked; {
		select {
		case next := <-followed:
			if next != seq+1 {
				t.Fatalf("after %d it followed with %d", seq, next)
			}
			seq = next
		case <-ctx.Done():
			t.Fatalf("followed up to %d of %d", seq, acked)
		}
	}
	cancel()
	busy.Wait()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = store.Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if last, err := st.Last(t.Context(), "a"); err != nil || last != acked {
		t.Errorf("opened again it has %d of %d: %v", last, acked, err)
	}
}
