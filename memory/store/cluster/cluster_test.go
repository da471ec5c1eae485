package cluster

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestMain(m *testing.M) {
	RunNode()
	os.Exit(m.Run())
}

func TestAStreamOutlivesItsLeader(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	began := time.Now()
	step := func(s string) { t.Logf("%5.2f s %s", time.Since(began).Seconds(), s) }
	c, err := Start(ctx, Options{Dir: t.TempDir(), Output: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	step("started")
	conn, err := nats.Connect(c.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "s", Subjects: []string{"s.*"}, Replicas: Nodes}); err != nil {
		t.Fatal(err)
	}
	// keeps says that what was acknowledged is there, once, and more can follow.
	stored := uint64(0)
	keeps := func(what string) {
		t.Helper()
		for ctx.Err() == nil {
			try, stop := context.WithTimeout(ctx, time.Second)
			ack, err := js.Publish(try, "s.a", nil, jetstream.WithMsgID(what))
			stop()
			if err == nil {
				if stored++; ack.Sequence != stored {
					t.Fatalf("%s: stored as %d, want %d", what, ack.Sequence, stored)
				}
				step(what)
				return
			}
		}
		t.Fatalf("%s: nothing can be stored", what)
	}
	leader := func() int {
		t.Helper()
		i, err := c.Leader(ctx, "s")
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	ready := func() {
		t.Helper()
		if err := c.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	keeps("began")
	first := leader()
	c.Kill(first)
	keeps("its leader killed")
	if leader() == first {
		t.Error("a dead node leads")
	}
	if err := c.Start(first); err != nil {
		t.Fatal(err)
	}
	ready()
	step("the killed one is back")
	second := leader()
	c.Cut(second)
	for conn.ConnectedUrl() == c.NodeURL(second) { // this client has to go elsewhere by itself
		if err := conn.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
		if err := conn.FlushTimeout(time.Second); err != nil {
			t.Log(err)
		}
	}
	keeps("its leader cut off")
	c.Heal(second)
	ready()
	step("healed")
	if err := c.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	keeps("all restarted")
}
