package tools

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"parley/memory"
	"parley/memory/facts"
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

// known are the facts that count for what is asked: those the customer stated
// of themselves, or of the one they shop for. Shopping for somebody else leaves
// their own out.
type known struct {
	session
	profile *memory.Profile
	list    []knownFact
}

// A knownFact is kept, or was said in this session and is not kept (yet).
type knownFact struct {
	memory.Fact
	now bool
}

// known reads what counts; one without facts when nothing does.
func (s session) known(ctx context.Context) known {
	k := known{session: s}
	if s.Memory == nil {
		return k
	}
	p, err := s.profile(ctx)
	if err != nil {
		return k // a search answers without it
	}
	k.profile = p
	whom, ok := s.whom()
	if !ok {
		return k
	}
	add := func(f memory.Fact, now bool) {
		if f.For == whom && !slices.ContainsFunc(k.list, func(o knownFact) bool { return alike(o.Fact, statementOf(f)) }) {
			k.list = append(k.list, knownFact{f, now})
		}
	}
	var back []facts.Statement
	if s.who.Heard != nil {
		for _, said := range slices.Backward(s.who.Heard.Said) {
			for _, st := range slices.Backward(s.facts.Read(said.Text)) {
				if st.Back {
					back = append(back, st)
				} else if !slices.ContainsFunc(back, st.Same) && !kept(p, st) {
					add(memory.Stated(st), true)
				}
			}
		}
	}
	for _, f := range p.Live(s.Now()) {
		if f.Strength(s.Now()) >= memory.Faded && !slices.ContainsFunc(back, statementOf(f).Same) {
			add(f, false)
		}
	}
	return k
}

func statementOf(f memory.Fact) facts.Statement {
	return facts.Statement{Kind: f.Kind, Of: f.Of, Value: f.Value, For: f.For}
}

// kept says that just this is kept.
func kept(p *memory.Profile, st facts.Statement) bool {
	return slices.ContainsFunc(p.Facts, func(f memory.Fact) bool {
		return alike(f, st) && strings.EqualFold(f.Value, st.Value) && f.Against == st.Against
	})
}

// whom is the one that the session shops for: "" for the customer, or a person.
// Not ok is somebody of whom nothing is known.
func (s session) whom() (who string, ok bool) {
	if s.who.Heard == nil {
		return "", true
	}
	for _, said := range slices.Backward(s.who.Heard.Said) {
		rest := s.facts.Without(said.Text)
		asks := strings.IndexFunc(rest, unicode.IsLetter) >= 0
		for _, st := range s.facts.Read(said.Text) {
			if st.Kind == "gift" {
				rest = said.Text // whom it is for is a part of what is stated
			}
			if st.For != "" && asks {
				return st.For, true // "gloves, my wife's size is S"
			}
			if st.For == "" && st.Kind == "size" {
				return "", true
			}
		}
		switch w := s.facts.Whom(rest); w {
		case "":
		case "me":
			return "", true
		case "other":
			return "", false
		default:
			return w, true
		}
	}
	return "", true
}

// A verdict is what the facts say of one product.
type verdict struct {
	bars    *knownFact // it has what the customer must not or will not have
	has     string     // that thing
	size    *knownFact // it comes in sizes, of which this fact names one
	variant *catalog.Variant
	likes   *knownFact
	against *knownFact
}

// of one product, in a colour where one was asked for. asked are the customer's
// words: what they name now is not held against a product.
func (k known) judge(p *catalog.Product, color, asked string, sized bool) verdict {
	var v verdict
	if len(k.list) == 0 {
		return v
	}
	stated, description := "", ""
	if slices.ContainsFunc(k.list, func(f knownFact) bool { return f.Kind == "allergy" || f.Kind == "taste" }) {
		stated, description = k.stated(p)
	}
	for i := range k.list {
		f := &k.list[i]
		switch f.Kind {
		case "allergy":
			if v.bars == nil && k.facts.Has(f.Value, stated, description) {
				v.bars, v.has = f, f.Value
			}
		case "taste":
			for _, x := range k.facts.Bars(f.Value) {
				if v.bars == nil && k.facts.Has(x, stated, "") {
					v.bars, v.has = f, x
				}
			}
			if f.Of == "diet" || !k.facts.Has(f.Value, stated+" "+strings.Join(p.Colors(), " "), "") {
				continue
			}
			if f.Against {
				v.against = f
			} else {
				v.likes = f
			}
		case "size":
			kids := f.For == "" && len(p.Sizes()) > 1 && slices.Equal(p.Gender, []string{"kids"})
			if sized || v.size != nil || !kids && !fitsSystem(f.Fact, p) {
				continue
			}
			if v.size = f; kids {
				continue // what an adult wears, no child's size is
			}
			if x := p.VariantFor(color, sizeIn(f.Value, p.Sizes())); x != nil && x.Stock > 0 && sizeIn(f.Value, p.Sizes()) != "" {
				v.variant = x
			}
		}
	}
	if v.bars != nil && k.facts.Has(v.has, asked, "") {
		v.bars = nil // they ask for it by its name: it is flagged, not hidden
	}
	return v
}

// stated is what a product states of itself, apart from what it is described as.
func (k known) stated(p *catalog.Product) (stated, description string) {
	var b strings.Builder
	for _, locale := range []string{"en", "zh"} {
		b.WriteString(p.TitleIn(locale) + "\n")
	}
	for _, a := range p.Attributes {
		b.WriteString(strings.Join(a.Values, "\n") + "\n" + strings.Join(p.ValuesIn("zh", a.Name), "\n") + "\n")
	}
	return b.String(), p.Description + "\n" + strings.Join(p.Bullets, "\n")
}

var (
	footwear = regexp.MustCompile(`(?i)\b(?:shoes?|boots?|trainers?|sneakers?|sandals?|slippers?|footwear)\b|鞋|靴`)
	legwear  = regexp.MustCompile(`(?i)\b(?:trousers?|pants|jeans|chinos|leggings|shorts)\b|裤`)
	letter   = regexp.MustCompile(`(?i)^(?:x{0,3}[sl]|m|[2-5]xl)$`)
)

// fitsSystem says that a product's sizes are of the sort that a fact names: of
// letters, of shoes, of waists.
func fitsSystem(f memory.Fact, p *catalog.Product) bool {
	sizes := p.Sizes()
	if len(sizes) < 2 {
		return false
	}
	what := p.Title + " " + strings.Join(p.Categories, " ")
	shoes, letters := footwear.MatchString(what), slices.ContainsFunc(sizes, letter.MatchString)
	switch {
	case f.Of == "shoes":
		return shoes && !letters
	case shoes:
		return false
	case f.Of == "trousers":
		return legwear.MatchString(what) && !letters
	}
	return letter.MatchString(f.Value) == letters
}

// sizeIn is a size as a product calls it: 42 for EU 42.
func sizeIn(value string, sizes []string) string {
	bare := strings.TrimPrefix(strings.ToUpper(value), "EU ")
	for _, s := range sizes {
		if u := strings.ToUpper(s); u == strings.ToUpper(value) || u == bare || strings.TrimPrefix(u, "EU ") == bare {
			return s
		}
	}
	return ""
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
