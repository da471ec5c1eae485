package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/memory/store"
	"parley/memory/store/cluster"
)

// BenchmarkCluster gives the costs in CLUSTER.md: of a cluster of three that
// syncs before it acknowledges, of one that does not, and of the server inside
// the process.
func BenchmarkCluster(b *testing.B) {
	open := func(b *testing.B, cfg store.Config) store.Store {
		s, err := store.Open(b.Context(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s
	}
	b.Run("inside", func(b *testing.B) { costs(b, open(b, store.Config{Dir: b.TempDir()})) })
	for _, lazy := range []bool{false, true} {
		b.Run(fmt.Sprint("three,lazy=", lazy), func(b *testing.B) {
			c, err := cluster.Start(b.Context(), cluster.Options{Dir: b.TempDir(), Lazy: lazy})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(c.Close)
			costs(b, open(b, store.Config{URL: c.URL()}))
		})
	}
}

func costs(b *testing.B, s store.Store) {
	ctx := b.Context()
	entry, err := json.Marshal(strings.Repeat("a", 300))
	if err != nil {
		b.Fatal(err)
	}
	keys, err := s.Bucket(ctx, "b")
	if err != nil {
		b.Fatal(err)
	}
	value := []byte(strings.Repeat("a", 300))
	fail := func(b *testing.B, err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	last := uint64(0)
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			last, err = s.Append(ctx, "log", last, entry)
			fail(b, err)
		}
	})
	b.Run("append,16 logs at once", func(b *testing.B) {
		b.SetParallelism(8) // of two cores
		b.RunParallel(func(p *testing.PB) {
			log, last := fmt.Sprint("log ", time.Now().UnixNano()), uint64(0)
			for p.Next() {
				next, err := s.Append(ctx, log, last, entry)
				if err != nil {
					b.Error(err)
					return
				}
				last = next
			}
		})
	})
	b.Run("last", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Last(ctx, "log")
			fail(b, err)
		}
	})
	for i := range uint64(20) {
		_, err := s.Append(ctx, "history", i, entry)
		fail(b, err)
	}
	b.Run("read 20", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Read(ctx, "history", 0, 0)
			fail(b, err)
		}
	})
	b.Run("put a key", func(b *testing.B) {
		for b.Loop() {
			_, err := keys.Put(ctx, "k", value)
			fail(b, err)
		}
	})
	b.Run("get a key", func(b *testing.B) {
		for b.Loop() {
			_, _, err := keys.Get(ctx, "k")
			fail(b, err)
		}
	})
	b.Run("queue to done", func(b *testing.B) {
		working, stop := context.WithCancel(ctx)
		done, ended := make(chan bool, 1), make(chan bool)
		go func() {
			defer close(ended)
			_ = s.Work(working, 1, func(context.Context, store.Work) error { done <- true; return nil })
		}()
		fail(b, s.Enqueue(ctx, "k", "first", nil))
		<-done
		for b.Loop() {
			fail(b, s.Enqueue(ctx, "k", fmt.Sprint(time.Now().UnixNano()), nil))
			<-done
		}
		b.StopTimer()
		stop()
		<-ended
	})
}
