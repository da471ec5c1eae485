package catalog

import "math"

// An amount is a number of a text with its unit or currency: one value, or a
// range.
type amount struct {
	lo, hi     float64 // in the base of the unit
	unit       unit
	measured   bool // it has a unit
	money      bool
	start, end int // of its tokens
}

// amountAt reads the amount whose first number is token i.
func (m *measures) amountAt(toks []token, i int) amount {
	a := amount{start: i, end: i + 1, lo: toks[i].num, hi: toks[i].num}
	negative := false
	if i > 0 {
		p := toks[i-1]
		switch {
		case m.money[0][p.text]:
			a.money, a.start = true, i-1
			if p.text == "$" && i > 1 && toks[i-2].text == "us" && p.glued {
				a.start--
			}
		case p.text == "-" && toks[i].glued && (i == 1 || !p.glued), p.text == "minus", p.text == "零下":
			negative, a.start = true, i-1
		case p.kind == word || p.kind == sign && p.text == "+" && i > 1:
			k := i - 1
			if p.kind == sign {
				k--
			}
			if u, ok := m.units[toks[k].text]; ok && m.dims[u.dim].Prefix { // SPF 50
				a.unit, a.measured, a.start = u, true, k
			}
		}
	}
	if a.end < len(toks) && toks[a.end].text == "k" && toks[a.end].glued && a.money {
		a.lo, a.hi, a.end = a.lo*1000, a.hi*1000, a.end+1
	}
	if !a.measured {
		m.suffix(toks, &a)
	}
	if k := a.end; k+1 < len(toks) && m.between[toks[k].text] && (toks[k].text != "and" || a.start > 0 && toks[a.start-1].text == "between") {
		j := k + 1
		if m.money[0][toks[j].text] && j+1 < len(toks) {
			a.money = true
			j++
		}
		if toks[j].kind == number && (toks[k].text != "-" || toks[k].glued == toks[k+1].glued) {
			b := amount{start: j, end: j + 1, lo: toks[j].num, hi: toks[j].num, money: a.money}
			m.suffix(toks, &b)
			if !a.measured || !b.measured || a.unit.dim == b.unit.dim {
				if b.measured && !a.measured {
					a.lo = a.lo*b.unit.per + b.unit.from
				}
				a.unit, a.measured, a.money = b.unit, a.measured || b.measured, a.money || b.money
				a.lo, a.hi = min(a.lo, b.hi), max(a.lo, b.hi)
				a.end = b.end
			}
		}
	}
	if !a.measured && !a.money { // the unit of 38 × 11 cm stands at the end
		k := a.end
		for k+1 < len(toks) && times[toks[k].text] && toks[k+1].kind == number {
			k += 2
		}
		if k > a.end {
			if u, _, ok := m.unitAt(toks, k); ok {
				a.scale(u)
			}
		}
	}
	if negative && !a.measured && !a.money && a.lo == a.hi && next(toks, a.end) != "%" && (toks[i-1].text != "-" || i > 1) {
		a.scale(m.units["°c"]) // "for minus 5"
	}
	if below := a.end < len(toks) && toks[a.end].text == "below"; a.measured && m.dims[a.unit.dim].ID == "temperature" {
		if below && (a.end+1 == len(toks) || toks[a.end+1].text == "zero" || toks[a.end+1].text == "freezing") {
			negative, a.end = true, min(a.end+2, len(toks))
		}
		if negative { // before the unit's own shift: -10 °F
			raw := func(v float64) float64 { return -(v-a.unit.from)/a.unit.per*a.unit.per + a.unit.from }
			if a.lo == a.hi {
				a.lo, a.hi = raw(a.lo), raw(a.hi)
			} else {
				a.lo = raw(a.lo)
			}
		}
		a.lo, a.hi = min(a.lo, a.hi), max(a.lo, a.hi)
	} else if negative && toks[a.start].text == "-" {
		a.start++ // a dash, no minus
	}
	a.lo, a.hi = finite(a.lo), finite(a.hi)
	return a
}

func next(toks []token, i int) string {
	if i < len(toks) {
		return toks[i].text
	}
	return ""
}

var times = map[string]bool{"x": true, "×": true, "*": true, "by": true, "乘": true}

// suffix reads the unit or currency after an amount's last number.
func (m *measures) suffix(toks []token, a *amount) {
	if u, end, ok := m.unitAt(toks, a.end); ok && !a.money {
		a.scale(u)
		a.end = end
		return
	}
	if a.end < len(toks) && m.money[1][toks[a.end].text] {
		a.money = true
		a.end++
	}
}

func (a *amount) scale(u unit) {
	a.lo, a.hi = a.lo*u.per+u.from, a.hi*u.per+u.from
	a.unit, a.measured = u, true
}

func finite(v float64) float64 { return max(-math.MaxFloat32, min(math.MaxFloat32, v)) }
