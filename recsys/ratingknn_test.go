package recsys

import (
	"math"
	"testing"
)

// a's nearest, d, has not rated y.
var fourByFour = rated(
	[]float64{5, 3, 0, 1},
	[]float64{4, 2, 4, 1},
	[]float64{1, 1, 2, 5},
	[]float64{5, 4, 0, 2},
)

func TestNeighboursMatchAHandComputedFourByFour(t *testing.T) {
	r := NewRatings(fourByFour)
	// Over w, x and z: a (5,3,1), b (4,2,1), c (1,1,5), d (5,4,2).
	ab, ac, ad := 27/math.Sqrt(35*21), 13/math.Sqrt(35*27), 39/math.Sqrt(35*45)
	want := (ab*4 + ac*2) / (ab + ac) // 3.404
	plain := RatingKNNOptions{Similarity: RatingCosine, Centre: ByNothing, Damping: -1}
	got := NewUserRatingKNN(r, plain).Predict("a", "y")
	if math.Abs(got-want) > 1e-6 {
		t.Errorf("a would rate y %.4f, want %.4f", got, want)
	}
	for what, wrong := range map[string]float64{
		"the mean of similarity × rating over everyone":      (ab*4 + ac*2 + ad*0) / 3,
		"weights that sum over those without a rating, too":  (ab*4 + ac*2) / (ab + ac + ad),
		"the plain mean of those who rated it":               3,
		"the plain mean over everyone, no rating being zero": 6. / 4,
	} {
		if math.Abs(got-wrong) < .1 {
			t.Errorf("a would rate y %.4f, which is %s", got, what)
		}
	}
	plain.Neighbours = 1
	if got := NewUserRatingKNN(r, plain).Predict("a", "y"); math.Abs(got-4) > 1e-6 {
		t.Errorf("asked the one nearest who rated it, b: %v, want 4", got)
	}
	plain.Neighbours, plain.Keep = 0, 2
	if got := NewUserRatingKNN(r, plain).Predict("a", "y"); math.Abs(got-4) > 1e-6 {
		t.Errorf("with the two nearest kept, b and d: %v, want b's 4", got)
	}
}

func TestCorrelatedNeighboursMatchAHandComputedFourByFour(t *testing.T) {
	r := NewRatings(fourByFour)
	// From their means over w, x and z: a (2,0,-2), b (5,-1,-4)/3, c (-4,-4,8)/3.
	// c is a's opposite and has no say; b's own mean is 11/4, and y is 5/4 above.
	ab := 18 / math.Sqrt(8*42)
	for _, c := range []struct {
		name string
		opt  RatingKNNOptions
		want float64
	}{
		{"plain", RatingKNNOptions{Similarity: PlainPearson, Damping: -1}, 3 + 5./4},
		{"damped", RatingKNNOptions{Similarity: PlainPearson, Damping: .5}, 3 + 5./4*ab/(ab+.5)},
		{"half as significant", RatingKNNOptions{Similarity: PlainPearson, Damping: .5, Significance: 6}, 3 + 5./4*(ab/2)/(ab/2+.5)},
		{"shrunk", RatingKNNOptions{Similarity: ShrunkPearson, Shrink: 10, Damping: .5}, 3 + 5./4*(ab/6)/(ab/6+.5)},
	} {
		c.opt.Centre = ByMean
		if got := NewUserRatingKNN(r, c.opt).Predict("a", "y"); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: a would rate y %.5f, want %.5f", c.name, got, c.want)
		}
	}
}

// The same, computed the long way.
func TestBaselinePearsonNeighboursMatchTheirFormula(t *testing.T) {
	fit, held := planted()
	r := NewRatings(fit)
	m := NewItemRatingKNN(r, RatingKNNOptions{Neighbours: 1000})
	b := NewBaseline(r, BaselineOptions{})
	left := make([]map[int32]float64, len(r.Items)) // by item, customer
	for i := range left {
		left[i] = map[int32]float64{}
	}
	for _, c := range r.cells {
		left[c.item][c.customer] = c.value - b.at(c.customer, c.item)
	}
	for _, x := range held[:40] {
		u, i := r.places(x.Customer, x.Item)
		num, den := 0.0, .5
		for j := range left {
			off, ok := left[j][u]
			if !ok || int32(j) == i {
				continue
			}
			var n, xy, xx, yy float64
			for v := range left[j] {
				if _, both := left[i][v]; both {
					n++
					xy += left[i][v] * left[j][v]
					xx += left[i][v] * left[i][v]
					yy += left[j][v] * left[j][v]
				}
			}
			if s := xy / math.Sqrt(xx*yy) * (n - 1) / (n - 1 + 100); n > 1 && s > 0 {
				num += s * off
				den += s
			}
		}
		if got, want := m.Predict(x.Customer, x.Item), r.onScale(b.at(u, i)+num/den); math.Abs(got-want) > 1e-6 {
			t.Fatalf("%s would rate %s %.6f, want %.6f", x.Customer, x.Item, got, want)
		}
	}
}

func TestItemBasedIsUserBasedTurned(t *testing.T) {
	fit, held := planted()
	turned := make([]Interaction, len(fit))
	for n, x := range fit {
		turned[n] = Interaction{Customer: x.Item, Item: x.Customer, Value: x.Value}
	}
	opt := RatingKNNOptions{Similarity: ShrunkPearson, Centre: ByMean}
	items, users := NewItemRatingKNN(NewRatings(fit), opt), NewUserRatingKNN(NewRatings(turned), opt)
	for _, x := range held[:60] {
		if a, b := items.Predict(x.Customer, x.Item), users.Predict(x.Item, x.Customer); math.Abs(a-b) > 1e-9 {
			t.Fatalf("%s of %s: item-based %v, user-based of the turned table %v", x.Customer, x.Item, a, b)
		}
	}
}

func TestNeighboursExplainWhatAnotherRaterLeaves(t *testing.T) {
	fit, held := planted()
	r := NewRatings(fit)
	base := NewBaseline(r, BaselineOptions{})
	m := NewItemRatingKNN(r, RatingKNNOptions{Expect: base})
	if a, b := RMSE(m, held), RMSE(base, held); a > .9*b {
		t.Errorf("on the baseline's leavings rmse %.3f, the baseline alone %.3f", a, b)
	}
	if a, b := m.Predict("nobody", "i1"), base.Predict("nobody", "i1"); a != b {
		t.Errorf("of a stranger: %v, want what the rater says, %v", a, b)
	}
}

func TestRowsThatDoNotVaryAreNotSimilar(t *testing.T) {
	for _, v := range []float64{3, .1, .3, .7, 1.1, 1e-9, 123456.7} {
		for n := 3; n < 9; n++ {
			var in []Interaction
			for i := range n {
				item := string(rune('a' + i))
				in = append(in, Interaction{Customer: "same", Item: item, Value: v}, Interaction{Customer: "other", Item: item, Value: float64(i*i%5) + .1})
			}
			in = append(in, Interaction{Customer: "other", Item: "z", Value: 5})
			r := NewRatings(in)
			m := NewUserRatingKNN(r, RatingKNNOptions{Similarity: PlainPearson, Centre: ByNothing})
			if got, want := m.Predict("same", "z"), NewBaseline(r, BaselineOptions{}).Predict("same", "z"); got != want {
				t.Errorf("who rates all %d items %v would rate z %v; want the baseline %v, for nobody can be said to be like her", n, v, got, want)
			}
		}
	}
}

// As in a stack, where a part may hold no rating of an item.
func TestARowWithoutRatingsGetsTheBaseline(t *testing.T) {
	fit, _ := planted()
	all := NewRatings(fit)
	r := all.part(func(n int) bool { return all.cells[n].item != 7 && all.cells[n].customer != 7 })
	base := NewBaseline(r, BaselineOptions{})
	for c := ByBaseline; c <= ByNothing; c++ {
		for by, fit := range map[string]func(*Ratings, RatingKNNOptions) *RatingKNN{"user": NewUserRatingKNN, "item": NewItemRatingKNN} {
			u, i := all.Customers[7], all.Items[7]
			if got, want := fit(r, RatingKNNOptions{Centre: c}).Predict(u, i), base.Predict(u, i); got != want {
				t.Errorf("%s-based, centre %d: %v, want the baseline %v", by, c, got, want)
			}
		}
	}
}
