package recsys

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
)

// What shops' data looks like at its worst.
func badData() map[string][]Interaction {
	many := func(customers, items int) []Interaction {
		var out []Interaction
		for u := range customers {
			for i := range items {
				out = append(out, Interaction{Customer: fmt.Sprint("c", u), Item: fmt.Sprintf("i%02d", i), At: day, Value: 1})
			}
		}
		return out
	}
	odd := []string{"", " ", "\x00", "a\tb\nc", "日本語", "🛒", "\xff\xfe", "../../etc/passwd", "<script>", "'; drop", fmt.Sprintf("%01000d", 7)}
	var strange []Interaction
	for n, c := range odd {
		for _, i := range odd[n/2:] {
			strange = append(strange, Interaction{Customer: c, Item: i, At: day, Basket: c, Kind: Kind(n * 50)})
		}
	}
	numbers := many(4, 4)
	for n := range numbers {
		numbers[n].Value = []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 0, 1e300, 1e-300}[n%7]
	}
	unsorted := tastes(20, 20)
	for n := range unsorted {
		unsorted[n].At = day.Add(time.Duration(n*7919%1000-500) * 24 * time.Hour)
		if n%10 == 0 {
			unsorted[n].At = time.Time{}
		}
		if n%17 == 0 {
			unsorted[n].At = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
	}
	return map[string][]Interaction{
		"nothing": nil, "one customer": many(1, 8), "one item": many(8, 1), "one of each": many(1, 1), "all the same": many(8, 8),
		"odd ids": strange, "no numbers": numbers, "unsorted times": unsorted,
	}
}

func TestEveryModelBearsBadData(t *testing.T) {
	list := append(things(12), Item{}, Item{ID: "\xff\xfe", Title: "\xff", Category: "/", Price: math.NaN(), Margin: math.NaN(), InStock: true, Picture: []float32{0, 0, 0}},
		Item{ID: "🛒", Category: "/", Price: math.Inf(1), InStock: true, Attributes: map[string][]string{"": {""}}, Pairs: []string{"🛒", "no such"}})
	queries := map[string]Query{
		"nobody":   {},
		"unknown":  {Customer: "who?", Recent: []string{"what?"}, Segment: "none", Exclude: []string{"never"}},
		"known":    {Customer: "c0", Recent: []string{"i00", "i01", "i00"}, Segment: "new"},
		"odd":      {Customer: "\xff\xfe", Recent: []string{"🛒", "\x00", ""}, Now: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		"past":     {Past: []Interaction{{Item: "i00", Value: math.NaN()}, {Item: "i02", Value: math.Inf(1)}, {Item: "i03", At: day.AddDate(500, 0, 0)}, {}}, Recent: []string{"i03"}},
		"negative": {Customer: "c1", K: -3, Past: []Interaction{{Item: "i00", Value: -7}}},
		"all":      {Customer: "c0", K: 1 << 20},
		"filtered": {Customer: "c0", Recent: []string{"i00"}, Filter: func(string) bool { return false }},
	}
	for data, in := range badData() {
		d := NewDataset(in, offered(list)...)
		for _, s := range subjects {
			m, err := s.fit(d, list)
			if err != nil {
				if err.Error() == "" {
					t.Errorf("%s on %s: an error that says nothing", s.name, data)
				}
				t.Logf("%s on %s is refused: %v", s.name, data, err)
				continue
			}
			for name, q := range queries {
				got, err := m.Recommend(context.Background(), q)
				if err != nil {
					t.Errorf("%s on %s for %s: %v", s.name, data, name, err)
				}
				if name == "filtered" && len(got) > 0 {
					t.Errorf("%s on %s gives %v, which the filter forbids", s.name, data, items(got))
				}
				seen := map[string]bool{}
				for n, x := range got {
					if !(x.Score > 0) || math.IsInf(x.Score, 0) || n > 0 && s.name != "look" && x.Score > got[n-1].Score || seen[x.Item] {
						t.Errorf("%s on %s for %s: place %d is %q with %v", s.name, data, name, n+1, x.Item, x.Score)
					}
					for _, r := range x.Reasons {
						if math.IsNaN(r.Weight) || math.IsInf(r.Weight, 0) {
							t.Errorf("%s on %s for %s: %q for %+v", s.name, data, name, x.Item, r)
						}
					}
					seen[x.Item] = true
				}
			}
			stopped, stop := context.WithCancel(context.Background())
			stop()
			if _, err := m.Recommend(stopped, Query{}); !errors.Is(err, context.Canceled) {
				t.Errorf("%s on %s was stopped and says %v", s.name, data, err)
			}
		}
	}
}

// A robot that looks at a million pages must not cost more than a bound: its
// newest items count, as many as a shopper could have seen.
func TestARobotCostsNoMoreThanABound(t *testing.T) {
	if testing.Short() {
		t.Skip("a million events take some seconds")
	}
	in := tastes(200, 200)
	for n := range 1_000_000 {
		in = append(in, Interaction{Customer: "robot", Item: fmt.Sprintf("page%05d", n%60_000), Kind: Viewed, Basket: "robot", At: day.Add(time.Duration(n) * time.Second)})
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := NewDataset(in)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := len(d.byCustomer[d.customerAt["robot"]]); kept > mostEach || len(d.baskets) == 0 {
		t.Errorf("%d items of the robot count, want at most %d", kept, mostEach)
	}
	if mib := float64(after.HeapAlloc-min(after.HeapAlloc, before.HeapAlloc)) / (1 << 20); mib > 60 {
		t.Errorf("the dataset takes %.0f MiB, want 60 at most", mib)
	}
	began := time.Now()
	for _, s := range subjects {
		if s.name == "ease" || s.name == "hybrid" { // refuse 60,000 items
			if _, err := s.fit(d, nil); err == nil {
				t.Errorf("%s took 60,000 items", s.name)
			}
			continue
		}
		start := time.Now()
		m := fit(t, s, d, nil)
		if _, err := m.Recommend(context.Background(), Query{Customer: "robot", K: 5}); err != nil {
			t.Error(err)
		}
		t.Logf("%s: %v", s.name, time.Since(start).Round(time.Millisecond))
	}
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("all models together took %v beside the robot", took)
	}
	runtime.KeepAlive(d)
}

func TestValuesThatAreNoNumbersAreDroppedAndCounted(t *testing.T) {
	var in []Interaction
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e13, 1e12, 0, -1} {
		in = append(in, Interaction{Customer: "c", Item: "i", Value: v})
	}
	if d := NewDataset(in); d.Dropped != 5 || d.byCustomer[0][0].Times != 3 {
		t.Errorf("%d were dropped and %d kept, want 5 and 3", d.Dropped, d.byCustomer[0][0].Times)
	}
}

func TestAScoreThatIsNoNumberIsNotRanked(t *testing.T) {
	d := NewDataset(nil, "a", "b", "c")
	m := &Popular{data: d, scores: []float64{math.NaN(), 1, math.NaN()}, counts: make([]int, 3)}
	if got := items(recommend(t, m, Query{})); len(got) != 1 || got[0] != "b" {
		t.Errorf("got %v, want b alone", got)
	}
}
