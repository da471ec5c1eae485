package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"parley/recsys"
)

// A Swap says what renaming every customer did to the lists of a model that was
// fitted anew on the same events: it should be nothing.
type Swap struct {
	Model   string
	Lists   int
	Changed int // lists that hold another item, or in another order where scores differ
}

func (s Swap) String() string {
	return fmt.Sprintf("name swap: %d of %d lists of %s changed", s.Changed, s.Lists, s.Model)
}

// swapNames are given to customers in turn: names from many places, in many
// scripts, so that nothing in a name can matter, its order among others included.
var swapNames = []string{"Emily", "Lakisha", "Mohammed", "Óscar", "陈伟", "Aoife", "Nguyễn", "Zoë", "Darnell", "محمد", "Priya", "O'Brien", "Björk", "Дмитрий", "a", "Mary Ann"}

// swapped gives every customer another's kind of name, by seed.
func swapped(events []recsys.Interaction, seed uint64) (out []recsys.Interaction, to map[string]string) {
	to = map[string]string{}
	var names []string
	for _, x := range events {
		if _, ok := to[x.Customer]; !ok {
			to[x.Customer] = ""
			names = append(names, x.Customer)
		}
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(seed, 2))
	for n, place := range r.Perm(len(names)) {
		to[names[n]] = fmt.Sprintf("%s %d", swapNames[place%len(swapNames)], place)
	}
	out = slices.Clone(events)
	for n := range out {
		out[n].Customer = to[out[n].Customer]
	}
	return out, to
}

// swap fits a model anew with every customer under another name, asks the same
// again, and counts the lists that are not the same.
func (c *comparison) swap(model string) (Swap, error) {
	s := Swap{Model: model, Lists: len(c.asked)}
	events, to := swapped(slices.Concat(c.parts.train, c.parts.valid), c.Seed)
	g := c.ground(events)
	var need []string
	if need = []string{model}; model == blend {
		need = nil
		for _, w := range c.report.Blend {
			need = append(need, w.Model)
		}
	}
	models, err := c.withBlend(sound(fitAll(among(c.list, need), g, c.Progress)))
	if err != nil {
		return s, err
	}
	other := models[slices.IndexFunc(models, func(f fitted) bool { return f.name == model })].model
	own := c.final[slices.IndexFunc(c.final, func(f fitted) bool { return f.name == model })].model
	differs := make([]bool, len(c.asked))
	errs := make([]error, len(c.asked))
	recsys.Each(len(c.asked), func(n int) {
		q := c.asked[n].Query
		q.K = c.K
		a, err := recsys.Top(c.ctx, own, q)
		q.Customer = to[q.Customer]
		b, err2 := recsys.Top(c.ctx, other, q)
		differs[n], errs[n] = !same(a, b), err
		if err2 != nil {
			errs[n] = err2
		}
	})
	for n := range differs {
		if errs[n] != nil {
			return s, errs[n]
		}
		if differs[n] {
			s.Changed++
		}
	}
	return s, nil
}

// same says whether two lists are one but for rounding: sums in another order
// differ in their last digits, and may turn items about whose scores are equal,
// or put another in the last place whose score is equal to what was there.
func same(a, b []recsys.Scored) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 0 {
		return true
	}
	score := map[string]float64{}
	for _, x := range a {
		score[x.Item] = x.Score
	}
	near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-6*math.Abs(a[0].Score) }
	for r, x := range b {
		was, listed := score[x.Item]
		if !listed {
			was = a[len(a)-1].Score
		}
		if !near(x.Score, was) || !near(x.Score, a[r].Score) {
			return false
		}
	}
	return true
}

// fairness compares groups and swaps names.
func (c *comparison) fairness() error {
	c.Progress("groups")
	c.groups()
	c.Progress("name swap")
	var err error
	c.report.Swap, err = c.swap(c.report.Recommended)
	return err
}
