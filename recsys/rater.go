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
// held-out ratings, those whose value is no finite number passed over; 0 for none.
func RMSE(m Rater, held []Interaction) float64 {
	return math.Sqrt(meanError(m, held, func(e float64) float64 { return e * e }))
}

// MAE is the mean absolute error of a rater's predictions over held-out
// ratings, those whose value is no finite number passed over; 0 for none.
func MAE(m Rater, held []Interaction) float64 { return meanError(m, held, math.Abs) }

func meanError(m Rater, held []Interaction, loss func(float64) float64) float64 {
	errors := make([]float64, len(held))
	Each(len(held), func(n int) { errors[n] = m.Predict(held[n].Customer, held[n].Item) - held[n].Value })
	sum, count := 0.0, 0.0
	for _, e := range errors {
		if !math.IsNaN(e) && !math.IsInf(e, 0) {
			sum += loss(e)
			count++
		}
	}
	return sum / max(1, count)
}
