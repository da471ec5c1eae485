package recsys

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var camping = []Item{
	{ID: "tent", Title: "Red tent for two", Category: "tents", Attributes: map[string][]string{"colour": {"red"}}},
	{ID: "tent4", Title: "Blue tents for four", Category: "tents", Attributes: map[string][]string{"colour": {"blue"}}},
	{ID: "mug", Title: "Enamel mug", Category: "kitchen", Attributes: map[string][]string{"colour": {"red"}}},
	{ID: "pot", Title: "Titanium pot", Category: "kitchen"},
	{ID: "flask", Title: "不锈钢保温杯", Category: "水杯"},
	{ID: "cup", Title: "儿童保温杯", Category: "水杯"},
	{ID: "blank"},
}

func offered(list []Item) []string {
	var out []string
	for _, it := range list {
		out = append(out, it.ID)
	}
	return out
}

func TestContentMatchesAHandComputedCosine(t *testing.T) {
	list := []Item{{ID: "a", Title: "red lamp"}, {ID: "b", Title: "red mug"}, {ID: "c", Title: "tin mug"}}
	m := NewContent(NewDataset(nil, offered(list)...), list, ContentOptions{Grams: -1})
	got := recommend(t, m, Query{Recent: []string{"a"}})
	// idf = ln(1 + 3/df): red and mug stand in two titles, lamp and tin in one.
	two, one := math.Log1p(3./2), math.Log1p(3.)
	want := two * two / (math.Hypot(two, one) * math.Hypot(two, two))
	if !cmp.Equal(items(got), []string{"b"}) || math.Abs(got[0].Score-want) > 1e-6 {
		t.Fatalf("like a: %+v, want b alone with %.6f", got, want)
	}
	if r := got[0].Reasons[0]; r.Kind != "words" || r.Name != "red" || r.Item != "a" {
		t.Errorf("reason %+v, want the word red of a", r)
	}
}

func TestContentRecommendsItemsThatNobodyTook(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent"}, []string{"b", "pot"}), offered(camping)...)
	m := NewContent(d, camping, ContentOptions{})
	got := recommend(t, m, Query{Customer: "a", Exclude: []string{"tent"}})
	if !cmp.Equal(items(got)[:2], []string{"tent4", "mug"}) {
		t.Errorf("for who bought the red tent: %v, want the other tent, then the red mug", items(got))
	}
	if r := got[1].Reasons[0]; r.Kind != "attribute" || r.Name != "colour: red" {
		t.Errorf("the mug comes by %+v, want colour: red", r)
	}
}

func TestContentOfTwinsIsWholeWhateverIsKnownOfThem(t *testing.T) {
	twin := func(id string) []Item {
		full := Item{ID: id + "1", Title: "Red tent", Text: "For rain " + id, Category: id, Attributes: map[string][]string{"colour": {"red"}}}
		other := full
		other.ID = id + "2"
		return []Item{full, other}
	}
	list := append(twin("tents"), Item{ID: "bare1", Title: "mug"}, Item{ID: "bare2", Title: "mug"})
	m := NewContent(NewDataset(nil, offered(list)...), list, ContentOptions{})
	for of, want := range map[string]string{"tents1": "tents2", "bare1": "bare2"} {
		if got := recommend(t, m, Query{Recent: []string{of}}); got[0].Item != want || math.Abs(got[0].Score-1) > 1e-6 {
			t.Errorf("like %s: %+v, want its twin with 1", of, got)
		}
	}
}

func TestContentReadsChinese(t *testing.T) {
	m := NewContent(NewDataset(nil, offered(camping)...), camping, ContentOptions{Attributes: -1})
	got := recommend(t, m, Query{Recent: []string{"flask"}})
	if !cmp.Equal(items(got), []string{"cup"}) || got[0].Reasons[0].Name != "保温杯 水杯" {
		t.Errorf("like the flask: %+v, want the cup by 保温杯 水杯", got)
	}
	got = recommend(t, m.For("我想要一个儿童用的杯子"), Query{})
	if len(got) == 0 || got[0].Item != "cup" {
		t.Errorf("for a child's cup: %v, want cup first", items(got))
	}
}

func TestContentRanksForFreeWords(t *testing.T) {
	m := NewContent(NewDataset(nil, offered(camping)...), camping, ContentOptions{})
	for text, want := range map[string]string{
		"I am looking for a BLUE tent, please": "tent4",
		"enamelled mugs":                       "mug", // found by its characters
		"titan":                                "pot",
	} {
		got := recommend(t, m.For(text), Query{})
		if len(got) == 0 || got[0].Item != want {
			t.Errorf("for %q: %v, want %s first", text, items(got), want)
		}
	}
	for _, text := range []string{"", "something for me", "\xff\xfe", "submarine", "!?"} {
		if got := recommend(t, m.For(text), Query{}); len(got) > 0 {
			t.Errorf("for %q: %v, want nothing", text, items(got))
		}
	}
	blue := recommend(t, m.For("blue tent"), Query{})[0]
	if got := blue.Reasons; len(got) != 2 || got[0].Name != "blue" || math.Abs(got[0].Weight+got[1].Weight-blue.Score) > 1e-6 {
		t.Errorf("reasons %+v, want blue before tent, together the score %v", got, blue.Score)
	}
}

func TestContentTopReasonTakenAwayLowersTheScore(t *testing.T) {
	d := NewDataset(nil, offered(camping)...)
	m := NewContent(d, camping, ContentOptions{})
	full := recommend(t, m, Query{Recent: []string{"tent", "pot"}, Exclude: []string{"tent", "pot"}})
	at := func(list []Scored, item string) Scored {
		for _, s := range list {
			if s.Item == item {
				return s
			}
		}
		return Scored{}
	}
	mug := at(full, "mug")
	if len(mug.Reasons) != 2 {
		t.Fatalf("the mug comes by %+v, want two reasons", mug.Reasons)
	}
	less := at(recommend(t, m, Query{Recent: []string{mug.Reasons[1].Item}}), "mug")
	if got, want := less.Score, mug.Score-mug.Reasons[0].Weight; math.Abs(got-want) > 1e-6 {
		t.Errorf("without its top reason the mug scores %v, want %v", got, want)
	}
}

func TestContentOfNothingOrOfOneItemIsQuiet(t *testing.T) {
	for _, list := range [][]Item{nil, {{ID: "a", Title: "a"}}, {{ID: "a"}, {ID: "b"}}, {{ID: "a", Title: "same"}, {ID: "a", Title: "same"}, {ID: "stray", Title: "same"}}} {
		d := NewDataset(nil, "a", "b")
		m := NewContent(d, list, ContentOptions{})
		if got := recommend(t, m, Query{Recent: []string{"a"}}); len(got) != 0 {
			t.Errorf("of %v: got %v, want nothing", list, items(got))
		}
	}
	one := []Item{{ID: "a", Title: "lamp"}}
	if got := items(recommend(t, NewContent(NewDataset(nil, "a"), one, ContentOptions{}).For("lamps"), Query{})); !cmp.Equal(got, []string{"a"}) {
		t.Errorf("the only item by its word: %v", got)
	}
}

func TestContentIsDeterministic(t *testing.T) {
	d := NewDataset(nil, offered(camping)...)
	fit := func() []Scored {
		return recommend(t, NewContent(d, camping, ContentOptions{}), Query{Recent: []string{"tent", "flask", "pot"}})
	}
	want := fit()
	for range 20 {
		if d := cmp.Diff(want, fit()); d != "" {
			t.Fatal(d)
		}
	}
}

func TestContentWithoutNeighboursStillReadsWords(t *testing.T) {
	d := NewDataset(nil, offered(camping)...)
	m, all := NewContent(d, camping, ContentOptions{Neighbours: -1}), NewContent(d, camping, ContentOptions{})
	if got := recommend(t, m, Query{Recent: []string{"tent"}}); len(got) != 0 {
		t.Errorf("without neighbours: %v", items(got))
	}
	if got := recommend(t, all, Query{Recent: []string{"tent"}}); len(got) == 0 {
		t.Error("with neighbours: nothing")
	}
	if diff := cmp.Diff(recommend(t, all.For("tent"), Query{}), recommend(t, m.For("tent"), Query{})); diff != "" {
		t.Errorf("words find something else:\n%s", diff)
	}
	for a := range int32(len(camping)) {
		for b := range int32(len(camping)) {
			if m.likeness(a, b) != all.likeness(a, b) {
				t.Errorf("likeness of %s and %s differs", d.Items[a], d.Items[b])
			}
		}
	}
}
