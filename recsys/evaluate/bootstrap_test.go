package evaluate

import (
	"math"
	"runtime"
	"testing"
)

// near says whether two numbers are the same but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestRatioIsAMeanOrAPooledMean(t *testing.T) {
	for _, c := range []struct {
		name string
		of   statistic
		w    []float64
		want float64
	}{
		{"mean", ratio{num: []float64{1, 2, 6}}, nil, 3},
		{"weighted mean", ratio{num: []float64{1, 2, 6}}, []float64{2, 1, 0}, 4. / 3},
		{"pooled", ratio{[]float64{1, 2}, []float64{2, 8}}, nil, .3},
		{"pooled and weighted", ratio{[]float64{1, 2}, []float64{2, 8}}, []float64{3, 1}, 5. / 14},
		{"root", changed{ratio{num: []float64{9, 16}}, math.Sqrt}, nil, math.Sqrt(12.5)},
	} {
		if got := c.of.at(c.w); !near(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := (ratio{[]float64{1}, []float64{0}}).at(nil); !math.IsNaN(got) {
		t.Errorf("of nothing: %v, want NaN", got)
	}
}

// The interval of a mean of coin throws is known: 1.96·sqrt(p(1-p)/n).
func TestIntervalOfAShareIsWhatTheoryGives(t *testing.T) {
	xs := make([]float64, 2000)
	for n := range xs {
		xs[n] = float64(n % 10 / 7) // 30%
	}
	f := figure("a", "b", xs)
	half := 1.96 * math.Sqrt(.3*.7/2000)
	if !near(f.Value, .3) || math.Abs(f.High-.3-half) > .002 || math.Abs(.3-f.Low-half) > .002 || f.N != 2000 {
		t.Errorf("got %+v, want .3 ± %.4f", f, half)
	}
}

// Two models that differ by the same little for everybody differ surely, however
// wide the interval of either.
func TestDifferencesArePaired(t *testing.T) {
	a, b := make([]float64, 50), make([]float64, 50)
	for n := range a {
		a[n] = float64(n % 2)
		b[n] = a[n] - .01
	}
	e := bootstrap(1, 50, []statistic{ratio{num: a}, ratio{num: b}})
	low, high := e[0].minus(e[1]).interval()
	if !near(low, .01) || !near(high, .01) {
		t.Errorf("difference in [%v, %v], want exactly .01", low, high)
	}
}

func TestResamplesAreTheSameOnAnyNumberOfCores(t *testing.T) {
	xs := []float64{1, 5, 2, 8, 3, 9, 4}
	was := figure("a", "b", xs)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if is := figure("a", "b", xs); is != was {
		t.Errorf("on one core %+v, on all %+v", is, was)
	}
}

func TestFigureOfNothingIsNothing(t *testing.T) {
	if f := figure("a", "b", nil); f.Value != 0 || f.N != 0 || f.Low != 0 {
		t.Errorf("got %+v", f)
	}
}
