package recsys

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func bandit(t *testing.T, opt BanditOptions) *Bandit {
	t.Helper()
	b, err := NewBandit(opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func learn(t *testing.T, b *Bandit, context, arm string, reward float64, at time.Time) {
	t.Helper()
	if err := b.Learn(Choice{Context: context, Arm: arm}, reward, at); err != nil {
		t.Fatal(err)
	}
}

// beats is P(X > Y), X of Beta(a, b) and Y of Beta(c, d), all whole numbers.
func beats(a, b, c, d int) float64 {
	lbeta := func(x, y float64) float64 {
		p, _ := math.Lgamma(x)
		q, _ := math.Lgamma(y)
		r, _ := math.Lgamma(x + y)
		return p + q - r
	}
	sum := 0.0
	for i := range a {
		sum += math.Exp(lbeta(float64(c+i), float64(b+d)) - math.Log(float64(b+i)) - lbeta(float64(1+i), float64(b)) - lbeta(float64(c), float64(d)))
	}
	return sum
}

func TestThompsonOddsMatchTheClosedForm(t *testing.T) {
	for _, c := range [][4]float64{{0, 0, 0, 0}, {1, 0, 0, 0}, {9, 3, 4, 4}, {500, 500, 510, 490}, {0, 30, 0, 5}, {900, 9100, 1, 9}} {
		got := thompson([]float64{c[0], c[2]}, []float64{c[1], c[3]})
		want := beats(1+int(c[0]), 1+int(c[1]), 1+int(c[2]), 1+int(c[3]))
		if math.Abs(got[0]-want) > .002 {
			t.Errorf("won and lost %v: the first is chosen with %.4f, want %.4f", c, got[0], want)
		}
	}
	if got := thompson([]float64{3, 3, 3}, []float64{1, 1, 1}); math.Abs(got[0]-1./3) > 1e-9 || math.Abs(got[2]-1./3) > 1e-9 {
		t.Errorf("three alike: %v", got)
	}
}

func TestAnArmIsChosenAsOftenAsItsPropensitySays(t *testing.T) {
	b := bandit(t, BanditOptions{Arms: []string{"x", "y", "z"}, Seed: 3})
	learn(t, b, "home", "x", 1, day)
	learn(t, b, "home", "x", .5, day)
	learn(t, b, "home", "z", 0, day)
	count, odds := map[string]float64{}, b.Odds("home", day)
	const n = 20_000
	for range n {
		c := b.Choose("home", day)
		count[c.Arm]++
		if c.Propensity != odds[c.Arm] || c.Propensity < .05/3 {
			t.Fatalf("%+v, want the propensity %v and at least the share of chance", c, odds[c.Arm])
		}
	}
	for arm, p := range odds {
		if math.Abs(count[arm]/n-p) > 4*math.Sqrt(p*(1-p)/n) {
			t.Errorf("%s was chosen %.4f of the time, its propensity is %.4f", arm, count[arm]/n, p)
		}
	}
	if got := b.Choose("elsewhere", day).Propensity; math.Abs(got-1./3) > 1e-9 {
		t.Errorf("where nothing is known an arm has propensity %v, want a third", got)
	}
}

func TestABanditFindsTheBestArmOfEachContext(t *testing.T) {
	rates := map[string]map[string]float64{"new": {"popular": .12, "alike": .03}, "known": {"popular": .05, "alike": .15}}
	b := bandit(t, BanditOptions{Arms: []string{"popular", "alike"}, Seed: 5})
	r := rand.New(rand.NewPCG(5, 5))
	won, best := 0.0, 0.0
	for n := range 4000 {
		context := []string{"new", "known"}[n%2]
		c := b.Choose(context, day)
		reward := 0.0
		if r.Float64() < rates[context][c.Arm] {
			reward = 1
		}
		if n >= 2000 {
			won += rates[context][c.Arm]
			best += max(rates[context]["popular"], rates[context]["alike"])
		}
		learn(t, b, context, c.Arm, reward, day)
	}
	if won < .94*best {
		t.Errorf("in the second half the bandit earns %.3f of what the best arms do, want .94", won/best)
	}
}

func TestWhatIsOldFades(t *testing.T) {
	odds := func(halfLife time.Duration) float64 {
		b := bandit(t, BanditOptions{Arms: []string{"old", "new"}, HalfLife: halfLife, Random: -1})
		for range 200 {
			learn(t, b, "", "old", 1, day)
			learn(t, b, "", "new", 0, day)
		}
		later := day.AddDate(0, 0, 30)
		for range 20 {
			learn(t, b, "", "new", 1, later)
			learn(t, b, "", "old", 0, later)
		}
		learn(t, b, "", "old", 1, day) // came a month late
		return b.Odds("", later)["new"]
	}
	if fading, lasting := odds(3*24*time.Hour), odds(0); fading < .99 || lasting > .01 {
		t.Errorf("after the rates have swapped the new best is chosen with %.3f where the past fades and %.3f where it does not", fading, lasting)
	}
}

func TestABanditGoesOnFromItsState(t *testing.T) {
	a := bandit(t, BanditOptions{Arms: []string{"x", "y", "z"}, HalfLife: time.Hour, Seed: 9})
	step := func(b *Bandit, n int) Choice {
		at := day.Add(time.Duration(n) * time.Minute)
		c := b.Choose([]string{"p", "q"}[n%2], at)
		if err := b.Learn(c, float64(n%3)/2, at); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for n := range 50 {
		step(a, n)
	}
	kept, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var b Bandit
	if err := json.Unmarshal(kept, &b); err != nil {
		t.Fatal(err)
	}
	for n := 50; n < 100; n++ {
		if x, y := step(a, n), step(&b, n); x != y {
			t.Fatalf("step %d: %+v, and %+v from the state", n, x, y)
		}
	}
	for name, bad := range map[string]string{
		"counts": strings.Replace(string(kept), `"Won":[`, `"Won":[7,`, 1), "below 0": strings.Replace(string(kept), `"Won":[`, `"Won":[-`, 1),
		"source": `{"arms":["x"],"source":"AAAA"}`, "arms": `{"arms":[]}`, "broken": `{"arms":`,
	} {
		if err := json.Unmarshal([]byte(bad), &b); err == nil {
			t.Errorf("%s: a broken state was read", name)
		}
	}
}

func TestBanditsRefuseWhatCannotBe(t *testing.T) {
	for _, c := range []struct {
		opt  BanditOptions
		want string
	}{
		{BanditOptions{}, "arms is empty"},
		{BanditOptions{Arms: []string{"a", "a"}}, `arms has "a" in place 2`},
		{BanditOptions{Arms: []string{""}}, `arms has "" in place 1`},
		{BanditOptions{Arms: []string{"a"}, Random: 2}, "random is 2"},
		{BanditOptions{Arms: []string{"a"}, Random: math.NaN()}, "random is NaN"},
		{BanditOptions{Arms: []string{"a"}, HalfLife: -1}, "half_life is -1ns"},
	} {
		if _, err := NewBandit(c.opt); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.opt, err, c.want)
		}
	}
	b := bandit(t, BanditOptions{Arms: []string{"only"}})
	if c := b.Choose("", day); c.Arm != "only" || c.Propensity != 1 {
		t.Errorf("of one arm: %+v", c)
	}
	for _, reward := range []float64{-1, 2, math.NaN()} {
		if b.Learn(Choice{Arm: "only"}, reward, day) == nil {
			t.Errorf("a reward of %v was learnt", reward)
		}
	}
	if b.Learn(Choice{Arm: "other"}, 1, day) == nil {
		t.Error("an arm that there is not was learnt")
	}
	for n := range mostContexts + 500 { // somebody makes contexts up
		b.Choose(strings.Repeat("x", n%7)+string(rune('a'+n%26))+time.Duration(n).String(), day)
	}
	if len(b.contexts) > mostContexts+1 {
		t.Errorf("%d contexts are kept, want a bound of %d", len(b.contexts), mostContexts)
	}
}
