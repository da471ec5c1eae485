package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/channels/webchat/crowd"
)

// A small kill loop: see memory/store/CRASH.md for a large one.
func TestCrashLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server ten times")
	}
	t.Setenv("PARLEY_TEST_MAIN", "1") // for the processes that it starts
	figures, err := crashFlags{Kills: 10, Seed: 1}.benchCrash(t.Context(), nil)
	if err != nil {
		t.Error(err)
	}
	for _, f := range figures {
		t.Logf("%-26s %-14s %8.1f", f.Case, f.Metric, f.Value)
		if least := map[string]float64{"kills": 10, "acknowledged": 100, "answered": 20, "effects": 5}[f.Metric]; f.Case == "serve" && f.Value < least {
			t.Errorf("%s: %v, so that this looked at little", f.Metric, f.Value)
		}
	}
}

// The loop kills at every write that serve does with its store for those who
// talk to it, and at no write that there is not.
func TestCrashPointsAreThoseThatArePassed(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	t.Setenv("PARLEY_TEST_MAIN", "1")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	k := &killLoop{dir: filepath.Join(t.TempDir(), "data")}
	p, err := k.start(ctx, "tell")
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	if k.crowd, err = crowd.New(crowd.Config{Addresses: k.addresses, Customers: crashCustomers(), Guests: 4, Seed: 1, Sign: k.sign}); err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- k.crowd.Run(ctx) }()
	passed := func() (writes []string) {
		for line := range strings.Lines(p.said.String()) {
			if point, ok := strings.CutPrefix(line, passNotice+"after "); ok {
				writes = append(writes, strings.TrimSpace(point))
			}
		}
		return writes
	}
	missing := func() (out []string) {
		all := passed()
		for _, w := range crashWrites {
			if !slices.ContainsFunc(all, func(p string) bool { return p == w || strings.HasPrefix(p, w+" ") }) {
				out = append(out, w)
			}
		}
		return out
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for len(missing()) > 0 && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	if left := missing(); len(left) > 0 {
		t.Fatalf("never passed: %q", left)
	}
	k.crowd.Rest()
	if err := <-ran; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	// What a server writes at its start and once a day is not of those who talk.
	beside := func(p string) bool { return strings.HasPrefix(p, "store ") || strings.HasPrefix(p, "retention ") }
	for _, p := range passed() {
		if !beside(p) && !slices.ContainsFunc(crashWrites, func(w string) bool { return p == w || strings.HasPrefix(p, w+" ") }) {
			t.Errorf("%q is passed and not in the list", p)
		}
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	r, err := k.check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Errorf("without a kill: %s", v)
	}
}
