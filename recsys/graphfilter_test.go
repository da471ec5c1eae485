package recsys

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// dense is the matrix that incidence stands for.
func dense(d *Dataset, damp float64) *mat.Dense {
	a := mat.NewDense(len(d.Customers), len(d.Items), nil)
	for u, row := range d.byCustomer {
		for _, e := range row {
			a.Set(u, int(e.Item), math.Pow(float64(len(row)*len(d.byItem[e.Item])), -damp))
		}
	}
	return a
}

func TestLeadingVectorsAreThoseOfTheWholeDecomposition(t *testing.T) {
	d := NewDataset(crowd(90, 60, 8, 1))
	v, values := d.incidence(.3).leading(5, 12, 1)
	var svd mat.SVD
	if !svd.Factorize(dense(d, .3), mat.SVDThin) {
		t.Fatal("no decomposition")
	}
	want := svd.Values(nil)
	var w mat.Dense
	svd.VTo(&w)
	for f := range 5 {
		if math.Abs(values[f]-want[f]) > 1e-4 {
			t.Errorf("singular value %d is %.6f, want %.6f", f, values[f], want[f])
		}
		dot := 0.0
		for i, x := range v[f] {
			dot += float64(x) * w.At(i, f)
		}
		if math.Abs(math.Abs(dot)-1) > 1e-2 {
			t.Errorf("vector %d has cosine %.4f with the true one", f, dot)
		}
	}
}

func TestGraphFilterAddsTheSmoothPartToTheNear(t *testing.T) {
	d := NewDataset(crowd(60, 24, 6, 2))
	m := must(NewGraphFilter(d, GraphFilterOptions{Near: RP3betaOptions{Neighbours: 24}, Factors: 4, Damp: .25, Smooth: 3, Rounds: 30}))
	near := must(NewRP3beta(d, RP3betaOptions{Neighbours: 24}))
	var svd mat.SVD
	svd.Factorize(dense(d, .25), mat.SVDThin)
	var v mat.Dense
	svd.VTo(&v)
	h := d.History(Query{Customer: "nobody", Recent: []string{"i001", "i005", "i010"}})
	got := make([]float64, len(d.Items))
	m.Score(h, got)
	taken := func(i, j int32) bool {
		return i != j && slices.ContainsFunc(d.byCustomer, func(row []Event) bool {
			has := func(x int32) bool { return slices.ContainsFunc(row, func(e Event) bool { return e.Item == x }) }
			return has(i) && has(j)
		})
	}
	count := func(i int32) float64 { return math.Pow(float64(len(d.byItem[i])), .25) }
	for n := range got {
		i, want := int32(n), 0.0
		for _, e := range h.Events {
			if !taken(e.Item, i) {
				continue
			}
			one := make([]float64, len(d.Items))
			near.Score(History{Events: []Event{e}}, one)
			share := one[i]
			for f := range 4 {
				share += 3 * v.At(int(e.Item), f) / count(e.Item) * v.At(n, f) * count(i)
			}
			want += max(0, share) // what speaks against is not kept
		}
		if math.Abs(got[i]-want) > 1e-3 {
			t.Errorf("%s scored %.5f, want %.5f", d.Items[i], got[i], want)
		}
	}
}

func TestGraphFilterIsTheSameForASeedOnAnyNumberOfCores(t *testing.T) {
	d := NewDataset(crowd(200, 150, 8, 3))
	fit := func() [][]link { return must(NewGraphFilter(d, GraphFilterOptions{Factors: 6, Seed: 5})).next }
	a := fit()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !slices.EqualFunc(a, fit(), slices.Equal) {
		t.Error("one core and several give different neighbours")
	}
}

func TestGraphFilterStandsWhatIsOdd(t *testing.T) {
	for name, in := range map[string][]Interaction{"nothing": nil, "one": {{Customer: "a", Item: "x"}}, "all alike": take([]string{"a", "x", "y"}, []string{"b", "x", "y"}, []string{"c", "x", "y"})} {
		m := must(NewGraphFilter(NewDataset(in), GraphFilterOptions{}))
		for _, q := range []Query{{}, {Customer: "a"}, {Recent: []string{"x", "no such"}}} {
			for _, s := range recommend(t, m, q) {
				if !(s.Score > 0) || math.IsInf(s.Score, 0) {
					t.Errorf("%s, %+v: %s scored %v", name, q, s.Item, s.Score)
				}
			}
		}
	}
	d := NewDataset(camp())
	for _, opt := range []GraphFilterOptions{{Near: RP3betaOptions{Alpha: -1}}, {Smooth: -1}, {Factors: -1}, {Factors: 1 << 20}, {Damp: 2}, {Damp: math.NaN()}, {Rounds: -1}} {
		if _, err := NewGraphFilter(d, opt); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}
