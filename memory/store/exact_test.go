package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"parley/memory/store"
	"parley/memory/store/cluster"
)

// outside starts a NATS server that listens, in no cluster.
func outside(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s.Addr().String()
}

func TestALostAnswerNeitherFailsNorDoubles(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for answers that never come")
	}
	addr, ctx := outside(t), t.Context()
	wire, err := cluster.NewWire(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	near, err := store.Open(ctx, store.Config{URL: "nats://" + addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	far, err := store.Open(ctx, store.Config{URL: "nats://" + wire.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	bucket := func(s store.Store) store.Bucket {
		b, err := s.Bucket(ctx, "b")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	here, there := bucket(near), bucket(far)
	count := func(old []byte) ([]byte, error) { return append(old, 'x'), nil }
	for _, key := range []string{"updated", "counted", "deleted"} {
		if _, err := here.Put(ctx, key, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	_, rev, err := there.Get(ctx, "updated")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := far.Append(ctx, "log", 0, json.RawMessage(`0`)); err != nil { // it knows the end from here on
		t.Fatal(err)
	}

	wire.Mute() // all that follows arrives, and no answer comes back
	var wait sync.WaitGroup
	for what, do := range map[string]func() error{
		"append": func() error {
			last, err := far.Append(ctx, "log", 1, json.RawMessage(`1`), json.RawMessage(`2`))
			if err == nil && last != 3 {
				err = fmt.Errorf("it ends at %d", last)
			}
			return err
		},
		"queue":  func() error { return far.Enqueue(ctx, "k", "1", nil) },
		"record": func() error { return far.Record(ctx, "e", nil) },
		"create": func() error { _, err := there.Create(ctx, "created", []byte("x")); return err },
		"update": func() error { _, err := there.Update(ctx, "updated", []byte("y"), rev); return err },
		"count":  func() error { return store.Update(ctx, there, "counted", count) },
		"delete": func() error { return there.Delete(ctx, "deleted") },
	} {
		wait.Go(func() {
			if err := do(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		})
	}
	// All of it that can be done without an answer is stored.
	is := func(key, want string) bool {
		v, _, err := here.Get(ctx, key)
		return want == "" && errors.Is(err, store.ErrNotFound) || err == nil && string(v) == want
	}
	until(t, "all is stored", func() bool {
		last, err := near.Last(ctx, "log")
		return err == nil && last == 3 && is("created", "x") && is("updated", "y") && is("deleted", "")
	})
	// Somebody builds on it before the sender knows.
	if err := store.Update(ctx, here, "created", count); err != nil {
		t.Fatal(err)
	}
	if _, err := here.Create(ctx, "deleted", []byte("again")); err != nil {
		t.Fatal(err)
	}
	wire.Break()
	wire.Release()
	wait.Wait()

	if !is("created", "xx") || !is("updated", "y") || !is("counted", "xx") || !is("deleted", "again") {
		keys, _ := here.Keys(ctx)
		for _, k := range keys {
			v, _, err := here.Get(ctx, k)
			t.Errorf("%s is %q, %v", k, v, err)
		}
	}
	if items, err := near.Read(ctx, "log", 0, 0); err != nil || len(items) != 3 {
		t.Errorf("the log has %d items, %v; want 3", len(items), err)
	}
	events := 0
	if err := near.Events(ctx, 0, func(store.Item) error { events++; return nil }); err != nil || events != 1 {
		t.Errorf("%d events, %v; want 1", events, err)
	}
	working, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	pieces := 0
	_ = near.Work(working, 1, func(context.Context, store.Work) error { pieces++; return nil })
	if pieces != 1 {
		t.Errorf("%d pieces of work, want 1", pieces)
	}
}

// until asks again and again; what it waits for is in another process.
func TestABucketThatCannotBeOpenedHoldsNothingUp(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for answers that never come")
	}
	t.Parallel()
	wire, err := cluster.NewWire(outside(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(wire.Close)
	s, err := store.Open(t.Context(), store.Config{URL: "nats://" + wire.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wire.Release(); s.Close() })
	wire.Mute()
	// Longer than until another server is tried.
	ctx, stop := context.WithTimeout(t.Context(), 7*time.Second)
	defer stop()
	opened := make(chan error, 1)
	go func() { _, err := s.Bucket(ctx, "new"); opened <- err }()
	select {
	case err := <-opened:
		if err == nil {
			t.Error("a bucket was opened at a server that gives no answer")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Bucket did not return when its context had ended")
	}
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 30 s, and not: %s", what)
		}
	}
}

func TestPasswordsAreNotTold(t *testing.T) {
	_, err := store.Open(t.Context(), store.Config{URL: "nats://me:hush@127.0.0.1:1,nats://hush@127.0.0.1:1"})
	if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("told %v", err)
	}
}
