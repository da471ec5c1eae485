package sentiment

import "math"

// A feature is one number of what a text is judged by.
type feature struct {
	index uint32
	value float32
}

const (
	buckets  = 1 << 17 // of hashed n-grams, the dense numbers first
	numbers  = 96      // of the lexicon: English texts from 0, Chinese ones from 32, all from 64
	vector   = 256     // dimensions of the static sentence vector
	dense    = numbers + vector
	distance = .7 // the length of the sentence vector
)

// feature fills p.features of the clauses from..to-1: numbers that the lexicon
// gives, the static vector of the words, which knows of words that no text had,
// and hashed n-grams: of words (what stands after a negation apart from what does
// not), of characters in words, and of Chinese characters, each kind a block of
// one length.
func (p *page) feature(from, to int) []feature {
	f := p.features[:0]
	base := uint32(0)
	if p.hans > p.words {
		base = 32
	}
	put := func(i uint32, v float64) {
		if v != 0 {
			f = append(f, feature{base + i, float32(v)}, feature{64 + i, float32(v)})
		}
	}
	var sum, good, bad, first, last, asked, count, emojis, turned, contrasts float64
	tokens, most := 0, 0.0
	for k := from; k < to; k++ {
		c := &p.clauses[k]
		v := float64(c.value)
		sum += v
		tokens += c.to - c.from
		if c.hits > 0 {
			if first == 0 {
				first = v
			}
			last = v
		}
		if c.role&(question|wish) != 0 {
			asked++
		}
		if c.role&sarcasm != 0 {
			turned = 1
		}
		if c.role&contrast != 0 {
			contrasts = 1
		}
		for _, h := range p.of(c) {
			x := float64(h.value)
			if c.role&(question|wish) != 0 {
				x *= .25
			}
			count++
			if x > 0 {
				good += x
			} else {
				bad -= x
			}
			if math.Abs(x) > math.Abs(most) {
				most = x
			}
			if p.tokens[h.token].kind == emoji {
				emojis += x
			}
		}
	}
	put(0, 1)
	put(1, squash(sum))
	put(2, squash(good))
	put(3, squash(bad))
	put(4, squash(last))
	put(5, squash(first))
	put(6, squash(most))
	put(7, squash(emojis))
	put(8, turned)
	put(9, contrasts*squash(last))
	put(10, asked/float64(max(1, to-from)))
	put(11, math.Min(1, count/4))
	put(12, math.Min(1, count/float64(max(1, tokens))*3))
	put(13, math.Min(1, float64(tokens)/40))
	put(14, math.Min(1, float64(p.marks)/3)*sign(sum))
	put(15, math.Min(1, float64(p.marks)/3))
	put(16, math.Min(1, float64(p.asks)/2))
	if sum == 0 {
		put(17, 1)
	}
	if p.marks+p.asks > 1 {
		put(18, 1)
	}
	put(19, squash(math.Abs(sum)))
	put(20, float64(p.shouted)/float64(max(1, p.words)))
	for i, x := range p.lexicon.vectors.Vector(p.untaken(from, to)) {
		if x != 0 {
			f = append(f, feature{uint32(numbers + i), x * distance})
		}
	}
	n := len(f)
	f = p.words12(f, from, to)
	n = block(f, n, .8)
	f = p.characters(f, from, to)
	n = block(f, n, .8)
	f = p.hanGrams(f, from, to)
	block(f, n, .4)
	p.features = f
	return f
}

// untaken is the text of some clauses without the words that a hit stands for:
// the vector of "not bad" is that of "bad".
func (p *page) untaken(from, to int) string {
	b := p.plain[:0]
	for k := from; k < to; k++ {
		for i := p.clauses[k].from; i < p.clauses[k].to; i++ {
			if t := &p.tokens[i]; !p.taken[i] {
				if t.kind == han {
					b = append(b, t.text...)
				} else {
					b = append(append(b, p.text[t.start:t.end]...), ' ')
				}
			}
		}
	}
	p.plain = b
	return string(b)
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// block gives the features from n on the length scale together. It returns how many features there are.
func block(f []feature, n int, scale float64) int {
	part := f[n:]
	if len(part) == 0 {
		return len(f)
	}
	v := float32(scale / math.Sqrt(float64(len(part))))
	for i := range part {
		part[i].value = v
	}
	return len(f)
}
