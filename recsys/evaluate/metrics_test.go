package evaluate

import (
	"math"
	"testing"

	"parley/recsys"
)

// One list of four places, hits at the second and the fourth, of three relevant
// items in a catalogue of twenty.
func TestMetricsMatchHandComputedValues(t *testing.T) {
	o := outcome{list: []int32{7, 3, 9, 1}, hit: []bool{false, true, false, true}, relevant: 3}
	log2 := math.Log2
	want := map[string]float64{
		"recall":    2. / 3,
		"precision": 2. / 4,
		"f1":        2 * (2. / 3) * .5 / (2./3 + .5),
		"accuracy":  1 - 3./20, // two shown in vain, one missed
		"ndcg":      (1/log2(3) + 1/log2(5)) / (1/log2(2) + 1/log2(3) + 1/log2(4)),
		"map":       (1./2 + 2./4) / 3,
		"mrr":       1. / 2,
		"hit_rate":  1,
	}
	for _, m := range aboutHits {
		if got := m.of(o, 4, 20); !near(got, want[m.name]) {
			t.Errorf("%s = %.6f, want %.6f", m.name, got, want[m.name])
		}
	}
	if len(want) != len(aboutHits) {
		t.Errorf("%d metrics, %d computed by hand", len(aboutHits), len(want))
	}
}

func TestMetricsOfAListCutShortOrWrong(t *testing.T) {
	short := outcome{list: []int32{2}, hit: []bool{true}, relevant: 8}
	for _, m := range aboutHits {
		want := map[string]float64{
			"recall": 1. / 8, "precision": 1. / 4, "f1": 2 * (1. / 8) * (1. / 4) / (1./8 + 1./4), "accuracy": 1 - 7./20,
			"ndcg": 1 / (1 + 1/math.Log2(3) + 1/math.Log2(4) + 1/math.Log2(5)), "map": 1. / 4, "mrr": 1, "hit_rate": 1,
		}[m.name]
		if got := m.of(short, 4, 20); !near(got, want) {
			t.Errorf("one right item of eight: %s = %.6f, want %.6f", m.name, got, want)
		}
		if got := m.of(outcome{relevant: 1}, 4, 20); m.name != "accuracy" && got != 0 {
			t.Errorf("an empty list: %s = %v, want 0", m.name, got)
		}
	}
}

func TestNoveltyIsTheMeanSelfInformation(t *testing.T) {
	p := popularity{takers: []float64{8, 2, 0}, customers: 8}
	// -log2(8/8) = 0, -log2(2/8) = 2, nobody counts as one: -log2(1/8) = 3
	if got := mean([]int32{0, 1, 2}, p.surprise); !near(got, 5./3) {
		t.Errorf("novelty %v, want 5/3", got)
	}
}

func TestPopularityLiftComparesListsWithHistories(t *testing.T) {
	p := popularity{takers: []float64{9, 3, 6}, customers: 9}
	// lists: 9 and (9+6)/2 = 7.5; histories: 3 and 6 (the third customer has none)
	lift := p.lift([][]int32{{0}, {0, 2}, {0}}, [][]int32{{1}, {2}, nil})
	if got := lift.at(nil); !near(got, 16.5/9-1) {
		t.Errorf("lift %v, want %v", got, 16.5/9-1)
	}
	if got := lift.at([]float64{0, 2, 5}); !near(got, .25) {
		t.Errorf("lift of the second customer alone %v, want .25", got)
	}
}

func TestDiversityIsOneLessTheMeanLikeness(t *testing.T) {
	d := recsys.NewDataset([]recsys.Interaction{{Customer: "u", Item: "a"}, {Customer: "u", Item: "b"}, {Customer: "u", Item: "c"}})
	colour := func(c string) map[string][]string { return map[string][]string{"colour": {c}} }
	alike, ok := byAttributes(d, map[string]*recsys.Item{
		"a": {Category: "tents", Attributes: colour("red")},
		"b": {Category: "tents", Attributes: colour("blue")},
		"c": {Category: "mugs", Attributes: colour("red")},
	})
	// a and b share 1 of 3 words, a and c 1 of 3, b and c none.
	if got := variety([]int32{0, 1, 2}, alike); !ok || !near(got, 1-(2./3)/3) {
		t.Errorf("diversity %v (%v), want %v", got, ok, 1-(2./3)/3)
	}
	if _, ok := byAttributes(d, nil); ok {
		t.Error("items without a word are likened by words")
	}
	// item 0 taken by customers 0 and 1, item 1 by 1 and 2, item 2 by 2.
	likeness := byTakers([][]int32{{0}, {0, 1}, {1, 2}}, 4)
	for _, c := range []struct {
		a, b int32
		want float64
	}{{0, 1, .5}, {0, 2, 0}, {1, 2, 1 / math.Sqrt2}, {0, 3, 0}} {
		if got := likeness(c.a, c.b); !near(got, c.want) {
			t.Errorf("likeness of %d and %d = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestCoverageAndGiniMatchHandComputedValues(t *testing.T) {
	shown := [][]int32{{0, 1}, {0, 2}, {0}}
	if got := (coverage{shown, 5}).at(nil); !near(got, 3./5) {
		t.Errorf("coverage %v, want .6", got)
	}
	if got := (coverage{shown, 5}).at([]float64{3, 0, 0}); !near(got, 2./5) {
		t.Errorf("coverage of the first list thrice %v, want .4", got)
	}
	// exposures in order 0 0 1 1 3: (-4·0 -2·0 +0·1 +2·1 +4·3) / (5·5)
	if got := (gini{shown, 5}).at(nil); !near(got, 14./25) {
		t.Errorf("gini %v, want .56", got)
	}
	if got := (gini{[][]int32{{0, 1, 2}}, 3}).at(nil); !near(got, 0) {
		t.Errorf("gini of an even spread %v, want 0", got)
	}
	if got := (gini{[][]int32{nil}, 3}).at(nil); !math.IsNaN(got) {
		t.Errorf("gini of nothing shown %v, want NaN", got)
	}
}

// A resample holds fewer different customers, so less is covered; the interval
// is nevertheless about the value.
func TestIntervalOfCoverageHoldsItsValue(t *testing.T) {
	shown := make([][]int32, 200)
	for n := range shown {
		shown[n] = []int32{int32(n), int32(n % 7)}
	}
	e := bootstrap(seed, len(shown), []statistic{coverage{shown, 300}})[0]
	if low, high := e.interval(); low >= e.value || high <= e.value {
		t.Errorf("coverage %v outside its interval [%v, %v]", e.value, low, high)
	}
}
