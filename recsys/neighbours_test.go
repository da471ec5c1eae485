package recsys

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func scored(s []Scored) map[string]float64 {
	out := map[string]float64{}
	for _, x := range s {
		out[x.Item] = x.Score
	}
	return out
}

func near(t *testing.T, what string, got []Scored, want map[string]float64) {
	t.Helper()
	have := scored(got)
	if len(have) != len(want) {
		t.Errorf("%s: got %v, want %v", what, have, want)
	}
	for item, w := range want {
		if math.Abs(have[item]-w) > 1e-6 {
			t.Errorf("%s: %s scored %.6f, want %.6f", what, item, have[item], w)
		}
	}
}

// a: tent mat; b: tent mat stove; c: stove mug; d: tent.
func camp() []Interaction {
	return take([]string{"a", "tent", "mat"}, []string{"b", "tent", "mat", "stove"}, []string{"c", "stove", "mug"}, []string{"d", "tent"})
}

func TestRP3betaMatchesAHandComputedWalk(t *testing.T) {
	d := NewDataset(camp())
	m := must(NewRP3beta(d, RP3betaOptions{Beta: .5}))
	// From the tent to a, b or d, a third each; a leaves for the mat by 1/2, b
	// for the mat and the stove by 1/3. Two took the mat, two the stove.
	near(t, "for d", recommend(t, m, Query{Customer: "d", Exclude: []string{"tent"}}), map[string]float64{
		"mat":   (1./2 + 1./3) / 3 / math.Sqrt2,
		"stove": 1. / 3 / 3 / math.Sqrt2,
	})
	squared := must(NewRP3beta(d, RP3betaOptions{Alpha: 2, Beta: -1}))
	near(t, "alpha 2, undamped", recommend(t, squared, Query{Customer: "d", Exclude: []string{"tent"}}), map[string]float64{
		"mat":   (1./4 + 1./9) / 9,
		"stove": 1. / 9 / 9,
	})
	if got := items(recommend(t, must(NewRP3beta(d, RP3betaOptions{Neighbours: 1})), Query{Recent: []string{"tent"}})); !cmp.Equal(got, []string{"mat"}) {
		t.Errorf("with one neighbour kept: %v, want mat", got)
	}
}

func TestUserKNNMatchesAHandComputedExample(t *testing.T) {
	d := NewDataset(camp())
	m := must(NewUserKNN(d, UserKNNOptions{Power: 1}))
	// One met this minute who has tent and mat: likeness 2/√2 to a, 2/√3 to b,
	// 1/√1 to d; nothing with c.
	q := Query{Customer: "new", Recent: []string{"tent", "mat"}, Exclude: []string{"tent", "mat"}}
	near(t, "fold-in", recommend(t, m, q), map[string]float64{"stove": 2 / math.Sqrt(3)})
	q.Exclude = nil
	near(t, "with her own", recommend(t, m, q), map[string]float64{
		"stove": 2 / math.Sqrt(3), "mat": 2/math.Sqrt2 + 2/math.Sqrt(3), "tent": 2/math.Sqrt2 + 2/math.Sqrt(3) + 1,
	})
	two := must(NewUserKNN(d, UserKNNOptions{Power: 2, Neighbours: 2, Shrink: 3}))
	like := func(both, of float64) float64 { x := both / math.Sqrt(of) * both / (both + 3); return x * x }
	near(t, "two neighbours, shrunk", recommend(t, two, q), map[string]float64{
		"stove": like(2, 3), "mat": like(2, 2) + like(2, 3), "tent": like(2, 2) + like(2, 3),
	})
	// Nobody is her own neighbour.
	near(t, "for d", recommend(t, m, Query{Customer: "d", Exclude: []string{"tent"}}), map[string]float64{
		"mat": 1/math.Sqrt2 + 1/math.Sqrt(3), "stove": 1 / math.Sqrt(3),
	})
	r := m.Reasons(d.History(q), d.itemAt["stove"])
	if len(r) != 2 || r[0].Count != 1 || math.Abs(r[0].Weight-1/math.Sqrt(3)) > 1e-9 {
		t.Errorf("reasons %+v, want tent and mat with half of the score each, through one neighbour", r)
	}
}

func TestEveryModelsTopReasonIsTrue(t *testing.T) {
	d := NewDataset(crowd(80, 40, 8, 7))
	for name, m := range map[string]Model{
		"rp3beta": must(NewRP3beta(d, RP3betaOptions{})), "itemknn": NewItemKNN(d, ItemKNNOptions{}), "als": must(NewALS(d, ALSOptions{Factors: 8})),
		"userknn": must(NewUserKNN(d, UserKNNOptions{Neighbours: 80})), "graphfilter": must(NewGraphFilter(d, GraphFilterOptions{Factors: 6})), "ease": must(NewEASE(d, EASEOptions{Lambda: 20, Near: 1e15})),
		"transitions": must(NewTransitions(d, TransitionsOptions{})), "sessions": must(NewSessions(d, SessionsOptions{Pause: 1000 * 24 * time.Hour})),
		"faded ease": must(Fade(must(NewEASE(d, EASEOptions{Lambda: 20})), .7)), "sequence": must(NewSequence(context.Background(), d, SequenceOptions{Factors: 8, Epochs: 40})),
	} {
		seen := 0
		for u := range 40 {
			h := d.History(Query{Customer: fmt.Sprint("c", u)})
			full := make([]float64, len(d.Items))
			m.Score(h, full)
			for i := range full {
				reasons := m.Reasons(h, int32(i))
				if len(reasons) == 0 {
					continue
				}
				seen++
				less := h
				less.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e Event) bool { return d.Items[e.Item] == reasons[0].Item })
				without := make([]float64, len(d.Items))
				m.Score(less, without)
				if without[i] >= full[i] {
					t.Fatalf("%s: %s scores %v with %s and %v without it", name, d.Items[i], full[i], reasons[0].Item, without[i])
				}
			}
		}
		if seen < 200 {
			t.Errorf("%s gave reasons only %d times", name, seen)
		}
	}
}

func TestReasonsOfALinearModelAddUpToTheScore(t *testing.T) {
	d := NewDataset(crowd(80, 40, 8, 8))
	for name, m := range map[string]Model{"rp3beta": must(NewRP3beta(d, RP3betaOptions{})), "userknn": must(NewUserKNN(d, UserKNNOptions{})), "graphfilter": must(NewGraphFilter(d, GraphFilterOptions{Factors: 6}))} {
		for _, s := range recommend(t, m, Query{Customer: "c5", Recent: []string{"i003"}}) {
			sum := 0.0
			for _, r := range s.Reasons {
				sum += r.Weight
			}
			if math.Abs(sum-s.Score) > 1e-6*s.Score {
				t.Errorf("%s: the reasons of %s weigh %v, it scored %v", name, s.Item, sum, s.Score)
			}
		}
	}
}

func TestLikestIsTheFrontOfTheSorted(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		links := make([]link, r.IntN(60))
		for k := range links {
			links[k] = link{to: int32(k), sim: float32(r.IntN(6))}
		}
		r.Shuffle(len(links), func(i, j int) { links[i], links[j] = links[j], links[i] })
		keep := r.IntN(70)
		want := slices.Clone(links)
		slices.SortFunc(want, byLikeness)
		if got := likest(links, keep); !slices.Equal(got, want[:min(keep, len(want))]) {
			t.Fatalf("the %d likest are %v, want %v", keep, got, want)
		}
	}
}

func TestNeighbourModelsStandWhatIsOdd(t *testing.T) {
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "one customer": take([]string{"a", "x", "y", "zß\n\t"})} {
		d := NewDataset(in)
		for _, m := range []Model{must(NewRP3beta(d, RP3betaOptions{})), must(NewUserKNN(d, UserKNNOptions{}))} {
			for _, q := range []Query{{}, {Customer: "a"}, {Customer: "nobody"}, {Recent: []string{"x", "no such"}}} {
				for _, s := range recommend(t, m, q) {
					if !(s.Score > 0) || math.IsInf(s.Score, 0) {
						t.Errorf("%s, %T, %+v: %s scored %v", name, m, q, s.Item, s.Score)
					}
				}
			}
		}
	}
	d := NewDataset(camp())
	for _, opt := range []RP3betaOptions{{Alpha: -1}, {Alpha: math.NaN()}, {Beta: 2}, {Beta: math.NaN()}, {Neighbours: -1}} {
		if _, err := NewRP3beta(d, opt); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
	for _, opt := range []UserKNNOptions{{Neighbours: -1}, {Shrink: -1}, {Shrink: math.NaN()}, {Power: -2}} {
		if _, err := NewUserKNN(d, opt); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}
