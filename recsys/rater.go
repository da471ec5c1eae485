package recsys

import "math"

// A Rater predicts ratings. It is safe for concurrent use and deterministic.
type Rater interface {
	// Predict gives the rating that a customer would give an item, within the
	// range of the ratings that were learnt from. For a customer or an item that
	// was not learnt from it falls back to what is known of the other, and for
	// neither to the mean; with no ratings at all it gives 0. It never gives NaN.
	Predict(customer, item string) float64
}

// RMSE is the root of the mean squared error of a rater's predictions over
// held-out ratings; 0 for none.
func RMSE(m Rater, held []Interaction) float64 {
	return math.Sqrt(meanError(m, held, func(e float64) float64 { return e * e }))
}

// MAE is the mean absolute error of a rater's predictions over held-out
// ratings; 0 for none.
func MAE(m Rater, held []Interaction) float64 { return meanError(m, held, math.Abs) }

func meanError(m Rater, held []Interaction, loss func(float64) float64) float64 {
	if len(held) == 0 {
		return 0
	}
	losses := make([]float64, len(held))
	each(len(held), func(n int) { losses[n] = loss(m.Predict(held[n].Customer, held[n].Item) - held[n].Value) })
	sum := 0.0
	for _, l := range losses {
		sum += l
	}
	return sum / float64(len(held))
}
