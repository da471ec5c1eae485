package catalog

import (
	"cmp"
	"math/bits"
)

// scratch is room for scores, one a product, used again by later searches.
type scratch struct {
	total, best                []float32
	got, called, named, stated []uint32
	mask                       []uint16
	denied, unfit              []uint32 // groups that a product's title and facts deny, or that it does not suit
	touched, now, against      []int32
}

func (c *Catalog) room() *scratch {
	if s, ok := c.scratch.Get().(*scratch); ok {
		return s
	}
	n := len(c.docs)
	return &scratch{
		total: make([]float32, n), best: make([]float32, n), got: make([]uint32, n), called: make([]uint32, n), named: make([]uint32, n), stated: make([]uint32, n), mask: make([]uint16, n), denied: make([]uint32, n), unfit: make([]uint32, n),
	}
}

func (c *Catalog) done(s *scratch) {
	for _, d := range s.touched {
		s.total[d], s.got[d], s.called[d], s.named[d], s.stated[d] = 0, 0, 0, 0, 0
	}
	for _, d := range s.against {
		s.denied[d], s.unfit[d] = 0, 0
	}
	s.touched, s.against = s.touched[:0], s.against[:0]
	c.scratch.Put(s)
}

// group scores a group's alternatives under one bit.
func (s *scratch) group(x *textIndex, any []alternative, bit uint32, part float32) {
	for _, a := range any {
		x.match(a.terms, func(d int32, mask uint16, score float32) {
			if mask&places == 0 {
				if a.weight >= .6 && mask&(deniedFor|unfit) != 0 {
					s.against = append(s.against, d)
					s.denied[d] |= bit
					if mask&unfit != 0 {
						s.unfit[d] |= bit
					}
				}
				return
			}
			score *= a.weight
			if s.best[d] == 0 {
				s.now = append(s.now, d)
			}
			s.best[d] = max(s.best[d], score)
			if a.weight < 1 { // a brand is called apple, and is no fruit
				mask &^= inBrand
			} else if mask&inBrand != 0 {
				mask |= inHead
			}
			s.mask[d] |= mask
		})
	}
	part *= x.rarity(len(s.now))
	for _, d := range s.now {
		if s.got[d] == 0 {
			s.touched = append(s.touched, d)
		}
		s.total[d] += s.best[d] * part
		s.got[d] |= bit
		if s.mask[d]&called != 0 {
			s.called[d] |= bit
		}
		if s.mask[d]&named != 0 {
			s.named[d] |= bit
		}
		if s.mask[d]&(inFacts|inBullets) != 0 {
			s.stated[d] |= bit
		}
		s.best[d], s.mask[d] = 0, 0
	}
	s.now = s.now[:0]
}

const looseBit = 1 << 31

// collect finds the candidates and parts them into those that meet everything
// and the rest.
func (s *searching) collect() {
	c := s.c
	if len(s.groups) == 0 {
		for i := range c.docs {
			s.take(candidate{doc: int32(i), score: float32(c.docs[i].p.Rating) / 10})
		}
		return
	}
	room := c.room()
	defer c.done(room)
	for i := range s.groups {
		room.group(c.text, s.groups[i].any, 1<<i, 1)
	}
	var level func(d int32) int // how surely a product is the thing: 3 called so, 2 named so, 1 spoken of
	if s.thing >= 0 {
		if g := &s.groups[s.thing]; len(g.loose) > 0 {
			room.group(c.text, g.loose, looseBit, .5)
		}
		bit := uint32(1) << s.thing
		level = func(d int32) int {
			switch {
			case room.called[d]&bit != 0:
				return 3
			case room.named[d]&bit != 0 && s.groups[s.thing].section == "":
				return 3 // a name no lexicon knows may stand anywhere in a title
			case room.named[d]&bit != 0:
				return 2
			case room.stated[d]&bit != 0 || room.got[d]&bit != 0 && s.groups[s.thing].section == "":
				return 1 // what only a description speaks of is no such thing
			}
			return 0
		}
	}
	need := 0
	if level != nil {
		for _, d := range room.touched {
			need = max(need, level(d))
			if need == 3 {
				break
			}
		}
	}
	section := uint64(0)
	if level != nil {
		section = c.lexicon.sectionBit(s.groups[s.thing].section)
	}
	all := uint32(1)<<len(s.groups) - 1
	for i := range s.groups {
		if s.groups[i].soft && len(s.groups) > 1 {
			all &^= 1 << i
		}
	}
	for _, d := range room.touched {
		got := room.got[d]
		if room.unfit[d]&^got != 0 {
			continue // it says that it does not suit
		}
		h := candidate{doc: d, score: room.total[d], got: got &^ looseBit}
		h.miss = float32(bits.OnesCount32(all &^ got))
		if not := room.denied[d] &^ got; not != 0 {
			h.miss += float32(2 * bits.OnesCount32(not))
			h.barred = true
		}
		if level != nil {
			l := level(d)
			loose := room.called[d]&looseBit != 0 && (section == 0 || c.sections[d]&section != 0)
			switch {
			case l == 0 && !loose:
				continue
			case l < need && l > 0 && section != 0 && c.sections[d] != 0 && c.sections[d]&section == 0 && !loose:
				continue // a sleeping bag, for a bag
			case l == 0: // a jacket, though no rain jacket
				h.miss += float32(got >> s.thing & 1) // which it may speak of
				h.got &^= 1 << s.thing
			case l == 1 && (need > 1 || section != 0 && c.sections[d]&section == 0):
				if !loose {
					continue // it only speaks of such things
				}
				h.miss++
				h.got &^= 1 << s.thing
			case l < need:
				h.miss += 1.5
				h.got &^= 1 << s.thing
			}
		}
		s.take(h)
	}
	if len(s.exact) == 0 && len(s.near) == 0 && s.thing >= 0 {
		s.lacking = []string{s.groups[s.thing].asked}
	}
}

// take checks a candidate's limits and keeps it.
func (s *searching) take(h candidate) {
	enough := len(s.exact) >= s.q.Offset+cmp.Or(s.q.Limit, 10) // what only comes near is not needed
	d := &s.c.docs[h.doc]
	for i := range s.checks {
		if enough && h.miss > 0 {
			return
		}
		k := &s.checks[i]
		miss, beyond := k.of(d, h.doc)
		if miss > 0 && k.hard {
			return
		}
		h.barred = h.barred || miss > 0 && k.bars != nil && k.bars(h.doc)
		h.miss += float32(miss)
		h.beyond += float32(beyond)
	}
	if d.gender != 0 && s.u.Gender != "" {
		h.score *= 1.1 // said to be for them, not only for anyone
		if len(s.groups) == 0 {
			h.score += 1
		}
	}
	if d.childish && !s.young && len(s.groups) > 1 {
		h.beyond += .1
	}
	if enough && h.miss > 0 {
		return
	}
	if h.miss == 0 {
		s.exact = append(s.exact, h)
	} else {
		s.near = append(s.near, h)
	}
}
