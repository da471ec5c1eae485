package recsys

// likeness is the cosine of two items, 0 to 1.
func (m *Content) likeness(a, b int32) float64 {
	x, y, sum := m.vector[a], m.vector[b], 0.0
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].at < y[0].at:
			x = x[1:]
		case x[0].at > y[0].at:
			y = y[1:]
		default:
			sum += float64(x[0].w) * float64(y[0].w)
			x, y = x[1:], y[1:]
		}
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
