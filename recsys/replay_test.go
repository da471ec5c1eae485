package recsys

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Rates of success in a shop of two kinds of visitor, and how the log was made:
// it shows each what does best more often, and the known come twice as often.
var (
	truth   = map[string]map[string]float64{"new": {"a": .4, "b": .1, "c": .2}, "known": {"a": .1, "b": .6, "c": .3}}
	logging = map[string]map[string]float64{"new": {"a": .7, "b": .1, "c": .2}, "known": {"a": .15, "b": .6, "c": .25}}
	uniform = map[string]map[string]float64{"new": {"a": 1. / 3, "b": 1. / 3, "c": 1. / 3}, "known": {"a": 1. / 3, "b": 1. / 3, "c": 1. / 3}}
	target  = map[string]map[string]float64{"new": {"b": .8, "c": .2}, "known": {"a": .5, "c": .5}}
)

const trueValue = (.8*.1+.2*.2)/3 + (.5*.1+.5*.3)*2/3 // of target

func slots(seed uint64, n int, by map[string]map[string]float64) []Shown {
	r := rand.New(rand.NewPCG(seed, 21))
	out := make([]Shown, n)
	for k := range out {
		context := []string{"new", "known", "known"}[r.IntN(3)]
		arm, left := "c", r.Float64()
		for _, x := range []string{"a", "b"} {
			if left -= by[context][x]; left < 0 {
				arm = x
				break
			}
		}
		s := Shown{Choice: Choice{context, arm, by[context][arm]}, Customer: fmt.Sprint(k / 2)}
		if r.Float64() < truth[context][arm] {
			s.Reward = 1
		}
		out[k] = s
	}
	return out
}

func toTarget(s Shown) map[string]float64 { return target[s.Context] }

func TestEveryEstimatorRecoversTheTrueValueAndAPlainMeanDoesNot(t *testing.T) {
	for name, by := range map[string]map[string]map[string]float64{"a log that favours": logging, "a uniform log": uniform} {
		const runs = 100
		inside, mean, width := map[string]float64{}, map[string]float64{}, map[string]float64{}
		logged := 0
		for seed := range uint64(runs) {
			e, err := OffPolicy(slots(seed, 3000, by), toTarget, OffPolicyOptions{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			for kind, x := range map[string]Estimate{"replay": e.Replay, "IPS": e.IPS, "SNIPS": e.SNIPS, "DR": e.DR} {
				mean[kind] += x.Value / runs
				width[kind] += (x.High - x.Low) / runs
				if x.Low <= trueValue && trueValue <= x.High {
					inside[kind]++
				}
			}
			if e.DR.Low <= e.Logged && e.Logged <= e.DR.High || e.Replay.Low <= e.Logged && e.Logged <= e.Replay.High {
				logged++
			}
			if e.Clipped != 0 || e.Support < .999 || e.Sample < 300 {
				t.Fatalf("%s: %+v", name, e)
			}
		}
		for kind := range mean {
			// 95 of 100 are meant to be inside; 88 or fewer happen once in 300 times.
			if inside[kind] < 88 || math.Abs(mean[kind]-trueValue) > .007 {
				t.Errorf("%s, %s: the interval holds the true value in %v of 100 runs, the mean is %.4f of %.4f", name, kind, inside[kind], mean[kind], trueValue)
			}
		}
		if logged > 0 {
			t.Errorf("%s: the mean of the log passed for the policy's value in %d runs", name, logged)
		}
		if width["DR"] > width["IPS"] {
			t.Errorf("%s: the doubly robust interval is %.4f wide, IPS %.4f", name, width["DR"], width["IPS"])
		}
	}
}

func TestOnAUniformLogReplayIsTheMeanOfTheLinesThatMatch(t *testing.T) {
	log := slots(1, 500, uniform)
	always := func(Shown) map[string]float64 { return map[string]float64{"b": 1} }
	e, err := OffPolicy(log, always, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for _, s := range log {
		if s.Arm == "b" {
			sum, n = sum+s.Reward, n+1
		}
	}
	if e.Kept != n || math.Abs(e.Replay.Value-sum/float64(n)) > 1e-12 {
		t.Errorf("replay keeps %d lines of mean %v, want %d of %v", e.Kept, e.Replay.Value, n, sum/float64(n))
	}
}

func TestEstimatorsMatchAHandComputedExample(t *testing.T) {
	log := []Shown{{Choice: Choice{"", "a", .5}, Reward: 1}, {Choice: Choice{"", "b", .5}, Reward: 1}, {Choice: Choice{"", "a", .25}}, {Choice: Choice{"", "b", .01}, Reward: 1}}
	e, err := OffPolicy(log, func(Shown) map[string]float64 { return map[string]float64{"a": .75, "b": .25} }, OffPolicyOptions{Clip: 10})
	if err != nil {
		t.Fatal(err)
	}
	// Weights 1.5, .5, 3, and 25 clipped to 10.
	if math.Abs(e.IPS.Value-12./4) > 1e-12 || math.Abs(e.SNIPS.Value-12./15) > 1e-12 || e.Clipped != 1 || math.Abs(e.Sample-15*15/(1.5*1.5+.25+9+100)) > 1e-9 {
		t.Errorf("got %+v", e)
	}
}

func TestTheRewardOfALineIsNotPredictedFromItself(t *testing.T) {
	log := []Shown{{Choice: Choice{"", "a", .5}, Customer: "x", Reward: 1}, {Choice: Choice{"", "a", .5}, Customer: "y"}}
	e, err := OffPolicy(log, func(Shown) map[string]float64 { return map[string]float64{"a": 1} }, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Each is predicted from the other: 0 + 2(1 - 0) and 1 + 2(0 - 1).
	if se := math.Sqrt(1.5*1.5*2) / 2; math.Abs(e.DR.Value-.5) > 1e-12 || math.Abs(e.DR.High-.5-1.96*se) > 1e-12 {
		t.Errorf("got %+v, want .5 by parts of 2 and -1", e.DR)
	}
}

func TestCustomersWhoComeOftenWidenTheInterval(t *testing.T) {
	log := slots(3, 1000, uniform)
	apart, err := OffPolicy(log, toTarget, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var twice []Shown
	for k, s := range log {
		s.Customer = fmt.Sprint("c", k)
		twice = append(twice, s, s, s, s) // each says the same four times
	}
	e, err := OffPolicy(twice, toTarget, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := apart.SNIPS.High-apart.SNIPS.Low, e.SNIPS.High-e.SNIPS.Low; b < .9*a {
		t.Errorf("lines said four times over narrow the interval from %.4f to %.4f", a, b)
	}
}

func TestABanditsLogCanBeReplayed(t *testing.T) {
	b := bandit(t, BanditOptions{Arms: []string{"a", "b", "c"}, Seed: 4, Random: .3})
	r := rand.New(rand.NewPCG(4, 4))
	var log []Shown
	for range 4000 {
		context := []string{"new", "known", "known"}[r.IntN(3)]
		s := Shown{Choice: b.Choose(context, day)}
		if r.Float64() < truth[context][s.Arm] {
			s.Reward = 1
		}
		log = append(log, s)
		if err := b.Learn(s.Choice, s.Reward, day); err != nil {
			t.Fatal(err)
		}
	}
	e, err := OffPolicy(log, toTarget, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, x := range map[string]Estimate{"replay": e.Replay, "IPS": e.IPS, "SNIPS": e.SNIPS, "DR": e.DR} {
		if trueValue < x.Low || trueValue > x.High {
			t.Errorf("%s says %.3f [%.3f, %.3f], the truth is %.3f", kind, x.Value, x.Low, x.High, trueValue)
		}
	}
	if e.Logged < e.DR.High {
		t.Errorf("the bandit earned %.3f, no more than the poor policy: %+v", e.Logged, e.DR)
	}
}

func TestLogsThatSayNothingAreRefused(t *testing.T) {
	line := func(p, r float64) Shown { return Shown{Choice: Choice{"home", "a", p}, Reward: r} }
	always := func(arm string, p float64) Policy {
		return func(Shown) map[string]float64 { return map[string]float64{arm: p} }
	}
	for _, c := range []struct {
		log    []Shown
		policy Policy
		want   string
	}{
		{nil, always("a", 1), "the log is empty"},
		{[]Shown{line(.5, 1), line(0, 1)}, always("a", 1), `line 2 ("a" in "home") has propensity 0: nothing can be told`},
		{[]Shown{line(math.NaN(), 1)}, always("a", 1), "has propensity NaN"},
		{[]Shown{line(1.5, 1)}, always("a", 1), "has propensity 1.5"},
		{[]Shown{line(.5, math.Inf(1))}, always("a", 1), "has reward +Inf"},
		{[]Shown{line(.5, 1)}, always("a", .5), "sum to 0.5"},
		{[]Shown{line(.5, 1)}, always("a", -1), "a probability of -1"},
		{[]Shown{line(.5, 1)}, always("b", 1), "never chooses what was shown"},
	} {
		if _, err := OffPolicy(c.log, c.policy, OffPolicyOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestPropensitiesCorrectWhatTheContextDoesNotTell(t *testing.T) {
	// Who is about to buy is shown a nine times out of ten, and buys half the
	// time whatever is shown; the others see b and seldom buy. The log does not
	// say who is who.
	r := rand.New(rand.NewPCG(8, 8))
	var log []Shown
	for n := range 4000 {
		p, rate := .9, .5
		if n%2 == 0 {
			p, rate = .1, .1
		}
		s := Shown{Choice: Choice{"", "a", p}}
		if r.Float64() > p {
			s.Choice = Choice{"", "b", 1 - p}
		}
		if r.Float64() < rate {
			s.Reward = 1
		}
		log = append(log, s)
	}
	e, err := OffPolicy(log, func(Shown) map[string]float64 { return map[string]float64{"a": 1} }, OffPolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for kind, x := range map[string]Estimate{"replay": e.Replay, "IPS": e.IPS, "SNIPS": e.SNIPS, "DR": e.DR} {
		if x.Low > .3 || x.High < .3 || x.High > .42 { // those who saw a bought at .46
			t.Errorf("%s says %.3f [%.3f, %.3f], the truth is .3", kind, x.Value, x.Low, x.High)
		}
	}
}
