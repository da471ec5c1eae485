package recsys

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// outdoors is 40 hikers who take boots, and 60 others who take mugs; one climber
// took a rope.
func outdoors() ([]Interaction, map[string]string) {
	var in []Interaction
	of := map[string]string{"climber": "climbers"}
	for n := range 100 {
		who, item := fmt.Sprint("other", n), "mug"
		if n < 40 {
			who, item = fmt.Sprint("hiker", n), "boots"
			of[who] = "hikers"
		}
		in = append(in, Interaction{Customer: who, Item: item, At: day})
	}
	return append(in, Interaction{Customer: "climber", Item: "rope", At: day}), of
}

func segments(t *testing.T, d *Dataset, of map[string]string, opt SegmentsOptions) *Segments {
	t.Helper()
	m, err := NewSegments(d, of, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestASegmentsTasteComesFirstAndFewCountForLittle(t *testing.T) {
	in, of := outdoors()
	m := segments(t, NewDataset(in), of, SegmentsOptions{})
	for segment, want := range map[string]string{
		"hikers": "boots mug rope", "climbers": "mug boots rope", "": "mug boots rope", "nobody": "mug boots rope",
	} {
		if got := strings.Join(items(recommend(t, m, Query{Segment: segment})), " "); got != want {
			t.Errorf("for %q: %s, want %s", segment, got, want)
		}
	}
	got := recommend(t, m, Query{Segment: "hikers"})[0]
	want := []Reason{{Kind: "segment", Name: "hikers", Count: 40, Weight: 40. / 90}, {Kind: "popular", Count: 40, Weight: 50. / 90 * 40 / 101}}
	if d := cmp.Diff(got.Reasons, want, cmpopts.EquateApprox(1e-12, 0)); d != "" || math.Abs(got.Score-want[0].Weight-want[1].Weight) > 1e-12 {
		t.Errorf("score %v by %s", got.Score, d)
	}
	if got := recommend(t, segments(t, NewDataset(in), of, SegmentsOptions{Prior: .5}), Query{Segment: "climbers"}); got[0].Item != "rope" {
		t.Errorf("with a small prior the climbers get %v", items(got))
	}
	late := append(in, Interaction{Customer: "hiker0", Item: "hat", At: day.AddDate(1, 0, 0)}, Interaction{Customer: "hiker1", Item: "hat", At: day.AddDate(1, 0, 0)})
	if got := recommend(t, segments(t, NewDataset(late), of, SegmentsOptions{HalfLife: 30 * 24 * time.Hour}), Query{Segment: "hikers"}); got[0].Item != "hat" {
		t.Errorf("with old things fading the hikers get %v", items(got))
	}
	if _, err := NewSegments(NewDataset(in), of, SegmentsOptions{Prior: math.NaN()}); err == nil {
		t.Error("a prior that is no number was taken")
	}
}

func TestANewCustomerGetsWhatTheyAskForWithTheirSegmentDeciding(t *testing.T) {
	list := []Item{
		{ID: "boots", Title: "Leather boots", Category: "Boots"}, {ID: "wellingtons", Title: "Rubber boots", Category: "Boots"},
		{ID: "mug", Title: "Enamel mug", Category: "Kitchen"}, {ID: "rope", Title: "Rope", Category: "Climbing"},
	}
	in, of := outdoors()
	for n := range 30 {
		in = append(in, Interaction{Customer: fmt.Sprint("other", n+50), Item: "wellingtons", At: day})
	}
	d := NewDataset(in)
	words, m := NewContent(d, list, ContentOptions{}), segments(t, d, of, SegmentsOptions{})
	for _, c := range []struct{ text, segment, want string }{
		{"I am looking for boots", "hikers", "boots wellingtons"},
		{"a mug please", "hikers", "mug boots"},
		{"xyzzy", "hikers", "boots mug"},
		{"", "", "mug boots"},
	} {
		model, err := Cold(words, c.text, m)
		if err != nil {
			t.Fatal(err)
		}
		got := recommend(t, model, Query{Segment: c.segment})
		if s := strings.Join(items(got)[:2], " "); s != c.want {
			t.Errorf("%q for %q: %s, want %s", c.text, c.segment, s, c.want)
		}
		if strings.Contains(c.text, "boots") && (got[0].Reasons[0].Kind != "words" || got[0].Reasons[0].Name != "boots") {
			t.Errorf("%q: reasons %+v, want the word first", c.text, got[0].Reasons)
		}
	}
	if _, err := Cold(words, "boots", segments(t, NewDataset(in), of, SegmentsOptions{})); err == nil {
		t.Error("two datasets were mixed")
	}
}
