package recsys

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// visits reads "customer item item ...", a minute apart in the order written.
func visits(lines ...string) []Interaction {
	var out []Interaction
	for _, l := range lines {
		f := strings.Fields(l)
		for n, item := range f[1:] {
			out = append(out, Interaction{Customer: f[0], Item: item, At: day.Add(time.Duration(n) * time.Minute)})
		}
	}
	return out
}

func TestTransitionsMatchAHandComputedExample(t *testing.T) {
	d := NewDataset(visits("a tent mat stove", "b tent stove"))
	m := must(NewTransitions(d, TransitionsOptions{Distance: 1, Back: .5, Shrink: 1, Damp: .5, Fade: .5}))
	// In order, a pair g steps apart counts 1/g; against it, half of that.
	// tent: to mat 1, to stove 1/2 + 1. mat: to stove 1, to tent 1/2.
	// stove: to mat 1/2, to tent 1/4 + 1/2.
	leave := map[string]float64{"tent": 2.5, "mat": 1.5, "stove": 1.25}
	enter := map[string]float64{"tent": 1.25, "mat": 1.5, "stove": 2.5}
	w := func(from, to string, sum float64) float64 {
		return sum / math.Sqrt(leave[from]+1) / math.Sqrt(enter[to]+1)
	}
	near(t, "after the tent", recommend(t, m, Query{Recent: []string{"tent"}}), map[string]float64{
		"mat": w("tent", "mat", 1), "stove": w("tent", "stove", 1.5),
	})
	near(t, "the step before counts half", recommend(t, m, Query{Recent: []string{"tent", "mat"}, Exclude: []string{"tent"}}), map[string]float64{
		"mat": .5 * w("tent", "mat", 1), "stove": .5*w("tent", "stove", 1.5) + w("mat", "stove", 1),
	})
	got := recommend(t, m, Query{Customer: "b", Exclude: []string{"tent", "stove"}})
	near(t, "a known customer", got, map[string]float64{"mat": .5*w("tent", "mat", 1) + w("stove", "mat", .5)})
	// Without the stove the tent would be a step nearer and say .5 more.
	far := w("tent", "mat", 1)
	want := []Reason{{Kind: "bought", Item: "tent", Count: 1, Weight: .5 * far}, {Kind: "bought", Item: "stove", Count: 1, Weight: w("stove", "mat", .5) - .5*far}}
	if diff := cmp.Diff(want, got[0].Reasons, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
}

func TestTransitionsGoForwardMoreThanBack(t *testing.T) {
	d := NewDataset(visits("a phone case", "b phone case", "c phone case", "d lamp bulb", "e case film"))
	m := must(NewTransitions(d, TransitionsOptions{}))
	next := func(after string) []string { return items(recommend(t, m, Query{Recent: []string{after}})) }
	if got := next("phone"); !cmp.Equal(got, []string{"case"}) {
		t.Errorf("after the phone: %v, want the case", got)
	}
	if got := scored(recommend(t, m, Query{Recent: []string{"case"}})); got["phone"] > 2*got["film"] {
		t.Errorf("after the case: %v: three went to it from the phone, which must count less than going on", got)
	}
	only := must(NewTransitions(d, TransitionsOptions{Back: -1}))
	if got := items(recommend(t, only, Query{Recent: []string{"bulb"}})); len(got) != 0 {
		t.Errorf("with no way back, after the bulb: %v, want nothing", got)
	}
}

func TestWhatHasNoOrderCountsAlikeBothWays(t *testing.T) {
	var in []Interaction
	for _, x := range visits("a tent mat stove", "b mat tent") {
		x.At = time.Time{}
		in = append(in, x)
	}
	d := NewDataset(in)
	m := must(NewTransitions(d, TransitionsOptions{Damp: -1, Shrink: -1}))
	there, back := scored(recommend(t, m, Query{Recent: []string{"mat"}})), scored(recommend(t, m, Query{Recent: []string{"tent"}}))
	if there["tent"] == 0 || there["tent"] != back["mat"] {
		t.Errorf("from mat to tent %v, back %v, want the same", there["tent"], back["mat"])
	}
	h := d.History(Query{Customer: "a"})
	if w := h.fading(.5); !cmp.Equal(w, []float64{1, 1, 1}) {
		t.Errorf("events at one time weigh %v, want all 1", w)
	}
}

func TestTransitionsReadTimesNotTheOrderOfTheFile(t *testing.T) {
	in := crowd(60, 30, 8, 5)
	turned := slices.Clone(in)
	slices.Reverse(turned)
	var want []Scored
	for n, list := range [][]Interaction{in, in, turned} {
		d := NewDataset(list)
		c := NewContent(d, attired(d), ContentOptions{})
		got := recommend(t, must(NewTransitions(d, TransitionsOptions{Content: c})), Query{Customer: "c3", Recent: []string{"i005"}})
		if n == 0 {
			want = got
		} else if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
			t.Errorf("fit %d differs:\n%s", n, diff)
		}
	}
}

func TestAPauseEndsASession(t *testing.T) {
	in := []Interaction{
		{Customer: "a", Item: "tent", At: day}, {Customer: "a", Item: "mat", At: day.Add(5 * time.Minute)},
		{Customer: "a", Item: "bike", At: day.Add(3 * time.Hour)}, {Customer: "a", Item: "lamp", At: day.Add(3*time.Hour + time.Minute)},
	}
	d := NewDataset(in)
	for pause, want := range map[time.Duration][]string{0: {"bike", "lamp", "mat"}, 30 * time.Minute: {"mat"}} {
		got := items(recommend(t, must(NewTransitions(d, TransitionsOptions{Session: pause})), Query{Recent: []string{"tent"}}))
		slices.Sort(got)
		if !cmp.Equal(got, want) {
			t.Errorf("with a pause of %v, after the tent: %v, want %v", pause, got, want)
		}
	}
}

// attired gives every item of a crowd one of four colours.
func attired(d *Dataset) []Item {
	var out []Item
	for n, id := range d.Items {
		out = append(out, Item{ID: id, Attributes: map[string][]string{"colour": {[]string{"red", "blue", "green", "grey"}[n%4]}}})
	}
	return out
}

func TestLikenessTellsAHabitFromAChance(t *testing.T) {
	d := NewDataset(visits("a lipstick gloss", "b lipstick hammer"))
	c := NewContent(d, []Item{{ID: "lipstick", Category: "lips"}, {ID: "gloss", Category: "lips"}, {ID: "hammer", Category: "tools"}}, ContentOptions{})
	q := Query{Recent: []string{"lipstick"}}
	plain := scored(recommend(t, must(NewTransitions(d, TransitionsOptions{})), q))
	alike := scored(recommend(t, must(NewTransitions(d, TransitionsOptions{Content: c})), q))
	if plain["gloss"] != plain["hammer"] || math.Abs(alike["gloss"]-3*plain["gloss"]) > 1e-6 || alike["hammer"] != plain["hammer"] {
		t.Errorf("without content %v, with it %v: the gloss, all alike, should count three times", plain, alike)
	}
	if r := recommend(t, must(NewTransitions(d, TransitionsOptions{Content: c})), q)[0]; r.Item != "gloss" || r.Reasons[0].Item != "lipstick" {
		t.Errorf("first %+v, want the gloss because of the lipstick", r)
	}
}

func TestTransitionsStandWhatIsOdd(t *testing.T) {
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "one customer": visits("a x y zß")} {
		d := NewDataset(in)
		m := must(NewTransitions(d, TransitionsOptions{Shrink: -1}))
		for _, q := range []Query{{}, {Customer: "a"}, {Customer: "nobody"}, {Recent: []string{"x", "no such"}}} {
			for _, s := range recommend(t, m, q) {
				if !(s.Score > 0) || math.IsInf(s.Score, 0) {
					t.Errorf("%s, %+v: %s scored %v", name, q, s.Item, s.Score)
				}
			}
		}
	}
	d := NewDataset(camp())
	other := NewContent(NewDataset(camp()), nil, ContentOptions{})
	for _, opt := range []TransitionsOptions{
		{Reach: -1}, {Neighbours: -1}, {Session: -1}, {Back: 2}, {Back: math.NaN()}, {Damp: math.NaN()}, {Fade: -1}, {Fade: 1.5},
		{Distance: math.NaN()}, {Shrink: math.Inf(1)}, {Content: other},
	} {
		if _, err := NewTransitions(d, opt); err == nil || !strings.HasPrefix(err.Error(), "recsys: transitions") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}
