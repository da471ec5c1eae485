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
	for i, x := range p.vectors.Vector(p.untaken(from, to)) {
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
				b = append(b, p.text[t.start:t.end]...)
				if t.kind != han {
					b = append(b, ' ')
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

// words12 are single words and pairs, and the terms of feeling that stand for
// several words or were turned around.
func (p *page) words12(f []feature, from, to int) []feature {
	for k := from; k < to; k++ {
		c := &p.clauses[k]
		negated, before := 0, uint32(0)
		for i := c.from; i < c.to; i++ {
			t := &p.tokens[i]
			m := p.match[feeling][i]
			negated--
			if m.term != nil && m.term.role&negates != 0 {
				negated = 4
			}
			if t.kind == han || p.taken[i] {
				before = 0
				continue
			}
			h := hash('w', t.text)
			if negated > 0 && negated < 4 && t.kind == word {
				h = hash('n', t.text)
			}
			f = append(f, feature{bucket(h), 0})
			if before != 0 {
				f = append(f, feature{bucket(before*31 ^ h), 0})
			}
			before = h*2654435761 | 1
		}
		for _, x := range p.of(c) {
			if !p.taken[x.token] {
				continue
			}
			h := uint32(seed ^ 't')
			if x.turned {
				h = seed ^ 'u'
			}
			for _, t := range p.tokens[x.token : x.token+x.n] {
				for j := range len(t.text) {
					h = step(h, t.text[j])
				}
			}
			f = append(f, feature{bucket(h), 0})
		}
	}
	return f
}

// characters are the n-grams of three to five bytes in a word with its edges.
func (p *page) characters(f []feature, from, to int) []feature {
	for k := from; k < to; k++ {
		c := &p.clauses[k]
		for i := c.from; i < c.to; i++ {
			t := &p.tokens[i]
			if t.kind != word || len(t.text) > 24 || p.taken[i] {
				continue
			}
			n := len(t.text)
			at := func(j int) byte {
				if j == 0 || j > n {
					return ' '
				}
				return t.text[j-1]
			}
			for j := 0; j < n+2; j++ {
				h := uint32(seed ^ 'c')
				for size := 1; size <= 5 && j+size <= n+2; size++ {
					h = step(h, at(j+size-1))
					if size >= 3 {
						f = append(f, feature{bucket(h), 0})
					}
				}
			}
		}
	}
	return f
}

// hanGrams are runs of one to three Chinese characters.
func (p *page) hanGrams(f []feature, from, to int) []feature {
	for k := from; k < to; k++ {
		c := &p.clauses[k]
		for i := c.from; i < c.to; i++ {
			h := uint32(seed ^ 'h')
			for size := 1; size <= 3 && i+size <= c.to; size++ {
				t := &p.tokens[i+size-1]
				if t.kind != han || p.taken[i+size-1] {
					break
				}
				for j := range len(t.text) {
					h = step(h, t.text[j])
				}
				f = append(f, feature{bucket(h), 0})
			}
		}
	}
	return f
}

const seed = 2166136261

func step(h uint32, c byte) uint32 { return (h ^ uint32(c)) * 16777619 }

func hash(kind byte, s string) uint32 {
	h := step(seed, kind)
	for i := range len(s) {
		h = step(h, s[i])
	}
	return h
}

func bucket(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	return dense + h%(buckets-dense)
}
