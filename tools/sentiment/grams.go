package sentiment

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
