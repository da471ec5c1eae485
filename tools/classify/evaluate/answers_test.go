package evaluate

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestMetricsByHand(t *testing.T) {
	a := []answer{{"x", "x", .9}, {"x", "y", .8}, {"y", "y", .7}, {"", "x", .6}, {"", "y", .2}}
	near(t, "accuracy", accuracy(a), 2./3)
	// F1 of x: 2*1/(2+2), of y: 2*1/(1+3), of "": 0.
	near(t, "macro F1", macroF1(a), (.5+.5+0)/3)
	// All above the threshold of .5 but the last, which becomes "".
	// Right 3 of 5; wanted x 2, y 1, "" 2; got x 2, y 2, "" 1.
	near(t, "MCC", mcc(a, .5), (3*5-(2*2+1*2+2*1.))/math.Sqrt((25-(4+1+4.))*(25-(4+4+1.))))
	auroc, oscr := curves(a)
	near(t, "AUROC", auroc, 1)
	near(t, "OSCR", oscr, 2./3)
	auroc, oscr = curves([]answer{{"x", "x", .5}, {"", "x", .5}})
	near(t, "AUROC of a tie", auroc, .5)
	near(t, "OSCR of a tie", oscr, .5)
	near(t, "threshold", bestThreshold([]answer{{"x", "x", .9}, {"", "x", .3}}), .305)
}

func TestIntervalHoldsTheValue(t *testing.T) {
	var a []answer
	for i := range 200 {
		got := "x"
		if i%4 == 0 {
			got = "y"
		}
		a = append(a, answer{"x", got, 1})
	}
	low, high := interval(a, accuracy)
	if low < .66 || low > .74 || high < .76 || high > .84 {
		t.Errorf("150 of 200: %.3f to %.3f, want about .69 to .81", low, high)
	}
}

func TestCalibrationErrorByHand(t *testing.T) {
	b, ece := bins([]answer{{"x", "x", .95}, {"x", "y", .95}, {"x", "x", .35}})
	if b[9].n != 2 || b[9].right != 1 || b[3].n != 1 {
		t.Errorf("%v", b)
	}
	near(t, "expected error", ece, (math.Abs(1-1.9)+math.Abs(1-.35))/3)
}

func TestLexiconReadsAsVADERDoes(t *testing.T) {
	l := lexicon{"great": 3.1, "awful": -2, ":)": 2}
	compound := func(text string) float64 { return l.features(text)[1] }
	for _, c := range []struct{ more, less string }{
		{"great film", "film"}, {"really great film", "great film"}, {"great film!!!", "great film"}, {"it is GREAT", "it is great"},
		{"great", "not great"}, {"isn't awful", "awful"}, {"awful but great", "great but awful"}, {"ok :)", "ok"},
	} {
		if compound(c.more) <= compound(c.less) {
			t.Errorf("%q (%.2f) is no better than %q (%.2f)", c.more, compound(c.more), c.less, compound(c.less))
		}
	}
	near(t, "compound", compound("great"), 3.1/math.Sqrt(3.1*3.1+15))
}
