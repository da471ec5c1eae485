package recsys

// A spreader is a model whose score is what the rows of links of a history's
// items add up to. A query then costs what it touches, not what there is: some
// thousand items of fifty thousand.
type spreader interface {
	Model
	// spreads says whether it is one at all: a blend is if its parts are.
	spreads() bool
	// spread calls to with each row and what it is weighed by.
	spread(h History, to func(w float64, row []link))
}

func spreadOf(m Model) (spreader, bool) {
	s, ok := m.(spreader)
	return s, ok && s.spreads()
}

// spreadInto adds up all rows. What is not above zero adds nothing.
func spreadInto(m spreader, h History, out []float64) {
	m.spread(h, func(w float64, row []link) {
		for _, l := range row {
			if x := w * float64(l.sim); x > 0 {
				out[l.to] += x
			}
		}
	})
}

// topSpread ranks as top does over the items that a history touches.
func topSpread(m spreader, h History, q Query) []Scored {
	d := m.Data()
	scores := d.blank()
	met := []int32{}
	m.spread(h, func(w float64, row []link) {
		for _, l := range row {
			if x := w * float64(l.sim); x > 0 {
				if (*scores)[l.to] == 0 {
					met = append(met, l.to)
				}
				(*scores)[l.to] += x
			}
		}
	})
	out := d.topOf(*scores, met, q)
	for _, i := range met {
		(*scores)[i] = 0
	}
	d.blanks.Put(scores)
	return out
}

// blank lends a score for each item, all zero, which is to be given back so.
func (d *Dataset) blank() *[]float64 {
	if b, ok := d.blanks.Get().(*[]float64); ok {
		return b
	}
	b := make([]float64, len(d.Items))
	return &b
}

func (m *ItemKNN) spreads() bool     { return true }
func (m *RP3beta) spreads() bool     { return true }
func (m *GraphFilter) spreads() bool { return true }
func (m *Transitions) spreads() bool { return true }
func (m *Content) spreads() bool     { return true }

// spreads is so for parts that all do, at fixed scales.
func (m *Hybrid) spreads() bool {
	if m.scale == nil {
		return false
	}
	for _, p := range m.parts {
		if _, ok := spreadOf(p.Model); !ok || !(p.Weight > 0) {
			return false
		}
	}
	return true
}

func (m *Hybrid) spread(h History, to func(float64, []link)) {
	for n, p := range m.parts {
		share := p.Weight / m.scale[n]
		p.Model.(spreader).spread(h, func(w float64, row []link) { to(share*w, row) })
	}
}
