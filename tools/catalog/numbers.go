package catalog

import (
	"math"
	"slices"
	"strings"
)

// numbers reads prices, sizes and measured limits, and marks their tokens.
func (c *Catalog) numbers(toks []token, u *Understood) []bool {
	m := c.measures
	used := make([]bool, len(toks))
	var said []int // words that only say what a number measures
	defer func() { c.spend(toks, used, said) }()
	mark := func(from, to int) {
		for k := from; k < to; k++ {
			used[k] = true
		}
	}
	for i := 0; i < len(toks); i++ {
		if toks[i].kind != number || used[i] {
			continue
		}
		if end := c.sizeAt(toks, i, u); end > 0 {
			start := i
			if i > 0 && c.lexicon.sizes[toks[i-1].text] == "size" {
				start--
			}
			mark(start, end)
			continue
		}
		if start, end := c.ageAt(toks, i, u); end > 0 {
			mark(start, end)
			continue
		}
		if i+2 < len(toks) && toks[i+1].text == "in" && c.lexicon.colors[toks[i+2].text] != "" {
			continue // 10 in black is no length
		}
		a := m.amountAt(toks, i)
		start, end := a.start, a.end
		op, after := longestAfter(toks, end, m.after)
		if op != "" && after < len(toks) && (toks[after].kind == number || m.money[0][toks[after].text]) && m.before[spoken(toks[end:after])] != "" {
			op, after = "", end // of "50 l max 1.5 kg" the max is of the kilos
		}
		if end = after; op != "" && end < len(toks) && m.money[1][toks[end].text] && !a.measured { // 50ish dollars
			a.money = true
			end++
		}
		before, from := longestBefore(toks, c.skip(toks, start), m.before)
		if before != "" {
			start = from
			if op == "" || op == About && !m.price[toks[from].text] {
				op = before
			}
			if b2, f2 := longestBefore(toks, c.skip(toks, start), m.before); b2 != "" && before == About { // under about 50
				op, start = b2, f2
			}
		}
		if !a.measured && end == a.end && end < len(toks) && toks[end].text == "k" && toks[end].glued && (op != "" || a.money) { // under 1k
			a.lo, a.hi, end = a.lo*1000, a.hi*1000, end+1
		}
		if a.lo != a.hi && start > 0 && (toks[start-1].text == "between" || toks[start-1].text == "from") {
			start--
		}
		if !a.measured && !a.money {
			if start > 0 && m.price[toks[start-1].text] {
				a.money = true
				start--
			} else if k := c.skip(toks, start); k > 0 && m.price[toks[k-1].text] {
				a.money = true
				start = k - 1
			} else if end < len(toks) && m.price[toks[end].text] {
				a.money = true
				end++
			}
		}
		if !a.measured && !a.money {
			if id, from := c.attributeBefore(toks, start); from >= 0 {
				if op == "" {
					op = About
				}
				b := Bound{Name: c.keys.names[id], Op: op, Low: a.lo, High: a.hi, key: id, dim: c.keys.dim[id], Said: spoken(toks[from:end])}
				switch op {
				case Least:
					b.High = 0
				case Most:
					b.Low = 0
				}
				u.Bounds = append(u.Bounds, b)
				mark(from, end)
				continue
			}
		}
		if !a.measured && !a.money && op == "" && a.lo <= 20 && c.states("people", "players") && c.forWhom(toks, start, end) {
			a.unit, a.measured = m.units["people"], true // a tent for 2
		}
		switch {
		case a.measured && m.dims[a.unit.dim].ID == "mass" && c.inPounds() && toks[a.end-1].text == "pounds":
			c.price(amount{lo: a.lo / a.unit.per, hi: a.hi / a.unit.per}, op, u)
		case a.measured:
			if !c.bound(toks, a, op, start, end, u) {
				continue
			}
			for k := max(0, start-3); k < min(len(toks), end+3); k++ {
				if (k < start || k >= end) && toks[k].kind != sign && m.sayRole(a.unit.dim, toks[k]) != nil && m.sayRole(a.unit.dim, toks[k]).ID == u.Bounds[len(u.Bounds)-1].Name {
					said = append(said, k)
				}
			}
		case a.money || op != "" || a.lo != a.hi && end-i > 1:
			if a.lo == 0 && a.hi == 0 {
				continue
			}
			c.price(a, op, u)
		case c.sizes[toks[i].text] && u.Size == "" && i > 0 && !c.numbered(toks[i].text):
			u.Size = toks[i].text // shorts 28
		default:
			continue // part of a name: iPhone 13
		}
		mark(start, end)
		i = max(i, end-1)
	}
	return used
}

// inPounds says that a pound is money in this shop.
func (c *Catalog) inPounds() bool {
	return c.shop.Currency == "GBP" || len(c.docs) > 0 && c.docs[0].p.Currency == "GBP"
}

// spend marks words that said what a number measures, "battery" of "battery 20
// hours", unless nothing would be left that is asked for.
func (c *Catalog) spend(toks []token, used []bool, said []int) {
	left := 0
	for i, t := range toks {
		if !used[i] && !slices.Contains(said, i) && t.kind != sign && !c.lexicon.stop[t.text] && !c.lexicon.links[t.text] {
			left++
		}
	}
	for _, k := range said {
		if left > 0 && (toks[k].kind == word || c.measures.hanBefore[toks[k].text]) {
			used[k] = true
		}
	}
}

// skip steps back over words between a limit and its number: "under a", "at most of".
func (c *Catalog) skip(toks []token, i int) int {
	for i > 0 {
		switch toks[i-1].text {
		case "a", "an", "the", "of", "is", "be", "about", ":", "to", "my":
			if toks[i-1].text == "about" || toks[i-1].text == "to" {
				if op, _ := longestBefore(toks, i, c.measures.before); op != "" {
					return i
				}
			}
			i--
			continue
		}
		break
	}
	return i
}

func (c *Catalog) price(a amount, op string, u *Understood) {
	lo, hi := amountOf(a.lo), amountOf(a.hi)
	switch {
	case lo != hi:
		u.PriceMin, u.PriceMax = lo, hi
	case op == Least:
		u.PriceMin = lo
	case op == About:
		u.PriceMin, u.PriceMax, u.near = lo*7/10, lo*13/10, lo
	default:
		u.PriceMax = lo
	}
}

func amountOf(v float64) Money { return Money(math.Round(min(max(v, 0), 1e9) * 100)) }

// bound reads a measured limit: what is measured from the words beside it, and
// in which direction from the words before it.
func (c *Catalog) bound(toks []token, a amount, op string, start, end int, u *Understood) bool {
	m := c.measures
	dim := &m.dims[a.unit.dim]
	b := Bound{Low: a.lo, High: a.hi, Unit: dim.Base, Name: dim.ID, dim: int8(a.unit.dim)}
	joined := surface(toks[a.start].text)
	if a.end-a.start == 2 && toks[a.end-1].glued {
		if joined += toks[a.end-1].text; c.names[joined] > 0 && len(toks[a.end-1].text) == 1 && a.unit.dim != c.measures.roles["capacity"].dim {
			return false // a name: 5s, 5g
		}
	}
	r := m.roleNear(a.unit.dim, toks, start, end)
	if id, ok := c.attributeNear(toks, start, end, int8(a.unit.dim)); r == nil && ok {
		b.key, b.Name = id, c.keys.names[id]
	}
	if r != nil {
		b.Name, b.key = r.ID, c.keys.of[r.ID]
		if b.key == 0 { // the shop measures no such thing under this name
			b.key = -1
		}
		if !r.Aside && b.key == -1 {
			b.key = 0
		}
	} else if a.unit.long {
		return false // days of a trip
	}
	direct := op != ""
	if !direct {
		k := c.skip(toks, start)
		for k > 0 && (toks[k-1].text == "a" || toks[k-1].text == "my") {
			k--
		}
		isFor := k > 0 && slices.Contains([]string{"for", "fits", "fit", "hold", "holds", "to", "适合", "给", "供", "够", "适用", "能装", "能睡"}, toks[k-1].text) ||
			k > 0 && toks[k-1].kind == han && (strings.HasSuffix(toks[k-1].text, "适合") || strings.HasSuffix(toks[k-1].text, "适用"))
		op = dim.Bare
		if isFor && dim.For != "" {
			op = dim.For
		}
		if isFor && dim.ID == "length" {
			op = Least
		}
		if r != nil && r.Bare != "" {
			op = r.Bare
		}
		if op == "" {
			op = About
		}
	} else if op == Most && r != nil && r.Aside && r.Bare == Least {
		op = Least // "holds up to 20 kg" wants a load of 20 kg
	}
	b.Op = op
	b.implied = !direct
	if dim.ID == "people" { // players, guests and a family are people
		b.strict, b.key = true, 0
	}
	switch {
	case a.lo != a.hi && op == Least && !direct:
		b.Op = About
	case op == About && a.lo == a.hi:
		slack := .15 * absolute(a.lo)
		b.Low, b.High = a.lo-slack, a.hi+slack
	case op == Least:
		b.High = 0
	case op == Most:
		b.Low = 0
	}
	b.Said = spoken(toks[start:end])
	u.Bounds = append(u.Bounds, b)
	return true
}

// states says that some product states one of some facts.
func (c *Catalog) states(roles ...string) bool {
	return slices.ContainsFunc(roles, func(name string) bool { id := c.keys.of[name]; return id > 0 && c.keys.count[id] > 0 })
}

// forWhom says that a bare number stands alone after "for".
func (c *Catalog) forWhom(toks []token, start, end int) bool {
	if start > 0 && counts[toks[start-1].text] || start > 1 && toks[start-1].text == "of" && (toks[start-2].text == "family" || toks[start-2].text == "group" || toks[start-2].text == "party") {
		return true
	}
	return start > 0 && (toks[start-1].text == "for" || toks[start-1].text == "适合") && (end == len(toks) || toks[end].kind == sign && !toks[end].glued || c.lexicon.links[toks[end].text])
}

// spoken gives the shopper's words of some tokens.
func spoken(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && !t.glued {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// attributeBefore finds an attribute of bare numbers that stands before one:
// "r-value over 4". From is -1 when there is none.
func (c *Catalog) attributeBefore(toks []token, i int) (id int32, from int) {
	for from = i - 1; from >= 0 && from >= i-3; from-- {
		if id, ok := c.keys.of[spoken(toks[from:i])]; ok && id != 0 && c.keys.dim[id] < 0 {
			return id, from
		}
	}
	return 0, -1
}

// attributeNear finds an attribute of the shop beside a number that measures the
// same: "waterproof to 5000 mm".
func (c *Catalog) attributeNear(toks []token, start, end int, dim int8) (int32, bool) {
	for _, k := range []int{start - 1, start - 2, end, end + 1} {
		if k < 0 || k >= len(toks) || toks[k].kind != word {
			continue
		}
		if id, ok := c.keys.of[toks[k].text]; ok && c.keys.dim[id] == dim {
			return id, true
		}
	}
	return 0, false
}

// sizeAt reads "size 10", "EU 42", 42码.
func (c *Catalog) sizeAt(toks []token, i int, u *Understood) (end int) {
	said := i > 0 && c.lexicon.sizes[toks[i-1].text] == "size"
	if i > 0 && toks[i-1].kind == han {
		for w, s := range c.lexicon.sizes {
			said = said || s == "size" && strings.HasSuffix(toks[i-1].text, w)
		}
	}
	end = i + 1
	if i+1 < len(toks) && toks[i+1].kind == han && (strings.HasPrefix(toks[i+1].text, "码") || strings.HasPrefix(toks[i+1].text, "号")) {
		said = true
		if toks[i+1].text == "码" || toks[i+1].text == "号" {
			end++
		}
	}
	if end < len(toks) && (toks[end].text == "waist" || toks[end].text == "腰") {
		said = true
		end++
	}
	if said {
		u.Size = toks[i].text
		return end
	}
	return 0
}
