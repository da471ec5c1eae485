package intent

import (
	"bytes"
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
)

var update = flag.Bool("update", false, "write the model anew")

func TestShippedModelIsMadeOfTheUtterances(t *testing.T) {
	m, err := Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("intents.model", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("another processor adds in another order: the bytes are compared on amd64")
	}
	if !bytes.Equal(b.Bytes(), shipped) {
		t.Errorf("intents.model (%d bytes) is not what the utterances give (%d bytes): run this test with -update", len(shipped), b.Len())
	}
}

// heldBack is a fifth of the patterns, whole. Patterns hardly repeat one another,
// so this is harder than what shoppers write.
func heldBack(pattern string) bool {
	h := fnv.New32a()
	h.Write([]byte(pattern))
	return h.Sum32()%5 == 0
}

func TestAFifthOfThePatternsHeldBackIsRead(t *testing.T) {
	g, err := load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := train(t.Context(), g.examples(each, func(p string) bool { return !heldBack(p) }))
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]int{}
	right, all := map[bool]int{}, map[bool]int{}
	for _, x := range g.examples(4, heldBack) {
		zh := strings.ContainsFunc(x.Text, func(r rune) bool { return r >= 0x4e00 })
		all[zh]++
		if got := m.Classify(x.Text).Label; got == x.Label {
			right[zh]++
		} else {
			wrong[x.Label+" read as "+got]++
			if testing.Verbose() {
				t.Logf("%q: %s read as %s", x.Text, x.Label, got)
			}
		}
	}
	for zh, least := range map[bool]float64{false: .5, true: .5} {
		share := float64(right[zh]) / float64(max(1, all[zh]))
		t.Logf("chinese %v: %.3f of %d", zh, share, all[zh])
		if share < least {
			t.Errorf("chinese %v: %.3f of patterns never seen are read right, at least %.2f wanted; %v", zh, share, least, wrong)
		}
	}
}

func TestPatternsExpand(t *testing.T) {
	g := &grammar{slots: map[string]slot{"kind": {Mask: "xkind", EN: []string{"tent"}, ZH: []string{"帐篷"}}}}
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 50 {
		text, err := g.expand("(a|b (c|d)|) {kind}", "en", false, rng)
		if err != nil {
			t.Fatal(err)
		}
		seen[text] = true
	}
	for _, want := range []string{"a tent", "b c tent", "b d tent", "tent"} {
		if !seen[want] {
			t.Errorf("never made %q of %v", want, seen)
		}
	}
	for _, bad := range []string{"(a|b", "{nothing}", "{kind", "a) b"} {
		if text, err := g.expand(bad, "en", false, rng); err == nil {
			t.Errorf("%q gave %q", bad, text)
		}
	}
}

func TestEveryIntentHasANeedAndBothLanguages(t *testing.T) {
	g, err := load()
	if err != nil {
		t.Fatal(err)
	}
	needs := []string{"find", "compare", "size", "order", "return", "complaint", "price", "advice", "person", "other"}
	seen := map[string]string{}
	for _, i := range g.intents {
		if need, ok := seen[i.Intent]; ok && need != i.Need {
			t.Errorf("%s serves %s here and %s there", i.Intent, i.Need, need)
		}
		seen[i.Intent] = i.Need
		if !slices.Contains(needs, i.Need) {
			t.Errorf("%s serves the need %q, which there is not", i.Intent, i.Need)
		}
		if len(i.EN) < 2 || len(i.ZH) < 2 {
			t.Errorf("%s has %d English and %d Chinese patterns", i.Intent, len(i.EN), len(i.ZH))
		}
	}
}

// The messages of testdata/messages.tsv were written by somebody who had not
// seen the utterances, and nothing is tuned on them.
func TestMessagesNobodyTrainedOnAreRead(t *testing.T) {
	b, err := os.ReadFile("testdata/messages.tsv")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	g, err := load()
	if err != nil {
		t.Fatal(err)
	}
	trained, left := map[string]bool{}, 0
	for _, x := range g.examples(each, nil) {
		trained[letters(x.Text)] = true
	}
	right, first3, need, all := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		f := strings.Split(line, "\t")
		if trained[letters(f[2])] { // people say some things alike
			left++
			continue
		}
		got := r.Read(strings.ToLower(f[2]))
		all[f[0]]++
		if got.Label == f[1] {
			right[f[0]]++
		} else if testing.Verbose() {
			t.Logf("%q: %s read as %s %.2f", f[2], f[1], got.Label, got.Confidence)
		}
		for _, s := range got.Ranked[:3] {
			if s.Label == f[1] {
				first3[f[0]]++
			}
		}
		if r.Need(got.Label) == r.Need(f[1]) {
			need[f[0]]++
		}
	}
	t.Logf("%d left out: they stand in the utterances word for word", left)
	for lang, n := range all {
		share := float64(right[lang]) / float64(n)
		t.Logf("%s: %.3f of %d; among the first three %.3f; the need %.3f", lang, share, n, float64(first3[lang])/float64(n), float64(need[lang])/float64(n))
		if share < .7 {
			t.Errorf("%s: %.3f read right, at least .7 wanted", lang, share)
		}
	}
}

// letters are what a text says, without case, spaces and marks.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
