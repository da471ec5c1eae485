package tools

import (
	"encoding/json"
	"strings"
	"testing"

	"parley/agent/llm"
	"parley/tools/catalog"
	"parley/tools/sentiment"
)

// ask calls the sentiment tool for a shopper of a locale.
func ask(t *testing.T, locale, arguments string) (out struct {
	Count   int
	Mean    float64
	Aspects []struct {
		Aspect             string
		Positive, Negative int
		Quotes             []struct {
			Stars              int
			Text, Author, Sign string
		}
	}
	Score       *float64
	Label, Need string
	Emotions    []string
	About       []struct{ Aspect, Label, Text string }
}) {
	t.Helper()
	shop := &catalog.Shop{Name: "S", Currency: "EUR", Products: []*catalog.Product{{ID: "P1", Title: "Harbour Jacket"}}, Reviews: []catalog.Review{
		{Product: "P1", Author: "Ida", Stars: 5, Text: "The stitching is solid. Delivery was late and annoyed me."},
		{Product: "P1", Author: "Tom", Stars: 3, Text: "Great jacket but the zip broke."},
		{Product: "P1", Author: "小林", Stars: 5, Text: "做工很好。"},
		{Product: "P1", Author: "Eve", Stars: 4, Text: "Good quality, as described."},
	}}
	c, err := catalog.New(shop, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := sentiment.New()
	if err != nil {
		t.Fatal(err)
	}
	set, err := New(Config{Catalog: c, Sentiment: a})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range set.For(llm.Customer{ID: "c1", Locale: locale}) {
		if tool.Name == "sentiment" {
			o, err := tool.Call(t.Context(), llm.Invocation{Args: json.RawMessage(arguments)})
			if err == nil {
				err = json.Unmarshal(o.Content, &out)
			}
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatal("no sentiment tool is offered")
	return out
}

func TestReviewsAreToldByAspectWithQuotesOfBothSides(t *testing.T) {
	for locale, first := range map[string]string{"en": "The stitching is solid.", "zh": "做工很好。"} {
		out := ask(t, locale, `{"product":"P1"}`)
		if out.Count != 4 || out.Mean < 4.2 || out.Mean > 4.3 || len(out.Aspects) == 0 || out.Aspects[0].Aspect != "quality" {
			t.Fatalf("%+v", out)
		}
		quality := out.Aspects[0]
		if quality.Positive != 3 || quality.Negative != 1 {
			t.Errorf("quality is praised %d times and criticised %d times", quality.Positive, quality.Negative)
		}
		var texts []string
		for _, q := range quality.Quotes {
			texts = append(texts, q.Text)
			if (q.Stars >= 4) != (q.Sign == "positive") {
				t.Errorf("%q is %s with %d stars", q.Text, q.Sign, q.Stars)
			}
		}
		if all := strings.Join(texts, "|"); !strings.Contains(all, first) || !strings.Contains(all, "the zip broke.") {
			t.Errorf("%s: quoted are %q", locale, texts)
		}
		if locale == "zh" && texts[0] != first {
			t.Errorf("a Chinese shopper is quoted %q first", texts[0])
		}
	}
}

func TestATextIsReadForAModel(t *testing.T) {
	out := ask(t, "en", `{"text":"Third time the zip broke, I have had enough of you!"}`)
	if out.Label != "negative" || out.Score == nil || *out.Score >= 0 || out.Need != "complaint" || len(out.Emotions) == 0 || out.Emotions[0] != "anger" {
		t.Errorf("%+v", out)
	}
	if len(out.About) != 1 || out.About[0].Aspect != "quality" || out.About[0].Label != "negative" {
		t.Errorf("about %+v", out.About)
	}
}
