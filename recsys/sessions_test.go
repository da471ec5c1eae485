package recsys

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSessionsMatchAHandComputedExample(t *testing.T) {
	d := NewDataset(visits("a tent mat stove", "b tent mug", "c bike lamp"))
	m := must(NewSessions(d, SessionsOptions{Fade: .5}))
	// After tent, then mat: a shares both (.5 + 1) of 3 items, b the tent (.5) of 2.
	idf := func(n float64) float64 { return math.Log1p(3 / (1 + n)) }
	a, b := 1.5/math.Sqrt(3), .5/math.Sqrt(2)
	q := Query{Recent: []string{"tent", "mat"}}
	near(t, "after tent and mat", recommend(t, m, q), map[string]float64{
		"stove": a * idf(1), "mug": b * idf(1), "mat": a * idf(1), "tent": (a + b) * idf(2),
	})
	q.Exclude = q.Recent
	got := recommend(t, m, q)
	// Without the mat the tent would count 1, not .5.
	want := []Reason{{Kind: "viewed", Item: "mat", Count: 1, Weight: (1.5 - 1) / math.Sqrt(3) * idf(1)}, {Kind: "viewed", Item: "tent", Count: 1, Weight: (1.5 - 1) / math.Sqrt(3) * idf(1)}}
	r := got[0].Reasons
	if got[0].Item != "stove" || len(r) != 2 || math.Abs(r[0].Weight-want[0].Weight) > 1e-9 || r[0].Count != 1 {
		t.Errorf("reasons %+v, want %+v", r, want)
	}
	// Nobody is her own neighbour: for b only a votes.
	near(t, "for b", recommend(t, m, Query{Customer: "b", Exclude: []string{"tent", "mug"}}), map[string]float64{
		"mat": .5 / math.Sqrt(3) * idf(1), "stove": .5 / math.Sqrt(3) * idf(1),
	})
}

func TestAVisitEndsWithAPause(t *testing.T) {
	in := []Interaction{
		{Customer: "a", Item: "tent", At: day}, {Customer: "a", Item: "mat", At: day.Add(20 * time.Minute)},
		{Customer: "a", Item: "bike", At: day.Add(3 * time.Hour)}, {Customer: "a", Item: "lamp", At: day.Add(3*time.Hour + time.Minute)},
		{Customer: "b", Item: "mat", At: day}, {Customer: "b", Item: "bike", At: day.Add(time.Hour)},
	}
	slices.Reverse(in)
	d := NewDataset(in)
	next := func(opt SessionsOptions, q Query) []string {
		out := items(recommend(t, must(NewSessions(d, opt)), q))
		slices.Sort(out)
		return out
	}
	if got := next(SessionsOptions{}, Query{Customer: "b"}); !cmp.Equal(got, []string{"bike", "lamp"}) {
		t.Errorf("b's last visit is of the bike: %v", got)
	}
	if got := next(SessionsOptions{Pause: 24 * time.Hour}, Query{Customer: "b"}); !cmp.Equal(got, []string{"bike", "lamp", "mat", "tent"}) {
		t.Errorf("a visit of a day: %v", got)
	}
	if got := next(SessionsOptions{}, Query{Customer: "b", Recent: []string{"tent"}}); !cmp.Equal(got, []string{"mat", "tent"}) {
		t.Errorf("what is looked at now is the visit: %v", got)
	}
}

func TestTheNewestVisitsAreLookedAt(t *testing.T) {
	old, fresh := visits("a tent lantern"), visits("b tent lamp")
	for n := range fresh {
		fresh[n].At = fresh[n].At.AddDate(0, 0, 9)
	}
	d := NewDataset(append(old, fresh...))
	for sample, want := range map[int][]string{1: {"lamp"}, 2: {"lamp", "lantern"}} {
		got := items(recommend(t, must(NewSessions(d, SessionsOptions{Sample: sample})), Query{Recent: []string{"tent"}, Exclude: []string{"tent"}}))
		if slices.Sort(got); !cmp.Equal(got, want) {
			t.Errorf("of the %d newest: %v, want %v", sample, got, want)
		}
	}
}

func TestSessionsStandWhatIsOdd(t *testing.T) {
	untimed := visits("a x y z", "b x y")
	for n := range untimed {
		untimed[n].At = time.Time{}
	}
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "no times": untimed} {
		d := NewDataset(in)
		m := must(NewSessions(d, SessionsOptions{}))
		for _, q := range []Query{{}, {Customer: "a"}, {Customer: "nobody"}, {Recent: []string{"x", "no such"}}} {
			for _, s := range recommend(t, m, q) {
				if !(s.Score > 0) || math.IsInf(s.Score, 0) {
					t.Errorf("%s, %+v: %s scored %v", name, q, s.Item, s.Score)
				}
			}
		}
	}
	d := NewDataset(camp())
	for _, opt := range []SessionsOptions{{Pause: -1e9}, {Sample: -1}, {Neighbours: -1}, {Fade: 2}, {Fade: math.NaN()}} {
		if _, err := NewSessions(d, opt); err == nil || !strings.HasPrefix(err.Error(), "recsys: sessions") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}

func TestFadedEventsSayLessTheOlderTheyAre(t *testing.T) {
	d := NewDataset(camp())
	plain := NewItemKNN(d, ItemKNNOptions{})
	m := must(Fade(plain, .5))
	one := func(item string) map[string]float64 {
		return scored(recommend(t, plain, Query{Recent: []string{item}}))
	}
	tent, stove := one("tent"), one("stove")
	recent := []string{"tent", "stove"}
	got := recommend(t, m, Query{Recent: recent, Exclude: recent})
	near(t, "after tent, then stove", got, map[string]float64{"mat": .5*tent["mat"] + stove["mat"], "mug": stove["mug"]})
	near(t, "fade 1", recommend(t, must(Fade(plain, 1)), Query{Recent: recent}), scored(recommend(t, plain, Query{Recent: recent})))
	for _, fade := range []float64{0, -1, 2, math.NaN()} {
		if _, err := Fade(plain, fade); err == nil {
			t.Errorf("fade %v is taken", fade)
		}
	}
	if _, err := Fade(m, .5); err == nil || !strings.Contains(err.Error(), "fade ItemKNN") {
		t.Errorf("a model whose events do not add up: error %v", err)
	}
}
