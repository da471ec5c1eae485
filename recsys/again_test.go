package recsys

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// buys is one customer's purchases of an item, on days since day.
func buys(customer, item string, days ...int) []Interaction {
	var out []Interaction
	for _, n := range days {
		out = append(out, Interaction{Customer: customer, Item: item, At: day.AddDate(0, 0, n)})
	}
	return out
}

func joinAll(lists ...[]Interaction) []Interaction {
	var out []Interaction
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func again(t *testing.T, in []Interaction, opt AgainOptions) *Again {
	t.Helper()
	m, err := NewAgain(NewDataset(in), in, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAgainKnowsTheUsualInterval(t *testing.T) {
	in := joinAll(buys("a", "coffee", 0, 10, 20, 30), buys("b", "coffee", 0, 20), buys("c", "coffee", 30), buys("c", "grinder", 30))
	m := again(t, in, AgainOptions{})
	// All gaps: three of 10 days, one of 20, with 5 of 30 beside for all items, and
	// 5 of all items' for the coffee; a's own three have the coffee's twice beside.
	all := (3*math.Log(10) + math.Log(20) + 5*math.Log(30)) / 9
	coffee := (3*math.Log(10) + math.Log(20) + 5*all) / 9
	for customer, want := range map[string]float64{
		"a": math.Exp((3*math.Log(10) + 2*coffee) / 5), "c": math.Exp(coffee),
	} {
		got := recommend(t, m, Query{Customer: customer, Now: day.AddDate(0, 0, 60)})
		if got[0].Item != "coffee" || got[0].Reasons[0].Kind != "again" || math.Abs(got[0].Reasons[0].Days-want) > 1e-6 {
			t.Errorf("%s: %+v, want coffee every %.3f days", customer, got[0], want)
		}
	}
	if r := recommend(t, m, Query{Customer: "a", Now: day.AddDate(0, 0, 60)})[0].Reasons[0]; r.Count != 4 || r.Item != "coffee" {
		t.Errorf("reason %+v, want coffee bought 4 times", r)
	}
}

func TestAgainHoldsBackWhatIsNotDue(t *testing.T) {
	in := joinAll(buys("a", "coffee", 0, 30, 60), buys("a", "filter", 0, 30, 60), buys("b", "mug", 0))
	m := again(t, in, AgainOptions{})
	score := func(after int) float64 {
		return recommend(t, m, Query{Customer: "a", Now: day.AddDate(0, 0, 60+after)})[0].Score
	}
	if early, due := score(6), score(30); !(early < due/3) {
		t.Errorf("6 days after: %v, when due: %v; want the first far lower", early, due)
	}
	if got := recommend(t, m, Query{Customer: "a"}); len(got) != 0 {
		t.Errorf("bought this minute, yet again: %+v", got)
	}
	free := again(t, in, AgainOptions{Early: -1})
	if got := recommend(t, free, Query{Customer: "a"}); len(got) != 2 {
		t.Errorf("with the interval left out: %+v, want both", got)
	}
}

func TestAgainLearnsWhatIsBoughtAgain(t *testing.T) {
	var in []Interaction
	for n := range 40 { // everybody buys coffee every month and a kettle once
		who := fmt.Sprintf("c%02d", n)
		in = append(in, joinAll(buys(who, "kettle", 0), buys(who, "coffee", 0, 28+n%3, 57+n%3, 88+n%3, 118))...)
	}
	in = append(in, joinAll(buys("z", "kettle", 0), buys("z", "coffee", 0), buys("z", "sugar", 118))...)
	m := again(t, in, AgainOptions{})
	got := recommend(t, m, Query{Customer: "z", Now: day.AddDate(0, 0, 150)})
	if !cmp.Equal(items(got), []string{"coffee", "sugar", "kettle"}) || got[2].Score > got[0].Score/10 {
		t.Errorf("z bought each once, yet: %+v; want coffee first, what is not known next, and the kettle far behind", got)
	}
}

func TestLogisticFindsTheLogOdds(t *testing.T) {
	var seen []bought
	for n := range 8 { // 3 in 4 where the second feature is 1, 1 in 4 where it is 0
		kind := float64(n / 4)
		seen = append(seen, bought{[]float64{1, kind}, n == 0 || n > 4, 2})
	}
	w := logistic(seen, []float64{0, 0}, 1e-9)
	if math.Abs(w[0]+math.Log(3)) > 1e-6 || math.Abs(w[1]-2*math.Log(3)) > 1e-6 {
		t.Errorf("weights %v, want -ln 3 and 2 ln 3", w)
	}
	if w := logistic(seen, []float64{.5, .25}, 1e9); math.Abs(w[0]-.5)+math.Abs(w[1]-.25) > 1e-6 {
		t.Errorf("held to its prior it is %v, want .5 and .25", w)
	}
}

func TestAgainCountsPurchasesNotLooks(t *testing.T) {
	in := joinAll(buys("a", "coffee", 0, 30), buys("b", "tea", 30))
	m := again(t, in, AgainOptions{})
	now := day.AddDate(0, 0, 70)
	plain := recommend(t, m, Query{Customer: "a", Now: now})
	looked := recommend(t, m, Query{Customer: "a", Recent: []string{"tea", "coffee"}, Now: now})
	if d := cmp.Diff(plain, looked); d != "" || len(plain) != 1 {
		t.Errorf("looking at things changed what is bought again: %s", d)
	}
	folded := recommend(t, m, Query{Customer: "new", Past: buys("", "tea", 0, 31), Now: now})
	if len(folded) != 1 || folded[0].Item != "tea" || folded[0].Reasons[0].Count != 2 {
		t.Errorf("a past from elsewhere: %+v, want tea bought twice", folded)
	}
	if got := recommend(t, m, Query{Customer: "a", Past: buys("", "coffee", 69), Now: now}); got[0].Score >= plain[0].Score {
		t.Errorf("bought yesterday, coffee scores %v, and before it %v", got[0].Score, plain[0].Score)
	}
}

func TestAViewedItemIsNotBoughtAgain(t *testing.T) {
	m := again(t, joinAll(buys("a", "coffee", 0, 30), buys("b", "tea", 30)), AgainOptions{})
	seen := buys("", "tea", 31, 32)
	for n := range seen {
		seen[n].Kind = Viewed
	}
	if got := items(recommend(t, m, Query{Customer: "a", Past: seen, Now: day.AddDate(0, 0, 70)})); !cmp.Equal(got, []string{"coffee"}) {
		t.Errorf("got %v, want the coffee alone", got)
	}
}

func TestRepeatsOfAHandComputedExample(t *testing.T) {
	// Of two who had coffee before day 70 one came back for it; of two who had a
	// kettle nobody; what began after it says nothing.
	d := NewDataset(joinAll(buys("a", "coffee", 0, 80), buys("b", "coffee", 10), buys("a", "kettle", 0), buys("b", "kettle", 20), buys("c", "coffee", 90, 100)))
	r := newRepeats(d, 30*24*time.Hour, []string{"pantry", "kitchen"})
	usual := (1 + .1) / (4. + 1)
	for i, came := range []float64{1, 0} { // coffee, kettle
		if want := math.Log((came + 10*usual) / (2 + 10)); math.Abs(r.rate[i]-want) > 1e-9 {
			t.Errorf("the rate of %s is %v, want %v", d.Items[i], r.rate[i], want)
		}
	}
	all := (math.Log(80) + math.Log(10) + 5*math.Log(30)) / 7
	pantry := (math.Log(80) + math.Log(10) + 5*all) / 7
	coffee := (math.Log(80) + math.Log(10) + 5*pantry) / 7
	if math.Abs(r.days[0]-math.Exp(coffee)) > 1e-9 || math.Abs(r.days[1]-math.Exp(all)) > 1e-9 {
		t.Errorf("intervals %v, want coffee's by its category's %v and the kettle's as all %v", r.days, math.Exp(coffee), math.Exp(all))
	}
}

func TestWhoBoughtMuchDoesNotDrownTheOthers(t *testing.T) {
	in := joinAll(buys("a", "v", 0), buys("a", "w", 0), buys("a", "x", 0), buys("a", "y", 0, 100), buys("b", "x", 0))
	got := lookBack(in, day.AddDate(0, 0, 100), 30*24*time.Hour)
	if len(got) != 4 { // b did not come
		t.Fatalf("%d purchases of a looked back on, want 4", len(got))
	}
	for n, b := range got {
		if b.weight != .5 || b.again != (n == 3) {
			t.Errorf("%+v, want weight ½ of four, and y alone bought again", b)
		}
	}
}

func TestAgainOfBadInput(t *testing.T) {
	same := []Interaction{{Customer: "a", Item: "x"}, {Customer: "a", Item: "x"}, {Customer: "a", Item: "x", Value: math.NaN()}}
	for name, in := range map[string][]Interaction{"nothing": nil, "one customer without times": same, "one event": same[:1]} {
		m := again(t, in, AgainOptions{})
		for _, s := range recommend(t, m, Query{Customer: "a", Now: day}) {
			if !(s.Score >= 0 && s.Score <= 1) {
				t.Errorf("%s: score %v, want 0 to 1", name, s.Score)
			}
		}
	}
	for _, opt := range []AgainOptions{{Window: -time.Hour}, {Windows: -1}, {Early: math.NaN()}} {
		if _, err := NewAgain(NewDataset(nil), nil, opt); err == nil {
			t.Errorf("%+v is let through", opt)
		}
	}
}

func TestAgainIsTheSameInAnyOrder(t *testing.T) {
	in := joinAll(buys("a", "coffee", 0, 30, 62), buys("b", "coffee", 3, 40), buys("a", "tea", 5, 44, 80), buys("c", "tea", 1), buys("c", "mug", 90))
	turned := make([]Interaction, len(in))
	for n, x := range in {
		turned[len(in)-1-n] = x
	}
	q := Query{Customer: "a", Now: day.AddDate(0, 0, 120)}
	if d := cmp.Diff(recommend(t, again(t, in, AgainOptions{}), q), recommend(t, again(t, turned, AgainOptions{}), q)); d != "" {
		t.Error(d)
	}
}
