package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"parley/memory/store"
)

// worker writes each piece of work to the log of its key, once, as a hub does.
func worker(s store.Store) func(context.Context, store.Work) error {
	return func(ctx context.Context, w store.Work) error {
		for {
			items, err := s.Read(ctx, w.Key, 0, 0)
			if err != nil {
				return err
			}
			for _, i := range items {
				if string(i.Data) == w.ID {
					return nil
				}
			}
			_, err = s.Append(ctx, w.Key, uint64(len(items)), json.RawMessage(w.ID))
			if !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
	}
}

// It is run again as a child that works until it is killed.
func TestWorkGoesOnElsewhere(t *testing.T) {
	if url := os.Getenv("PARLEY_TEST_WORK"); url != "" {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		work := worker(s)
		t.Fatal(s.Work(t.Context(), 16, func(ctx context.Context, w store.Work) error {
			defer fmt.Println(w.ID)
			return work(ctx, w)
		}))
	}
	if testing.Short() {
		t.Skip("starts three servers")
	}
	c, ctx := started(t), t.Context()
	s := onCluster(t, c, -1, store.Config{})
	var wait sync.WaitGroup
	defer wait.Wait()
	join := func() (leave func()) {
		working, stop := context.WithCancel(ctx)
		ended := make(chan bool)
		own := onCluster(t, c, -1, store.Config{})
		wait.Go(func() {
			defer close(ended)
			if err := own.Work(working, 16, worker(own)); !errors.Is(err, context.Canceled) {
				t.Errorf("work ended: %v", err)
			}
		})
		return func() { stop(); <-ended }
	}
	const keys = 32
	n := 0
	// ask queues one piece for each key, and waits until all are done. A lost piece
	// comes again after four seconds.
	const soon = 3500 * time.Millisecond
	ask := func(what string, most time.Duration) {
		t.Helper()
		began := time.Now()
		n++
		for k := range keys {
			if err := s.Enqueue(ctx, fmt.Sprint("key ", k), fmt.Sprint(n), nil); err != nil {
				t.Fatal(err)
			}
		}
		for k := range keys {
			key := fmt.Sprint("key ", k)
			until(t, what+": all is done", func() bool { last, err := s.Last(ctx, key); return err == nil && last >= uint64(n) })
		}
		took := time.Since(began)
		t.Logf("%s: %.2f s", what, took.Seconds())
		if took > most {
			t.Errorf("%s: it took %.1f s, more than %s", what, took.Seconds(), most)
		}
	}
	first := join()
	ask("one process", soon)
	second := join()
	ask("another one has come", soon)
	ask("two processes", soon)
	first()
	ask("one has left", soon)
	child := exec.Command(os.Args[0], "-test.run", "TestWorkGoesOnElsewhere$")
	child.Env = append(os.Environ(), "PARLEY_TEST_WORK="+c.URL())
	child.Stderr = os.Stderr
	did, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	working := make(chan bool)
	wait.Go(func() {
		_, _ = did.Read(make([]byte, 1))
		close(working)
		_, _ = io.Copy(io.Discard, did)
	})
	for has := false; !has; {
		ask("a child comes", soon)
		select {
		case <-working:
			has = true
		default:
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ask("the child is killed", 9*time.Second)
	second()
	for k := range keys {
		items, err := s.Read(ctx, fmt.Sprint("key ", k), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, item := range items {
			if string(item.Data) != fmt.Sprint(i+1) {
				t.Fatalf("key %d: %s came as number %d", k, item.Data, i+1)
			}
		}
	}
}
