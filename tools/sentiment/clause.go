package sentiment

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
	lexicon  *lexicon
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
	p.text, p.lexicon = text, l
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
		case t.kind == word && l.joins[t.text] && i+1 < len(p.tokens) && l.subjects[p.tokens[i+1].text]:
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
			if p.tokens[i].kind != han && i > c.from && !(i == c.from+1 && l.leads[p.tokens[c.from].text]) {
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
