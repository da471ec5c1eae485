package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const reviewsCSV = `product,stars,text,author
P1,5,"I love it. The stitching is solid and the zipper runs well.",Ida
P1,3,Great jacket but the zip broke.,Bo
P1,9,bad stars,X
P2,1,拉链坏了，很失望。客服态度差。,小林
,4,no product,
`

func TestReviewsAreSummedUpByProductAndAspect(t *testing.T) {
	c := &sentimentCmd{File: "reviews.csv", Locale: "en", Quotes: 2}
	report, err := c.read(t.Context(), &counted{Reader: strings.NewReader(reviewsCSV)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if report.Read != 5 || report.Kept != 3 || len(report.Rejected) != 2 || report.Rejected[0].Line != 4 || report.Rejected[1].Line != 6 {
		t.Errorf("%d read, %d kept, rejected %+v", report.Read, report.Kept, report.Rejected)
	}
	want := aspectReviews{"quality", 1, 1, []reviewQuote{
		{"positive", "The stitching is solid and the zipper runs well.", "Ida", 5},
		{"negative", "the zip broke.", "Bo", 3},
	}}
	if len(report.Products) != 2 || len(report.Products[0].Aspects) == 0 {
		t.Fatalf("%+v", report.Products)
	}
	got := report.Products[0].Aspects[0]
	if got.Quotes[0].Sign == "negative" { // as many of either: either may be first
		got.Quotes[0], got.Quotes[1] = got.Quotes[1], got.Quotes[0]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var text bytes.Buffer
	if err := report.print(&text, c.File); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"reviews.csv:4: stars is", "P1: 2 reviews, 4.0 stars", "- “the zip broke.” (Bo)", "客服态度差", "5 rows read, 3 reviews of 2 products kept, 2 rows left out"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, text.String())
		}
	}
}

func TestTheSentimentCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reviews.csv")
	if err := os.WriteFile(file, []byte(reviewsCSV), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := run(t.Context(), []string{"sentiment", file, "--json"}); code != 0 {
		t.Errorf("exit %d", code)
	}
	if code := run(t.Context(), []string{"sentiment", file + ".none"}); code != 1 {
		t.Errorf("a file that is not there: exit %d", code)
	}
	for _, text := range []string{"product,text\n,x\n", "product,text\n", "", "{}", "[]"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run(t.Context(), []string{"sentiment", file}); code != 1 {
			t.Errorf("%q, a file without a sound review: exit %d", text, code)
		}
	}
}
