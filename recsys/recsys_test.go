package recsys

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// take reads "customer: items" lines, one day apart, each line one basket.
func take(lines ...[]string) []Interaction {
	var out []Interaction
	for n, l := range lines {
		for _, item := range l[1:] {
			out = append(out, Interaction{Customer: l[0], Item: item, At: day.AddDate(0, 0, n), Basket: fmt.Sprint(n)})
		}
	}
	return out
}

func items(s []Scored) []string {
	var out []string
	for _, x := range s {
		out = append(out, x.Item)
	}
	return out
}

func recommend(t *testing.T, r Recommender, q Query) []Scored {
	t.Helper()
	out, err := r.Recommend(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestItemKNNMatchesAHandComputedExample(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat"}, []string{"b", "tent", "mat", "stove"}, []string{"c", "stove", "mug"}, []string{"d", "tent"}))
	m := NewItemKNN(d, ItemKNNOptions{Shrink: -1})
	got := recommend(t, m, Query{Customer: "d", Exclude: []string{"tent"}})
	// icf(u) = ln(1 + 4/(1+|items of u|)); tent is taken by a (2 items), b (3) and d (1).
	w := func(n float64) float64 { x := math.Log1p(4 / (1 + n)); return x * x }
	tent := math.Sqrt(w(2) + w(3) + w(1))
	mat := math.Sqrt(w(2) + w(3))
	stove := math.Sqrt(w(3) + w(2))
	if want := []string{"mat", "stove"}; !cmp.Equal(items(got), want) {
		t.Fatalf("got %v, want %v", items(got), want)
	}
	for k, want := range []float64{(w(2) + w(3)) / (tent * mat), w(3) / (tent * stove)} {
		if math.Abs(got[k].Score-want) > 1e-6 {
			t.Errorf("%s scored %.6f, want %.6f", got[k].Item, got[k].Score, want)
		}
	}
	if r := got[0].Reasons[0]; r.Item != "tent" || r.Count != 2 {
		t.Errorf("reason %+v, want tent, taken together by 2", r)
	}
}

func TestTakingTheTopReasonAwayLowersTheScore(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat", "lamp"}, []string{"b", "tent", "mat"}, []string{"c", "lamp", "mat"}, []string{"d", "tent", "mug"}))
	ease, err := NewEASE(d, EASEOptions{Lambda: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string]Recommender{"itemknn": NewItemKNN(d, ItemKNNOptions{}), "ease": ease, "basket": NewBasket(d, BasketOptions{Min: 1})} {
		full := recommend(t, m, Query{Recent: []string{"tent", "lamp"}, Exclude: []string{"tent", "lamp"}})
		if len(full) == 0 || full[0].Item != "mat" || len(full[0].Reasons) < 2 {
			t.Fatalf("%s: got %+v, want mat with two reasons", name, full)
		}
		var rest []string
		for _, r := range full[0].Reasons[1:] {
			rest = append(rest, r.Item)
		}
		less := recommend(t, m, Query{Recent: rest, Exclude: []string{"tent", "lamp"}})
		if less[0].Item != "mat" || less[0].Score >= full[0].Score {
			t.Errorf("%s: without its top reason mat scores %v, with it %v", name, less[0].Score, full[0].Score)
		}
	}
}

func TestBasketLooksAtSharedBasketsNotAtSharedCustomers(t *testing.T) {
	in := take([]string{"a", "tent", "mat"}, []string{"a", "boots"}, []string{"b", "tent", "mat"}, []string{"b", "boots"})
	d := NewDataset(in)
	if got := items(recommend(t, NewBasket(d, BasketOptions{}), Query{Recent: []string{"tent"}})); !cmp.Equal(got, []string{"mat"}) {
		t.Errorf("bought together with tent: %v, want only mat", got)
	}
	if got := items(recommend(t, NewItemKNN(d, ItemKNNOptions{}), Query{Recent: []string{"tent"}, Exclude: []string{"tent"}})); !cmp.Equal(got, []string{"boots", "mat"}) {
		t.Errorf("also liked with tent: %v, want boots and mat", got)
	}
}

func TestSessionIsFoldedInWithoutRetraining(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat"}, []string{"b", "tent", "mat"}, []string{"c", "bike", "lamp"}, []string{"d", "bike", "lamp"}))
	m := NewItemKNN(d, ItemKNNOptions{})
	if got := items(recommend(t, m, Query{Customer: "nobody", Recent: []string{"bike"}, Exclude: []string{"bike"}})); !cmp.Equal(got, []string{"lamp"}) {
		t.Errorf("after looking at a bike: %v, want the lamp", got)
	}
	if got := recommend(t, m, Query{Customer: "nobody"}); len(got) != 0 {
		t.Errorf("nothing is known, yet got %v", got)
	}
}

func TestFillGivesTheUnknownWhatIsPopularAndNothingTwice(t *testing.T) {
	d := NewDataset(take([]string{"a", "tent", "mat"}, []string{"b", "tent"}, []string{"c", "tent", "mat"}, []string{"e", "mug"}))
	f := Fill{NewItemKNN(d, ItemKNNOptions{}), NewPopular(d, PopularOptions{})}
	if got := items(recommend(t, f, Query{K: 2})); !cmp.Equal(got, []string{"tent", "mat"}) {
		t.Errorf("for nobody: %v, want tent, mat", got)
	}
	got := items(recommend(t, f, Query{Recent: []string{"tent"}, Exclude: []string{"tent"}}))
	if !cmp.Equal(got, []string{"mat", "mug"}) {
		t.Errorf("after the tent: %v, want mat, then mug to fill", got)
	}
}

func TestPopularFadesWithAge(t *testing.T) {
	in := []Interaction{
		{Customer: "a", Item: "old", At: day}, {Customer: "b", Item: "old", At: day},
		{Customer: "c", Item: "new", At: day.AddDate(1, 0, 0)},
	}
	d := NewDataset(in)
	if got := items(recommend(t, NewPopular(d, PopularOptions{}), Query{})); got[0] != "old" {
		t.Errorf("by plain count: %v", got)
	}
	if got := items(recommend(t, NewPopular(d, PopularOptions{HalfLife: 90 * 24 * time.Hour}), Query{})); got[0] != "new" {
		t.Errorf("with a half-life of 90 days: %v", got)
	}
}

func TestPopularCountsWithinItsWindow(t *testing.T) {
	in := []Interaction{{Customer: "a", Item: "old", At: day}, {Customer: "b", Item: "old", At: day}, {Customer: "d", Item: "old", At: day.AddDate(0, 2, 0)}}
	for _, c := range []string{"a", "b", "c"} {
		in = append(in, Interaction{Customer: c, Item: "new", At: day.AddDate(0, 2, 0)})
	}
	got := recommend(t, NewPopular(NewDataset(in), PopularOptions{Window: 30 * 24 * time.Hour, Least: 2}), Query{})
	if len(got) != 1 || got[0].Item != "new" || got[0].Reasons[0].Count != 3 || got[0].Reasons[0].Days != 30 {
		t.Errorf("of 30 days, two customers at least: %+v", got)
	}
}

func TestFilterAndExcludeHold(t *testing.T) {
	d := NewDataset(take([]string{"a", "x", "y", "z"}, []string{"b", "x", "y", "z"}))
	got := items(recommend(t, NewPopular(d, PopularOptions{}), Query{K: 5, Exclude: []string{"x"}, Filter: func(i string) bool { return i != "y" }}))
	if !cmp.Equal(got, []string{"z"}) {
		t.Errorf("got %v, want z alone", got)
	}
}

func TestFitIsDeterministic(t *testing.T) {
	var in []Interaction
	for n := range 400 {
		in = append(in, Interaction{Customer: fmt.Sprint(n * 7 % 31), Item: fmt.Sprint(n * 13 % 47), At: day.AddDate(0, 0, n), Basket: fmt.Sprint(n / 3)})
	}
	for name, fit := range map[string]func() Recommender{
		"itemknn": func() Recommender { return NewItemKNN(NewDataset(in), ItemKNNOptions{}) },
		"basket":  func() Recommender { return NewBasket(NewDataset(in), BasketOptions{Min: 1}) },
	} {
		a := recommend(t, fit(), Query{Customer: "3", Recent: []string{"5"}})
		b := recommend(t, fit(), Query{Customer: "3", Recent: []string{"5"}})
		if d := cmp.Diff(a, b); d != "" {
			t.Errorf("%s differs between two fits of the same data:\n%s", name, d)
		}
	}
}

func TestEmptyDatasetRecommendsNothing(t *testing.T) {
	d := NewDataset(nil)
	ease, err := NewEASE(d, EASEOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Recommender{ease, NewItemKNN(d, ItemKNNOptions{}), NewPopular(d, PopularOptions{}), NewBasket(d, BasketOptions{})} {
		if got := recommend(t, m, Query{Customer: "a", Recent: []string{"x"}}); len(got) != 0 {
			t.Errorf("%T gave %v from nothing", m, got)
		}
	}
}
