package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/tools/measure"
)

const inventedShop = "../../recsys/evaluate/testdata/"

// comparing runs the comparison on files and gives what it printed.
func comparing(t *testing.T, args ...string) (string, int) {
	t.Helper()
	return said(t, append([]string{"eval", "recsys"}, args...)...)
}

func TestEvalRecsysComparesAShopsOwnEvents(t *testing.T) {
	out, code := comparing(t, "--events", inventedShop+"events.csv", "--items", inventedShop+"items.csv")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	for _, want := range []string{
		"1407 events, 150 customers, 85 items", "split by time", "ndcg over popular",
		"customers by segment", "Ghana", "items by category", "widest gap in recall", "name swap: 0 of", "\nUse ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("nothing says %q in\n%s", want, out)
		}
	}
}

func TestEvalRecsysPrintsFiguresAsTheOtherSuitesDo(t *testing.T) {
	out, code := comparing(t, "--events", inventedShop+"events.csv", "--json", "--k", "5", "--compare", "itemknn", "--split", "last")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	got := map[string]measure.Figure{}
	for line := range strings.Lines(out) {
		var f measure.Figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		got[f.Case+" "+f.Metric] = f
	}
	for _, name := range []string{"itemknn ndcg@5", "itemknn ndcg@5_over_popular", "itemknn accuracy@5", "popular gini@5", "itemknn coverage@5", "itemknn popularity_lift@5"} {
		if f, ok := got[name]; !ok || f.Suite != "recsys" || f.N == 0 || f.Low > f.Value || f.High < f.Value {
			t.Errorf("%s is %+v", name, f)
		}
	}
}

func TestEvalRecsysWritesAModelCardWithItsPlots(t *testing.T) {
	dir := t.TempDir()
	card := filepath.Join(dir, "card.md")
	out, code := comparing(t, "--events", inventedShop+"events.csv", "--compare", "itemknn,basket", "--plots", filepath.Join(dir, "plots"), "--card", card)
	b, err := os.ReadFile(card)
	if code != 0 || err != nil || !strings.Contains(string(b), "# Model card: itemknn") || !strings.Contains(string(b), "![exposure](plots/exposure.svg)") {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, b)
	}
	if _, err := os.Stat(filepath.Join(dir, "plots", "exposure.svg")); err != nil {
		t.Error(err)
	}
}

// A table without a header is read under the names that are given, packed or not.
func TestEvalRecsysReadsATableWithoutAHeader(t *testing.T) {
	b, err := os.ReadFile(inventedShop + "events.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(b), "\n")
	file := filepath.Join(t.TempDir(), "bare.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	with, _ := comparing(t, "--events", inventedShop+"events.csv", "--json", "--compare", "itemknn")
	without, code := comparing(t, "--events", file, "--columns", "customer,item,time,order,country", "--json", "--compare", "itemknn")
	if code != 0 || with != without {
		t.Errorf("exit %d, and the figures differ", code)
	}
	if out, code := comparing(t, "--events", file); code != 1 {
		t.Errorf("without names: exit %d\n%s", code, out)
	}
}

func TestEvalRecsysComparesGroupsOfCustomers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "customers.tsv")
	var b strings.Builder
	b.WriteString("id\tletters\n")
	for n := range 150 {
		b.WriteString(strings.Join([]string{"c" + string(rune('0'+n/100)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10)), []string{"paper", "mail"}[n%2]}, "\t") + "\n")
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := comparing(t, "--events", inventedShop+"events.csv", "--customers", file, "--compare", "itemknn")
	if code != 0 || !strings.Contains(out, "customers by letters") || !slices.ContainsFunc(strings.Split(out, "\n"), func(l string) bool { return strings.HasPrefix(l, "paper ") }) {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestEvalRecsysRefusesWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.csv")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no such file":      {"--events", filepath.Join(dir, "none.csv")},
		"empty":             {"--events", empty},
		"a split by luck":   {"--events", inventedShop + "events.csv", "--split", "luck"},
		"an unknown model":  {"--events", inventedShop + "events.csv", "--compare", "oracle"},
		"a negative list":   {"--events", inventedShop + "events.csv", "--k=-3"},
		"customers of none": {"--events", inventedShop + "events.csv", "--customers", empty},
		"another suite":     {"language", "--events", inventedShop + "events.csv"},
	} {
		if out, code := comparing(t, args...); code != 1 {
			t.Errorf("%s: exit %d\n%s", name, code, out)
		}
	}
}
