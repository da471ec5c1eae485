package recsys

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestWordsOfAnyLanguage(t *testing.T) {
	for text, want := range map[string][]string{
		"Woman's RED coat, 2-pack": {"womans", "red", "coat", "2", "pack"},
		"ＬＥＤ 台灯 3D打印":              {"led", "台灯", "3d", "打印"},
		"Crème brûlée":             {"crème", "brûlée"},
		"'' — …":                   nil,
	} {
		if d := cmp.Diff(want, wordsOf(text)); d != "" {
			t.Errorf("words of %q: %s", text, d)
		}
	}
}

func TestPluralsMeetTheirSingular(t *testing.T) {
	for plural, one := range map[string]string{
		"cups": "cup", "boxes": "box", "dresses": "dress", "brushes": "brush", "berries": "berry",
		"glass": "glass", "bus": "bus", "tennis": "tennis", "gas": "gas",
	} {
		if got := singular(plural); got != one {
			t.Errorf("%s is one %s, want %s", plural, got, one)
		}
	}
}

func TestTermsOfUnspacedWords(t *testing.T) {
	for word, want := range map[string][]string{"保温杯": {"保温", "温杯"}, "杯": {"杯"}, "mugs": {"mug"}} {
		if d := cmp.Diff(want, termsOf(word)); d != "" {
			t.Errorf("terms of %s: %s", word, d)
		}
	}
	if d := cmp.Diff([]string{"套 保温杯"}, []string{strings.Join(overlapped([]string{"温杯", "套", "保温"}), " ")}); d != "" {
		t.Error(d)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"", "Red mugs", "不锈钢保温杯", "\xff'\u0301x", "ǅ İ ß", "한국어 カタカナ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range wordsOf(text) {
			if w == "" || strings.ContainsAny(w, " \t\n") {
				t.Fatalf("%q has the word %q", text, w)
			}
			for _, x := range append(termsOf(w), gramsOf(w)...) {
				if x == "" || !utf8.ValidString(x) {
					t.Fatalf("%q of %q has the term %q", w, text, x)
				}
			}
		}
	})
}
