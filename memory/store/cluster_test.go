package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/memory/store"
	"parley/memory/store/cluster"
	"parley/memory/store/storetest"
)

func TestMain(m *testing.M) {
	cluster.RunNode()
	os.Exit(m.Run())
}

// onCluster opens a store on the node with a number, or on any for -1.
func onCluster(t *testing.T, c *cluster.Cluster, node int, cfg store.Config) store.Store {
	t.Helper()
	if cfg.URL == "" {
		cfg.URL = c.URL()
		if node >= 0 {
			cfg.URL = c.NodeURL(node)
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// wipe deletes everything in a cluster.
func wipe(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	conn, err := nats.Connect(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	names := js.StreamNames(t.Context())
	for name := range names.Name() {
		if err := js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := names.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	c := started(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		wipe(t, c)
		return onCluster(t, c, -1, store.Config{})
	})
}

func started(t *testing.T) *cluster.Cluster {
	t.Helper()
	began := time.Now()
	c, err := cluster.Start(t.Context(), cluster.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	t.Logf("the cluster is up after %.1f s", time.Since(began).Seconds())
	return c
}

// What is acknowledged is stored on two nodes of three. The third may be
// behind, or cut off, and its clients must not be told what was before.
func TestNoReplicaAnswersWithWhatWasBefore(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	c, ctx := started(t), t.Context()
	a := onCluster(t, c, -1, store.Config{})
	if _, err := a.Append(ctx, "log", 0, json.RawMessage(`1`)); err != nil {
		t.Fatal(err)
	}
	ab, err := a.Bucket(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ab.Put(ctx, "k", []byte("1")); err != nil {
		t.Fatal(err)
	}
	leads := map[int]bool{}
	for _, stream := range []string{"log", "KV_b"} {
		i, err := c.Leader(ctx, stream)
		if err != nil {
			t.Fatal(err)
		}
		leads[i] = true
	}
	behind := 0
	for leads[behind] {
		behind++
	}
	writer := onCluster(t, c, (behind+1)%cluster.Nodes, store.Config{})
	reader := onCluster(t, c, behind, store.Config{})
	wb, err := writer.Bucket(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	rb, err := reader.Bucket(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	check := func(ctx context.Context, last uint64) {
		t.Helper()
		if l, err := reader.Last(ctx, "log"); err == nil && l != last {
			t.Errorf("the log ends at %d, want %d", l, last)
		}
		if items, err := reader.Read(ctx, "log", 0, 0); err == nil && uint64(len(items)) != last {
			t.Errorf("read %d items of %d", len(items), last)
		}
		if v, _, err := rb.Get(ctx, "k"); err == nil && string(v) != fmt.Sprint(last) {
			t.Errorf("the key is %s, want %d", v, last)
		}
	}
	write := func(n uint64) {
		t.Helper()
		if _, err := writer.Append(ctx, "log", n-1, json.RawMessage(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
		if _, err := wb.Put(ctx, "k", fmt.Append(nil, n)); err != nil {
			t.Fatal(err)
		}
	}
	for n := uint64(2); n <= 40; n++ {
		write(n)
		check(ctx, n)
	}
	c.Cut(behind)
	direct, err := nats.Connect(c.NodeURL(behind))
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	until(t, "the node that is cut off would answer", func() bool {
		for _, subject := range []string{"log.log.log", "KV_b.$KV.b.k"} {
			if m, err := direct.Request("$JS.API.DIRECT.GET."+subject, nil, time.Second); err != nil || len(m.Data) == 0 {
				return false
			}
		}
		return true
	})
	write(41)
	for range 5 { // no answer is right, too
		short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
		check(short, 41)
		stop()
	}
	c.Heal(behind)
	until(t, "the reader is back", func() bool { l, err := reader.Last(ctx, "log"); return err == nil && l == 41 })
}

// An append is announced by the leader of the moment to those connected then.
func TestFollowersMissNothingWhateverBreaks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	c, ctx := started(t), t.Context()
	onCluster(t, c, -1, store.Config{})
	leader, err := c.Leader(ctx, "log")
	if err != nil {
		t.Fatal(err)
	}
	near, far := (leader+1)%cluster.Nodes, (leader+2)%cluster.Nodes
	writer := onCluster(t, c, near, store.Config{})
	reader := onCluster(t, c, far, store.Config{})
	came := make(chan uint64, 1000)
	following, stop := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := reader.Follow(following, "log", 0, func(i store.Item) error { came <- i.Seq; return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("follow: %v", err)
		}
	})
	defer wait.Wait()
	defer stop()
	n, next := uint64(0), uint64(1)
	write := func() {
		t.Helper()
		if _, err := writer.Append(ctx, "log", n, json.RawMessage(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
		n++
	}
	all := func(what string) {
		t.Helper()
		began := time.Now()
		for ; next <= n; next++ {
			select {
			case got := <-came:
				if got != next {
					t.Fatalf("%s: %d came after %d", what, got, next-1)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: %d of %d never came", what, next, n)
			}
		}
		t.Logf("%s: all came after %.2f s", what, time.Since(began).Seconds())
	}
	for range 20 {
		write()
	}
	all("in peace")
	c.Cut(far)
	write() // the last one for now: nothing later shows that it was missed
	c.Heal(far)
	all("healed")
	c.Kill(leader)
	for range 20 {
		write()
	}
	all("the leader killed")
	if err := c.Start(leader); err != nil {
		t.Fatal(err)
	}
	if err := c.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	// The reader's own node goes: it has to come back to it.
	c.Kill(far)
	for range 20 {
		write()
	}
	if err := c.Start(far); err != nil {
		t.Fatal(err)
	}
	all("its own node killed")
}

func TestProcessesThatBeginAtOnceMakeThreeCopies(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	c, ctx := started(t), t.Context()
	begin := func(n int) {
		var wait sync.WaitGroup
		for i := range n {
			wait.Go(func() {
				s, err := store.Open(ctx, store.Config{URL: c.NodeURL(i)})
				if err != nil {
					t.Errorf("process %d: %v", i, err)
					return
				}
				defer s.Close()
				if b, err := s.Bucket(ctx, "b"); err != nil {
					t.Errorf("process %d: %v", i, err)
				} else if _, err := b.Put(ctx, fmt.Sprint(i), nil); err != nil {
					t.Errorf("process %d: %v", i, err)
				}
			})
		}
		wait.Wait()
	}
	copies := func(want int) {
		t.Helper()
		st, err := store.Stand(ctx, store.Config{URL: c.URL()})
		if err != nil || len(st.Streams) < 5 || st.Cluster != "parley" {
			t.Fatalf("the cluster stands so: %+v, %v", st, err)
		}
		for _, k := range st.Streams {
			if k.Copies != want || k.Leader == "" {
				t.Errorf("%+v, want %d copies and a leader", k, want)
			}
		}
	}
	begin(3)
	copies(3)
	begin(1) // one that says nothing keeps what there is
	copies(3)
	c.Stop(2)
	begin(2)
	st, err := store.Stand(ctx, store.Config{URL: c.URL()})
	if err != nil || st.Servers[2].Err == nil || len(st.Streams[0].Behind) == 0 {
		t.Errorf("with one node down: %+v, %v", st, err)
	}
}
