package recsys

import (
	"math"
	"strings"
	"testing"
)

// parrot knows by heart what it was fitted on, and nothing else.
type parrot struct {
	heard map[[2]string]float64
	mean  float64
}

func newParrot(r *Ratings) parrot {
	p := parrot{map[[2]string]float64{}, r.Mean}
	for _, c := range r.cells {
		p.heard[[2]string{r.Customers[c.customer], r.Items[c.item]}] = c.value
	}
	return p
}

func (p parrot) Predict(customer, item string) float64 {
	if v, ok := p.heard[[2]string{customer, item}]; ok {
		return v
	}
	return p.mean
}

func TestAStackIsBlendedOnWhatItsRatersHaveNotSeen(t *testing.T) {
	fit, held := planted()
	s, err := NewRaterStack(NewRatings(fit), func(r *Ratings) ([]Rater, error) {
		return []Rater{newParrot(r), NewItemRatingKNN(r, RatingKNNOptions{})}, nil
	}, RaterStackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if w := s.Weights(); w[1] < .8 {
		t.Errorf("weights %v: the parrot, right about all it has seen and only that, is heeded", w)
	}
	if a, b := RMSE(s, held), RMSE(s.Raters()[1], held); a > 1.02*b {
		t.Errorf("rmse of the stack %.3f, without the parrot %.3f", a, b)
	}
}

func TestAStackBeatsItsRaters(t *testing.T) {
	fit, held := planted()
	s, err := NewRaterStack(NewRatings(fit), func(r *Ratings) ([]Rater, error) {
		return []Rater{NewBaseline(r, BaselineOptions{}), NewUserRatingKNN(r, RatingKNNOptions{}), NewItemRatingKNN(r, RatingKNNOptions{})}, nil
	}, RaterStackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := RMSE(s, held)
	for n, m := range s.Raters() {
		if x := RMSE(m, held); got >= x {
			t.Errorf("rmse %.4f, no better than its rater %d, %.4f", got, n, x)
		}
	}
}

func TestAStackSharesOutWhatItCannotTellApart(t *testing.T) {
	fit, _ := planted()
	s, err := NewRaterStack(NewRatings(fit), func(r *Ratings) ([]Rater, error) {
		b := NewBaseline(r, BaselineOptions{})
		return []Rater{b, b}, nil
	}, RaterStackOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if w := s.Weights(); math.Abs(w[0]-w[1]) > 1e-6 || math.Abs(w[0]+w[1]-1) > .1 {
		t.Errorf("weights of the same rater twice: %v, want them equal and about .5", w)
	}
}

func TestAStackThatCannotBeMadeSaysWhy(t *testing.T) {
	fit, _ := planted()
	r := NewRatings(fit)
	if _, err := NewRaterStack(r, func(*Ratings) ([]Rater, error) { return nil, nil }, RaterStackOptions{}); err == nil || !strings.Contains(err.Error(), "at least one") {
		t.Errorf("of no raters: %v", err)
	}
	n := 0
	_, err := NewRaterStack(r, func(r *Ratings) ([]Rater, error) {
		n++
		return make([]Rater, n), nil
	}, RaterStackOptions{})
	if err == nil || !strings.Contains(err.Error(), "always make as many") {
		t.Errorf("of one rater, then two: %v", err)
	}
}
