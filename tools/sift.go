package tools

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"parley/memory"
	"parley/recsys"
	"parley/tools/catalog"
)

// A usedFact is a fact of the customer that went into a result: what it did, in
// a sentence.
type usedFact struct {
	ID    string `json:"id,omitempty"` // of a kept fact; empty for what was said in this chat only
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Said  string `json:"said"`
}

// A sifting is what facts did to a list of products.
type sifting struct {
	k        known
	barred   map[*knownFact]int
	things   map[*knownFact]string
	unsized  int        // left out because their size cannot be had
	size     *knownFact // that the ones left come in
	likes    []*knownFact
	verdicts map[string]verdict
}

// sift leaves out what a customer must not have, and what cannot be had in their
// size, and puts what they like a little further up. It never empties a list: what
// is all that there is is shown, and flagged.
// What is left out of the first most is told of; of the nearest, which are no
// answer, the rest is not.
func (k known) sift(list []catalog.Hit, color, asked string, sized, ranked bool, most int) ([]catalog.Hit, *sifting) {
	s := &sifting{k: k, barred: map[*knownFact]int{}, things: map[*knownFact]string{}, verdicts: map[string]verdict{}}
	if len(k.list) == 0 {
		return list, s
	}
	if most < len(list) && k.allBarred(list, color, asked) {
		k.list = slices.DeleteFunc(slices.Clone(k.list), func(f knownFact) bool { return f.Kind != "allergy" && f.Of != "diet" })
		s.k = k
		for _, h := range list[:most] { // what comes nearest has it: it is shown, and flagged
			if v := k.judge(h.Product, color, asked, true); v.bars != nil {
				s.verdicts[h.Product.ID], s.things[v.bars] = v, v.has
				s.barred[v.bars]++
			}
		}
		return list, s
	}
	var free, fitting []catalog.Hit
	for i, h := range list {
		v := k.judge(h.Product, color, asked, sized)
		s.verdicts[h.Product.ID] = v
		if v.bars != nil {
			if i < most {
				s.barred[v.bars]++
			}
			s.things[v.bars] = v.has
			continue
		}
		free = append(free, h)
		if v.size != nil && v.variant == nil {
			s.unsized++
			continue
		}
		if v.variant != nil {
			h.Variant, s.size = v.variant, v.size
		}
		fitting = append(fitting, h)
	}
	if len(fitting) == 0 {
		fitting, s.unsized = free, 0
	}
	if len(fitting) == 0 {
		return list, s // all of it has it: flagged
	}
	if ranked {
		at := map[string]int{}
		for i, h := range fitting {
			v := s.verdicts[h.Product.ID]
			at[h.Product.ID] = i
			if v.likes != nil {
				at[h.Product.ID] -= 3
			}
			if v.against != nil {
				at[h.Product.ID] += 4
			}
		}
		slices.SortStableFunc(fitting, func(a, b catalog.Hit) int { return cmp.Compare(at[a.Product.ID], at[b.Product.ID]) })
	}
	return fitting, s
}

// allBarred says that all that comes nearest is barred: what is left would be
// something else.
func (k known) allBarred(list []catalog.Hit, color, asked string) bool {
	for _, h := range list {
		if len(h.Missing) > len(list[0].Missing) {
			break
		}
		if k.judge(h.Product, color, asked, true).bars == nil {
			return false
		}
	}
	return true
}

// used tells what the facts did to the products that are shown, and notes their
// use.
func (s *sifting) used(ctx context.Context, shown []ProductCard) []usedFact {
	var out []usedFact
	k := s.k
	add := func(f *knownFact, said string) {
		out = append(out, usedFact{ID: f.ID, Kind: f.Kind, Value: f.Value, Said: said})
	}
	for i := range k.list {
		f := &k.list[i]
		if n := s.barred[f]; n > 0 {
			key := "used.left_out"
			if slices.ContainsFunc(shown, func(c ProductCard) bool { return s.verdicts[c.ID].bars == f }) {
				key = "used.flagged"
			}
			if f.Kind == "taste" && key == "used.left_out" {
				key = "used.left_out_diet" // of leather, or of wool
			}
			add(f, k.tell(key, f, "n", n, "thing", k.facts.Name(s.things[f], k.locale()), "what", k.what(f)))
		}
	}
	sized := false
	for i := range shown {
		v := s.verdicts[shown[i].ID]
		var why *knownFact
		switch {
		case v.likes != nil:
			why = v.likes
			shown[i].Reason = k.tell("why.likes", v.likes, "value", k.facts.Name(v.likes.Value, k.locale()))
			if !slices.Contains(s.likes, v.likes) {
				s.likes = append(s.likes, v.likes)
				add(v.likes, "")
			}
		case v.variant != nil:
			why = v.size
		}
		sized = sized || v.variant != nil
		if why != nil {
			shown[i].Because = k.because(why)
		}
	}
	if sized && s.size != nil {
		add(s.size, k.tell("used.size", s.size, "value", s.size.Value))
	}
	k.mark(ctx, out)
	return out
}

// mark notes in the profile that facts were used. That it failed is no reason to
// answer without.
func (k known) mark(ctx context.Context, used []usedFact) {
	var ids []string
	for _, u := range used {
		if u.ID != "" {
			ids = append(ids, u.ID)
		}
	}
	if len(ids) > 0 {
		_ = k.Memory.Use(ctx, k.who.ID, k.profile, ids)
	}
}

// narrow keeps from a recommendation what the customer must not have, and what
// cannot be had in their size.
func (k known) narrow(q *recsys.Query, asked string) *sifting {
	s := &sifting{k: k, barred: map[*knownFact]int{}, things: map[*knownFact]string{}, verdicts: map[string]verdict{}}
	if len(k.list) == 0 {
		return s
	}
	usual := q.Filter
	var mu sync.Mutex
	q.Filter = func(id string) bool {
		p := k.Catalog.Product(id)
		if p == nil || usual != nil && !usual(id) {
			return false
		}
		mu.Lock() // recommenders may ask side by side
		defer mu.Unlock()
		v, known := s.verdicts[id]
		if !known {
			v = k.judge(p, "", asked, false)
			s.verdicts[id] = v
		}
		if v.variant != nil {
			s.size = v.size
		}
		return v.bars == nil && (v.size == nil || v.variant != nil)
	}
	return s
}

// tell fills a sentence that names when a fact was told; said now, it names no day.
func (k known) tell(key string, f *knownFact, args ...any) string {
	if f.now {
		return k.say(key+"_now", args...)
	}
	return k.say(key, append(args, "date", k.day(f.Since))...)
}

// what is what a fact is about, as the reason for leaving something out.
func (k known) what(f *knownFact) string { return memory.Sentence(f.Fact, k.locale()) }

// because is the answer to "why this?".
func (k known) because(f *knownFact) string {
	if q := k.quotable(f.Quote); q != "" {
		return k.tell("why.told", f, "quote", q)
	}
	return k.tell("why.told_plain", f, "fact", memory.Sentence(f.Fact, k.locale()))
}

// warn says of one product that is asked about that it has what the customer
// told us not to give them, "" for nothing.
func (k known) warn(ctx context.Context, p *catalog.Product) string {
	v := k.judge(p, "", "", true)
	if v.bars == nil {
		return ""
	}
	said := k.tell("used.warn", v.bars, "thing", k.facts.Name(v.has, k.locale()), "what", k.what(v.bars))
	k.mark(ctx, []usedFact{{ID: v.bars.ID}})
	return said
}
