package recsys

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"gonum.org/v1/gonum/mathext"
)

// A Bandit learns which of some arms (shelves, models, pictures, texts) does
// best in a slot, for each context by itself: Thompson sampling with a Beta
// belief about each arm's rate of success. A context is any string that parts
// visitors, such as "home/new" for a slot and a segment. What is chosen comes
// with its propensity, the very probability that it was drawn with, so that the
// log can be replayed for another policy: see [OffPolicy]. It is safe for
// concurrent use, the same for a seed and an order of calls, and its state is
// its JSON.
//
// Source: Chapelle & Li 2011, "An empirical evaluation of Thompson sampling".
type Bandit struct {
	mu       sync.Mutex
	opt      BanditOptions
	source   *rand.PCG
	contexts map[string]*belief
}

// BanditOptions tune a Bandit.
type BanditOptions struct {
	Arms     []string      `json:"arms"`                // what can be chosen
	Random   float64       `json:"random,omitempty"`    // share of choices made by chance, which bounds the weights of a replay; 0 means .05, below 0 none
	HalfLife time.Duration `json:"half_life,omitempty"` // after which an outcome counts half, for rates that drift; 0: never
	Seed     uint64        `json:"seed,omitempty"`
}

// mostContexts bounds the contexts that are kept apart; those beyond it share
// one.
const mostContexts = 10_000

// belief is what is known in one context.
type belief struct {
	Won, Lost []float64 // by arm, faded to At
	At        int64     // unix nanoseconds

	odds []float64 // of each arm to be chosen, until something is learnt
}

// A Choice is what a Bandit put into a slot.
type Choice struct {
	Context    string  `json:"context"`
	Arm        string  `json:"arm"`
	Propensity float64 `json:"propensity"` // the probability that it was chosen with
}

// NewBandit begins knowing nothing.
func NewBandit(opt BanditOptions) (*Bandit, error) {
	if len(opt.Arms) == 0 {
		return nil, fmt.Errorf("recsys: bandit: arms is empty; name at least one thing to choose")
	}
	for n, arm := range opt.Arms {
		if arm == "" || slices.Contains(opt.Arms[:n], arm) {
			return nil, fmt.Errorf("recsys: bandit: arms has %q in place %d; give each a name of its own", arm, n+1)
		}
	}
	opt.Random = cmp.Or(opt.Random, .05)
	if !(opt.Random <= 1) {
		return nil, fmt.Errorf("recsys: bandit: random is %v; give a share of choices, at most 1", opt.Random)
	}
	if opt.HalfLife < 0 {
		return nil, fmt.Errorf("recsys: bandit: half_life is %v; give a time, or 0 for no fading", opt.HalfLife)
	}
	opt.Arms = slices.Clone(opt.Arms)
	return &Bandit{opt: opt, source: rand.NewPCG(opt.Seed, 11), contexts: map[string]*belief{}}, nil
}

// Choose draws an arm for a context.
func (b *Bandit) Choose(context string, now time.Time) Choice {
	b.mu.Lock()
	defer b.mu.Unlock()
	odds := b.in(context, now).odds
	at, left := len(odds)-1, rand.New(b.source).Float64()
	for n, p := range odds {
		if left -= p; left < 0 {
			at = n
			break
		}
	}
	return Choice{Context: context, Arm: b.opt.Arms[at], Propensity: odds[at]}
}

// Odds gives the probability of each arm to be chosen now.
func (b *Bandit) Odds(context string, now time.Time) map[string]float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]float64{}
	for n, p := range b.in(context, now).odds {
		out[b.opt.Arms[n]] = p
	}
	return out
}

// Learn takes the outcome of a choice: reward is 1 for a success, 0 for none, or
// between for a part of one. An outcome may come late and in any order.
func (b *Bandit) Learn(c Choice, reward float64, at time.Time) error {
	n := slices.Index(b.opt.Arms, c.Arm)
	if n < 0 {
		return fmt.Errorf("recsys: bandit: learn of arm %q, which is none of %q", c.Arm, b.opt.Arms)
	}
	if !(reward >= 0 && reward <= 1) {
		return fmt.Errorf("recsys: bandit: reward of arm %q is %v; give 0 to 1", c.Arm, reward)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.in(c.Context, at)
	w := 1.0
	if b.opt.HalfLife > 0 { // of what is older than what was learnt last
		w = math.Exp2(-max(0, float64(x.At-at.UnixNano())) / float64(b.opt.HalfLife))
	}
	x.Won[n] += w * reward
	x.Lost[n] += w * (1 - reward)
	x.odds = nil
	return nil
}

// in gives the belief in a context, faded to now, its odds worked out.
func (b *Bandit) in(context string, now time.Time) *belief {
	x := b.contexts[context]
	if x == nil && len(b.contexts) >= mostContexts {
		context = ""
		x = b.contexts[context]
	}
	if x == nil {
		x = &belief{Won: make([]float64, len(b.opt.Arms)), Lost: make([]float64, len(b.opt.Arms)), At: now.UnixNano()}
		b.contexts[context] = x
	}
	if age := now.UnixNano() - x.At; age > 0 && b.opt.HalfLife > 0 {
		fade := math.Exp2(-float64(age) / float64(b.opt.HalfLife))
		for n := range x.Won {
			x.Won[n] *= fade
			x.Lost[n] *= fade
		}
		x.At, x.odds = now.UnixNano(), nil
	}
	if x.odds == nil {
		x.odds = thompson(x.Won, x.Lost)
		random := max(0, b.opt.Random)
		for n, p := range x.odds {
			x.odds[n] = (1-random)*p + random/float64(len(x.odds))
		}
	}
	return x
}

// thompson gives the probability that each arm's draw from its Beta(1+won,
// 1+lost) is the highest: the integral of its density times the others'
// distribution functions, over a grid that is fine where any belief changes.
// Choices are drawn with what it gives, so that a propensity is exact whatever
// the grid leaves out.
func thompson(won, lost []float64) []float64 {
	out := make([]float64, len(won))
	grid := []float64{0, 1}
	for n := range won {
		a, c := 1+won[n], 1+lost[n]
		mean := a / (a + c)
		sd := math.Sqrt(mean * (1 - mean) / (a + c + 1))
		for z := -5.0; z <= 5; z += .25 {
			if x := mean + z*sd; x > 0 && x < 1 {
				grid = append(grid, x)
			}
		}
	}
	slices.Sort(grid)
	grid = slices.Compact(grid)
	cdf := func(n int, x float64) float64 { return mathext.RegIncBeta(1+won[n], 1+lost[n], x) }
	low, high := make([]float64, len(won)), make([]float64, len(won))
	sum := 0.0
	for k := 1; k < len(grid); k++ {
		for n := range won {
			high[n] = cdf(n, grid[k])
		}
		for n := range won {
			p := high[n] - low[n]
			for o := range won {
				if o != n {
					p *= (low[o] + high[o]) / 2
				}
			}
			out[n] += p
			sum += p
		}
		copy(low, high)
	}
	for n := range out {
		out[n] /= sum
	}
	return out
}

// banditState is a Bandit as JSON.
type banditState struct {
	BanditOptions
	Source   []byte             `json:"source"` // of chance, as it stands
	Contexts map[string]*belief `json:"contexts"`
}

// MarshalJSON gives all that the bandit learnt and where its chance stands.
func (b *Bandit) MarshalJSON() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	source, err := b.source.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return json.Marshal(banditState{b.opt, source, b.contexts})
}

// UnmarshalJSON goes on from a state.
func (b *Bandit) UnmarshalJSON(in []byte) error {
	var s banditState
	if err := json.Unmarshal(in, &s); err != nil {
		return fmt.Errorf("recsys: bandit: read its state: %w", err)
	}
	x, err := NewBandit(s.BanditOptions)
	if err != nil {
		return err
	}
	if err := x.source.UnmarshalBinary(s.Source); err != nil {
		return fmt.Errorf("recsys: bandit: read its state: source: %w", err)
	}
	for name, c := range s.Contexts {
		sound := func(v []float64) bool {
			return len(v) == len(s.Arms) && !slices.ContainsFunc(v, func(x float64) bool { return !(x >= 0) || math.IsInf(x, 0) })
		}
		if c == nil || !sound(c.Won) || !sound(c.Lost) {
			return fmt.Errorf("recsys: bandit: read its state: context %q does not have a count from 0 for each of %d arms; begin anew", name, len(s.Arms))
		}
		x.contexts[name] = c
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opt, b.source, b.contexts = x.opt, x.source, x.contexts
	return nil
}
