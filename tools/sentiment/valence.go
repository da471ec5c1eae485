package sentiment

import "math"

// weigh finds the hits of a clause by the grammar of negation and degree.
func (p *page) weigh(k int) {
	c := &p.clauses[k]
	negated, negator, over, degree := 0, 0, 0, 0
	boost := float32(1)
	var last *token
	for i := c.from; i < c.to; {
		m := p.match[feeling][i]
		if m.term == nil {
			negated, over, degree = negated-1, over-1, degree-1
			i++
			continue
		}
		t := m.term
		first := &p.tokens[i]
		switch {
		case t.role&negates != 0:
			if negated > 0 && last != nil && i > 0 && last == &p.tokens[i-1] {
				negated = 0 // not without
			} else {
				negated = 7
			}
			last, negator = &p.tokens[i+m.n-1], i
		case t.role&affirms != 0:
			negated = 0
		case t.value == 0 && !t.dimension:
			if t.role&excess != 0 {
				over = 3
			}
			if t.boost != 0 {
				boost, degree = t.boost, 4
			}
		default:
			h := hit{token: i, n: m.n, value: t.value}
			if degree <= 0 {
				boost = 1
			}
			next := i + m.n
			suffices := next < c.to && p.match[feeling][next].term != nil && p.match[feeling][next].term.role&enough != 0
			before := i > c.from && p.match[feeling][i-1].term != nil && p.match[feeling][i-1].term.role&enough != 0
			switch {
			case t.dimension && over > 0 && !(t.value > 1.5 && first.kind == han):
				h.value, h.turned = -1.8, true
				if negated > 0 {
					h.value = 1
				}
				boost = 1
			case t.dimension && t.value <= 0 && (suffices || before):
				h.value, h.turned = 1.5, true
				if negated > 0 {
					h.value = -1.5
				}
			case negated > 0 && h.value > 0:
				h.value, h.turned = h.value*-.8, true
			case negated > 0:
				h.value, h.turned = h.value*-.4, true
				if p.match[feeling][negator].term.role&absolute != 0 {
					h.value *= 2
				}
			}
			if h.turned || m.n > 1 {
				from := i
				if h.turned && negated > 0 {
					from = negator
				}
				for j := from; j < next; j++ {
					p.taken[j] = true
				}
			}
			h.value *= boost
			if first.shouted && p.shouted < p.words {
				h.value *= 1.3
			}
			if first.drawn {
				h.value *= 1.2
			}
			if h.value > 0 && p.quoted(i, next) {
				h.value *= -.7
			}
			if h.value != 0 {
				p.hits = append(p.hits, h)
				c.hits++
			}
			if h.value != 0 && (next >= c.to || !p.lexicon.alternatives[p.tokens[next].text]) {
				negated = 0
			}
			over, degree = 0, 0
		}
		i += m.n
	}
	c.upto = len(p.hits)
}

// quoted says whether words stand between quotation marks: the "great" service.
func (p *page) quoted(from, to int) bool {
	if from == 0 || to >= len(p.tokens) || to-from > 2 {
		return false
	}
	switch p.tokens[from-1].text {
	case `"`, "“", "「":
	default:
		return false
	}
	switch p.tokens[to].text {
	case `"`, "”", "」":
		return true
	}
	return false
}

func (p *page) of(c *clause) []hit { return p.hits[c.upto-c.hits : c.upto] }

// turn turns praise around where it is sarcasm.
func (p *page) turn() {
	for k := 0; k < len(p.clauses); {
		end := k + 1
		for end < len(p.clauses) && p.clauses[end].sentence == p.clauses[k].sentence {
			end++
		}
		var all role
		for j := k; j < end; j++ {
			all |= p.clauses[j].role
		}
		bitter := all&sarcasm != 0 || all&irony != 0
		if first := &p.clauses[k]; first.role&opening != 0 && all&(contrast|concession) == 0 && p.negative(k, end) {
			bitter = true
		}
		// Great. Another delay.
		if first := &p.clauses[k]; end == k+1 && first.role&opening != 0 && first.to-first.from <= 4 && end < len(p.clauses) {
			next := end + 1
			for next < len(p.clauses) && p.clauses[next].sentence == p.clauses[end].sentence {
				next++
			}
			if p.clauses[end].role&(contrast|concession|opening) == 0 && p.negative(end, next) {
				bitter = true
			}
		}
		if bitter {
			p.sarcasm = true
			for j := k; j < end; j++ {
				p.clauses[j].role |= sarcasm
				hits := p.of(&p.clauses[j])
				for i := range hits {
					if hits[i].value > 0 {
						hits[i].value *= -.7
					}
				}
			}
		}
		k = end
	}
}

func (p *page) negative(from, to int) bool {
	for k := from; k < to; k++ {
		for _, h := range p.of(&p.clauses[k]) {
			if h.value < 0 {
				return true
			}
		}
	}
	return false
}

// balance adds the hits of each clause up and weighs the clauses: what is asked
// or wished says little, what stands before a contrast less than what follows.
func (p *page) balance() {
	for k := range p.clauses {
		c := &p.clauses[k]
		for _, h := range p.of(c) {
			c.value += h.value
		}
		switch {
		case c.role&(question|wish) != 0:
			c.value *= .25
		case c.role&concession != 0:
			c.value *= .6
		case c.role&contrast != 0:
			c.value *= 1.3
			for j := k - 1; j >= 0 && c.hits > 0 && p.clauses[j].sentence == c.sentence; j-- {
				p.clauses[j].value *= .7
			}
		}
		if c.role&sarcasm != 0 {
			c.value -= 1
		}
	}
}

// squash brings a sum to -1..1 as VADER does.
func squash(x float64) float64 { return x / math.Sqrt(x*x+15) }
