package sentiment

import (
	"math"

	"parley/memory/embed"
)

// A match is the longest term of a layer at a token.
type match struct {
	term *term
	n    int // tokens
}

// A hit is a term of feeling with what it is worth where it stands.
type hit struct {
	token, n int
	value    float32
	turned   bool // by a negation or by "too": its sign is not the term's own
}

// A clause is the part of a sentence that one thing is said in.
type clause struct {
	from, to int // tokens
	sentence int
	role     role // contrast, concession, question, wish, sarcasm, opening, irony
	hits     int  // how many, the last of them at page.hits[upto-1]
	upto     int
	value    float32 // what its hits add up to
}

// A page is a text taken apart; its buffers are used again.
type page struct {
	text     string
	vectors  *embed.Table
	plain    []byte
	tokens   []token
	match    [layers][]match
	taken    []bool // tokens that a hit stands for, so that n-grams leave them out
	clauses  []clause
	hits     []hit
	marks    int // of exclamation
	asks     int // question marks
	words    int
	hans     int
	shouted  int
	sarcasm  bool
	features []feature
}

// read takes a text apart and weighs its feelings.
func (l *lexicon) read(p *page, text string) {
	p.text, p.vectors = text, l.vectors
	p.tokens = l.tokens(p.tokens[:0], text)
	p.clauses, p.hits, p.features = p.clauses[:0], p.hits[:0], p.features[:0]
	p.marks, p.asks, p.words, p.hans, p.shouted, p.sarcasm = 0, 0, 0, 0, 0, false
	for i := range p.tokens {
		switch t := &p.tokens[i]; {
		case t.kind == word:
			p.words++
			if t.shouted {
				p.shouted++
			}
		case t.kind == han:
			p.hans++
		case t.text == "!" || t.text == "！":
			p.marks++
		case t.text == "?" || t.text == "？":
			p.asks++
		}
	}
	p.taken = append(p.taken[:0], make([]bool, len(p.tokens))...)
	l.find(p)
	l.split(p)
	for i := range p.clauses {
		p.weigh(i)
	}
	p.turn()
	p.balance()
}

// find fills p.match: where a term stands, all its tokens but the first are empty.
func (l *lexicon) find(p *page) {
	for layer := range p.match {
		p.match[layer] = append(p.match[layer][:0], make([]match, len(p.tokens))...)
	}
	var free [layers]int
	for i := range p.tokens {
		var best [layers]match
		n := &l.root
		for j := i; j < len(p.tokens); j++ {
			if n = n.next[p.tokens[j].text]; n == nil {
				break
			}
			for layer, t := range n.terms {
				if t != nil {
					best[layer] = match{t, j - i + 1}
				}
			}
		}
		for layer, m := range best {
			if m.term != nil && i >= free[layer] {
				p.match[layer][i] = m
				free[layer] = i + m.n
			}
		}
	}
}

// joins are words at which a clause may begin when another follows.
var joins = map[string]bool{"and": true, "so": true, "because": true, "plus": true, "since": true, "also": true}

// subjects are words that begin a clause after one of joins.
var subjects = map[string]bool{"the": true, "it": true, "its": true, "it's": true, "my": true, "their": true, "they": true, "i": true, "this": true, "that": true, "we": true, "he": true, "she": true, "there": true, "was": true, "is": true, "delivery": true, "shipping": true, "customer": true, "very": true, "really": true}

// leads are words that a question may begin after.
var leads = map[string]bool{"and": true, "but": true, "or": true, "so": true, "also": true, "hi": true, "hello": true, "hey": true, "ok": true, "then": true, "now": true, "please": true, "sorry": true}

// split finds the clauses and what manner of clause each is.
func (l *lexicon) split(p *page) {
	from, sentence := 0, 0
	begin := func(at int) {
		if at > from {
			p.clauses = append(p.clauses, clause{from: from, to: at, sentence: sentence})
		}
		from = at
	}
	for i := range p.tokens {
		t := &p.tokens[i]
		switch m := p.match[mode][i]; {
		case t.ends():
			begin(i)
			if from == i && len(p.clauses) > 0 {
				p.clauses[len(p.clauses)-1].to = i + 1 // the mark belongs to it
			}
			from = i + 1
			if i+1 < len(p.tokens) && !p.tokens[i+1].ends() {
				sentence++
			}
		case t.pauses():
			begin(i)
			from = i + 1
		case m.term != nil && m.term.role&(contrast|concession) != 0:
			begin(i)
		case t.kind == word && joins[t.text] && i+1 < len(p.tokens) && subjects[p.tokens[i+1].text]:
			begin(i)
		}
	}
	begin(len(p.tokens))
	for k := range p.clauses {
		c := &p.clauses[k]
		for i := c.from; i < c.to; i++ {
			m := p.match[mode][i].term
			if m == nil {
				if t := p.tokens[i].text; t == "?" || t == "？" {
					p.askSentence(c.sentence)
				}
				continue
			}
			r := m.role
			if p.tokens[i].kind != han && i > c.from && !(i == c.from+1 && leads[p.tokens[c.from].text]) {
				r &^= question // "where" inside a clause asks nothing
			}
			if r&opening != 0 {
				whole := i+p.match[mode][i].n >= c.to-1 && (i+p.match[mode][i].n == c.to || p.tokens[c.to-1].ends())
				if i > c.from || !whole && p.match[mode][i].n < 2 {
					r &^= opening
				}
			}
			c.role |= r
		}
	}
}

// askSentence marks the last clause of a sentence as a question; a question
// mark in a chain like "?!" asks nothing.
func (p *page) askSentence(sentence int) {
	for k := len(p.clauses) - 1; k >= 0; k-- {
		if p.clauses[k].sentence == sentence {
			p.clauses[k].role |= question
			return
		}
	}
}

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
			if h.value != 0 && (next >= c.to || !goesOn[p.tokens[next].text]) {
				negated = 0
			}
			over, degree = 0, 0
		}
		i += m.n
	}
	c.upto = len(p.hits)
}

// goesOn are words through which a negation reaches on: not warm or soft.
var goesOn = map[string]bool{"or": true, "nor": true, "、": true, "或": true, "/": true, "和": true}

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
