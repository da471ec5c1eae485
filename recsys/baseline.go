package recsys

import "cmp"

// Baseline predicts the mean plus how much kinder than others the customer
// rates, plus how much better than others the item is rated, both shrunk to 0
// where few ratings speak.
//
// Source: Koren 2010, "Factor in the neighbors", section 2.1; the regularised
// squares are solved by alternation, as Surprise's BaselineOnly does.
type Baseline struct {
	ratings        *Ratings
	customer, item []float64
}

// BaselineOptions tune Baseline.
type BaselineOptions struct {
	Customer float64 // shrinks a customer's bias: so many ratings without one; 0 means 5
	Item     float64 // the same of an item; 0 means 2
	Rounds   int     // of alternation; 0 means 10
}

// NewBaseline fits both biases.
func NewBaseline(r *Ratings, opt BaselineOptions) *Baseline {
	m := &Baseline{ratings: r, customer: make([]float64, len(r.Customers)), item: make([]float64, len(r.Items))}
	ofCustomer, ofItem := cmp.Or(opt.Customer, 5), cmp.Or(opt.Item, 2)
	for range cmp.Or(opt.Rounds, 10) {
		for i, col := range r.byItem {
			sum := 0.0
			for _, n := range col {
				sum += r.cells[n].value - r.Mean - m.customer[r.cells[n].customer]
			}
			m.item[i] = sum / (ofItem + float64(len(col)))
		}
		for u := range m.customer {
			row := r.of(int32(u))
			sum := 0.0
			for _, c := range row {
				sum += c.value - r.Mean - m.item[c.item]
			}
			m.customer[u] = sum / (ofCustomer + float64(len(row)))
		}
	}
	return m
}

// Predict adds the biases that are known to the mean.
func (m *Baseline) Predict(customer, item string) float64 {
	return m.ratings.onScale(m.at(m.ratings.places(customer, item)))
}

func (m *Baseline) at(u, i int32) float64 {
	x := m.ratings.Mean
	if u >= 0 {
		x += m.customer[u]
	}
	if i >= 0 {
		x += m.item[i]
	}
	return x
}
