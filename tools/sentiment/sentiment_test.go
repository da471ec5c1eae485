package sentiment

import "testing"

func TestReadingsInBothLanguages(t *testing.T) {
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"I love it, very comfortable": "positive", "The zip broke after a week": "negative", "not good at all": "negative",
		"质量很好，推荐": "positive", "拉链坏了，很失望": "negative", "不满意": "negative", "It is a jacket": "neutral",
	} {
		if got := a.Analyze(text, ""); got.Label != want {
			t.Errorf("%q reads %s (%.2f), want %s", text, got.Label, got.Score, want)
		}
	}
	for text, want := range map[string]bool{"This is the third time you sent the wrong size": true, "我要投诉": true, "where is my order": false} {
		if a.Angry(text, "") != want {
			t.Errorf("%q angry: %v", text, !want)
		}
	}
}

func TestSummariesQuoteWholeSentencesVerbatim(t *testing.T) {
	a, _ := New()
	s := a.Summarize([]Text{{"The stitching is excellent. Delivery was late and annoyed me.", "Ida", 3}})
	for _, x := range s {
		if x.Aspect == "delivery" && (x.Negative != 1 || x.Quotes[0].Text != "Delivery was late and annoyed me.") {
			t.Errorf("delivery: %+v", x)
		}
	}
	if len(s) != 2 {
		t.Errorf("aspects: %+v", s)
	}
}
