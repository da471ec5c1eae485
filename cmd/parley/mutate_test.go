package main

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/agent"
	"parley/channels"
)

const scriptsDir = "../../testdata/scripts"

// Every rule is dropped once, and the scripts that its mutant names must notice.
// `parley replay --mutate` plays the others too where those do not.
func TestNoMutantSurvivesTheScriptsThatItNames(t *testing.T) {
	all, err := openSuites([]string{scriptsDir})
	if err != nil {
		t.Fatal(err)
	}
	list := mutants()
	if testing.Short() {
		list = slices.DeleteFunc(list, func(m *mutant) bool { return !strings.HasPrefix(m.name, "confirmation:") })
	}
	h := &hunt{suites: all, onlyLikely: true, tell: t.Logf}
	out, err := h.run(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range out {
		if n.played == 0 {
			t.Errorf("%s: none of its scripts exists: %v", n.mutant.name, n.mutant.likely)
		} else if n.script == "" {
			t.Errorf("%s: not noticed by %v", n.mutant.name, n.mutant.likely)
		}
	}
}

func TestMutantsAreManyAndNamedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range mutants() {
		if seen[m.name] || m.name == "" {
			t.Errorf("two mutants are called %q", m.name)
		}
		seen[m.name] = true
	}
	if len(seen) < 25 {
		t.Errorf("%d mutants", len(seen))
	}
}

func TestAMutantThatNobodyNoticesIsListedAndFailsTheCommand(t *testing.T) {
	dir := t.TempDir()
	// A script that cannot fail: it looks at nothing.
	if err := os.WriteFile(filepath.Join(dir, "blind.yaml"), []byte("version: 1\nturns: [{user: hello}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := mutate(t.Context(), []string{dir}, "a cancellation runs at once", &out)
	if exit, ok := err.(errQuiet); !ok || exit != 1 || !strings.Contains(out.String(), "no script noticed: confirmation: a cancellation runs at once") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := mutate(t.Context(), []string{dir}, "no such mutant", io.Discard); err == nil || !strings.Contains(err.Error(), "no mutant") {
		t.Errorf("a filter that fits none: %v", err)
	}
}

func TestASuiteThatFailsByItselfTeachesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wrong.yaml"), []byte("version: 1\nturns: [{user: hello, expect: {silent: true}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mutate(t.Context(), []string{dir}, "", io.Discard); err == nil || !strings.Contains(err.Error(), "wrong.yaml") {
		t.Errorf("%v", err)
	}
}

func TestAMutantPlayedToTheEndIsNoVerdictOnceCancelled(t *testing.T) {
	all, err := openSuites([]string{scriptsDir})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := &hunt{suites: all, tell: func(string, ...any) {}}
	if out, err := h.run(ctx, mutants()[:1]); err == nil || out[0].script != "" {
		t.Errorf("%+v, %v", out, err)
	}
}

// What drops rules is set in the worlds of scripts and nowhere else.
func TestServeNeverDropsARule(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]string{"Mutant": "world.go", "Without": "app.go", "mutant": "mutate.go"}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && allowed[key.Name] != "" {
					if seen++; allowed[key.Name] != name {
						t.Errorf("%s sets %s", name, key.Name)
					}
				}
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if s, ok := left.(*ast.SelectorExpr); ok && allowed[s.Sel.Name] != "" {
						t.Errorf("%s assigns %s", name, s.Sel.Name)
					}
				}
			}
			return true
		})
	}
	if seen < 4 {
		t.Fatalf("%d places set what this test looks for: it looks at nothing", seen)
	}
	var none *mutant
	a := &app{Agent: &agent.Agent{}}
	if none.rules() != nil || none.hubRules() != nil || none.replier(a) != channels.Replier(a.Agent) || fmt.Sprint(none.budget(agent.Budget{Steps: 3})) != fmt.Sprint(agent.Budget{Steps: 3}) {
		t.Error("no mutant is not the app as it is")
	}
}
