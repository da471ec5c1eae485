package recsys

import (
	"cmp"
	"math"
	"slices"
)

// RatingKNN predicts a rating from neighbours: how customers alike rated the
// item (user-based), or how the customer rated items alike (item-based). It is
// the mean of the ratings of the most similar neighbours who have one,
// weighted by similarity; neighbours who did not rate the item have no say.
//
// Sources: Resnick et al. 1994, "GroupLens", Sarwar et al. 2001, "Item-based
// collaborative filtering", Koren 2010, "Factor in the neighbors", equation 3.
type RatingKNN struct {
	ratings *Ratings
	byItem  bool
	similar [][]link  // of each row, in order of id
	columns [][]entry // ratings less what is expected, by column, in order of row
	centre  RatingCentre
	base    *Baseline
	means   []float64 // of rows
	on      Rater
	k       int
	damping float64
}

// A RatingCentre is what is expected of a rating before neighbours are asked:
// they are asked only how much they were off it.
type RatingCentre uint8

const (
	ByBaseline RatingCentre = iota // the Baseline
	ByMean                         // the mean of the row: of the customer when user-based
	ByNothing                      // neighbours' ratings are averaged as they are
)

// RatingKNNOptions tune RatingKNN.
type RatingKNNOptions struct {
	Similarity   RatingSimilarity
	Shrink       float64 // of the shrunk similarities, in ratings in common; 0 means 100, < 0 none
	Significance int     // scale similarities by min(n, this) / this, n ratings in common; 0: no
	Neighbours   int     // asked for one prediction; 0 means 40
	Centre       RatingCentre
	Expect       Rater // takes the place of Centre: a model whose leavings the neighbours explain
	// Damping is added to the sum of similarities, so that few or weak
	// neighbours move a prediction less; 0 means .5, < 0 none. With ByNothing
	// there is none, for it would pull towards a rating of 0.
	Damping float64
	Keep    int // similar rows kept of each, at 12 bytes; 0 means 2000
}

// NewUserRatingKNN fits neighbours among customers. Time grows with the square
// of how many rated each item: where tens of thousands rate one, take items.
func NewUserRatingKNN(r *Ratings, opt RatingKNNOptions) *RatingKNN {
	return newRatingKNN(r, opt, false)
}

// NewItemRatingKNN fits neighbours among items. Time grows with the square of
// how many each customer rated.
func NewItemRatingKNN(r *Ratings, opt RatingKNNOptions) *RatingKNN { return newRatingKNN(r, opt, true) }

func newRatingKNN(r *Ratings, opt RatingKNNOptions, byItem bool) *RatingKNN {
	m := &RatingKNN{ratings: r, byItem: byItem, centre: opt.Centre, base: NewBaseline(r, BaselineOptions{}), on: opt.Expect, k: cmp.Or(opt.Neighbours, 40), damping: max(0, cmp.Or(opt.Damping, .5))}
	if m.on == nil && m.centre == ByNothing {
		m.damping = 0
	}
	m.means = m.rowMeans()
	_, m.columns = m.less(func(c rating) float64 {
		if m.on != nil {
			return m.on.Predict(r.Customers[c.customer], r.Items[c.item])
		}
		return m.expect(c.customer, c.item)
	})
	a := &alike{how: opt.Similarity, shrink: max(0, cmp.Or(opt.Shrink, 100)), significance: float64(opt.Significance), keep: cmp.Or(opt.Keep, 2000)}
	a.rows, a.columns = m.less(func(c rating) float64 {
		switch opt.Similarity {
		case BaselinePearson:
			return m.base.at(c.customer, c.item)
		case RatingCosine:
			return 0
		}
		row, _ := m.turn(c.customer, c.item) // correlations are the same less any constant, and sums keep more digits
		return m.means[row]
	})
	m.similar = a.links()
	return m
}

// turn gives the row and the column of a customer and an item.
func (m *RatingKNN) turn(u, i int32) (row, column int32) {
	if m.byItem {
		return i, u
	}
	return u, i
}

// less gives the ratings less something, by row and by column.
func (m *RatingKNN) less(of func(c rating) float64) (rows, columns [][]entry) {
	r := m.ratings
	left := make([]float64, len(r.cells))
	Each(len(r.cells), func(n int) { left[n] = r.cells[n].value - of(r.cells[n]) })
	customers, items := make([][]entry, len(r.Customers)), make([][]entry, len(r.Items))
	for n, c := range r.cells {
		customers[c.customer] = append(customers[c.customer], entry{c.item, left[n]})
		items[c.item] = append(items[c.item], entry{c.customer, left[n]})
	}
	if m.byItem {
		return items, customers
	}
	return customers, items
}

func (m *RatingKNN) rowMeans() []float64 {
	rows, _ := m.less(func(rating) float64 { return 0 })
	out := make([]float64, len(rows))
	for n, row := range rows {
		sum := 0.0
		for _, e := range row {
			sum += e.value
		}
		out[n] = sum / float64(len(row)) // NaN of a row with no ratings
	}
	return out
}

// expect gives what neighbours' ratings are less, unless another rater does.
func (m *RatingKNN) expect(u, i int32) float64 {
	switch row, _ := m.turn(u, i); {
	case m.centre == ByNothing:
		return 0
	case m.centre == ByMean && row >= 0 && !math.IsNaN(m.means[row]):
		return m.means[row]
	}
	return m.base.at(u, i)
}

// Predict asks the neighbours. Where none has a say it gives what is expected,
// which with [ByNothing], or [ByMean] and a row that is not known, is the
// baseline.
func (m *RatingKNN) Predict(customer, item string) float64 {
	u, i := m.ratings.places(customer, item)
	off, ok := m.off(m.turn(u, i))
	var x float64
	switch {
	case m.on != nil:
		x = m.on.Predict(customer, item) + off
	case !ok && m.centre == ByNothing:
		x = m.base.at(u, i)
	default:
		x = m.expect(u, i) + off
	}
	return m.ratings.onScale(x)
}

// off is the weighted mean of how much the neighbours who have a rating in the
// column are off what was expected of them.
func (m *RatingKNN) off(row, column int32) (mean float64, ok bool) {
	if row < 0 || column < 0 {
		return 0, false
	}
	type say struct {
		sim, off float64
	}
	var says []say
	rated := m.columns[column]
	for _, l := range m.similar[row] {
		for len(rated) > 0 && rated[0].at < l.to {
			rated = rated[1:]
		}
		if len(rated) > 0 && rated[0].at == l.to {
			says = append(says, say{float64(l.sim), rated[0].value})
		}
	}
	slices.SortStableFunc(says, func(a, b say) int { return cmp.Compare(b.sim, a.sim) })
	sum, weight := 0.0, m.damping
	for _, s := range says[:min(m.k, len(says))] {
		sum += s.sim * s.off
		weight += s.sim
	}
	if weight == 0 {
		return 0, false
	}
	return sum / weight, len(says) > 0
}
