package recsys

import (
	"math"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
)

// Four customers, one of whom took the mat an hour after the rest.
func tents() []Interaction {
	in := take([]string{"a", "tent", "mat", "lamp"}, []string{"b", "tent", "mat"}, []string{"c", "lamp", "mug"}, []string{"d", "tent", "mug"})
	in[1].At = in[0].At.Add(time.Hour)
	return in
}

func TestEASEMatchesTheClosedForm(t *testing.T) {
	d := NewDataset(tents())
	for name, opt := range map[string]EASEOptions{"plain": {Lambda: 2}, "near in time": {Lambda: 2, Near: time.Hour, Far: .25}, "ill-conditioned": {Lambda: 1e-4}} {
		m, err := NewEASE(d, opt)
		if err != nil {
			t.Fatal(err)
		}
		n := len(d.Items)
		g := mat.NewDense(n, n, nil)
		for _, row := range d.byCustomer {
			for _, x := range row {
				for _, y := range row {
					w := 1.0
					if opt.Near > 0 && x.At != y.At {
						w = .25 + .75*math.Exp(-math.Abs(float64(x.At-y.At))/3600)
					}
					g.Set(int(x.Item), int(y.Item), g.At(int(x.Item), int(y.Item))+w)
				}
			}
		}
		for i := range n {
			g.Set(i, i, g.At(i, i)+opt.Lambda)
		}
		var p mat.Dense
		if err := p.Inverse(g); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range n {
				want := -p.At(i, j) / p.At(j, j)
				if i == j {
					want = 0
				}
				if got := float64(m.b[i*n+j]); math.Abs(got-want) > 1e-5 {
					t.Errorf("%s: from %s to %s %.6f, want %.6f", name, d.Items[i], d.Items[j], got, want)
				}
			}
		}
	}
}

func TestEASERefusesSettingsThatCannotBe(t *testing.T) {
	d := NewDataset(tents())
	for _, opt := range []EASEOptions{{Lambda: -1}, {Lambda: math.NaN()}, {Near: -time.Second}, {Near: time.Hour, Far: 2}} {
		if _, err := NewEASE(d, opt); err == nil || !strings.Contains(err.Error(), "must be") {
			t.Errorf("%+v: error %v, want one that says what must be", opt, err)
		}
	}
}
