package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/channels"
	"parley/memory/store"
	"parley/memory/store/faults"
)

// powerCut kills this process before the nth thing that it would write.
func powerCut(left *atomic.Int64) func(point string) {
	return func(point string) {
		if strings.HasPrefix(point, faults.Before) && point != faults.Before+" turn" && left.Add(-1) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
	}
}

// A life is what one process of this test does: it says the messages that are
// not in the log yet, each once its forerunner is answered, and dies at the
// nth write after the first of them.
type life struct {
	Dir  string
	Say  []string
	Kill int64 // 0: it lives on, and tells what there is
	Rush bool  // the messages come one on the other's heels
}

// A legacy is what a process that lived on tells.
type legacy struct {
	Status  string
	Refunds int            // of the order
	States  []string       // of the question, in order
	Answers map[string]int // texts that answer each message
	Writes  int64
}

// live is one life, in a process of its own.
func live(spec string) error {
	var l life
	if err := json.Unmarshal([]byte(spec), &l); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	st, err := store.Open(ctx, store.Config{Dir: l.Dir})
	if err != nil {
		return err
	}
	var left atomic.Int64 // writes until the end; far below 0: never
	left.Store(-1 << 40)
	m := faults.Store(st, powerCut(&left))
	sh, err := openShop("demo", time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), func(string) {})
	if err != nil {
		return err
	}
	settled := make(chan string, 16)
	a, _, err := newApp(ctx, appConfig{Shop: sh, Store: m, Model: "builtin", Now: time.Now, Log: slog.New(slog.DiscardHandler), Settled: func(_, message string) { settled <- message }})
	if err != nil {
		return err
	}
	who := llm.Customer{ID: "C1007", Name: "Ana", Authenticated: true}
	idFile := filepath.Join(l.Dir, "conversation")
	id, err := os.ReadFile(idFile)
	if err != nil {
		c, _, err := a.Hub.Start(ctx, channels.Visitor{Customer: who, Locale: "en", Transport: "test"})
		if err != nil {
			return err
		}
		if id = []byte(c.ID); os.WriteFile(idFile, id, 0o600) != nil {
			return fmt.Errorf("keep the conversation's id")
		}
	}
	go func() { _ = a.Hub.Run(ctx) }()
	if l.Kill > 0 {
		left.Store(l.Kill)
	}
	for i, text := range l.Say {
		message := fmt.Sprint("m", i)
		if _, err := a.Hub.Post(ctx, string(id), channels.Post{ID: message, Text: text}); err != nil {
			return err
		}
		if l.Rush && i < len(l.Say)-1 {
			continue
		}
		if err := a.Hub.Again(ctx, string(id), message); err != nil { // it may have been settled before
			return err
		}
		for done := ""; done != message; {
			select {
			case done = <-settled:
			case <-ctx.Done():
				return fmt.Errorf("message %d was never settled: %w", i, ctx.Err())
			}
		}
	}
	out := legacy{Answers: map[string]int{}, Writes: -1<<40 - left.Load()}
	if l.Kill > 0 {
		out.Writes = l.Kill - left.Load()
	}
	all, err := a.Hub.Entries(ctx, string(id), 0)
	if err != nil {
		return err
	}
	for _, e := range all {
		var body struct{ State string }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			return err
		}
		switch e.Kind {
		case channels.KindConfirm:
			out.States = append(out.States, body.State)
		case channels.KindText:
			if e.Answers != "" {
				out.Answers[e.Answers]++
			}
		}
	}
	state, err := a.state(ctx, who.ID)
	if err != nil {
		return err
	}
	b, err := json.Marshal(state)
	if err != nil {
		return err
	}
	var orders struct {
		Orders map[string]struct {
			Status   string
			Payments []struct{ Kind string }
		}
	}
	if err := json.Unmarshal(b, &orders); err != nil {
		return err
	}
	out.Status = orders.Orders["1042"].Status
	for _, p := range orders.Orders["1042"].Payments {
		if p.Kind == "refund" {
			out.Refunds++
		}
	}
	cancel()
	if err := st.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// lead runs a life and gives what it left, nil when it was killed.
func lead(t *testing.T, l life) *legacy {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "PARLEY_TEST_LIFE="+string(spec))
	var errs strings.Builder
	cmd.Stderr = &errs
	b, err := cmd.Output()
	if err != nil {
		if l.Kill > 0 && strings.Contains(err.Error(), "killed") {
			return nil
		}
		t.Fatalf("%+v: %v\n%s", l, err, errs.String())
	}
	var out legacy
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%+v: %v\n%s", l, err, b)
	}
	return &out
}

// A process that dies at any write between the customer's yes and the answer to
// it, and comes back, has cancelled the order once and says so once. When the
// customer has said something else meanwhile, what the log says is what is.
func TestExactlyOnceThroughAKillAtEveryWrite(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	if got := lead(t, life{Dir: ready, Say: []string{"cancel order 1042"}}); got.Status != "pending" || strings.Join(got.States, ",") != "open" {
		t.Fatalf("before the yes: %+v", got)
	}
	for _, c := range []struct {
		name, then string
		rush       bool
	}{{"redelivered", "", false}, {"a no at once", "no, keep it", true}, {"something else at once", "what's on sale?", true}} {
		killed, cancelled := 0, 0
		for kill := int64(1); kill < 40; kill++ {
			dir := filepath.Join(t.TempDir(), strconv.FormatInt(kill, 10))
			if err := os.CopyFS(dir, os.DirFS(ready)); err != nil {
				t.Fatal(err)
			}
			said := []string{"cancel order 1042", "yes"}
			if lead(t, life{Dir: dir, Say: said, Kill: kill}) != nil {
				break // it had no more to write
			}
			killed++
			if c.then != "" {
				said = append(said, c.then)
			}
			got := lead(t, life{Dir: dir, Say: said, Rush: c.rush})
			states := strings.Join(got.States, ",")
			done := got.Status == "cancelled" && got.Refunds == 1 && states == "open,done"
			kept := c.rush && got.Status == "pending" && got.Refunds == 0 && (states == "open,declined" || states == "open,dropped")
			if !done && !kept {
				t.Errorf("%s, killed at write %d: %+v", c.name, kill, got)
			}
			if done {
				cancelled++
			}
			for message, n := range got.Answers {
				if n != 1 {
					t.Errorf("%s, killed at write %d: %s was answered %d times", c.name, kill, message, n)
				}
			}
			_ = os.RemoveAll(dir)
		}
		if killed < 5 || cancelled < 2 {
			t.Errorf("%s: killed at %d writes, cancelled after %d, so that this looked at nothing", c.name, killed, cancelled)
		}
		t.Logf("%s: killed at %d writes, cancelled after %d", c.name, killed, cancelled)
	}
}
