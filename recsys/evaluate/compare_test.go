package evaluate

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/recsys"
)

func compare(t testing.TB, events []recsys.Interaction, items []recsys.Item, opt Options) *Report {
	t.Helper()
	r, err := Compare(context.Background(), events, items, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCompareFindsThatTasteBeatsPopularityWhereThereIsTaste(t *testing.T) {
	events, items := shop(t)
	for _, by := range []string{"time", "last"} {
		r := compare(t, events, items, Options{Split: Split{By: by}})
		if r.Recommended == popular || !strings.Contains(r.Why, "Use "+r.Recommended) {
			t.Errorf("by %s: recommended %q: %s", by, r.Recommended, r.Why)
		}
		m := r.Result(r.Recommended).Metric("ndcg")
		if m.OverLow <= 0 || m.Low >= m.Value || m.High <= m.Value || m.Over <= m.OverLow {
			t.Errorf("by %s: NDCG of %s %+v, want surely above popularity's", by, r.Recommended, m)
		}
		if r.Results[0].Model != popular || r.Results[0].Metric("ndcg").Over != 0 {
			t.Errorf("by %s: first is %+v", by, r.Results[0])
		}
		if r.Swap.Changed != 0 || r.Swap.Lists != r.Data.Asked {
			t.Errorf("by %s: %s", by, r.Swap)
		}
	}
}

// Where what one takes next has nothing to do with what one took, no model can
// be better, and none may be said to be.
func TestCompareRecommendsPopularityWhereThereIsNoTaste(t *testing.T) {
	var in []recsys.Interaction
	draw := rand.New(rand.NewPCG(5, 5))
	for n := range 3000 {
		x := draw.Float64()
		in = append(in, recsys.Interaction{Customer: fmt.Sprint("c", draw.IntN(150)), Item: fmt.Sprint("i", int(120*x*x)), At: start.Add(time.Duration(n) * time.Hour)})
	}
	r := compare(t, in, nil, Options{Models: []string{"itemknn", "basket"}})
	if r.Recommended != popular || !strings.Contains(r.Why, "Show what is popular") {
		t.Errorf("recommended %q: %s", r.Recommended, r.Why)
	}
}

func TestCompareIsTheSameOnAnyNumberOfCores(t *testing.T) {
	events, items := shop(t)
	opt := Options{Models: []string{"itemknn", "content", blend}}
	was := compare(t, events, items, opt).Figures()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if d := cmp.Diff(was, compare(t, events, items, opt).Figures()); d != "" {
		t.Error(d)
	}
	other := compare(t, events, items, Options{Models: opt.Models, Seed: 7}).Figures()
	if cmp.Equal(was, other) {
		t.Error("another seed draws the same intervals")
	}
}

func TestNothingOfTheTestPartIsFittedOn(t *testing.T) {
	events, _ := shop(t)
	p, err := divide(events, Split{})
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{Options: Options{K: 10, Most: 5000, Seed: 1, Progress: func(string) {}}, ctx: t.Context(), list: lineup[:1], report: &Report{}, parts: p}
	if err := c.score(); err != nil {
		t.Fatal(err)
	}
	if got := c.fit.Newest(); !got.Before(p.testAt) {
		t.Errorf("fitted on events up to %v, the test begins %v", got, p.testAt)
	}
}

func TestModelsThatCannotBeFittedAreLeftOutWithTheirReason(t *testing.T) {
	events, _ := shop(t)
	r := compare(t, events, nil, Options{Models: []string{"content"}})
	if x := r.Result("content"); !strings.Contains(x.Left, "file of them") || len(x.Metrics) > 0 {
		t.Errorf("content without a word about any item: %+v", x)
	}
	if _, err := Compare(t.Context(), events, nil, Options{Models: []string{"oracle"}}); err == nil || !strings.Contains(err.Error(), "itemknn") {
		t.Errorf("an unknown model: %v", err)
	}
}

func TestChooseTakesTheWidestOfEquals(t *testing.T) {
	at := func(name string, ndcg, half, coverage float64) standing {
		e := estimate{ndcg, make([]float64, resamples)}
		for b := range e.reps { // the draws of each go their own way
			e.reps[b] = ndcg + half*math.Sin(float64(b)*float64(len(name)+1))
		}
		return standing{name, e, coverage}
	}
	base := at(popular, .10, .01, .02)
	for _, c := range []struct {
		name string
		list []standing
		want string
		also []string
	}{
		{"the best", []standing{base, at("aa", .30, .01, .3), at("bbb", .20, .01, .9)}, "aa", nil},
		{"equals by coverage", []standing{base, at("aa", .300, .01, .3), at("bbb", .297, .01, .5)}, "bbb", []string{"aa"}},
		{"much worse though unsure", []standing{base, at("aa", .30, .2, .3), at("bbb", .20, .01, .9)}, "bbb", nil},
		{"none beyond noise", []standing{base, at("aa", .11, .05, .3)}, popular, nil},
		{"popular lately is no taste", []standing{base, at(popularNow, .20, .01, .1), at("aa", .15, .01, .3)}, popularNow, nil},
		{"better than that, too", []standing{base, at(popularNow, .20, .01, .1), at("aa", .25, .01, .3)}, "aa", nil},
		{"worse than popularity", []standing{base, at("aa", .05, .01, .9)}, popular, nil},
	} {
		got, also := choose(c.list)
		if got.name != c.want || !slices.Equal(also, c.also) {
			t.Errorf("%s: %s, equals %v; want %s, %v", c.name, got.name, also, c.want, c.also)
		}
	}
}

func TestBadEventsAreClear(t *testing.T) {
	nan := on("a p 1", "b q 2")
	for n := range nan {
		nan[n].Value = math.NaN()
	}
	for _, c := range []struct {
		name string
		in   []recsys.Interaction
		want string
	}{
		{"none", nil, "nothing to compare on: 0 events"},
		{"no number", nan, "nothing to compare on: 2 events"},
		{"one event", on("a p 1"), "nobody can be asked"},
		{"one customer's one item", on("a p 1", "a p 2", "a p 3"), "nobody can be asked"},
		{"strangers only", on("a p 1", "b q 2", "c r 3", "d s 4", "e t 5"), "nobody can be asked"},
	} {
		if _, err := Compare(t.Context(), c.in, nil, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestOneCustomerOrOneKindOfValueIsScoredWithAWarning(t *testing.T) {
	var one []recsys.Interaction
	for n := range 40 {
		one = append(one, recsys.Interaction{Customer: "日本 \t\"a\"", Item: fmt.Sprint("é/", n%20), At: start.AddDate(0, 0, n/2), Value: 3})
	}
	r := compare(t, one, nil, Options{Again: true})
	if r.Data.Asked != 1 || r.Recommended != popular || len(r.Warnings) != 2 {
		t.Errorf("one customer: %d asked, %s, %q", r.Data.Asked, r.Recommended, r.Warnings)
	}
}

// A robot that does a million things neither stops the comparison nor is most
// of it.
func TestARobotIsOneCustomer(t *testing.T) {
	events, items := shop(t)
	from, to := events[0].At, events[0].At
	for _, x := range events {
		if x.At.Before(from) {
			from = x.At
		}
		if x.At.After(to) {
			to = x.At
		}
	}
	robot := slices.Clone(events)
	step := to.Sub(from) / 1e6
	for n := range 1_000_000 {
		robot = append(robot, recsys.Interaction{Customer: "robot", Item: items[n%len(items)].ID, At: from.Add(time.Duration(n) * step)})
	}
	begin := time.Now()
	r := compare(t, robot, items, Options{Models: []string{"itemknn"}, Split: Split{By: "time", From: start.AddDate(0, -2, 0)}})
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if r.Data.Asked < 50 || r.Recommended == popular {
		t.Errorf("%d customers asked, recommended %s", r.Data.Asked, r.Recommended)
	}
}

func TestRatingsArePredictedAndLikedOnesAreToBeFound(t *testing.T) {
	var in []recsys.Interaction
	draw := rand.New(rand.NewPCG(9, 9))
	for n := range 2000 {
		u, i := draw.IntN(60), draw.IntN(40)
		v := 3.0
		if u%2 == i%2 {
			v = 5
		}
		in = append(in, recsys.Interaction{Customer: fmt.Sprint("c", u), Item: fmt.Sprint("i", i), At: start.Add(time.Duration(n) * time.Hour), Value: v - float64(draw.IntN(2)), Kind: recsys.Rated})
	}
	r := compare(t, in, nil, Options{Models: []string{"itemknn"}})
	if len(r.Ratings) != 3 || r.Ratings[0].Model != "bias" || !strings.Contains(r.Data.Liking, "ratings of 3.") {
		t.Fatalf("%d raters, the first %s, liking %q", len(r.Ratings), r.Ratings[0].Model, r.Data.Liking)
	}
	for _, x := range r.Ratings[1:] {
		m, a := x.Metric("rmse"), x.Metric("mae")
		if m.OverHigh >= 0 || m.Value < .5 || m.Value > .7 || m.N != 400 || a.Value >= m.Value || a.Low >= a.Value {
			t.Errorf("%s on tastes that biases cannot tell: rmse %s, mae %s; the noise alone is .5", x.Model, m.long(), a.long())
		}
	}
	same := slices.Clone(in)
	for n := range same {
		same[n].Value = 4
	}
	if r := compare(t, same, nil, Options{Models: []string{"itemknn"}}); r.Ratings[0].Metric("rmse").Value > 1e-6 {
		t.Errorf("all rated 4: error %v", r.Ratings[0].Metric("rmse"))
	}
}
