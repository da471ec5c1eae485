package evaluate

import (
	"math"
	"testing"

	"parley/recsys"
)

// One fold, fewer draws than the case takes, for the time of a test. Its floor
// is what the best published rating model of this set in Surprise has over all
// five; u1 is the hardest of them.
func TestP1BeatsThePublishedSVDppOfSurprise(t *testing.T) {
	data := evaluationData(t)
	all, err := readRatings(data, "recsys/ml-100k/u.data.gz")
	if err != nil {
		t.Fatal(err)
	}
	base, test, err := p1Fold(data, all, 1)
	if err != nil {
		t.Fatal(err)
	}
	if base.Len() != 80000 || len(test) != 20000 {
		t.Fatalf("%d ratings to learn from and %d to predict, want 80000 and 20000", base.Len(), len(test))
	}
	m := recsys.NewBayesianMF(base, recsys.BayesianMFOptions{Factors: 8, Chains: 2, Draws: 10})
	f := rmse("p1", []fold{predict(m, test)})
	t.Logf("u1: %.4f [%.4f, %.4f]", f.Value, f.Low, f.High)
	if f.Value > .919 {
		t.Errorf("u1 rmse %.4f, want at most .919", f.Value)
	}
}

func TestRatingFiguresAreMeansOverFolds(t *testing.T) {
	folds := []fold{{[]string{"a", "a", "b"}, []float64{1, -1, 1}}, {[]string{"b", "c", "a"}, []float64{3, -3, 3}}}
	if f := rmse("p1", folds); f.Value != 2 || f.N != 6 || f.Low < 2-1e-9 || f.High > 2+1e-9 {
		t.Errorf("rmse %+v, want 2 over 6 and no wider, as all errors of a fold are of one size", f)
	}
	if f := mae("p1", folds); f.Value != 2 || f.N != 6 {
		t.Errorf("mae %+v, want 2", f)
	}
	// Squares 0, 0, 0, 8: not the mean of two customers' roots.
	f := rmse("p1", []fold{{[]string{"a", "a", "a", "b"}, []float64{0, 0, 0, math.Sqrt(8)}}})
	if math.Abs(f.Value-math.Sqrt2) > 1e-12 || !(f.Low < f.Value && f.Value < f.High) {
		t.Errorf("rmse %+v, want the root of 2 within its interval", f)
	}
}
