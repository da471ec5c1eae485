package recsys

import "iter"

// common are the features that two items share, in order, each with what it
// adds to their likeness.
func (m *Content) common(a, b int32) iter.Seq2[int32, float64] {
	return func(yield func(int32, float64) bool) {
		for x, y := m.vector[a], m.vector[b]; len(x) > 0 && len(y) > 0; {
			switch {
			case x[0].at < y[0].at:
				x = x[1:]
			case x[0].at > y[0].at:
				y = y[1:]
			default:
				if !yield(x[0].at, float64(x[0].w)*float64(y[0].w)) {
					return
				}
				x, y = x[1:], y[1:]
			}
		}
	}
}

// likeness is the cosine of two items, 0 to 1.
func (m *Content) likeness(a, b int32) (sum float64) {
	for _, w := range m.common(a, b) {
		sum += w
	}
	return sum
}

// traits numbers what the attributes of each item say, as features of the
// index.
func (m *Content) traits() [][]int32 {
	out := make([][]int32, len(m.vector))
	for i, v := range m.vector {
		for _, x := range v {
			if m.of[x.at] == attributeBlock {
				out[i] = append(out[i], x.at)
			}
		}
	}
	return out
}
