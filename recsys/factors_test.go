package recsys

import (
	"math"
	"strings"
	"testing"
)

// What is solved last must solve the ridge's normal equations.
func TestBiasedMFSolvesItsRidge(t *testing.T) {
	fit, _ := planted()
	r := NewRatings(fit)
	const lambda, fixed = .1, 2.
	m, err := NewBiasedMF(r, BiasedMFOptions{Factors: 3, Lambda: lambda, Fixed: fixed})
	if err != nil {
		t.Fatal(err)
	}
	for i, col := range r.byItem {
		q := m.item[i]
		for f := range q {
			slope := -(fixed + lambda*float64(len(col))) * q[f]
			for _, n := range col {
				p := m.customer[r.cells[n].customer]
				e := (r.cells[n].value-r.Mean)/r.spread - p[0] - q[0]
				for g := 1; g < len(p); g++ {
					e -= p[g] * q[g]
				}
				if f == 0 {
					slope += e
				} else {
					slope += e * p[f]
				}
			}
			if math.Abs(slope) > 1e-9 {
				t.Fatalf("item %d, factor %d: the loss still falls by %v", i, f, slope)
			}
		}
	}
}

func TestALinearModelWithoutRidgeSaysWhatToDo(t *testing.T) {
	_, err := NewBiasedMF(NewRatings(rated([]float64{5, 3}, []float64{1, 4})), BiasedMFOptions{Lambda: -1, Fixed: -1})
	if err == nil || !strings.Contains(err.Error(), "raise both") {
		t.Errorf("negative ridge: %v", err)
	}
}

func TestOneRatingFarOffDoesNotRunSVDppAway(t *testing.T) {
	fit, held := planted()
	fit[0].Value = 1e9
	r := NewRatings(fit)
	m := NewSVDpp(r, SVDppOptions{Rate: .1})
	for _, x := range held {
		u, i := r.places(x.Customer, x.Item)
		if u < 0 || i < 0 || x.Customer == fit[0].Customer || x.Item == fit[0].Item {
			continue
		}
		if far := math.Abs(m.at(u, i)-r.Mean) / r.spread; !(far < 1) {
			t.Fatalf("%s of %s is predicted %v standard deviations off the mean", x.Customer, x.Item, far)
		}
	}
}
