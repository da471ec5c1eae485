package recsys

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Shown is one line of a log of slots: what was put there, how likely that was,
// and what came of it.
type Shown struct {
	Choice
	Customer string    `json:"customer,omitempty"` // whose lines are not independent of each other
	Reward   float64   `json:"reward"`
	At       time.Time `json:"at,omitzero"`
}

// A Policy gives the probability of each arm in the situation of a logged line;
// they sum to 1. It must not look at the line's arm or reward.
type Policy func(s Shown) map[string]float64

// OffPolicyOptions tune OffPolicy.
type OffPolicyOptions struct {
	Clip float64 // the most that one line may weigh; 0 means 100, below 0 no bound
	Seed uint64  // of what replay keeps, and of the halves that the reward is learnt on
}

// An Estimate is a mean reward with its 95% interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Estimates say what a policy would have earned, by four estimators.
type Estimates struct {
	N       int      `json:"n"`       // lines of the log
	Logged  float64  `json:"logged"`  // mean reward of what was shown: not of the policy
	Replay  Estimate `json:"replay"`  // mean over the lines that the policy would have made itself
	Kept    int      `json:"kept"`    // those lines
	IPS     Estimate `json:"ips"`     // inverse propensity scores
	SNIPS   Estimate `json:"snips"`   // the same, self-normalised: less spread, a bias that fades with N
	DR      Estimate `json:"dr"`      // doubly robust: a model of the reward, corrected by IPS
	Clip    float64  `json:"clip"`    // the most that a line could weigh; clipped lines pull IPS and DR down
	Clipped int      `json:"clipped"` // lines that were to weigh more
	Sample  float64  `json:"sample"`  // effective lines: (Σw)²/Σw²
	Support float64  `json:"support"` // share of the policy's choices that the log has any line of; below 1 nothing is known of the rest
}

// OffPolicy estimates from a log what a policy would have earned in its place.
// Every line must have its propensity, as a [Bandit] gives it: without them no
// log says anything of another policy, and it is refused. Intervals are normal
// approximations, a customer's lines counting as one draw; trust them where
// Sample is some hundreds.
//
// Sources: Li et al. 2011, "Unbiased offline evaluation of contextual-bandit
// algorithms" (replay; by rejection where the log was not uniform); Swaminathan &
// Joachims 2015 (SNIPS); Dudík, Langford & Li 2011 (doubly robust, its model
// fitted on the other half of the customers).
func OffPolicy(log []Shown, policy Policy, opt OffPolicyOptions) (Estimates, error) {
	clip := cmp.Or(opt.Clip, 100)
	if !(clip > 0) {
		clip = math.Inf(1)
	}
	e := Estimates{N: len(log), Clip: clip}
	odds, err := oddsOf(log, policy)
	if err != nil {
		return e, err
	}
	seen := map[[2]string]bool{}
	for _, s := range log {
		seen[[2]string{s.Context, s.Arm}] = true
	}
	model := fitRewards(log, opt.Seed)
	most, squares, weights := 0.0, 0.0, 0.0
	raw := make([]float64, len(log))
	w := make([]float64, len(log))
	direct, corrected := make([]float64, len(log)), make([]float64, len(log))
	for n, s := range log {
		raw[n] = odds[n][s.Arm] / s.Propensity
		w[n] = min(raw[n], clip)
		if raw[n] > clip {
			e.Clipped++
		}
		most = max(most, raw[n])
		weights, squares = weights+w[n], squares+w[n]*w[n]
		e.Logged += s.Reward / float64(len(log))
		for _, arm := range slices.Sorted(maps.Keys(odds[n])) {
			direct[n] += odds[n][arm] * model(n, arm)
			if seen[[2]string{s.Context, arm}] {
				e.Support += odds[n][arm] / float64(len(log))
			}
		}
		corrected[n] = direct[n] + w[n]*(s.Reward-model(n, s.Arm))
	}
	if most == 0 {
		return e, fmt.Errorf("recsys: off-policy: the policy never chooses what was shown in any of %d lines; the log says nothing of it", len(log))
	}
	e.Sample = weights * weights / squares
	gained := make([]float64, len(log))
	one, kept, keptReward := make([]float64, len(log)), make([]float64, len(log)), make([]float64, len(log))
	r := rand.New(rand.NewPCG(opt.Seed, 12))
	for n, s := range log {
		one[n], gained[n] = 1, w[n]*s.Reward
		if r.Float64()*most < raw[n] {
			kept[n], keptReward[n] = 1, s.Reward
			e.Kept++
		}
	}
	e.Replay = quotient(log, keptReward, kept)
	e.IPS = quotient(log, gained, one)
	e.SNIPS = quotient(log, gained, w)
	e.DR = quotient(log, corrected, one)
	return e, nil
}

// oddsOf gives the policy's odds for every line, and refuses lines and policies
// that nothing can be learnt from.
func oddsOf(log []Shown, policy Policy) ([]map[string]float64, error) {
	if len(log) == 0 {
		return nil, fmt.Errorf("recsys: off-policy: the log is empty; show something first")
	}
	out := make([]map[string]float64, len(log))
	for n, s := range log {
		if !(s.Propensity > 0 && s.Propensity <= 1) {
			return nil, fmt.Errorf("recsys: off-policy: line %d (%q in %q) has propensity %v: nothing can be told of another policy from a log that does not say how likely each line was; log the probability, above 0 to 1, that it was chosen with", n+1, s.Arm, s.Context, s.Propensity)
		}
		if math.IsNaN(s.Reward) || math.IsInf(s.Reward, 0) {
			return nil, fmt.Errorf("recsys: off-policy: line %d (%q in %q) has reward %v; give a number", n+1, s.Arm, s.Context, s.Reward)
		}
		out[n] = policy(s)
		sum := 0.0
		for arm, p := range out[n] {
			if !(p >= 0) {
				return nil, fmt.Errorf("recsys: off-policy: the policy gives %q in %q a probability of %v", arm, s.Context, p)
			}
			sum += p
		}
		if math.Abs(sum-1) > 1e-6 {
			return nil, fmt.Errorf("recsys: off-policy: the policy's probabilities in %q sum to %v; they must sum to 1", s.Context, sum)
		}
	}
	return out, nil
}

// quotient is Σ over / Σ under with its interval by the delta method, the lines of
// one customer taken together.
func quotient(log []Shown, over, under []float64) Estimate {
	a, b := 0.0, 0.0
	for n := range log {
		a, b = a+over[n], b+under[n]
	}
	v := a / b
	together := map[string]float64{}
	spread := 0.0
	for n, s := range log {
		x := over[n] - v*under[n]
		if s.Customer == "" {
			spread += x * x
			continue
		}
		together[s.Customer] += x
	}
	for _, c := range slices.Sorted(maps.Keys(together)) {
		spread += together[c] * together[c]
	}
	se := math.Sqrt(spread) / math.Abs(b)
	return Estimate{v, v - 1.96*se, v + 1.96*se}
}

// fitRewards gives a model of the reward of an arm at a line: its mean in the
// line's context, drawn to its mean everywhere by ten lines' worth, and that to
// the mean of all. A line's own half of the customers is left out.
func fitRewards(log []Shown, seed uint64) func(line int, arm string) float64 {
	type tally struct{ sum, n float64 }
	var all [2]tally
	arms, cells := [2]map[string]tally{{}, {}}, [2]map[[2]string]tally{{}, {}}
	half := make([]int, len(log))
	side := map[string]int{}
	r := rand.New(rand.NewPCG(seed, 13))
	for n, s := range log {
		half[n] = r.IntN(2)
		if s.Customer != "" {
			if _, ok := side[s.Customer]; !ok {
				side[s.Customer] = len(side) % 2
			}
			half[n] = side[s.Customer]
		}
		for h := range 2 {
			if h != half[n] {
				key := [2]string{s.Context, s.Arm}
				x, y := arms[h][s.Arm], cells[h][key]
				all[h] = tally{all[h].sum + s.Reward, all[h].n + 1}
				arms[h][s.Arm] = tally{x.sum + s.Reward, x.n + 1}
				cells[h][key] = tally{y.sum + s.Reward, y.n + 1}
			}
		}
	}
	const worth = 10
	return func(line int, arm string) float64 {
		h := half[line]
		mean := 0.0
		if all[h].n > 0 {
			mean = all[h].sum / all[h].n
		}
		x, y := arms[h][arm], cells[h][[2]string{log[line].Context, arm}]
		mean = (x.sum + worth*mean) / (x.n + worth)
		return (y.sum + worth*mean) / (y.n + worth)
	}
}
