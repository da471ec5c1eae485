package recsys

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Two customers took the sledge in January, two the fan in July.
func seasons() *Dataset {
	july := day.AddDate(0, 6, 0)
	return NewDataset([]Interaction{
		{Customer: "a", Item: "sledge", At: day}, {Customer: "b", Item: "sledge", At: day},
		{Customer: "a", Item: "fan", At: july}, {Customer: "c", Item: "fan", At: july},
	}, "new")
}

func TestSeasonLiftsByAHandComputedShare(t *testing.T) {
	s, err := NewSeason(NewPopular(seasons(), PopularOptions{}), SeasonOptions{Shrink: 2})
	if err != nil {
		t.Fatal(err)
	}
	// Lately 2 of 2 were fans, and ever 2 of 4: a fan is worth 2·4/2 = 4 usual takers.
	got := recommend(t, s, Query{})
	want := []Scored{{Item: "fan", Score: 2 * (4. + 2) / (2 + 2)}, {Item: "sledge", Score: 2 * (0. + 2) / (2 + 2)}}
	for k := range want {
		if len(got) != 2 || got[k].Item != want[k].Item || math.Abs(got[k].Score-want[k].Score) > 1e-6 || math.Abs(got[k].Reasons[0].Weight-got[k].Score) > 1e-9 {
			t.Fatalf("got %+v, want %+v with reasons of that weight", got, want)
		}
	}
	flat, err := NewSeason(NewPopular(seasons(), PopularOptions{}), SeasonOptions{Shrink: 2, Power: .5})
	if err != nil {
		t.Fatal(err)
	}
	if got := recommend(t, flat, Query{})[0].Score; math.Abs(got-2*math.Sqrt(1.5)) > 1e-6 {
		t.Errorf("with power .5 a fan scores %v, want 2√1.5", got)
	}
}

func TestSeasonLeavesWhatNobodyTookAsItIs(t *testing.T) {
	list := []Item{{ID: "fan", Title: "desk fan"}, {ID: "new", Title: "floor fan"}}
	content := NewContent(seasons(), list, ContentOptions{})
	s, err := NewSeason(content, SeasonOptions{})
	if err != nil {
		t.Fatal(err)
	}
	q := Query{Recent: []string{"fan"}}
	if d := cmp.Diff(recommend(t, content, q), recommend(t, s, q)); d != "" {
		t.Error("a new item is neither in nor out of season:\n" + d)
	}
}

func TestSeasonRefusesWhatIsNoNumber(t *testing.T) {
	for _, opt := range []SeasonOptions{{HalfLife: -time.Hour}, {Power: math.NaN()}, {Power: math.Inf(1)}, {Shrink: -1}, {Shrink: math.NaN()}} {
		if _, err := NewSeason(NewPopular(seasons(), PopularOptions{}), opt); err == nil {
			t.Errorf("%+v is let through", opt)
		}
	}
	s, err := NewSeason(NewPopular(NewDataset(nil, "x"), PopularOptions{}), SeasonOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := recommend(t, s, Query{}); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
