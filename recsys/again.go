package recsys

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
)

// Again ranks what a customer bought before by how likely they buy it again
// soon, and holds back what is not due yet by their own and the item's usual
// interval. Make the dataset of purchases alone: a view would count as one. Give
// [Query.Now]: without it no time has passed since the dataset's newest purchase.
//
// The likelihood is a logistic regression on how often and how lately they
// bought it, how it stands beside what they buy most, and how often the item is
// bought again at all, is common, and is in season. It is fitted on the
// dataset's own last months: what each customer with something bought before
// took again within a window after. With little to learn from it stays near
// "often bought, of what is often bought again".
type Again struct {
	data    *Dataset
	items   *repeats
	weights []float64
	early   float64
}

// AgainOptions tune Again.
type AgainOptions struct {
	Window  time.Duration // what "soon" is; 0 means 30 days
	Windows int           // fitted on, each a window earlier; 0 means 3
	// Early is how steeply an item falls before its interval is over: the power of
	// the share of the interval that has passed. 0 means 1, below 0 not at all.
	Early float64
	Items []Item // for their categories; may be nil
}

// Features of a bought item, in order, and what their weights are where nothing
// was learnt.
var againPrior = []float64{0, 1, 0, 0, 1, 0, 0}

const againRidge = 3 // toward the prior

// NewAgain learns from the interactions that the dataset was made of.
func NewAgain(d *Dataset, in []Interaction, opt AgainOptions) (*Again, error) {
	window, windows, early := opt.Window, opt.Windows, opt.Early
	if window == 0 {
		window = 30 * 24 * time.Hour
	}
	if windows == 0 {
		windows = 3
	}
	if early == 0 {
		early = 1
	}
	if window < 0 || windows < 0 || math.IsNaN(early) {
		return nil, fmt.Errorf("recsys: buy again with window %v, %d windows and early %g; windows must be above 0, early a number", window, windows, early)
	}
	category := make([]string, len(d.Items))
	for i, it := range known(d, opt.Items) {
		category[i] = it.Category
	}
	m := &Again{data: d, early: max(0, early), items: newRepeats(d, window, category)}
	var seen []bought
	for k := range windows {
		seen = append(seen, lookBack(in, d.Newest().Add(-time.Duration(k)*window), window)...)
	}
	m.weights = logistic(seen, againPrior, againRidge)
	return m, nil
}

// bought is one item that a customer had bought when a window began.
type bought struct {
	features []float64
	again    bool
	weight   float64
}

// lookBack describes what every customer who came in the window before until
// had bought before it.
func lookBack(in []Interaction, until time.Time, window time.Duration) []bought {
	from := until.Add(-window)
	var before []Interaction
	took := map[[2]string]bool{}
	came := map[string]bool{}
	for _, x := range in {
		switch {
		case !x.At.After(from):
			before = append(before, x)
		case !x.At.After(until):
			took[[2]string{x.Customer, x.Item}] = true
			came[x.Customer] = true
		}
	}
	d := NewDataset(before)
	r := newRepeats(d, window, make([]string, len(d.Items)))
	var out []bought
	for u, row := range d.byCustomer {
		if !came[d.Customers[u]] {
			continue
		}
		most := mostTimes(row)
		// Customers who bought much would otherwise be nearly all that is learnt from.
		w := 1 / math.Sqrt(float64(len(row)))
		for _, e := range row {
			out = append(out, bought{r.describe(e, most, from.Unix()), took[[2]string{d.Customers[u], d.Items[e.Item]}], w})
		}
	}
	return out
}

func mostTimes(events []Event) int32 {
	most := int32(1)
	for _, e := range events {
		most = max(most, e.Times)
	}
	return most
}

// describe gives the features of an event: 1; the logs of the times bought, of
// the days since, and of the times as a share of the customer's most; and of the
// item the logs of its rate of repeats, its lift, and its takers.
func (r *repeats) describe(e Event, most int32, now int64) []float64 {
	age := float64(max(0, now-e.At)) / 86400
	times := math.Log(float64(e.Times))
	return []float64{1, times, math.Log1p(age), times - math.Log(float64(most)), r.rate[e.Item], r.lift[e.Item], r.common[e.Item]}
}

// logistic fits weights by Newton's method, with a ridge toward prior.
func logistic(seen []bought, prior []float64, ridge float64) []float64 {
	n := len(prior)
	w := slices.Clone(prior)
	total := 0.0
	for _, b := range seen {
		total += b.weight
	}
	if total == 0 {
		return w
	}
	scale := float64(len(seen)) / total
	for range 12 {
		gradient, curve := make([]float64, n), make([]float64, n*n) // upper triangle
		for a := range n {
			gradient[a] = ridge * (w[a] - prior[a])
			curve[a*n+a] = ridge
		}
		for _, b := range seen {
			p := sigmoid(dot(w, b.features))
			miss := p
			if b.again {
				miss--
			}
			miss *= b.weight * scale
			bend := b.weight * scale * p * (1 - p)
			for a, x := range b.features {
				gradient[a] += miss * x
				for c := a; c < n; c++ {
					curve[a*n+c] += bend * x * b.features[c]
				}
			}
		}
		var chol mat.Cholesky
		var step mat.VecDense
		if !chol.Factorize(mat.NewSymDense(n, curve)) || chol.SolveVecTo(&step, mat.NewVecDense(n, gradient)) != nil {
			return w
		}
		most := 0.0
		for a := range n {
			w[a] -= step.AtVec(a)
			most = max(most, math.Abs(step.AtVec(a)))
		}
		if most < 1e-8 {
			break
		}
	}
	return w
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func dot(a, b []float64) float64 {
	sum := 0.0
	for k, x := range a {
		sum += x * b[k]
	}
	return sum
}

// Data returns the purchases.
func (m *Again) Data() *Dataset { return m.data }

// Recommend ranks what the customer bought before.
func (m *Again) Recommend(ctx context.Context, q Query) ([]Scored, error) { return rank(ctx, m, q) }

// Score gives each item bought before its likelihood, 0 to 1, less what it is
// early by. Other items have none.
func (m *Again) Score(h History, out []float64) {
	most := mostTimes(h.Events)
	for _, e := range h.Events {
		if e, ok := m.purchase(h, e); ok {
			out[e.Item] = m.score(e, most, h.Now)
		}
	}
}

// Reasons tells how often the item was bought and its usual interval in days.
func (m *Again) Reasons(h History, item int32) []Reason {
	for _, e := range h.Events {
		if e.Item != item {
			continue
		}
		if e, ok := m.purchase(h, e); ok {
			return []Reason{{
				Kind: "again", Item: m.data.Items[item], Count: int(e.Times), Days: m.items.interval(e),
				Weight: m.score(e, mostTimes(h.Events), h.Now),
			}}
		}
	}
	return nil
}

func (m *Again) score(e Event, most int32, now int64) float64 {
	p := sigmoid(dot(m.weights, m.items.describe(e, most, now)))
	if m.early > 0 {
		passed := float64(max(0, now-e.At)) / 86400 / m.items.interval(e)
		p *= math.Pow(min(1, passed), m.early)
	}
	return p
}

// purchase gives the event as it was before the session: looking at a thing is
// not buying it.
func (m *Again) purchase(h History, e Event) (Event, bool) {
	if !e.Recent {
		return e, e.Kind == Bought
	}
	if h.Customer >= 0 && int(h.Customer) < len(m.data.byCustomer) {
		for _, was := range m.data.byCustomer[h.Customer] {
			if was.Item == e.Item {
				return was, was.Kind == Bought
			}
		}
	}
	return e, false
}
