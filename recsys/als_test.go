package recsys

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// crowd is customers who take items of one of four shelves, mostly.
func crowd(customers, items, each int, seed uint64) []Interaction {
	r := rand.New(rand.NewPCG(seed, 1))
	var in []Interaction
	for u := range customers {
		for range each {
			i := r.IntN(items/4)*4 + u%4
			if r.IntN(5) == 0 {
				i = r.IntN(items)
			}
			in = append(in, Interaction{Customer: fmt.Sprint("c", u), Item: fmt.Sprintf("i%03d", i), At: day.AddDate(0, 0, r.IntN(300)), Value: float64(1 + r.IntN(5))})
		}
	}
	return in
}

func TestALSFoldsAHistoryInAsTheNormalEquationsSay(t *testing.T) {
	d := NewDataset(crowd(60, 40, 8, 1))
	m, err := NewALS(d, ALSOptions{Factors: 5, Lambda: .7, Alpha: 3, Sweeps: 4})
	if err != nil {
		t.Fatal(err)
	}
	h := d.History(Query{Customer: "c3", Recent: []string{"i001"}})
	y := mat.NewDense(len(d.Items), 5, nil)
	for i := range d.Items {
		for f := range 5 {
			y.Set(i, f, float64(m.y[i*5+f]))
		}
	}
	c := mat.NewDiagDense(len(d.Items), nil)
	p := mat.NewVecDense(len(d.Items), nil)
	for i := range d.Items {
		c.SetDiag(i, 1)
	}
	for _, e := range h.Events {
		c.SetDiag(int(e.Item), 1+3*math.Log2(1+float64(e.Value)))
		p.SetVec(int(e.Item), 1)
	}
	// x = (Yᵀ C Y + λI)⁻¹ Yᵀ C p, equation 4
	var cy, a mat.Dense
	cy.Mul(c, y)
	a.Mul(y.T(), &cy)
	for f := range 5 {
		a.Set(f, f, a.At(f, f)+.7)
	}
	var b, x, want mat.VecDense
	b.MulVec(cy.T(), p)
	if err := x.SolveVec(&a, &b); err != nil {
		t.Fatal(err)
	}
	want.MulVec(y, &x)
	got := make([]float64, len(d.Items))
	m.Score(h, got)
	for i := range got {
		if math.Abs(got[i]-want.AtVec(i)) > 1e-5 {
			t.Errorf("%s scored %.6f, want %.6f", d.Items[i], got[i], want.AtVec(i))
		}
	}
}

func TestALSSweepsLowerItsLoss(t *testing.T) {
	d := NewDataset(crowd(60, 40, 8, 2))
	loss := func(sweeps int) float64 {
		m, err := NewALS(d, ALSOptions{Factors: 6, Lambda: .5, Sweeps: sweeps})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, y := range m.y {
			sum += .5 * float64(y) * float64(y)
		}
		for u, row := range d.byCustomer {
			h := History{Customer: int32(u), Events: row}
			s, _ := m.fold(h)
			for _, x := range s.b {
				sum += .5 * x * x
			}
			out := make([]float64, len(d.Items))
			m.Score(h, out)
			for _, x := range out {
				sum += x * x
			}
			for _, e := range row {
				x := out[e.Item]
				sum += (1+m.sure(e))*(1-x)*(1-x) - x*x
			}
		}
		return sum
	}
	if a, b, c := loss(1), loss(3), loss(10); !(a > b && b > c) {
		t.Errorf("loss after 1, 3 and 10 sweeps: %v, %v, %v; want it to fall", a, b, c)
	}
}

func TestALSReasonsAddUpAndEachIsTrue(t *testing.T) {
	d := NewDataset(crowd(80, 40, 8, 3))
	m, err := NewALS(d, ALSOptions{Factors: 8, Lambda: 1})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for u := range 20 {
		h := d.History(Query{Customer: fmt.Sprint("c", u)})
		out := make([]float64, len(d.Items))
		m.Score(h, out)
		for i := range out {
			for _, r := range m.Reasons(h, int32(i)) {
				named++
				less := h
				less.Events = slices.DeleteFunc(slices.Clone(h.Events), func(e Event) bool { return d.Items[e.Item] == r.Item })
				without := make([]float64, len(d.Items))
				m.Score(less, without)
				if without[i] >= out[i] {
					t.Fatalf("%s scores %v with %s and %v without it", d.Items[i], out[i], r.Item, without[i])
				}
			}
		}
		// Over all items of the history, named or not, the shares are the score.
		s, _ := m.fold(h)
		for i := range out {
			seen := make([]float64, m.k)
			for f := range seen {
				seen[f] = float64(m.y[i*m.k+f])
			}
			s.apply(seen)
			sum := 0.0
			for _, e := range h.Events {
				for f := range seen {
					sum += (1 + m.sure(e)) * seen[f] * float64(m.y[int(e.Item)*m.k+f])
				}
			}
			if math.Abs(sum-out[i]) > 1e-4 {
				t.Fatalf("the shares of %s sum to %v, its score is %v", d.Items[i], sum, out[i])
			}
		}
	}
	if named < 500 {
		t.Errorf("only %d reasons were given", named)
	}
}

func TestALSIsTheSameForASeedOnAnyNumberOfCores(t *testing.T) {
	d := NewDataset(crowd(900, 120, 6, 4))
	fit := func(seed uint64) []float32 {
		m, err := NewALS(d, ALSOptions{Factors: 7, Seed: seed, Sweeps: 2})
		if err != nil {
			t.Fatal(err)
		}
		return m.y
	}
	a := fit(1)
	if slices.Equal(a, fit(2)) {
		t.Error("two seeds give the same factors")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !slices.Equal(a, fit(1)) {
		t.Error("one core and several give different factors")
	}
}

func TestALSStandsWhatIsOdd(t *testing.T) {
	odd := append(crowd(3, 4, 2, 5), Interaction{Customer: "c0", Item: "back", Value: -3}, Interaction{Customer: "huge", Item: "i000", Value: 1e30})
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "odd values": odd} {
		d := NewDataset(in)
		m, err := NewALS(d, ALSOptions{})
		if err != nil {
			t.Fatal(name, err)
		}
		for _, q := range []Query{{}, {Customer: "a"}, {Customer: "huge"}, {Recent: []string{"x", "i000", "no such"}}, {Past: []Interaction{{Item: "back", Value: -1}}}} {
			for _, s := range recommend(t, m, q) {
				if math.IsNaN(s.Score) || math.IsInf(s.Score, 0) {
					t.Errorf("%s, %+v: %s scored %v", name, q, s.Item, s.Score)
				}
			}
		}
	}
	if got := recommend(t, must(NewALS(NewDataset(odd), ALSOptions{})), Query{}); len(got) != 0 {
		t.Errorf("nothing is known of her, yet got %v", got)
	}
	for _, opt := range []ALSOptions{{Factors: -1}, {Factors: 5000}, {Lambda: -1}, {Alpha: math.NaN()}, {Sweeps: -2}} {
		if _, err := NewALS(NewDataset(odd), opt); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}

func must[M any](m M, err error) M {
	if err != nil {
		panic(err)
	}
	return m
}

func BenchmarkALSFoldIn(b *testing.B) {
	d := NewDataset(crowd(2000, 4000, 30, 6))
	m := must(NewALS(d, ALSOptions{Sweeps: 1}))
	h := d.History(Query{Customer: "c7"})
	for b.Loop() {
		m.fold(h)
	}
}

func TestStepsOfConjugateGradientsLeadToWhatSolvingGives(t *testing.T) {
	d := NewDataset(tastes(80, 40))
	solved, err := NewALS(d, ALSOptions{Factors: 8, Sweeps: 10})
	if err != nil {
		t.Fatal(err)
	}
	apart := func(steps int) float64 {
		m, err := NewALS(d, ALSOptions{Factors: 8, Sweeps: 10, Steps: steps})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, v := range m.y {
			sum += math.Abs(float64(v - solved.y[i]))
		}
		return sum / float64(len(m.y))
	}
	if all, few := apart(8), apart(1); all > 1e-4 || few < 10*all {
		t.Errorf("as many steps as factors end %g from the solution, one step %g", all, few)
	}
}
