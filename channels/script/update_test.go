package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const odd = `# a script
version: 1
name:   odd   spacing   # 名字
turns:
  - user: "价格"   # 第一
    expect: {pending: {name: cancel_order, args: {order: "9"}}, steps_max: 9, reply: {any: ["价"]}}   # note

  - user: yes
    expect:
      writes:          # of the second
        cancel_order: 2
      state: {/orders/1042/status: pending}   # status
`

// played is a result in which these expectations failed.
func played(t *testing.T, now ...map[string]any) *Result {
	t.Helper()
	s, err := Parse("odd.yaml", []byte(odd))
	if err != nil {
		t.Fatal(err)
	}
	r := &Result{Script: s}
	for i, values := range now {
		p := Played{N: i + 1, now: values}
		for key := range values {
			p.Failures = append(p.Failures, Failure{Expectation: key})
		}
		r.Turns = append(r.Turns, p)
	}
	return r
}

func TestAnUpdateChangesTheValueAndNothingElse(t *testing.T) {
	r := played(t,
		map[string]any{"pending": map[string]any{"name": "cancel_order", "args": map[string]any{"order": "1042"}}, "steps_max": 2},
		map[string]any{"state /orders/1042/status": "cancelled"})
	text, changes, err := r.Update()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`order: "9"}`, `order: "1042"}`, "steps_max: 9", "steps_max: 2", "status: pending", "status: cancelled").Replace(odd)
	if string(text) != want {
		t.Errorf("got\n%s", text)
	}
	all := strings.Join(changes, "\n")
	for _, line := range []string{"odd.yaml:6\n-     expect: {pending", "odd.yaml:12\n-       state: {/orders/1042/status: pending}   # status\n+       state: {/orders/1042/status: cancelled}   # status"} {
		if !strings.Contains(all, line) {
			t.Errorf("the difference does not show %q:\n%s", line, all)
		}
	}
}

func TestAValueOfSeveralLinesIsRewrittenOnOne(t *testing.T) {
	text, changes, err := played(t, nil, map[string]any{"writes": map[string]int{"cancel_order": 1}}).Update()
	if err != nil || len(changes) != 1 || !strings.Contains(string(text), "{cancel_order: 1}") || strings.Contains(string(text), "cancel_order: 2") {
		t.Errorf("%v\n%s\n%s", err, changes, text)
	}
	if _, err := Parse("odd.yaml", text); err != nil {
		t.Error(err)
	}
}

func TestWhatDoesNotStandInTheTurnIsTheAuthors(t *testing.T) {
	if _, _, err := played(t, map[string]any{"language": "zh"}).Update(); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("%v", err)
	}
}

func TestAScriptInAnArchiveIsRewrittenThere(t *testing.T) {
	dir := t.TempDir()
	text := "two\n-- a.yaml --\nversion: 1\nturns: [{user: hi}]\n-- b.yaml --\nversion: 1\nturns: [{user: ho}]\n"
	scripts, err := Load(fstest.MapFS{"s.txtar": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "s.txtar"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := scripts[1].Rewrite(dir, []byte("version: 1\nturns: [{user: hum}]\n")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "s.txtar"))
	if err != nil || string(b) != strings.Replace(text, "ho}", "hum}", 1) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestVerdictsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"Yes, it names the fee.": "yes|it names the fee.", "no": "no|", "YES.": "yes|", "It depends": "unclear|It depends", "": "unclear|", "**No** way": "no|way", "Nobody knows": "unclear|Nobody knows",
	} {
		answer, why := verdict(text)
		if got := answer + "|" + why; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
