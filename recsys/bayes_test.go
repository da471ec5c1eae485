package recsys

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBayesianMFSuitsAnyScale(t *testing.T) {
	fit, held := planted()
	small := NewBayesianMF(NewRatings(fit), BayesianMFOptions{Factors: 4})
	for n := range fit {
		fit[n].Value = 20*fit[n].Value - 300
	}
	large := NewBayesianMF(NewRatings(fit), BayesianMFOptions{Factors: 4})
	for _, x := range held[:50] {
		if a, b := 20*small.Predict(x.Customer, x.Item)-300, large.Predict(x.Customer, x.Item); math.Abs(a-b) > .05 {
			t.Fatalf("%s of %s: %.3f on the scale of 1 to 5, brought to that of -280 to -200, where it is %.3f", x.Customer, x.Item, a, b)
		}
	}
}

// Who rates an item at all says how she rates it: only the shares can know.
func TestSharesLearnFromWhatWasRatedAtAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var fit, held []Interaction
	for u := range 120 {
		side := u % 2
		for i := range 40 {
			if p := .15 + .35*float64((side+i)%2); rng.Float64() > p {
				continue
			}
			v := 3 + rng.NormFloat64()
			if i >= 36 { // the last four: loved by those of side 0, hated by the others
				v = 4.5 - 3*float64(side) + .3*rng.NormFloat64()
			}
			x := Interaction{Customer: string(rune('A' + u)), Item: string(rune('a' + i)), Value: v}
			if i >= 36 && u >= 60 {
				held = append(held, x)
			} else {
				fit = append(fit, x)
			}
		}
	}
	r := NewRatings(fit)
	with := RMSE(NewBayesianMF(r, BayesianMFOptions{Factors: 4}), held)
	without := RMSE(NewBayesianMF(r, BayesianMFOptions{Factors: 4, Plain: true}), held)
	t.Logf("with %.3f, without %.3f", with, without)
	if !(with < .75*without) {
		t.Errorf("rmse with shares %.3f, without %.3f", with, without)
	}
}

func TestGammaHasItsMeanAndVariance(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, c := range []struct{ shape, rate float64 }{{.5, 1}, {1, .5}, {7, 3}, {400, 20}} {
		const n = 200000
		sum, sq := 0.0, 0.0
		for range n {
			x := gamma(rng, c.shape, c.rate)
			sum += x
			sq += x * x
		}
		mean := sum / n
		variance := sq/n - mean*mean
		wantMean, wantVar := c.shape/c.rate, c.shape/(c.rate*c.rate)
		if math.Abs(mean/wantMean-1) > .02 || math.Abs(variance/wantVar-1) > .05 {
			t.Errorf("gamma(%v, %v): mean %.4f, variance %.4f; want %.4f and %.4f", c.shape, c.rate, mean, variance, wantMean, wantVar)
		}
	}
}
