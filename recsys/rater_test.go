package recsys

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// rated reads a table: a row a customer ("a", "b", ...), a column an item ("w",
// "x", ...), 0 for no rating.
func rated(rows ...[]float64) []Interaction {
	var out []Interaction
	for u, row := range rows {
		for i, v := range row {
			if v != 0 {
				out = append(out, Interaction{Customer: string(rune('a' + u)), Item: string(rune('w' + i)), Value: v, Kind: Rated})
			}
		}
	}
	return out
}

// raters are all there are, with options fit for a few ratings.
func raters(t testing.TB, r *Ratings) map[string]Rater {
	t.Helper()
	out := map[string]Rater{
		"baseline": NewBaseline(r, BaselineOptions{}),
		"bayesian": NewBayesianMF(r, BayesianMFOptions{Factors: 4}),
		"plain":    NewBayesianMF(r, BayesianMFOptions{Factors: 4, Plain: true}),
		"svd++":    NewSVDpp(r, SVDppOptions{Factors: 4, Rounds: 150, Factor: .03}),
	}
	for by, fit := range map[string]func(*Ratings, RatingKNNOptions) *RatingKNN{"user": NewUserRatingKNN, "item": NewItemRatingKNN} {
		for s := BaselinePearson; s <= RatingCosine; s++ {
			for c := ByBaseline; c <= ByNothing; c++ {
				out[fmt.Sprint(by, " ", s, " ", c)] = fit(r, RatingKNNOptions{Similarity: s, Centre: c})
			}
		}
		out[by+" on bayesian"] = fit(r, RatingKNNOptions{Expect: out["bayesian"]})
	}
	mf, err := NewBiasedMF(r, BiasedMFOptions{Factors: 4, Fixed: 1})
	if err != nil {
		t.Fatal(err)
	}
	out["mf"] = mf
	stack, err := NewRaterStack(r, func(r *Ratings) ([]Rater, error) {
		return []Rater{NewBaseline(r, BaselineOptions{}), NewUserRatingKNN(r, RatingKNNOptions{})}, nil
	}, RaterStackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out["stack"] = stack
	return out
}

// planted makes ratings of 80 customers and 60 items on a scale of 1 to 5:
// biases, two tastes and noise; a fifth is held out.
func planted() (fit, held []Interaction) {
	rng := rand.New(rand.NewPCG(3, 3))
	vectors := func(n int) [][3]float64 {
		out := make([][3]float64, n)
		for k := range out {
			out[k] = [3]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
		}
		return out
	}
	p, q := vectors(80), vectors(60)
	for u := range p {
		for i := range q {
			if rng.Float64() > .4 {
				continue
			}
			v := 3 + .4*p[u][2] + .4*q[i][2] + .6*p[u][0]*q[i][0] + .6*p[u][1]*q[i][1] + .2*rng.NormFloat64()
			x := Interaction{Customer: fmt.Sprint("c", u), Item: fmt.Sprint("i", i), Value: min(5, max(1, v)), At: day.AddDate(0, 0, rng.IntN(100))}
			if rng.Float64() < .2 {
				held = append(held, x)
			} else {
				fit = append(fit, x)
			}
		}
	}
	return fit, held
}

func TestRatersThatLearnTastesBeatTheBaseline(t *testing.T) {
	fit, held := planted()
	all := raters(t, NewRatings(fit))
	base := RMSE(all["baseline"], held)
	for name, m := range all {
		want := .95 * base
		switch {
		case name == "baseline":
			continue
		case name == "bayesian" || name == "plain":
			want = .4 * base
		case name == "mf" || name == "svd++" || name == "stack":
			want = .8 * base
		case strings.Contains(name, "cosine") || strings.HasSuffix(name, "2"): // blind to who is kind, or to opposites
			want = 1.2 * base
		}
		got := RMSE(m, held)
		t.Logf("%s: %.3f of the baseline's", name, got/base)
		if !(got < want) {
			t.Errorf("%s: rmse %.3f, want below %.3f (baseline %.3f)", name, got, want, base)
		}
	}
}

func TestRMSEAndMAE(t *testing.T) {
	m := NewBaseline(NewRatings(rated([]float64{4})), BaselineOptions{})
	held := []Interaction{{Customer: "a", Item: "w", Value: 3}, {Customer: "a", Item: "w", Value: 7}, {Customer: "a", Item: "w", Value: math.NaN()}, {Customer: "b", Item: "w", Value: math.Inf(-1)}}
	if got, want := RMSE(m, held), math.Sqrt((1+9)/2.); got != want {
		t.Errorf("rmse %v, want %v", got, want)
	}
	if got := MAE(m, held); got != 2 {
		t.Errorf("mae %v, want 2", got)
	}
	if RMSE(m, nil) != 0 || MAE(m, nil) != 0 {
		t.Error("over nothing the errors are not 0")
	}
}

func TestBaselineMatchesAHandComputedExample(t *testing.T) {
	r := NewRatings(rated([]float64{5, 3}, []float64{4, 0}))
	m := NewBaseline(r, BaselineOptions{Customer: 1, Item: 1, Rounds: 1})
	// The mean is 4. One round: w = (1+0)/(1+2) = 1/3, x = -1/(1+1) = -1/2, then
	// a = ((1-1/3) + (-1+1/2))/(1+2) = 1/18, b = (0-1/3)/(1+1) = -1/6.
	for _, c := range []struct {
		customer, item string
		want           float64
	}{
		{"a", "w", 4 + 1./18 + 1./3}, {"b", "x", 4 - 1./6 - 1./2}, {"a", "new", 4 + 1./18},
		{"new", "x", 3.5}, {"new", "new", 4},
	} {
		if got := m.Predict(c.customer, c.item); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s of %s: %v, want %v", c.customer, c.item, got, c.want)
		}
	}
}

func TestTheNewestRatingStandsInWhateverOrderRatingsCome(t *testing.T) {
	old := Interaction{Customer: "a", Item: "w", Value: 1, At: day}
	newer := Interaction{Customer: "a", Item: "w", Value: 5, At: day.Add(time.Hour)}
	for _, in := range [][]Interaction{{old, newer}, {newer, old}, {old, newer, newer, old}} {
		r := NewRatings(in)
		if r.Len() != 1 || r.Mean != 5 || r.Replaced != len(in)-1 {
			t.Errorf("%d ratings with mean %v, %d replaced; want one, of 5, and %d", r.Len(), r.Mean, r.Replaced, len(in)-1)
		}
	}
	same := old
	same.Value = 2
	if r := NewRatings([]Interaction{old, same}); r.Mean != 2 {
		t.Errorf("of two ratings of the same time %v stands, want the later in the list, 2", r.Mean)
	}
}

func TestARatingOfZeroIsARating(t *testing.T) {
	r := NewRatings([]Interaction{{Customer: "a", Item: "w"}, {Customer: "b", Item: "w", Value: 10}})
	if r.Low != 0 || r.Mean != 5 {
		t.Errorf("lowest %v, mean %v; want 0 and 5", r.Low, r.Mean)
	}
}

func TestRatingsThatAreNoRatingsAreDroppedAndCounted(t *testing.T) {
	r := NewRatings([]Interaction{
		{Customer: "a", Item: "w", Value: math.NaN()}, {Customer: "a", Item: "w", Value: math.Inf(1)},
		{Customer: "", Item: "w", Value: 3}, {Customer: "a", Item: "", Value: 3}, {Customer: "b", Item: "x", Value: 3},
	})
	if r.Len() != 1 || r.Dropped != 4 || len(r.Items) != 1 || len(r.Customers) != 1 {
		t.Errorf("%d ratings of %v by %v, %d dropped; want one, 4 dropped", r.Len(), r.Items, r.Customers, r.Dropped)
	}
}

func TestOfARobotItsNewestRatingsStand(t *testing.T) {
	in := []Interaction{{Customer: "a", Item: "0", Value: 3}}
	for n := range 2 * mostEach { // the later half is newer, and rated 5
		v := 1 + 4*float64(n/mostEach)
		in = append(in, Interaction{Customer: "robot", Item: fmt.Sprint(n), Value: v, At: day.Add(time.Duration(n) * time.Second)})
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
	r := NewRatings(in)
	if r.Len() != mostEach+1 || r.Dropped != mostEach {
		t.Fatalf("%d ratings stand and %d are dropped, want %d and %d", r.Len(), r.Dropped, mostEach+1, mostEach)
	}
	for _, c := range r.cells {
		if want := map[string]float64{"a": 3, "robot": 5}[r.Customers[c.customer]]; c.value != want {
			t.Fatalf("%s rated %v, want %v", r.Customers[c.customer], c.value, want)
		}
	}
}

func TestRatersGiveANumberWhateverTheyAreGiven(t *testing.T) {
	same := make([]float64, 4)
	for k := range same {
		same[k] = 3
	}
	for name, in := range map[string][]Interaction{
		"nothing":      nil,
		"one rating":   rated([]float64{4}),
		"one customer": rated([]float64{5, 3, 1, 2}),
		"one item":     rated([]float64{5}, []float64{3}, []float64{1}),
		"all the same": rated(same, same, same, same),
		"no overlap":   rated([]float64{5, 0, 0}, []float64{0, 3, 0}, []float64{0, 0, 1}),
		"odd names":    {{Customer: "\x00\xff", Item: "雨 \n\"", Value: 2}, {Customer: "é", Item: "雨 \n\"", Value: 4}},
		"huge":         {{Customer: "a", Item: "w", Value: 1e12}, {Customer: "b", Item: "w", Value: -1e12}, {Customer: "a", Item: "x", Value: 0}},
	} {
		r := NewRatings(in)
		for rater, m := range raters(t, r) {
			for _, u := range append([]string{"", "nobody"}, r.Customers...) {
				for _, i := range append([]string{"", "nothing"}, r.Items...) {
					if x := m.Predict(u, i); math.IsNaN(x) || x < r.Low || x > r.High {
						t.Errorf("%s, %s: %q would rate %q %v, want a number from %v to %v", name, rater, u, i, x, r.Low, r.High)
					}
				}
			}
		}
	}
}

func TestWhoIsNotKnownGetsWhatIsKnownOfTheItem(t *testing.T) {
	fit, _ := planted()
	for c := range 20 { // all agree on these two
		fit = append(fit, Interaction{Customer: fmt.Sprint("c", c), Item: "loved", Value: 5}, Interaction{Customer: fmt.Sprint("c", c), Item: "hated", Value: 1})
	}
	for name, m := range raters(t, NewRatings(fit)) {
		loved, hated, other := m.Predict("nobody", "loved"), m.Predict("nobody", "hated"), m.Predict("nobody", "nothing")
		if !(loved > other+.5 && hated < other-.5) {
			t.Errorf("%s: a stranger would rate what all love %.2f, what all hate %.2f, what nobody knows %.2f", name, loved, hated, other)
		}
	}
}

func TestRatersDoNotDependOnTheNumberOfCoresNorOnOrder(t *testing.T) {
	fit, held := planted()
	predict := func(in []Interaction) map[string][]float64 {
		out := map[string][]float64{}
		for name, m := range raters(t, NewRatings(in)) {
			for _, x := range held[:100] {
				out[name] = append(out[name], m.Predict(x.Customer, x.Item))
			}
		}
		return out
	}
	a := predict(fit)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	shuffled := append([]Interaction(nil), fit...)
	rand.New(rand.NewPCG(5, 5)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	b := predict(shuffled)
	for name := range a {
		for n := range a[name] {
			if a[name][n] != b[name][n] {
				t.Errorf("%s: prediction %d is %v, and on one core from shuffled ratings %v", name, n, a[name][n], b[name][n])
				break
			}
		}
	}
}
