package sentiment

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func find(s Summary, aspect string) AspectSummary {
	for _, a := range s.Aspects {
		if a.Aspect == aspect {
			return a
		}
	}
	return AspectSummary{}
}

func TestSummariesQuoteSentencesOfTheirAspectAndSign(t *testing.T) {
	a := analyzer(t)
	s := a.Summarize([]Review{
		{Text: "The stitching is excellent. Delivery was late and annoyed me.", Author: "Ida", Stars: 3},
		{Text: "Great jacket but the zip broke.", Author: "Tom", Stars: 2},
		{Text: "Is the quality good? I was told so.", Author: "Eve"},
		{Text: "做工很好，拉链顺滑。", Author: "小林", Stars: 5},
	}, "en")
	if s.Count != 4 || s.Rated != 3 || s.Stars < 3.3 || s.Stars > 3.4 {
		t.Errorf("%d reviews, %d with stars, mean %.2f", s.Count, s.Rated, s.Stars)
	}
	quality := find(s, "quality")
	if quality.Positive != 2 || quality.Negative != 1 {
		t.Errorf("quality: %+v", quality)
	}
	delivery := find(s, "delivery")
	if delivery.Positive != 0 || delivery.Negative != 1 || delivery.Quotes[0].Text != "Delivery was late and annoyed me." {
		t.Errorf("delivery: %+v", delivery)
	}
	for _, x := range s.Aspects {
		for _, q := range x.Quotes {
			r := a.Analyze(q.Text, "")
			ok := false
			for _, o := range r.Aspects {
				ok = ok || o.Name == x.Aspect && (o.Score > 0) == q.Positive
			}
			if !ok {
				t.Errorf("%s, positive %v, is quoted by %q", x.Aspect, q.Positive, q.Text)
			}
		}
	}
	if first := quality.Quotes[0].Text; first != "The stitching is excellent." {
		t.Errorf("an English reader is quoted %q first", first)
	}
	zh := find(a.Summarize([]Review{{Text: "The stitching is excellent."}, {Text: "做工很好。"}}, "zh"), "quality")
	if zh.Quotes[0].Text != "做工很好。" {
		t.Errorf("a Chinese reader is quoted %q first", zh.Quotes[0].Text)
	}
}

func TestATallyKeepsFewQuotes(t *testing.T) {
	a := analyzer(t)
	tally := a.Tally("en")
	for i := range 50 {
		tally.Add(Review{Text: fmt.Sprintf("The quality is good, says number %d.", i)})
		tally.Add(Review{Text: fmt.Sprintf("The quality is bad, says number %d.", i)})
	}
	q := find(tally.Summary(), "quality")
	if q.Positive != 50 || q.Negative != 50 || len(q.Quotes) != 2*quotesKept {
		t.Errorf("%d +, %d -, %d quotes", q.Positive, q.Negative, len(q.Quotes))
	}
}

func TestBadRowsAreNamedAndTheRestKept(t *testing.T) {
	for name, c := range map[string]struct{ file, rows, bad string }{
		"jsonl": {
			`{"product":"P1","stars":4,"text":"good"}` + "\n\n" + `{"product":"P1"}` + "\n{bad\n" + `{"asin":"P2","overall":5.0,"reviewText":"fine","reviewerName":"Bo"}` + "\n" + `{"product":"P1","stars":11,"text":"x"}`,
			"P1 4 good , P2 5 fine Bo", "3 no text; 4 not a JSON object; 6 stars is \"11\"",
		},
		"csv": {
			"\xef\xbb\xbfProduct,Rating,Review\nP1,4,\"two\nlines\"\n,3,x\nP2,,ok\nP3,4\nP4,1,\"a \"broken\" quote\"\nP5,2,late\n",
			"P1 4 two\nlines , P2 0 ok , P5 2 late ", "4 no product; 6 2 columns; 7 extraneous or missing",
		},
		"semicolons":  {"product;stars;text\nP1;4,5;good; no\nP2;3;ok\n", "P2 3 ok ", "2 4 columns"},
		"tabs":        {"sku\tbody\nP1\tsays \"good\" and means it\n", `P1 0 says "good" and means it `, ""},
		"not unicode": {"product,text\nP1,\xb2\xbb\xb4\xed\nP2,ok\n", "P2 0 ok ", "2 the text is not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			var rows, bad []string
			err := ReadReviews(strings.NewReader(c.file), func(r Row) error {
				rows = append(rows, fmt.Sprint(r.Product, " ", r.Stars, " ", r.Text, " ", r.Author))
				return nil
			}, func(b BadRow) { bad = append(bad, fmt.Sprint(b.Line, " ", b.Reason)) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(c.rows), strings.TrimSpace(strings.Join(rows, ", "))); diff != "" {
				t.Error(diff)
			}
			want := strings.Split(c.bad, "; ")
			if c.bad == "" {
				want = nil
			}
			if len(bad) != len(want) {
				t.Fatalf("bad rows: %q, want %q", bad, want)
			}
			for i := range want {
				if !strings.HasPrefix(bad[i], want[i]) {
					t.Errorf("bad row %q, want %q", bad[i], want[i])
				}
			}
		})
	}
}

func TestAFileThatIsNoneSaysWhatIsWanted(t *testing.T) {
	for file, want := range map[string]string{
		"":                    "empty",
		"a,b\n1,2\n":          "no column",
		`[{"product":"P"}]`:   "an object a line",
		"product,what\n1,2\n": "no column text (one of: text, review",
	} {
		err := ReadReviews(strings.NewReader(file), func(Row) error { return nil }, func(BadRow) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
	stop := errors.New("stop")
	if err := ReadReviews(strings.NewReader("product,text\n1,2\n"), func(Row) error { return stop }, func(BadRow) {}); err != stop {
		t.Errorf("the caller's error comes back as %v", err)
	}
}

func FuzzReadReviews(f *testing.F) {
	for _, s := range []string{`{"product":"P1","stars":4,"text":"good"}`, "product,text\nP1,\"x\n", "product;text\n\"", "{}\n[]\n{\"text\":1}", "\xef\xbb\xbf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, file string) {
		lines := strings.Count(file, "\n") + 1
		_ = ReadReviews(strings.NewReader(file), func(r Row) error {
			if r.Product == "" || r.Text == "" || r.Stars < 0 || r.Stars > 5 {
				t.Errorf("a bad row was kept: %+v", r)
			}
			return nil
		}, func(b BadRow) {
			if b.Line < 1 || b.Line > lines || b.Reason == "" {
				t.Errorf("%+v of %d lines", b, lines)
			}
		})
	})
}
