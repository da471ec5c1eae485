package evaluate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCardSaysWhatWasComparedOnWhatAndIsTheSameTwice(t *testing.T) {
	events, items := shop(t)
	groups := []Group{{"pipe|d", map[string]string{}}}
	for n, x := range events {
		groups[0].Of[x.Customer] = []string{"a|b", "c"}[n%2]
	}
	opt := Options{Models: []string{"itemknn", "content", blend}, Groups: groups}
	card := func() string {
		var b bytes.Buffer
		if err := compare(t, events, items, opt).WriteCard(&b, "parley eval recsys --events shop.csv", []string{"metrics.svg"}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	text := card()
	for _, want := range []string{
		"# Model card: ", "1407 events of 150 customers with 85 items", "SHA-256 begins `", "Split by time", "## Line-up", "| itemknn |", "The blend, as weighed",
		"| model | ndcg | recall |", "| novelty | diversity | popularity_lift |", "![metrics](metrics.svg)", "### customers by pipe\\|d", "a\\|b", "widest gap in recall",
		"name swap: 0 of", "## Limits", "    parley eval recsys --events shop.csv",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the card does not say %q", want)
		}
	}
	if text != card() {
		t.Error("the same events gave another card")
	}
}

func TestPlotsAreDrawnAndHoldEveryModel(t *testing.T) {
	events, items := shop(t)
	r := compare(t, events, items, Options{Models: []string{"itemknn", "content", "basket"}})
	dir := filepath.Join(t.TempDir(), "new")
	names, err := r.Plots(dir)
	if err != nil || len(names) != 4 {
		t.Fatal(names, err)
	}
	for name, want := range map[string][]string{
		"metrics.svg": {"itemknn", "content", "basket", "ndcg@10"}, "coverage.svg": {"itemknn", "content", "basket"},
		"exposure.svg": {"Gini"}, "groups.svg": {"least popular third", "boots (14)"},
	} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for d := xml.NewDecoder(bytes.NewReader(b)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, w := range want {
			if !strings.Contains(string(b), w) {
				t.Errorf("%s does not show %q", name, w)
			}
		}
	}
}
