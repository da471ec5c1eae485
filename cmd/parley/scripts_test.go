package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/channels/script"
)

func TestScriptsOnTheBuiltinModel(t *testing.T) {
	const dir = "../../testdata/scripts"
	w := &worlds{base: dir, log: slog.New(slog.DiscardHandler)}
	script.Test(t, os.DirFS(dir), script.Config{Open: w.open})
}

// The same on a shop of other things, English and Chinese, that has no word in
// common with the demo's.
func TestScriptsOnTheCornerShop(t *testing.T) {
	const dir = "../../testdata/corner"
	w := &worlds{base: dir, log: slog.New(slog.DiscardHandler)}
	script.Test(t, os.DirFS(dir), script.Config{Open: w.open})
}

// The same on a shop whose catalogue nobody here wrote, where it is at hand.
func TestScriptsOnLuma(t *testing.T) {
	const dir = "../../testdata/luma"
	if _, err := os.Stat("../../../shared/data/catalog/luma"); err != nil {
		t.Skip("the Luma catalogue is not beside the project (shared/data/catalog/luma)")
	}
	w := &worlds{base: dir, log: slog.New(slog.DiscardHandler)}
	script.Test(t, os.DirFS(dir), script.Config{Open: w.open})
}

// Each of these expectations is wrong, so each must be told.
const wrongScript = `
version: 1
name: everything wrong
customer: {id: C1007, authenticated: true}
turns:
  - user: "where is order 1041?"
    expect:
      calls: [{name: get_order, args: {order: "9"}}]
      no_calls: [get_order]
      writes: {cancel_order: 1}
      pending: {name: cancel_order}
      state: {/orders/1041/status: pending}
      reply: {any: [banana], all: [banana], none: ["1041"], max_chars: 3}
      products: {any: [FH-101], min: 1}
      recommended: {all: [FH-101]}
      sentiment: negative
      intent: greeting
      handoff: {reason: angry}
      memory: {added: [wool], recalled: [wool]}
      language: zh
      silent: true
      sent: [{journey: basket, times: 1}]
      steps_max: 1
      lost: 1
      from: Ana
      agent: silent
  - user: "cancel order 1042"
    expect: {pending: none}
  - user: "yes"
    expect: {state: unchanged, handoff: {state: claimed}, writes: {}}
`

func TestEveryExpectationCanFail(t *testing.T) {
	s, err := script.Parse("wrong.yaml", []byte(wrongScript))
	if err != nil {
		t.Fatal(err)
	}
	w := &worlds{log: slog.New(slog.DiscardHandler)}
	r, err := script.Play(t.Context(), s, script.Config{Open: w.open})
	if err != nil {
		t.Fatal(err)
	}
	told := make([]map[string]bool, len(r.Turns))
	for i, turn := range r.Turns {
		told[i] = map[string]bool{}
		for _, f := range turn.Failures {
			told[i][f.Expectation] = true
		}
	}
	for i, want := range [][]string{
		{"calls", "no_calls", "writes", "pending", "state /orders/1041/status", "reply.any", "reply.all", "reply.none", "reply.max_chars", "products.any", "products.min", "recommended.all", "sentiment", "intent", "handoff.reason", "memory.added", "memory.recalled", "language", "silent", "sent", "steps_max", "lost", "from", "agent"},
		{"pending"},
		{"state", "handoff.state", "writes"},
	} {
		for _, key := range want {
			if !told[i][key] {
				t.Errorf("turn %d: the wrong expectation %s was not told", i+1, key)
			}
		}
	}
}

func TestReplayExitsOneWhenAScriptFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("version: 1\nturns:\n  # what the shop says\n  - user: how much is shipping?\n    expect: {handoff: {reason: requested}, steps_max: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	junit, page := filepath.Join(dir, "out.xml"), filepath.Join(dir, "out.html")
	if code := run(t.Context(), []string{"replay", "--junit", junit, "--html", page, "--update", dir}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for file, want := range map[string]string{junit: `failures="1"`, page: "0 of 1 conversations passed", filepath.Join(dir, "a.yaml"): "steps_max: 2"} {
		b, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v, holds no %q:\n%s", file, err, want, b)
		}
	}
	b, _ := os.ReadFile(filepath.Join(dir, "a.yaml"))
	if !strings.Contains(string(b), "# what the shop says") {
		t.Errorf("the comment is gone:\n%s", b)
	}
}
