package builtin

import (
	"strings"
	"testing"
)

// pen is a product with facts in attributes, options and sentences.
var pen = product{
	ID: "X1", Title: "Harbour Fountain Pen", Brand: "Quillon", Currency: "GBP", Price: 21, InStock: true,
	Description: "A first fountain pen with a rubber grip. The LH nib is cut for left-handers. Travels in its tin box.",
	Attributes: []struct {
		Name, Label string
		Values      []string
	}{{"weight", "重量", []string{"24 g"}}, {"warranty", "保修", []string{"2 years"}}, {"drying time", "", []string{"15 seconds"}}, {"tags", "", []string{"left", "pens"}}},
	Variants: []struct{ Options map[string]string }{{map[string]string{"nib": "F"}}, {map[string]string{"nib": "LH"}}},
}

func TestAQuestionFindsItsStatement(t *testing.T) {
	m := shopModel(t).(*model)
	for text, want := range map[string]string{
		"how long does it take to dry":       "15 seconds", // and not the warranty's years
		"how heavy is it":                    "24 g",
		"which brand is it":                  "Quillon",
		"which nibs does it come with":       "F, LH",
		"any good for travelling?":           "tin box",
		"is it for left handers?":            "left-handers",
		"多久能干":                               "15 seconds",
		"who makes it, and how heavy is it?": "Quillon|24 g",
		"is it machine washable?":            "",
	} {
		c := m.read(request(nil, text, "en")).clauses[0]
		var got []string
		for _, q := range c.questions(pen) {
			if s, _ := c.answerOf(pen, q, c.statements(pen)); s.say != "" {
				got = append(got, s.say)
			}
		}
		all := strings.Join(got, " | ")
		for part := range strings.SplitSeq(want, "|") {
			if part == "" && all != "" || !strings.Contains(all, part) {
				t.Errorf("%q: %q, want %q", text, all, want)
			}
		}
		if strings.Contains(all, "tags") {
			t.Errorf("%q: a tag is told as a fact: %q", text, all)
		}
	}
}

func TestStemsMeet(t *testing.T) {
	for _, pair := range [][2]string{{"travelling", "travels"}, {"batteries", "battery"}, {"zips", "zipped"}, {"washable", "washable"}} {
		if a := stem(pair[0]); !strings.HasPrefix(pair[1], a) || len(a) < 3 {
			t.Errorf("the stem of %s is %s, which %s doesn't begin with", pair[0], a, pair[1])
		}
	}
}
