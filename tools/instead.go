package tools

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"parley/recsys"
	"parley/tools/catalog"
)

// insteadOf gives what comes nearest to a product and can be had now, in the
// colour and size asked for: first the product itself in another colour, then
// others, each with what it shares and where it differs.
func (s session) insteadOf(ctx context.Context, p *catalog.Product, color, size string, q recsys.Query) ([]ProductCard, error) {
	out := []ProductCard{}
	if color != "" || size != "" {
		if c := s.otherColor(p, color, size); c != nil {
			out = append(out, *c)
		}
	}
	usual := q.Filter
	q.Filter = func(id string) bool {
		other := s.Catalog.Product(id)
		return other != nil && (usual == nil || usual(id)) && other.InStock() && suits(p, other) && (size == "" || variantIn(other, "", size) != nil)
	}
	q.Recent, q.Exclude = []string{p.ID}, append(q.Exclude, p.ID)
	list, err := s.nearest(ctx, p, q)
	if err != nil {
		return nil, err
	}
	for _, id := range list {
		if len(out) < q.K {
			other := s.Catalog.Product(id)
			var v *catalog.Variant
			if size != "" {
				v = cmp.Or(variantIn(other, color, size), variantIn(other, "", size))
			}
			c := s.card(other, v)
			c.Reason = s.likeness(p, other)
			out = append(out, c)
		}
	}
	return out, nil
}

// otherColor is the product in the size asked for and in a colour that is there.
func (s session) otherColor(p *catalog.Product, color, size string) *ProductCard {
	v := variantIn(p, "", size)
	if v == nil || v.Options["color"] == "" || strings.EqualFold(v.Options["color"], color) {
		return nil
	}
	c := s.card(p, v)
	c.Reason = s.say("why.same", "item", p.TitleIn(s.locale()), "color", s.Catalog.ColorIn(s.locale(), v.Options["color"]))
	return &c
}

// variantIn is a variant in stock in a colour and a size, of which "" is any.
func variantIn(p *catalog.Product, color, size string) *catalog.Variant {
	for i := range p.Variants {
		v := &p.Variants[i]
		if v.Stock > 0 && (color == "" || strings.EqualFold(v.Options["color"], color)) && (size == "" || strings.EqualFold(v.Options["size"], size)) {
			return v
		}
	}
	return nil
}

// suits says that one can stand in for another: of its category, and not for
// other people.
func suits(p, other *catalog.Product) bool {
	if len(p.Categories) > 0 && (len(other.Categories) == 0 || p.Categories[0] != other.Categories[0]) {
		return false
	}
	kids := func(x *catalog.Product) bool { return slices.Contains(x.Gender, "kids") }
	if kids(p) != kids(other) {
		return false
	}
	for _, g := range p.Gender {
		if g == "men" && slices.Equal(other.Gender, []string{"women"}) || g == "women" && slices.Equal(other.Gender, []string{"men"}) {
			return false
		}
	}
	return true
}

// nearest ranks by the recommender for it, or else by facts; what the product is
// called by comes before both.
func (s session) nearest(ctx context.Context, p *catalog.Product, q recsys.Query) ([]string, error) {
	var out []string
	if s.Instead != nil {
		wide := q
		wide.K = 4 * q.K
		list, err := s.Instead.Recommend(ctx, wide)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out = append(out, x.Item)
		}
	} else {
		out = s.nearestByFacts(p, q)
	}
	defining := definedBy(p)
	slices.SortStableFunc(out, func(a, b string) int {
		x, y := s.Catalog.Product(a), s.Catalog.Product(b)
		return cmp.Or(
			cmp.Compare(agree(p, y, defining), agree(p, x, defining)),
			cmp.Compare(boolInt(slices.Equal(p.Gender, y.Gender)), boolInt(slices.Equal(p.Gender, x.Gender))),
		)
	})
	return out[:min(q.K, len(out))], nil
}

// nearestByFacts ranks by the facts that are equal and a price that is near.
func (s session) nearestByFacts(p *catalog.Product, q recsys.Query) (out []string) {
	type near struct {
		id    string
		score float64
	}
	var list []near
	for _, other := range s.Catalog.All() {
		if slices.Contains(q.Exclude, other.ID) || !q.Filter(other.ID) {
			continue
		}
		equal, differ := compareFacts(p, other)
		gap := float64(max(p.Price-other.Price, other.Price-p.Price)) / float64(max(p.Price, other.Price, 1))
		n := near{other.ID, float64(len(equal)) - .3*float64(len(differ)) - 2*gap}
		if p.Brand == other.Brand {
			n.score += .3
		}
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b near) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id)) })
	for _, n := range list {
		out = append(out, n.id)
	}
	return out
}

// definedBy are the attributes that a product is called by: a tent for 2 people
// in the Moss 2, 20 litres in the Brook 20.
func definedBy(p *catalog.Product) (names []string) {
	numbers := wholeNumber.FindAllString(p.Title, -1)
	for _, a := range p.Attributes {
		if len(a.Values) == 1 && slices.Contains(numbers, wholeNumber.FindString(a.Values[0])) {
			names = append(names, a.Name)
		}
	}
	return names
}

var wholeNumber = regexp.MustCompile(`\d+`)

// agree counts the attributes of some that two products state alike.
func agree(p, other *catalog.Product, names []string) (n int) {
	for _, name := range names {
		if slices.Equal(p.Attribute(name), other.Attribute(name)) {
			n++
		}
	}
	return n
}

// compareFacts names the attributes that two products state alike, and those
// that both state differently.
func compareFacts(p, other *catalog.Product) (equal, differ []string) {
	for _, a := range p.Attributes {
		if b := other.Attribute(a.Name); len(b) > 0 {
			if slices.Equal(a.Values, b) {
				equal = append(equal, a.Name)
			} else {
				differ = append(differ, a.Name)
			}
		}
	}
	return equal, differ
}

// plain are facts that hardly set two things of a kind apart. Those that are
// told hold a number.
var plain = []string{"care", "use", "material", "packed size"}

// likeness says what a product shares with another and where it differs: facts
// that both state, two at most of each, and the price.
func (s session) likeness(p, other *catalog.Product) string {
	equal, differ := compareFacts(p, other)
	telling := func(names []string) []string {
		names = slices.DeleteFunc(names, func(n string) bool {
			return slices.Contains(plain, n) || !wholeNumber.MatchString(strings.Join(p.Attribute(n), ""))
		})
		return names[:min(2, len(names))]
	}
	var shared, apart []string
	for _, n := range telling(equal) {
		shared = append(shared, s.say("like.fact", "name", s.factName(p, n), "value", strings.Join(other.ValuesIn(s.locale(), n), ", ")))
	}
	if len(shared) == 0 && len(p.Categories) > 0 {
		shared = append(shared, s.say("like.kind", "kind", strings.ToLower(p.CategoryIn(s.locale()))))
	}
	switch gap := other.Price - p.Price; {
	case p.Price == 0 || other.Price == 0:
	case gap > 0:
		apart = append(apart, s.say("like.dearer", "amount", catalog.Format(gap, p.Currency, "")))
	case gap < 0:
		apart = append(apart, s.say("like.cheaper", "amount", catalog.Format(-gap, p.Currency, "")))
	default:
		shared = append(shared, s.say("like.price"))
	}
	for _, n := range telling(differ) {
		value, was := strings.Join(other.ValuesIn(s.locale(), n), ", "), strings.Join(p.ValuesIn(s.locale(), n), ", ")
		if x, unit, ok := strings.Cut(value, " "); ok && strings.HasSuffix(was, " "+unit) && !strings.HasPrefix(s.locale(), "zh") { // "1.9 instead of 1.4 kg"
			value = x
		}
		apart = append(apart, s.say("like.other", "name", s.factName(p, n), "value", value, "was", was))
	}
	if len(apart) == 0 {
		return s.say("why.alike", "shared", strings.Join(shared, s.say("list.comma")))
	}
	return s.say("why.instead", "shared", strings.Join(shared, s.say("list.comma")), "apart", strings.Join(apart, s.say("list.comma")))
}

// factName is an attribute's name within a sentence.
func (s session) factName(p *catalog.Product, name string) string {
	return strings.ToLower(s.attributeName(p, name))
}
