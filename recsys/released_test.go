package recsys

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReleasedLowersWhatCameAfterTheMomentAsked(t *testing.T) {
	// The mug came on the fourth day, and is the likest to the tent.
	d := NewDataset(take([]string{"a", "tent", "mat"}, []string{"b", "tent"}, []string{"c", "lamp"}, []string{"d", "tent", "mug"}, []string{"e", "tent", "mug"}))
	m := NewItemKNN(d, ItemKNNOptions{})
	r := must(NewReleased(m, ReleasedOptions{}))
	q := Query{Recent: []string{"tent"}, Exclude: []string{"tent"}}
	if got, want := recommend(t, r, q), recommend(t, m, q); !cmp.Equal(got, want) || items(got)[0] != "mug" {
		t.Errorf("at present: %v, want what the model gives, the mug first: %v", got, want)
	}
	before := scored(recommend(t, m, q))
	q.Now = day.Add(36 * time.Hour)
	got := recommend(t, r, q)
	if !cmp.Equal(items(got), []string{"mat", "mug"}) {
		t.Fatalf("on the second day: %v, want the mat before the mug", items(got))
	}
	if x := got[1]; math.Abs(x.Score-.2*before["mug"]) > 1e-12 || math.Abs(x.Reasons[0].Weight-x.Score) > 1e-6 {
		t.Errorf("the mug scored %v for %v, want a fifth of %v", x.Score, x.Reasons, before["mug"])
	}
	if got[0].Score != before["mat"] {
		t.Errorf("the mat scored %v, want %v as ever", got[0].Score, before["mat"])
	}
	for _, share := range []float64{-1, 2, math.NaN()} {
		if _, err := NewReleased(m, ReleasedOptions{Share: share}); err == nil {
			t.Errorf("a share of %v was taken", share)
		}
	}
	if got := recommend(t, must(NewReleased(NewPopular(NewDataset(nil), PopularOptions{}), ReleasedOptions{})), q); len(got) != 0 {
		t.Errorf("from nothing: %v", got)
	}
}
